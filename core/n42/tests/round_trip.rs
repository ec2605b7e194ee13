//! Whatever a document holds: what is written of it is right, is read as it was, and is written the same again.

use greenlane_n42::document::*;
use greenlane_n42::time::DateTime;
use greenlane_n42::{Document, Style, Sums, Writable, read, rules, strict, visit};
use proptest::prelude::*;

/// 2100-01-01, after every date that is made here.
const NOW: i64 = 4_102_444_800;

fn id() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[A-C]", "[A-C]N", "[a-z0-9 .:é]{0,6}"].boxed()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9 ]{0,12}", "[ -~\u{a0}\u{e9}\r\n\u{1}<&\"']{0,20}", "\\PC{0,8}"].boxed()
}

fn maybe<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(of)
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (0u32..2000).prop_map(f64::from),
        1 => -1e3..1e9,
        1 => prop::sample::select(vec![0.0, -0.0, 1e-300, 1e300, 0.1 + 0.2]),
    ]
    .boxed()
}

fn time() -> impl Strategy<Value = DateTime> {
    // 1900 to 2099.
    let zone = maybe(prop_oneof![Just(0i16), -840i16..=840]);
    (-2_208_988_800_000_000i64..4_102_300_000_000_000, zone)
        .prop_map(|(local_us, zone_min)| DateTime { local_us, zone_min })
        .boxed()
}

fn seconds() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.2), Just(1.0), Just(0.0), 0.0..1e6, -1.0..0.0].boxed()
}

fn spectrum() -> impl Strategy<Value = Spectrum> {
    let counts = prop_oneof![2 => Just(0.0), 3 => number()];
    let channels =
        prop_oneof![prop::collection::vec(counts.clone(), 0..9), prop::collection::vec(counts, 60..70)];
    (id(), id(), "[A-C]?", maybe(seconds()), channels)
        .prop_map(|(id, detector, calibration, live_time_s, channels)| Spectrum {
            id,
            detector,
            calibration,
            live_time_s,
            channels,
        })
        .boxed()
}

fn gross() -> impl Strategy<Value = GrossCounts> {
    (id(), id(), maybe("[A-C]"), maybe(seconds()), prop::collection::vec(number(), 0..4))
        .prop_map(|(id, detector, windows, live_time_s, counts)| GrossCounts {
            id,
            detector,
            windows,
            live_time_s,
            counts,
        })
        .boxed()
}

fn characteristic() -> impl Strategy<Value = Characteristic> {
    (text(), text(), text(), prop_oneof![Just("double".to_owned()), text()])
        .prop_map(|(name, value, units, data_class)| Characteristic { name, value, units, data_class })
        .boxed()
}

fn fault() -> impl Strategy<Value = Fault> {
    let severity = prop::sample::select(vec![Severity::Fatal, Severity::Error, Severity::Warning]);
    (maybe(id()), text(), text(), severity)
        .prop_map(|(detector, code, description, severity)| Fault { detector, code, description, severity })
        .boxed()
}

fn measurement() -> impl Strategy<Value = Measurement> {
    let class = prop::sample::select(vec![
        Class::Foreground,
        Class::Background,
        Class::Calibration,
        Class::IntrinsicActivity,
        Class::NotSpecified,
    ]);
    let position = (-100.0..100.0f64, -200.0..200.0f64, maybe(-10.0..9000.0f64));
    let readings = (
        prop::collection::vec(spectrum(), 0..3),
        prop::collection::vec(gross(), 0..3),
        prop::collection::vec((id(), id(), number()), 0..2),
        prop::collection::vec(fault(), 0..3),
        prop::collection::vec(characteristic(), 0..2),
    );
    let rest =
        (maybe(any::<bool>()), maybe(-30.0..30.0f64), maybe(position), prop::collection::vec(text(), 0..2));
    (id(), class, maybe(time()), maybe(seconds()), readings, rest)
        .prop_map(|(id, class, start, real_time_s, readings, rest)| {
            let (spectra, gross, doses, faults, characteristics) = readings;
            let (occupied, speed_m_s, position, remarks) = rest;
            let doses = doses.into_iter().map(|(id, detector, u_sv_h)| DoseRate { id, detector, u_sv_h });
            let position = position.map(|(latitude, longitude, elevation_m)| Position {
                latitude,
                longitude,
                elevation_m,
            });
            Measurement {
                id,
                remarks,
                class,
                start,
                real_time_s,
                spectra,
                gross,
                doses: doses.collect(),
                occupied,
                speed_m_s,
                position,
                faults,
                characteristics,
                groups: Vec::new(),
            }
        })
        .boxed()
}

fn energy() -> impl Strategy<Value = Energy> {
    prop_oneof![
        Just(Energy::Coefficients(vec![0.0, 3.0, 0.0])),
        Just(Energy::Coefficients(vec![-39.6, 3.02, -1e-4, 1.5e-7])),
        Just(Energy::Boundaries(vec![0.0, 400.0, 3000.0])),
        prop::collection::vec(number(), 0..6).prop_map(Energy::Coefficients),
        prop::collection::vec(number(), 0..10).prop_map(Energy::Boundaries),
    ]
    .boxed()
}

fn detector() -> impl Strategy<Value = Detector> {
    let category =
        prop::sample::select(vec![Category::Gamma, Category::Gamma, Category::Neutron, Category::Other]);
    let kind = prop_oneof![Just("NaI".to_owned()), Just("HPGe 50%".to_owned()), text()];
    (id(), maybe(text()), category, kind, maybe(text()))
        .prop_map(|(id, name, category, kind, description)| Detector {
            id,
            name,
            category,
            kind,
            description,
        })
        .boxed()
}

fn analysis() -> impl Strategy<Value = Analysis> {
    let category = prop::sample::select(vec![
        AlarmCategory::Gamma,
        AlarmCategory::Neutron,
        AlarmCategory::Isotope,
        AlarmCategory::Other,
    ]);
    let alarm = (prop::collection::vec(id(), 0..3), maybe(time()), category, maybe(text()))
        .prop_map(|(detectors, at, category, description)| Alarm { detectors, at, category, description });
    let nuclide =
        (text(), any::<bool>(), maybe(number()), maybe(-1.0..150.0f64), maybe(text()), maybe(text()))
            .prop_map(|(name, identified, activity_kbq, confidence_percent, confidence, category)| Nuclide {
                name,
                identified,
                activity_kbq,
                confidence_percent,
                confidence,
                category,
            });
    let ids = || prop::collection::vec(id(), 0..3);
    let version = (text(), text()).prop_map(|(component, version)| Version { component, version });
    let words = (maybe(id()), maybe(text()), maybe(text()), prop::collection::vec(version, 0..2));
    (words, ids(), ids(), prop::collection::vec(alarm, 0..2), prop::collection::vec(nuclide, 0..2))
        .prop_map(|((id, algorithm, result, versions), measurements, derived, alarms, nuclides)| Analysis {
            id,
            measurements,
            derived,
            algorithm,
            result,
            versions,
            alarms,
            nuclides,
            ..Analysis::default()
        })
        .boxed()
}

fn document() -> impl Strategy<Value = Document> {
    let class = prop_oneof![Just("SpecPortal".to_owned()), Just("Portal Monitor".to_owned()), text()];
    let instrument = (id(), text(), text(), class, prop::collection::vec(characteristic(), 0..2)).prop_map(
        |(id, manufacturer, model, class, characteristics)| Instrument {
            id,
            manufacturer,
            model,
            class,
            characteristics,
            ..Instrument::default()
        },
    );
    let calibration = (id(), energy()).prop_map(|(id, energy)| Calibration { id, energy });
    let bounds = prop::collection::vec((-10.0..3000.0f64, 0.0..3000.0f64), 0..4);
    let windows = ("[A-C]", bounds).prop_map(|(id, bounds)| Windows { id, bounds });
    let item = (id(), maybe(text()), prop::collection::vec(characteristic(), 0..2))
        .prop_map(|(id, description, characteristics)| Item { id, description, characteristics });
    let source = (instrument, prop::collection::vec(detector(), 0..4), prop::collection::vec(item, 0..2));
    let scales = (prop::collection::vec(calibration, 0..3), prop::collection::vec(windows, 0..3));
    let data = (
        prop::collection::vec(measurement(), 0..5),
        prop::collection::vec(measurement(), 0..2),
        prop::collection::vec(analysis(), 0..3),
    );
    (maybe(text()), maybe(time()), source, scales, data)
        .prop_map(|(uuid, created, source, scales, data)| Document {
            uuid,
            created,
            creator: None,
            remarks: Vec::new(),
            instrument: source.0,
            detectors: source.1,
            items: source.2,
            calibrations: scales.0,
            windows: scales.1,
            measurements: data.0,
            derived: data.1,
            results: data.2,
        })
        .boxed()
}

fn sums(text: &str) -> (f64, f64) {
    let mut sums = Sums::default();
    visit(text.as_bytes(), |part| sums.add(&part)).expect("it was written by us");
    (sums.gamma(), sums.neutron())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_written_strictly_and_read_as_it_was(document in document()) {
        let (writable, _) = Writable::new(document, [3; 16]);
        let text = writable.write();
        prop_assert_eq!(strict::check(text.as_bytes()), [], "{}", text);
        prop_assert_eq!(rules::check(text.as_bytes(), NOW), [""; 0], "{}", text);
        let reading = read(text.as_bytes()).expect("it was written by us");
        prop_assert_eq!(&reading.repairs, &[]);
        prop_assert_eq!(&reading.documents[0], writable.document());
        let (again, repairs) = Writable::new(reading.documents[0].clone(), [0; 16]);
        prop_assert_eq!(&repairs, &[]);
        prop_assert_eq!(again.write(), text);
    }

    #[test]
    fn the_other_styles_are_strict_too_and_seconds_keep_the_counts(document in document()) {
        let (writable, _) = Writable::new(document, [3; 16]);
        for style in [Style::Second, Style::Rase] {
            let Ok(text) = style.write(&writable) else { continue };
            prop_assert_eq!(strict::check(text.as_bytes()), [], "{}", text);
            prop_assert_eq!(rules::check(text.as_bytes(), NOW), [""; 0], "{}", text);
            let ((gamma, neutron), (gamma_before, neutron_before)) = (sums(&text), sums(&writable.write()));
            if style == Style::Second {
                let near = |one: f64, other: f64| (one - other).abs() <= 1e-9 * one.abs().max(other.abs());
                prop_assert!(near(gamma, gamma_before), "{} {}", gamma, gamma_before);
                prop_assert!(near(neutron, neutron_before), "{} {}", neutron, neutron_before);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_words_of_the_standard_are_read_or_refused(words in prop::collection::vec(word(), 0..60)) {
        let text = words.concat();
        if let Ok(reading) = read(text.as_bytes()) {
            for document in reading.documents {
                let (writable, _) = Writable::new(document, [3; 16]);
                let text = writable.write();
                prop_assert_eq!(strict::check(text.as_bytes()), [], "{}", text);
            }
        }
    }
}

/// Tags and texts of both dialects, in any order.
fn word() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "RadInstrumentData",
        "N42InstrumentData",
        "RadMeasurement",
        "Measurement",
        "Spectrum",
        "ChannelData",
        "GrossCounts",
        "CountData",
        "DetectorData",
        "DetectorMeasurement",
        "CountDoseData",
        "Counts",
        "EnergyCalibration",
        "CoefficientValues",
        "EnergyWindows",
        "WindowStartEnergyValues",
        "Calibration",
        "Equation",
        "Coefficients",
        "StartDateTime",
        "StartTime",
        "RealTimeDuration",
        "AnalysisResults",
        "Nuclide",
    ];
    prop_oneof![
        3 => prop::sample::select(NAMES).prop_map(|name| format!("<{name} id=\"a\" Detector=\"b\">")),
        2 => prop::sample::select(NAMES).prop_map(|name| format!("</{name}>")),
        1 => prop::sample::select(NAMES).prop_map(|name| format!("<{name}/>")),
        2 => prop::sample::select(vec!["1 2 3", "0 9", "PT1S", "2025-03-04T10:15:32Z", "true", "&amp;", "&x;", "<"])
            .prop_map(str::to_owned),
    ]
    .boxed()
}
