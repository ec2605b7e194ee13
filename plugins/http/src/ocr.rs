//! Container and plate cameras that post their results over HTTP, by a field map.
//!
//! No standard exists for such results, so the makers' message forms are data: a map in `configs/maps` says
//! where each field lies and what its words mean. The check digit is ours; the device's clock is a label. A
//! post is answered 200 when it was observed (the host waits for the commit), 400 when it could not be
//! understood, 415 when its content type is not one of JSON, XML, form and multipart.

mod body;
mod map;
mod recent;

use std::time::Duration;

use greenlane_driver::fields::{Clock, ClockSettings, Flag};
use greenlane_driver::model::{Body, Capability, Direction, Health, Outcome, Read, Severity, Stamp};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox};
use schemars::JsonSchema;
use serde::Deserialize;

pub use map::{Alternates, Confidence, FieldMap, Message, Only, Order, Place, ReadKind, ReadMap, Time};
pub use recent::{MAX_EVENTS, MAX_POSTS};

/// How often the counters are reported.
const HEALTH: Duration = Duration::from_secs(60);

/// Settings of `http.ocr`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The field map: a name in `configs/maps` or a path.
    #[schemars(with = "String", extend("x-greenlane-file" = "maps"))]
    pub map: FieldMap,
    /// The device's clock.
    #[serde(default)]
    pub clock: ClockSettings,
    /// How a list of two containers is ordered, when it is not as the map says.
    #[serde(default)]
    pub order: Option<Order>,
    /// Swap forward and backward: for a camera that sees vehicles go away where the map takes them to come.
    #[serde(default)]
    pub reverse_direction: bool,
}

/// A camera that posts its results.
pub struct Ocr {
    map: FieldMap,
    clock: Clock,
    recent: recent::Recent,
    bad_message: Flag,
    bad_field: Flag,
    counted: Counted,
}

#[derive(Default)]
struct Counted {
    messages: u64,
    bad_messages: u64,
    ignored: u64,
    duplicates: u64,
    images: u64,
}

impl Driver for Ocr {
    const MODEL: &'static str = "http.ocr";
    const LINK: LinkKind = LinkKind::HttpPush { max: 8 << 20 };
    const OFFERS: &'static [Capability] = &[Capability::Container, Capability::Plate, Capability::Health];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        let mut map = settings.map;
        map.check()?;
        for read in &mut map.reads {
            read.order = settings.order.or(read.order);
        }
        if let (Some(direction), true) = (&mut map.direction, settings.reverse_direction) {
            direction.words.values_mut().for_each(|word| *word = reversed(*word));
        }
        Ok(Self {
            map,
            clock: Clock::open(settings.clock)?,
            recent: recent::Recent::default(),
            bad_message: Flag::new("bad_message", Severity::Warning),
            bad_field: Flag::new("bad_field", Severity::Warning),
            counted: Counted::default(),
        })
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Request { id, content_type, query, body } => {
                let (status, sentence) = self.post(now, content_type, query, body, out);
                out.respond(id, status, &sentence);
            }
            Input::Connected => out.wake_after(HEALTH, 0),
            Input::Due { .. } => {
                out.observe(now, Body::Health(self.health()));
                out.wake_after(HEALTH, 0);
            }
            Input::Command { id, .. } => {
                out.outcome(id, Outcome::Refused("a camera that posts takes no commands".into()));
            }
            Input::Frame(_) | Input::Reply { .. } | Input::File(_) | Input::Lost { .. } => {}
        }
    }
}

impl Ocr {
    fn post(
        &mut self,
        now: Stamp,
        content_type: &str,
        query: &str,
        body: &[u8],
        out: &mut Outbox,
    ) -> (u16, String) {
        self.counted.messages += 1;
        let read = body::read(content_type, query, body).and_then(|post| {
            self.counted.images += post.images;
            Ok(self.map.read(&post.tree)?)
        });
        let (status, sentence) = match read {
            Ok(message) => {
                self.bad_message.set(now, false, String::new, out);
                match message {
                    Some(message) => self.observe(now, message, out),
                    None => self.counted.ignored += 1,
                }
                return (200, String::new());
            }
            Err(body::PostError::Malformed(sentence)) => (400, sentence),
            Err(body::PostError::Unsupported(sentence)) => (415, sentence),
        };
        self.counted.bad_messages += 1;
        out.raw(now, sentence.as_str(), if body.is_empty() { query.as_bytes() } else { body });
        self.bad_message.set(now, true, || sentence.clone(), out);
        (status, sentence)
    }

    fn observe(&mut self, now: Stamp, message: Message, out: &mut Outbox) {
        let Message { time, reads, mut complaints } = message;
        let mut acquired = None;
        if let (Some(text), Some(time)) = (time, &self.map.time) {
            match self.clock.read(&text, &time.format) {
                Ok(utc_ns) => acquired = self.clock.stamp(now, utc_ns, out),
                Err(complaint) => complaints.push(complaint),
            }
        }
        self.bad_field.set(now, !complaints.is_empty(), || complaints.join("; "), out);
        for (kind, place, read) in reads {
            let Some(read) = self.fresh(place, Read { acquired, ..read }) else {
                self.counted.duplicates += 1;
                continue;
            };
            out.observe(
                acquired.unwrap_or(now),
                match kind {
                    ReadKind::Container => Body::Container(read),
                    ReadKind::Plate => Body::Plate(read),
                },
            );
        }
    }

    /// The read with its phase, or `None` when it was observed before.
    fn fresh(&mut self, place: Place, mut read: Read) -> Option<Read> {
        if let Some(event) = &read.event {
            read.phase = self.recent.phase(event, place, read.text.as_deref(), read.phase)?;
        }
        Some(read)
    }

    fn health(&self) -> Health {
        let Counted { messages, bad_messages, ignored, duplicates, images } = self.counted;
        let values = [
            ("messages", messages),
            ("bad_messages", bad_messages),
            ("ignored_messages", ignored),
            ("duplicate_reads", duplicates),
            ("images_not_kept", images),
        ];
        Health { values: values.map(|(name, count)| (name.to_owned(), count.into())).into() }
    }
}

fn reversed(direction: Direction) -> Direction {
    match direction {
        Direction::Forward => Direction::Backward,
        Direction::Backward => Direction::Forward,
        standing => standing,
    }
}
