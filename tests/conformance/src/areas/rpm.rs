//! `rpm/`: what a radiation portal says of vehicles.

mod alarm;
mod ends;
mod levels;
mod occupancy;
mod samples;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::bench::Bench;
use crate::compose::portal::{Occupancy, Writer};
use crate::kit::Portal;
use crate::methods::Method;
use crate::scene::Scene;

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "rpm/samples", run: samples::samples },
    Method { name: "rpm/occupancy", run: occupancy::occupancy },
    Method { name: "rpm/alarm", run: alarm::alarm },
    Method { name: "rpm/lost-end", run: ends::lost_end },
    Method { name: "rpm/back-to-back", run: ends::back_to_back },
    Method { name: "rpm/pre-roll", run: ends::pre_roll },
    Method { name: "rpm/background", run: levels::background },
    Method { name: "rpm/over-range", run: levels::over_range },
    Method { name: "rpm/tamper", run: levels::tamper },
    Method { name: "speed/value", run: levels::speed },
];

pub use occupancy::same_occupancies;

/// A scene with vehicles, written by `write` after some quiet.
fn scene(
    bench: &Bench<'_>,
    portal: &Portal,
    rng: &mut ChaCha8Rng,
    write: impl FnOnce(&mut Writer<'_>, &mut ChaCha8Rng),
) -> Scene {
    let mut writer = Writer::new(bench.kit, portal);
    let quiet = rng.random_range(3.0..6.0);
    writer.vacant(quiet, rng);
    write(&mut writer, rng);
    writer.vacant(6.0, rng);
    // What is said as late as may be is still waited for.
    writer.finish(2.5)
}

/// A vehicle of any length, with or without burst and neutrons, without alarms.
fn any_vehicle(portal: &Portal, rng: &mut ChaCha8Rng) -> Occupancy {
    Occupancy {
        length_s: rng.random_range(0.4..12.0),
        burst: if rng.random_bool(0.3) { rng.random_range(0..=portal.pre_roll) } else { 0 },
        neutron: rng.random_bool(0.9),
        ..Occupancy::default()
    }
}
