//! A device that posts numbers over HTTP: the one here that never misbehaves.

use greenlane_driver::model::{Capability, Stamp};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox};

use crate::{Settings, gamma};

/// Takes a number with 200 and refuses everything else with 400.
pub struct Post;

impl Driver for Post {
    const MODEL: &'static str = "rogue.post";
    const LINK: LinkKind = LinkKind::HttpPush { max: 256 };
    const OFFERS: &'static [Capability] = &[Capability::Gamma];
    type Settings = Settings;

    fn open(_: Settings) -> Result<Self, OpenError> {
        Ok(Self)
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let Input::Request { id, body, .. } = input else { return };
        match std::str::from_utf8(body).ok().and_then(|text| text.parse().ok()) {
            Some(counts) => {
                out.observe(now, gamma(counts));
                out.respond(id, 200, "kept");
            }
            None => out.respond(id, 400, "no number"),
        }
    }
}
