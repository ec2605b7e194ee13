//! Makes a failing scene small: facts are taken out while it still fails.

use crate::bench::Bench;
use crate::scene::Scene;
use crate::trace::Trace;
use crate::trials::judged;

/// Most scenes tried.
const MOST_TRIES: u32 = 300;

/// The smallest scene found that still fails, its trace and what was expected of it.
pub fn shrink(
    bench: &Bench<'_>,
    mut scene: Scene,
    mut trace: Trace,
    mut expected: String,
    check: &impl Fn(&Scene, &Trace) -> Result<(), String>,
) -> (Scene, Trace, String) {
    let mut tries = 0;
    let mut piece = scene.events.len() / 2;
    while piece > 0 && tries < MOST_TRIES {
        let mut from = 0;
        let mut took = false;
        while from < scene.events.len() && tries < MOST_TRIES {
            let to = (from + piece).min(scene.events.len());
            let smaller = scene.without(from..to);
            tries += 1;
            let played = bench.play(&smaller).ok();
            let failed = played.and_then(|t| Some((judged(&smaller, &t, check).err()?, t)));
            if let Some((why, smaller_trace)) = failed {
                (scene, trace, expected, took) = (smaller, smaller_trace, why, true);
            } else {
                from = to;
            }
        }
        if !took || piece > 1 {
            piece /= 2;
        }
    }
    (scene, trace, expected)
}
