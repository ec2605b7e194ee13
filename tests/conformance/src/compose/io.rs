//! Scenes in front of a box of contacts and counters.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::kit::{Kit, PointKind};
use crate::scene::{Fact, Scene, ms, seconds};

/// A truck: every input is covered and cleared, every counter moves.
pub fn truck(kit: &Kit, rng: &mut ChaCha8Rng) -> Scene {
    let mut scene = Scene::connected();
    let mut at = seconds(2.0);
    for point in kit.points(PointKind::Input) {
        // Off the poll's grid, as a truck is.
        at += ms(700) + rng.random_range(0..50_000_000);
        scene.push(at, Fact::Presence { point: point.name.clone(), covered: true });
        scene.push(at + seconds(2.0), Fact::Presence { point: point.name.clone(), covered: false });
    }
    for point in kit.points(PointKind::Counter) {
        for value in 1..=5 {
            let at = seconds(2.0) + ms(400) * value + rng.random_range(0..50_000_000);
            scene.push(at, Fact::Counter { point: point.name.clone(), value });
        }
    }
    scene.events.sort_by_key(|event| event.at_ns);
    scene.end_ns += seconds(3.0);
    scene
}
