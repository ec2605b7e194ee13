//! Scenes in front of a reader of texts.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::kit::Kit;
use crate::scene::{Fact, ReadFact, Scene, seconds};

/// Container numbers whose check digit fits (ISO 6346 arithmetic): the published examples, then two of ours.
pub const GOOD: &[&str] =
    &["CSQU3054383", "MSKU9070323", "TGHU8913889", "HLXU2008419", "MSCU6639870", "APZU3211393"];

/// Five containers and, where the device reads them, plates.
pub fn ordinary(kit: &Kit, rng: &mut ChaCha8Rng) -> Scene {
    let mut scene = Scene::connected();
    for (i, text) in (0_u32..).zip(&GOOD[..5]) {
        let at = seconds(3.0 + 9.0 * f64::from(i)) + rng.random_range(0..1_000_000_000);
        for kind in ["container", "plate"] {
            let text = if kind == "plate" { format!("AB{i}12CD") } else { (*text).to_owned() };
            let fact = Fact::Read(ReadFact {
                kind: kind.to_owned(),
                text: Some(text),
                confidence: Some(f64::from(rng.random_range(60..100_u32)) / 100.0),
                event: Some(format!("{}", 1000 + i)),
                direction: Some("forward".to_owned()),
                size_type: Some("45G1".to_owned()),
                ..ReadFact::default()
            });
            if kit.can_say(&fact) {
                scene.push(at, fact);
            }
        }
    }
    scene.end_ns = seconds(60.0);
    scene
}
