use greenlane_config::{DeviceSetup, Isolation};
use greenlane_lane::{Effect, Input, OccupancyRecord};
use greenlane_model::units::{CountsPerSecond, Metres, Seconds};
use greenlane_model::{
    Background, Body, Counts, Observation, Occupancy, OccupancyEnd, Quality, Radiation, RadiationAlarm,
    Spectrum, SpectrumClass, Stamp,
};
use greenlane_n42::document::Document;
use greenlane_n42::{read, rules, strict};
use proptest::prelude::*;

use super::document::{DEVICES, OURS};
use super::file::{text, write};
use super::{Keeper, Sealed};

const NOW_S: i64 = 1_900_000_000;
const STARTED: u64 = 10;

fn at(tenths: u64) -> Stamp {
    let utc = 1_700_000_000_000_000_000 + i64::try_from(tenths).unwrap() * 100_000_000;
    Stamp::new(tenths * 100_000_000, utc)
}

fn seconds(value: f64) -> Seconds {
    Seconds::new(value).unwrap()
}

fn counts(interval: f64, counts: &[u32], pre_roll: bool) -> Counts {
    Counts { interval: seconds(interval), counts: counts.to_vec(), alarm: false, pre_roll }
}

fn spectrum(detector: &str, class: SpectrumClass, counts: Vec<u32>) -> Spectrum {
    let calibration_kev = vec![0.0, 3000.0 / counts.len().max(1) as f64];
    let (live, real) = (seconds(0.9), seconds(1.0));
    Spectrum { detector: detector.to_owned(), live, real, counts, calibration_kev, class }
}

fn keeper() -> Keeper {
    let mut keeper = Keeper::default();
    keeper.set_models(&[DeviceSetup {
        name: "portal".to_owned(),
        model: "maker.m-1".to_owned(),
        link: String::new(),
        isolation: Isolation::None,
        settings: serde_json::Value::Null,
        at_m: None,
        length_m: Metres::new(1.0).unwrap(),
        silent_after_s: None,
        capture: None,
    }]);
    keeper
}

fn tell(keeper: &mut Keeper, tenths: u64, body: Body) {
    let device = "portal".to_owned();
    let (at, quality) = (at(tenths), Quality::Good);
    let observation = Observation { device, seq: 1, epoch: 1, at, received: at, quality, body };
    keeper.hear(&Input::Observation { observation });
}

fn seal(keeper: &mut Keeper, started: u64, end: OccupancyEnd) -> Sealed {
    let record = OccupancyRecord {
        device: "portal".to_owned(),
        index: None,
        started: at(started),
        ended: at(100),
        end,
        gamma_alarm: false,
        neutron_alarm: false,
        max_gamma: None,
        max_neutron: None,
        neutron_background_cps: None,
        speed_mps: None,
    };
    let mut sealed = keeper.sealed("in-01", &[Effect::Occupancy(Box::new(record))]);
    assert_eq!(sealed.len(), 1);
    sealed.remove(0)
}

/// The document as it is read back, after its own check.
fn checked(sealed: &Sealed) -> Document {
    let text = text(sealed);
    assert_eq!(strict::check(text.as_bytes()), [], "{text}");
    assert_eq!(rules::check(text.as_bytes(), NOW_S), [""; 0], "{text}");
    let mut reading = read(text.as_bytes()).unwrap();
    assert_eq!(reading.documents.len(), 1);
    reading.documents.remove(0)
}

fn occupancy(keeper: &mut Keeper) {
    let cps = |value| Some(vec![CountsPerSecond::new(value).unwrap(); 2]);
    tell(keeper, 1, Body::Background(Background { gamma_cps: cps(250.0), neutron_cps: cps(1.0) }));
    tell(keeper, 6, Body::Background(Background { gamma_cps: cps(250.0), neutron_cps: None }));
    tell(keeper, 8, Body::Gamma(counts(0.2, &[51, 52], true)));
    tell(keeper, STARTED, Body::Occupancy(Occupancy::Started));
    tell(keeper, 12, Body::Gamma(counts(0.2, &[53, 54], false)));
    tell(keeper, 14, Body::Neutron(counts(1.0, &[2, 3], false)));
    let alarm = RadiationAlarm { radiation: Radiation::Gamma, on: true, nuclides: Vec::new() };
    tell(keeper, 15, Body::RadiationAlarm(alarm));
}

#[test]
fn counts_of_panels_are_samples_with_spectra_beside_one_long_background() {
    let mut keeper = keeper();
    occupancy(&mut keeper);
    let document = checked(&seal(&mut keeper, STARTED, OccupancyEnd::Normal));
    let named = |id: &str| document.measurements.iter().find(|m| m.id == id).unwrap();
    let sum = |id: &str| named(id).spectra.iter().map(|s| s.total()).sum::<f64>();
    assert_eq!([sum("Gamma-1"), sum("Gamma-2")], [103.0, 107.0]);
    assert_eq!((named("Gamma-1").occupied, named("Gamma-2").occupied), (Some(false), Some(true)));
    let neutrons: f64 = named("Neutron-1").gross.iter().flat_map(|g| &g.counts).sum();
    assert_eq!((neutrons, named("Neutron-1").real_time_s), (5.0, Some(1.0)));
    assert_eq!((sum("Background-Gamma"), named("Background-Gamma").real_time_s), (750.0, Some(1.5)));
    assert_eq!(document.instrument.manufacturer, "maker");
    assert_eq!(document.instrument.model, "m-1");
    assert_eq!(document.instrument.identifier.as_deref(), Some("portal"));
    let [device] = document.results.as_slice() else { panic!("{:?}", document.results) };
    assert_eq!((device.algorithm.as_deref(), device.alarms.len()), (Some(DEVICES), 1));
    assert_ne!(DEVICES, OURS);
}

#[test]
fn spectra_of_one_moment_are_one_measurement_and_windows_have_boundaries() {
    use greenlane_n42::document::Energy;
    let mut keeper = keeper();
    tell(&mut keeper, 5, Body::Spectrum(spectrum("a", SpectrumClass::Background, vec![9; 1024])));
    tell(&mut keeper, STARTED, Body::Occupancy(Occupancy::Started));
    tell(&mut keeper, 20, Body::Spectrum(spectrum("a", SpectrumClass::Foreground, vec![1; 1024])));
    tell(&mut keeper, 20, Body::Spectrum(spectrum("w", SpectrumClass::Foreground, vec![7; 4])));
    let document = checked(&seal(&mut keeper, STARTED, OccupancyEnd::Normal));
    let [background, foreground] = document.measurements.as_slice() else { panic!("{document:?}") };
    assert_eq!(background.spectra[0].total(), 9.0 * 1024.0);
    let [whole, windows] = foreground.spectra.as_slice() else { panic!("{foreground:?}") };
    assert_eq!((whole.total(), windows.total()), (1024.0, 28.0));
    let energy = |id: &str| &document.calibration(id).unwrap().energy;
    assert!(matches!(energy(&whole.calibration), Energy::Coefficients(_)));
    assert!(matches!(energy(&windows.calibration), Energy::Boundaries(_)));
}

#[test]
fn an_occupancy_that_did_not_end_keeps_its_samples_to_itself() {
    let mut keeper = keeper();
    occupancy(&mut keeper);
    tell(&mut keeper, 50, Body::Occupancy(Occupancy::Started));
    let first = seal(&mut keeper, STARTED, OccupancyEnd::NoEndMessage);
    tell(&mut keeper, 52, Body::Gamma(counts(0.2, &[7, 7], false)));
    let second = seal(&mut keeper, 50, OccupancyEnd::Normal);
    assert_eq!((first.measured.gamma.len(), second.measured.gamma.len()), (2, 1));
    assert_eq!(second.measured.alarms.len(), 0);
    tell(&mut keeper, 110, Body::Gamma(counts(0.2, &[7, 7], false)));
    tell(&mut keeper, 111, Body::Occupancy(Occupancy::Started));
    assert_eq!(seal(&mut keeper, 111, OccupancyEnd::Normal).measured.gamma.len(), 0);
}

#[test]
fn an_endless_occupancy_is_cut_and_its_file_can_still_be_read() {
    let mut keeper = keeper();
    tell(&mut keeper, STARTED, Body::Occupancy(Occupancy::Started));
    for second in 0..700 {
        let foreground = spectrum("a", SpectrumClass::Foreground, vec![u32::MAX; 8192]);
        tell(&mut keeper, 20 + second * 10, Body::Spectrum(foreground));
    }
    let sealed = seal(&mut keeper, STARTED, OccupancyEnd::LinkLost);
    assert!(sealed.measured.cut);
    let text = text(&sealed);
    assert!(text.len() < 64 << 20, "{}", text.len());
    assert!(read(text.as_bytes()).is_ok());
}

#[test]
fn a_file_lies_under_its_digest_and_a_folder_that_cannot_be_made_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = keeper();
    occupancy(&mut keeper);
    let text = text(&seal(&mut keeper, STARTED, OccupancyEnd::Normal));
    let files = folder.path().join("j.n42");
    let written = write(&files, &text).unwrap();
    assert_eq!(write(&files, &text).unwrap(), written);
    assert_eq!(std::fs::read_to_string(&written.path).unwrap(), text);
    assert_eq!(written.path, files.join(format!("{}.n42", written.sha256)).display().to_string());
    assert_eq!(std::fs::read_dir(&files).unwrap().count(), 1);
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "no folder").unwrap();
    assert!(write(&taken, &text).is_err());
}

fn any_counts() -> impl Strategy<Value = Counts> {
    let interval = prop_oneof![Just(0.2), Just(0.0), Just(-1.0), Just(1e300), 0.0..10.0];
    let values = proptest::collection::vec(any::<u32>(), 0..6);
    (interval, values, any::<(bool, bool)>()).prop_map(|(interval, counts, (alarm, pre_roll))| Counts {
        interval: seconds(interval),
        counts,
        alarm,
        pre_roll,
    })
}

fn any_spectrum() -> impl Strategy<Value = Spectrum> {
    let odd = prop_oneof![Just(0.0), Just(-1.0), Just(1e300), 0.0..10.0];
    let terms = proptest::collection::vec(prop_oneof![-10.0..10.0, Just(1e300), Just(0.0)], 0..5);
    let class = prop_oneof![Just(SpectrumClass::Foreground), Just(SpectrumClass::Background)];
    let counts = proptest::collection::vec(any::<u32>(), 0..12);
    (".{0,6}", (odd.clone(), odd), counts, terms, class).prop_map(
        |(detector, (live, real), counts, calibration_kev, class)| Spectrum {
            detector,
            live: seconds(live),
            real: seconds(real),
            counts,
            calibration_kev,
            class,
        },
    )
}

fn any_body() -> impl Strategy<Value = Body> {
    let rates = proptest::collection::vec(prop_oneof![Just(-1.0), Just(1e300), 0.0..1e4], 0..4);
    let rates = rates.prop_map(|r| r.into_iter().filter_map(CountsPerSecond::new).collect::<Vec<_>>());
    let rates = proptest::option::of(rates);
    prop_oneof![
        any_counts().prop_map(Body::Gamma),
        any_counts().prop_map(Body::Neutron),
        any_spectrum().prop_map(Body::Spectrum),
        (rates.clone(), rates)
            .prop_map(|(gamma_cps, neutron_cps)| { Body::Background(Background { gamma_cps, neutron_cps }) }),
        Just(Body::Occupancy(Occupancy::Started)),
        ".{0,6}".prop_map(|name| Body::RadiationAlarm(RadiationAlarm {
            radiation: Radiation::Isotope,
            on: true,
            nuclides: vec![greenlane_model::Nuclide { name, confidence: Some(7.0) }],
        })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_a_portal_says_the_file_passes_its_own_check(
        bodies in proptest::collection::vec((0..60_u64, any_body()), 0..24),
    ) {
        let mut keeper = keeper();
        tell(&mut keeper, STARTED, Body::Occupancy(Occupancy::Started));
        for (tenths, body) in bodies {
            tell(&mut keeper, tenths, body);
        }
        checked(&seal(&mut keeper, STARTED, OccupancyEnd::Normal));
    }
}
