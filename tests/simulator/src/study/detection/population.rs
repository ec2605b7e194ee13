//! Passes without a source, as they differ from each other.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Normal};

use super::pass::Scene;

/// Vehicles that differ in what the portal is not told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Population {
    /// Nothing but the depth of the shadow: normal, 0.15 +- 0.05, cut to 0 to 0.5.
    Nominal,
    /// A shadow of this depth.
    Shadow(f64),
    /// Gap behind the cab of depth 0 to 0.6 at 2.5 to 3.5 m, shadow 0.1 to 0.3.
    Gap,
    /// True speed over the told one.
    Speed(f64),
    /// True background over the told one.
    Level(f64),
    /// Background that rises by 1 % during the pass.
    Ramp,
    /// Background counted for so many seconds.
    Counted(f64),
    /// Steel or lead that sends out bursts of neutrons: how many and how large is a guess. No part of the mix.
    Steel,
    /// One of the [`MIX`], all equally often.
    Mix,
}

/// The disturbances that thresholds are made for, in equal parts.
pub const MIX: [Population; 11] = [
    Population::Nominal,
    Population::Shadow(0.0),
    Population::Shadow(0.25),
    Population::Gap,
    Population::Speed(1.1),
    Population::Speed(0.9),
    Population::Level(1.01),
    Population::Level(0.99),
    Population::Ramp,
    Population::Counted(20.0),
    Population::Counted(120.0),
];

impl Population {
    /// A pass of it.
    pub fn draw(self, rng: &mut impl Rng) -> Scene {
        let nominal = Scene { shadow: drawn_shadow(rng), ..Scene::default() };
        match self {
            Self::Nominal => nominal,
            Self::Shadow(shadow) => Scene { shadow, ..nominal },
            Self::Gap => Scene {
                shadow: rng.random_range(0.1..0.3),
                gap: [rng.random_range(0.0..0.6), rng.random_range(2.5..3.5)],
                ..nominal
            },
            Self::Speed(speed) => Scene { speed, ..nominal },
            Self::Level(level) => Scene { level, ..nominal },
            Self::Ramp => Scene { ramp: 0.01, ..nominal },
            Self::Counted(seconds) => Scene { counted_s: Some(seconds), ..nominal },
            Self::Steel => Scene { bursts: true, ..nominal },
            Self::Mix => MIX[rng.random_range(0..MIX.len())].draw(rng),
        }
    }
}

impl std::fmt::Display for Population {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nominal => f.write_str("shadow 0.15 +- 0.05"),
            Self::Shadow(shadow) => write!(f, "shadow {shadow}"),
            Self::Gap => f.write_str("gap behind the cab"),
            Self::Speed(speed) => write!(f, "true speed x {speed}"),
            Self::Level(level) => write!(f, "true background x {level}"),
            Self::Ramp => f.write_str("background rises by 1 %"),
            Self::Counted(seconds) => write!(f, "background counted for {seconds} s"),
            Self::Steel => f.write_str("steel, bursts of neutrons"),
            Self::Mix => f.write_str("mix"),
        }
    }
}

/// A depth of shadow: normal, 0.15 +- 0.05, cut to 0 to 0.5.
pub fn drawn_shadow(rng: &mut impl Rng) -> f64 {
    match Normal::new(0.15, 0.05) {
        Ok(normal) => f64::clamp(normal.sample(rng), 0.0, 0.5),
        Err(_) => 0.15,
    }
}
