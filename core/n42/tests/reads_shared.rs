//! The committee's examples and files from the field: what each must be found to be and to hold.

use std::io::Write;
use std::path::{Path, PathBuf};

use greenlane_n42::document::{AlarmCategory, Category, Class, Energy};
use greenlane_n42::{Document, Reading, Style, StyleError, Sums, Writable, read, rules, strict, visit};

/// 2026-11-24, after every date in these files.
const NOW: i64 = 1_795_478_400;

/// File, dialect, measurements, gamma and neutron counts. Counts are those that SpecUtils 0.0.11 finds, except
/// where a file has gamma gross counts only, which it drops: `Annex_D` (the outer one of three windows) and
/// `greenlane_minimal_gross`.
const FILES: &[(&str, &str, usize, f64, f64)] = &[
    ("examples/Annex_B.n42", "2011", 1, 42_479.0, 0.0),
    ("examples/Annex_C.n42", "2011", 2, 84_958.0, 0.0),
    ("examples/Annex_D.n42", "2011", 7, 329.0, 7.0),
    ("examples/Annex_E.n42", "2011", 7, 87_415.0, 613.0),
    ("examples/Annex_G.n42", "2011", 2, 84_958.0, 5.0),
    ("examples/Annex_L.n42", "2011", 2, 0.0, 6.0),
    ("examples/greenlane_minimal_gross.n42", "2011", 3, 175.0, 1.0),
    ("examples/greenlane_minimal_windows.n42", "2011", 3, 175.0, 1.0),
    ("nai-base/VABCD_M001_Am241.n42", "2006", 1, 1_208_062.0, 0.0),
    ("nai-base/VABCD_M001_Bgnd.n42", "2006", 1, 4_866_089.0, 0.0),
    ("nai-base/VABCD_M001_Cf252.n42", "2006", 1, 915_444.0, 0.0),
    ("nai-base/VABCD_M001_Co60.n42", "2006", 1, 708_845.0, 0.0),
    ("nai-base/VABCD_M001_Cs137.n42", "2006", 1, 1_239_451.0, 0.0),
    ("nai-base/VABCD_M001_I131.n42", "2006", 1, 895_402.0, 0.0),
    ("nai-base/VABCD_M001_Ra226.n42", "2006", 1, 571_138.0, 0.0),
    ("nai-base/VABCD_M001_Tc99M.n42", "2006", 1, 1_283_647.0, 0.0),
    ("nai-base/VABCD_M001_Th232.n42", "2006", 1, 707_315.0, 0.0),
    ("other/portal2006_ba133.n42", "2006", 1, 2_621_142.0, 0.0),
];

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/n42");
    if !folder.is_dir() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: the N42 examples beside the repository are not here");
        return None;
    }
    Some(folder)
}

fn bytes(name: &str) -> Option<Vec<u8>> {
    let path = folder()?.join(name);
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn reading(name: &str) -> Option<Reading> {
    let bytes = bytes(name)?;
    Some(read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}")))
}

fn sums(bytes: &[u8]) -> Sums {
    let mut sums = Sums::default();
    visit(bytes, |part| sums.add(&part)).expect("it was read before");
    sums
}

/// What is written of a document, after the schema and the rules took it.
fn written(document: &Writable, style: Style) -> Result<String, StyleError> {
    let text = style.write(document)?;
    assert_eq!(strict::check(text.as_bytes()), [], "{style:?}\n{text}");
    assert_eq!(rules::check(text.as_bytes(), NOW), [""; 0], "{style:?}\n{text}");
    Ok(text)
}

#[test]
fn every_file_is_read_without_repair_and_holds_its_counts() {
    for (name, dialect, measurements, gamma, neutron) in FILES {
        let Some(bytes) = bytes(name) else { return };
        let mut sums = Sums::default();
        let summary = visit(&bytes, |part| sums.add(&part)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((summary.dialect.name(), summary.documents), (*dialect, 1), "{name}");
        assert_eq!(summary.repairs, [], "{name}");
        assert_eq!((sums.gamma(), sums.neutron()), (*gamma, *neutron), "{name}");
        assert_eq!(sums.measurements(), *measurements, "{name}");
    }
}

#[test]
fn every_file_written_in_every_style_is_right_and_keeps_its_counts() {
    for (name, _, _, gamma, neutron) in FILES {
        let Some(reading) = reading(name) else { return };
        let (document, _) = Writable::new(reading.documents[0].clone(), [7; 16]);
        for style in [Style::Sample, Style::Second] {
            let text = written(&document, style).expect("any document has these styles");
            let sums = sums(text.as_bytes());
            assert_eq!((sums.gamma(), sums.neutron()), (*gamma, *neutron), "{name} {style:?}");
        }
        let has_spectra = document
            .document()
            .measurements
            .iter()
            .any(|measurement| measurement.spectra.iter().any(|spectrum| spectrum.channels.len() >= 7));
        match written(&document, Style::Rase) {
            Ok(_) => assert!(has_spectra, "{name}"),
            Err(error) => assert!(!has_spectra && error == StyleError::NoSpectrum, "{name}: {error}"),
        }
    }
}

#[test]
fn what_is_written_is_read_as_it_was_and_written_again_byte_by_byte() {
    for (name, ..) in FILES {
        let Some(reading) = reading(name) else { return };
        let (document, _) = Writable::new(reading.documents[0].clone(), [7; 16]);
        let text = document.write();
        let again = read(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again.repairs, [], "{name}");
        assert_eq!(&again.documents[0], document.document(), "{name}");
        let (again, repairs) = Writable::new(again.documents[0].clone(), [0; 16]);
        assert_eq!((again.write(), repairs), (text, Vec::new()), "{name}");
    }
}

#[test]
fn the_spectroscopic_portal_of_annex_e_is_understood() {
    let Some(reading) = reading("examples/Annex_E.n42") else { return };
    let document = &reading.documents[0];
    assert_eq!(document.instrument.model, "iSRPM");
    assert_eq!(document.instrument.class, "Spectroscopic Portal Monitor");
    assert_eq!(document.items[0].characteristics[0].value, "YMLU3030933");
    assert_eq!(document.detectors.len(), 4);
    assert_eq!(document.detector("Aa1N").expect("a detector").category, Category::Neutron);
    assert_eq!(document.calibrations[0].energy, Energy::Coefficients(vec![0.0, 0.3662, 0.0]));
    let background = &document.measurements[0];
    assert_eq!((background.class, background.real_time_s), (Class::Background, Some(300.0)));
    assert_eq!(background.spectra[0].live_time_s, Some(298.212_262));
    assert_eq!(background.start.expect("a start").to_string(), "2010-01-27T12:50:00.000Z");
    assert_eq!(document.derived.len(), 1);
    assert!(document.results.iter().all(|analysis| analysis.groups.is_empty()));
}

#[test]
fn the_gross_portal_of_annex_d_is_understood() {
    let Some(reading) = reading("examples/Annex_D.n42") else { return };
    let document = &reading.documents[0];
    assert_eq!(document.windows[0].bounds, [(0.0, 100.0), (0.0, 3000.0), (100.0, 400.0)]);
    let occupied: Vec<_> = document.measurements.iter().map(|measurement| measurement.occupied).collect();
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(occupied, [no, no, yes, yes, yes, no, no]);
    assert_eq!(document.measurements[1].start.expect("a start").to_string(), "2003-11-22T23:45:00.100-07:00");
    assert_eq!(document.measurements[0].gross[0].counts, [5.0, 22.0, 200.0]);
}

#[test]
fn groups_become_the_measurements_that_are_in_them() {
    let Some(reading) = reading("examples/Annex_C.n42") else { return };
    let analysis = &reading.documents[0].results[0];
    assert_eq!(analysis.measurements, ["RadMeasurement-1", "RadMeasurement-2"]);
    assert_eq!(analysis.nuclides[0].name, "Cs-137");
    assert_eq!(analysis.nuclides[0].confidence_percent, Some(0.99));
    assert_eq!(analysis.algorithm.as_deref(), Some("SuperNID"));
}

#[test]
fn the_portal_of_the_older_dialect_is_understood() {
    let Some(reading) = reading("other/portal2006_ba133.n42") else { return };
    let document: &Document = &reading.documents[0];
    assert_eq!(document.instrument.class, "SpecPortal");
    let measurement = &document.measurements[0];
    assert_eq!((measurement.class, measurement.occupied), (Class::Foreground, Some(true)));
    assert_eq!((measurement.speed_m_s, measurement.spectra.len()), (Some(0.0), 8));
    assert_eq!(measurement.spectra[0].channels.len(), 16_384);
    assert_eq!(document.calibrations.len(), 8);
    let (writable, _) = Writable::new(document.clone(), [7; 16]);
    let sum = Style::Rase.apply(&writable).expect("it has spectra");
    assert_eq!(sum.document().measurements[0].spectra[0].total(), 2_621_142.0);
}

#[test]
fn alarms_of_the_minimal_files_name_their_detector() {
    let Some(reading) = reading("examples/greenlane_minimal_windows.n42") else { return };
    let alarm = &reading.documents[0].results[0].alarms[0];
    assert_eq!((alarm.category, alarm.detectors.as_slice()), (AlarmCategory::Gamma, &["Aa1".to_owned()][..]));
}
