//! Composing scenes out of what a kit says its device can do.

pub mod io;
pub mod portal;
pub mod reads;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::bench::Bench;
use crate::scene::{Fact, ImageFact, Scene, seconds};

/// Seed of what is the same in every run.
const CLEAN: u64 = 0x6772_6565;

/// The scene of the clean run: a bit of everything the device can say.
pub fn clean(bench: &Bench<'_>) -> Scene {
    let mut rng = ChaCha8Rng::seed_from_u64(CLEAN);
    if let Some(portal) = &bench.kit.book.portal {
        return portal::ordinary(bench.kit, portal, &mut rng);
    }
    if !bench.kit.book.point.is_empty() {
        return io::truck(bench.kit, &mut rng);
    }
    let scene = reads::ordinary(bench.kit, &mut rng);
    if scene.events.len() > 1 { scene } else { images() }
}

/// Three pictures.
pub fn images() -> Scene {
    let mut scene = Scene::connected();
    for i in 0..3_u32 {
        scene.push(seconds(5.0 + 20.0 * f64::from(i)), Fact::Image(image(i)));
    }
    scene.end_ns = seconds(70.0);
    scene
}

/// The picture of one pass.
pub fn image(i: u32) -> ImageFact {
    ImageFact {
        stem: format!("pass-{i:05}"),
        width_px: 1830 + i,
        height_px: 2048,
        bits: 16,
        energies: 2,
        line_pitch_m: Some(0.009),
        passage: Some(format!("in-04-{i:06}")),
        invalid: None,
    }
}
