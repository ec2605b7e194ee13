//! What is said of spectra that the library was not made for: another crystal, other shields, wider lines, a
//! bent energy scale. The library is never tuned on these.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

use std::sync::OnceLock;

use greenlane_radiation::identify::{
    Class, Detector, Identification, Library, Nuclide, NuclideFile, Response, Spectrum, Status, Table,
    identify, threshold_kev,
};
use proptest::prelude::*;

const THRESHOLD_KEV: f64 = 47.0;
const EDGES: usize = 1024;

fn config(path: &str) -> String {
    let path = format!("{}/../../configs/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn nuclides() -> &'static NuclideFile {
    static FILE: OnceLock<NuclideFile> = OnceLock::new();
    FILE.get_or_init(|| NuclideFile::parse(&config("nuclides.toml")).unwrap())
}

fn nuclide(name: &str) -> &'static Nuclide {
    nuclides().nuclides.iter().find(|nuclide| nuclide.name == name).unwrap()
}

fn unseen() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::parse(&config("responses/unseen.table.json")).unwrap())
}

fn response(detector: &str, fwhm_kev: f64) -> Response {
    Response::parse(&format!("detector = \"{detector}\"\n[resolution]\nfwhm_kev = {fwhm_kev}\n")).unwrap()
}

fn made(detector: &str) -> Library {
    let table = Table::parse(&config("responses/nai.table.json")).unwrap();
    Library::new(nuclides(), &response(detector, 49.6), &table, THRESHOLD_KEV).unwrap()
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| made("NaI"))
}

/// Channels of 3 keV, read with a gain of 1.02 and a bend of 0.4 % at K-40's line.
fn read(kev: f64) -> f64 {
    kev / 1.02 * (1.0 + 0.004 * (kev / 1460.8 - 0.5))
}

/// Expected counts with sum 1, lines 5 % wider than the library thinks.
fn shape(nuclide: &Nuclide, shield: usize) -> Option<Vec<f64>> {
    let response = response("NaI", 49.6 * 1.05);
    let detector = Detector::new(unseen(), &response, THRESHOLD_KEV);
    let emission = nuclide.emission(15.0, 2880.0, 1.03);
    let pulses = detector.pulses(&emission, shield);
    if pulses.total() < 3e-3 * detector.pulses(&emission, 0).total() {
        return None;
    }
    let edges: Vec<f64> = (0..=EDGES).map(|channel| read(3.0 * channel as f64)).collect();
    let counts = pulses.rebin(&edges, 1.0);
    let sum: f64 = counts.iter().sum();
    Some(counts.iter().map(|bin| bin / sum).collect())
}

fn spectrum(counts: Vec<f64>) -> Spectrum {
    Spectrum::new((0..=EDGES).map(|channel| 3.0 * channel as f64).collect(), counts, 10.0).unwrap()
}

fn vacant() -> &'static Vec<f64> {
    static VACANT: OnceLock<Vec<f64>> = OnceLock::new();
    VACANT.get_or_init(|| {
        let bulk = unseen().shields.len() - 1;
        let parts = ["K-40", "Ra-226", "Th-232"].map(|name| shape(nuclide(name), bulk).unwrap());
        (0..EDGES).map(|bin| parts.iter().map(|part| part[bin] / 3.0).sum()).collect()
    })
}

/// What is said of so many counts of this shape on 2 000 of background, without chance: what remains is the
/// templates' error.
fn said(source: &[(&[f64], f64)]) -> Identification {
    let mut counts: Vec<f64> = vacant().iter().map(|bin| bin * 2000.0).collect();
    for (shape, strength) in source {
        counts.iter_mut().zip(*shape).for_each(|(sum, bin)| *sum += bin * strength);
    }
    let background = spectrum(vacant().iter().map(|bin| bin * 1e6).collect());
    identify(&spectrum(counts), Some(&background), library())
}

#[test]
fn a_background_alone_is_insufficient_and_never_natural() {
    let said = said(&[]);
    assert_eq!(said.status, Status::Insufficient);
    assert_eq!(said.all().count(), 0);
}

#[test]
fn a_bare_source_is_named_and_the_gain_found() {
    for name in ["Cs-137", "Co-60", "Ba-133", "K-40", "I-131", "Tc-99m", "U-235"] {
        let source = shape(nuclide(name), 0).unwrap();
        let said = said(&[(&source, 2000.0)]);
        assert_eq!(said.status, Status::Identified, "{name}: {said:?}");
        assert_eq!(said.nuclides.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(), [name], "{said:?}");
        assert!((said.gain - 1.02).abs() <= 0.0151, "{name}: gain {}", said.gain);
        assert!((said.nuclides[0].net / 2000.0 - 1.0).abs() < 0.25, "{name}: {said:?}");
    }
}

#[test]
fn more_counts_of_a_shielded_source_bring_no_wrong_name() {
    let (mut all, mut wrong, mut right) = (0, Vec::new(), 0);
    for nuclide in nuclides().nuclides.iter().filter(|nuclide| !nuclide.is_bremsstrahlung_only()) {
        for shield in [1, 4, 6] {
            let Some(source) = shape(nuclide, shield) else { continue };
            for counts in [2000.0, 20_000.0, 100_000.0] {
                let said = said(&[(&source, counts)]);
                all += 1;
                right += usize::from(said.all().any(|named| named.name == nuclide.name));
                if said.nuclides.iter().any(|named| named.name != nuclide.name) {
                    wrong.push(format!("{} behind {shield}, {counts}: {:?}", nuclide.name, said.nuclides));
                }
            }
        }
    }
    assert!(right * 100 >= all * 85, "{right} of {all} have the right name");
    assert!(wrong.len() * 100 <= all * 8, "{} of {all}: {wrong:#?}", wrong.len());
}

#[test]
fn nuclear_material_is_never_called_harmless() {
    for nuclide in nuclides().nuclides.iter().filter(|nuclide| nuclide.class == Class::Snm) {
        for shield in 0..unseen().shields.len() {
            let Some(source) = shape(nuclide, shield) else { continue };
            for counts in [2000.0, 100_000.0] {
                let said = said(&[(&source, counts)]);
                let harmless = said.status == Status::Identified && said.gravest() <= Some(Class::Medical);
                assert!(!harmless, "{} behind {shield}, {counts}: {said:?}", nuclide.name);
            }
        }
    }
}

#[test]
fn a_source_in_fertiliser_is_named_beside_it() {
    let potash = shape(nuclide("K-40"), unseen().shields.len() - 1).unwrap();
    let caesium = shape(nuclide("Cs-137"), 1).unwrap();
    let said = said(&[(&potash, 8000.0), (&caesium, 3000.0)]);
    let names: Vec<_> = said.nuclides.iter().map(|named| named.name.as_str()).collect();
    assert!(names.contains(&"Cs-137") && names.contains(&"K-40"), "{said:?}");
}

#[test]
fn a_smooth_continuum_is_unknown() {
    let counts = |bin: usize| if bin < 17 { 0.0 } else { 60.0 * libm::exp(-(bin as f64) * 3.0 / 200.0) };
    let counts: Vec<f64> = (0..EDGES).map(counts).collect();
    let sum: f64 = counts.iter().sum();
    let smooth: Vec<f64> = counts.iter().map(|bin| bin / sum).collect();
    for strength in [2000.0, 20_000.0] {
        let said = said(&[(&smooth, strength)]);
        assert!(said.nuclides.is_empty(), "{said:?}");
        assert_eq!(said.status, Status::Unknown, "{said:?}");
    }
}

#[test]
fn plastic_names_nothing() {
    let source = shape(nuclide("Cs-137"), 0).unwrap();
    let strong = spectrum(source.iter().map(|bin| bin * 1e5).collect());
    let said = identify(&strong, None, &made("PVT"));
    assert_eq!(said.status, Status::NotCapable);
    assert_eq!(said.all().count(), 0);
}

#[test]
fn a_source_without_a_measured_background_is_named() {
    let source = shape(nuclide("Cs-137"), 0).unwrap();
    let counts = vacant().iter().zip(&source).map(|(b, s)| 2000.0 * b + 3000.0 * s).collect();
    let said = identify(&spectrum(counts), None, library());
    assert_eq!(said.nuclides.first().map(|named| named.name.as_str()), Some("Cs-137"), "{said:?}");
}

#[test]
fn the_threshold_is_seen_in_a_vacant_spectrum() {
    let vacant = spectrum(vacant().iter().map(|bin| bin * 1e5).collect());
    let found = threshold_kev(&vacant);
    assert!((found - 1.02 * THRESHOLD_KEV).abs() <= 4.0, "{found}");
}

#[test]
fn what_was_said_survives_json() {
    let source = shape(nuclide("Th-232"), 3).unwrap();
    let said = said(&[(&source, 1500.0)]);
    let text = serde_json::to_string(&said).unwrap();
    assert_eq!(serde_json::from_str::<Identification>(&text).unwrap(), said);
}

/// Poisson counts of these means: exponential waiting times, by xorshift from a seed.
fn drawn(means: &[f64], seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut wait = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        -libm::log(((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
    };
    let count = |mean: &f64| {
        let (mut passed, mut count) = (wait(), 0.0);
        while passed < *mean {
            count += 1.0;
            passed += wait();
        }
        count
    };
    means.iter().map(count).collect()
}

/// Drawn counts of a source on a background, and that background measured for long.
fn measured(source: &[f64], counts: f64, seed: u64) -> (Spectrum, Spectrum) {
    let means: Vec<f64> = vacant().iter().zip(source).map(|(b, s)| 2000.0 * b + counts * s).collect();
    (spectrum(drawn(&means, seed)), spectrum(vacant().iter().map(|bin| bin * 1e6).collect()))
}

fn is_only(said: &Identification, name: &str) -> bool {
    said.groups.is_empty() && said.nuclides.len() == 1 && said.nuclides[0].name == name
}

#[test]
fn a_background_that_nobody_measured_has_no_name_however_many_counts_it_has() {
    for (seed, counts) in (1..).zip([500.0, 2000.0, 10_000.0, 100_000.0, 1e6, 5e6]) {
        let means: Vec<f64> = vacant().iter().map(|bin| bin * counts).collect();
        let said = identify(&spectrum(drawn(&means, seed)), None, library());
        assert_eq!(said.all().count(), 0, "{counts}: {said:?}");
        assert!(matches!(said.status, Status::Insufficient | Status::Unknown), "{counts}: {said:?}");
    }
}

#[test]
fn natural_matter_is_identified_however_many_counts_it_has() {
    let bulk = unseen().shields.len() - 1;
    for name in ["K-40", "Ra-226", "Th-232"] {
        for (seed, counts) in (1..).zip([20_000.0, 100_000.0, 1e6]) {
            let (seen, background) = measured(&shape(nuclide(name), bulk).unwrap(), counts, seed);
            let said = identify(&seen, Some(&background), library());
            assert!(is_only(&said, name), "{name}, {counts}: {said:?}");
            assert_eq!(said.status, Status::Identified, "{name}, {counts}: {said:?}");
        }
    }
}

#[test]
fn neighbours_are_not_taken_for_each_other_behind_a_shield() {
    let (mut all, mut wrong) = (0, Vec::new());
    for name in ["Tc-99m", "Co-57", "I-131", "Ba-133", "Yb-169", "Lu-176", "Lu-177", "U-235", "Np-237"] {
        for shield in [2, 4, 5, 7] {
            let Some(source) = shape(nuclide(name), shield) else { continue };
            for (seed, counts) in (1..).zip([2000.0, 20_000.0, 100_000.0, 1e6]) {
                let (seen, background) = measured(&source, counts, seed + 10 * shield as u64);
                let said = identify(&seen, Some(&background), library());
                all += 1;
                if said.nuclides.iter().any(|named| named.name != name) {
                    wrong.push(format!("{name} behind {shield}, {counts}: {said:?}"));
                }
            }
        }
    }
    assert!(all > 100 && wrong.len() * 100 <= all, "{} of {all}: {wrong:#?}", wrong.len());
}

#[test]
fn a_clear_source_is_named_with_any_channels_and_without_a_background() {
    let names =
        ["Cs-137", "Co-60", "Am-241", "Ba-133", "I-131", "Tc-99m", "K-40", "Ra-226", "Th-232", "U-235"];
    for (name, channels) in names.into_iter().zip([256, 512, 1024, 2048, 4096].into_iter().cycle()) {
        let source = shape(nuclide(name), 0).unwrap();
        let (fine, _) = measured(&source, 20_000.0, channels as u64);
        let edges: Vec<f64> = (0..=channels).map(|edge| 3072.0 * edge as f64 / channels as f64).collect();
        let counts = fine.rebin(edges.iter().copied());
        let said = identify(&Spectrum::new(edges, counts, 10.0).unwrap(), None, library());
        assert!(is_only(&said, name), "{name} in {channels}: {said:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_spectrum_makes_it_panic_or_say_what_is_no_number(
        counts in prop::collection::vec(prop_oneof![Just(0.0), 0.0..50.0_f64, Just(1e9)], 1..300),
        offset in -200.0..200.0_f64,
        step in 0.01..80.0_f64,
        background in prop::collection::vec(0.0..20.0_f64, 1..300),
    ) {
        let foreground = Spectrum::polynomial(&[offset, step], counts, 1.0).unwrap();
        let background = Spectrum::polynomial(&[-offset, step], background, 0.0).unwrap();
        for background in [None, Some(&background)] {
            let said = identify(&foreground, background, library());
            let numbers = [said.gain, said.fit_p, said.net, said.background];
            prop_assert!(numbers.iter().all(|number| number.is_finite()), "{said:?}");
            prop_assert!(said.all().all(|n| n.ts.is_finite() && n.net.is_finite() && n.net_sigma.is_finite()));
        }
    }

    #[test]
    fn what_is_no_spectrum_is_refused(bad in prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0)]) {
        prop_assert!(Spectrum::new(vec![0.0, 1.0, 2.0], vec![1.0, bad], 1.0).is_err());
        prop_assert!(Spectrum::new(vec![0.0, 2.0, 2.0], vec![1.0, 1.0], 1.0).is_err());
        prop_assert!(Spectrum::new(vec![0.0, 1.0], vec![1.0, 1.0], 1.0).is_err());
    }
}
