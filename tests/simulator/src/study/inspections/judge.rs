//! What the tests and the station say, in the words of the explanation: as a lane does it for a passage.

use greenlane_model::units::CountsPerSecond;
use greenlane_radiation::detect::{Detection, TestName};
use greenlane_radiation::explain::{Alarm, By, Cargo, Facts, Shape, own_alarms};
use greenlane_radiation::identify;

/// Everything that is known of a vehicle; without a station, plastic alone has spoken.
pub fn facts(
    detection: &Detection,
    background_cps: f64,
    station: Option<&identify::Identification>,
    cargo: &Cargo,
) -> Facts {
    let result = |name| detection.tests.iter().find(|test| test.test == name);
    let own = own_alarms(Some(detection), station).into_iter();
    let missed = detection.upper_95_cps.or(detection.combined.missed_95_cps);
    Facts {
        alarms: own.map(|radiation| Alarm { by: By::Own, radiation }).collect(),
        over_range: result(TestName::OverRange).is_some_and(|test| test.alarm),
        identification: station.map(Into::into).unwrap_or_default(),
        shape: match &detection.shape {
            Some(found) => Shape::found(found, Some(background_cps)),
            None => Shape { excess: Some(0.0), ..Shape::default() },
        },
        cargo: vec![cargo.clone()],
        window_ratio_z: result(TestName::EnergyWindows).map(|test| test.statistic),
        missed_95_cps: missed.and_then(CountsPerSecond::new),
        ..Facts::default()
    }
}
