//! Faults in what a folder of pictures says.

use greenlane_driver::model::units::Metres;
use greenlane_driver::model::{Body, Stamp};
use greenlane_driver::{Outbox, Seen};
use greenlane_image::folder::Folder;

use crate::good::pass;
use crate::mutation::Mutation;

/// Samples of 16 bits are told as 8 bits.
#[derive(Default)]
pub struct EightBits;

impl Mutation for EightBits {
    type Base = Folder;
    const MODEL: &'static str = "faulty.f98";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Image(image) = &mut seen.body {
            image.bits = image.bits.min(8);
        }
        pass(seen, out);
    }
}

/// The line pitch is the one at 9 km/h, however fast the vehicle was.
#[derive(Default)]
pub struct ConstantPitch;

impl Mutation for ConstantPitch {
    type Base = Folder;
    const MODEL: &'static str = "faulty.f99";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Image(image) = &mut seen.body {
            image.line_pitch = Metres::new(0.009);
        }
        pass(seen, out);
    }
}

/// A link is followed out of the folder.
#[derive(Default)]
pub struct FollowsLinks;

impl Mutation for FollowsLinks {
    type Base = Folder;
    const MODEL: &'static str = "faulty.f100";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Image(image) = &mut seen.body
            && let Ok(target) = std::fs::canonicalize(&image.file.path)
        {
            image.file.path = target.to_string_lossy().into_owned();
        }
        pass(seen, out);
    }
}
