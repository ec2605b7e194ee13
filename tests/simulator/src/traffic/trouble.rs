//! What happens beside driving: ghosts, people, foreign numbers, a portal that fails.

use greenlane_model::ContainerNumber;
use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use crate::layout::Sensor;
use crate::random::Range;
use crate::vehicle::{Feature, Happening};

/// Sensors that a vehicle may be missed by, or that may show a ghost.
const FALLIBLE: [Sensor; 11] = [
    Sensor::EntryLoop,
    Sensor::PortalBeam,
    Sensor::PortalOwn,
    Sensor::ScanInBeam,
    Sensor::ScanOutBeam,
    Sensor::CameraTrigger,
    Sensor::Beam13,
    Sensor::Beam28,
    Sensor::Beam36,
    Sensor::Beam56,
    Sensor::Beam66,
];
/// Beams that people walk through: the portal's own and the lane's beam beside it are one place.
const WALKED: [&[Sensor]; 3] =
    [&[Sensor::PortalOwn, Sensor::PortalBeam], &[Sensor::ScanInBeam], &[Sensor::ScanOutBeam]];

/// One of the sensors that may fail.
pub(super) fn fallible(rng: &mut ChaCha12Rng) -> Sensor {
    FALLIBLE[rng.random_range(0..FALLIBLE.len())]
}

/// What a difficulty makes happen; nothing for those that lie in the vehicle itself. `number` is one of the
/// next lane.
pub(super) fn happenings(
    feature: Feature,
    number: &ContainerNumber,
    rng: &mut ChaCha12Rng,
) -> Vec<Happening> {
    match feature {
        Feature::Ghost => vec![ghost(rng)],
        Feature::Pedestrian => {
            let pulses = vec![(0.0, Range::new(0.3, 0.9).draw(rng))];
            let beams = WALKED[rng.random_range(0..WALKED.len())].iter();
            beams.map(|sensor| Happening::Cover { sensor: *sensor, pulses: pulses.clone() }).collect()
        }
        Feature::NeighbourOcr => vec![Happening::NeighbourRead(number.clone())],
        Feature::PortalRestart => vec![Happening::PortalRestart(Range::new(1.0, 4.0).draw(rng))],
        Feature::LinkDrop => vec![Happening::PortalLinkDrop(Range::new(0.5, 5.0).draw(rng))],
        _ => Vec::new(),
    }
}

/// One to four flickers of a sensor.
fn ghost(rng: &mut ChaCha12Rng) -> Happening {
    let mut at_s = 0.0;
    let count = rng.random_range(1..=4u32);
    let pulses = (0..count).map(|_| {
        let pulse = (at_s, Range::new(0.02, 0.3).draw(rng));
        at_s += pulse.1 + Range::new(0.02, 0.2).draw(rng);
        pulse
    });
    let pulses = pulses.collect();
    Happening::Cover { sensor: fallible(rng), pulses }
}
