//! `greenlane n42 show FILE`: what is in a file, for a person.

use std::path::PathBuf;

use clap::Args;
use greenlane_n42::Document;
use greenlane_n42::document::{Category, Class, Measurement, Spectrum};

use super::plot::bars;
use super::{bytes, words};
use crate::End;

const COLUMNS: usize = 80;
const ROWS: usize = 8;
/// Rows of the measurements' table; the plot shows all.
const MOST_MEASUREMENTS: usize = 12;

/// Show what is in a file, with a small plot.
#[derive(Args)]
pub struct Show {
    /// An N42 file, of either dialect
    file: PathBuf,
}

impl Show {
    pub fn run(self) -> anyhow::Result<End> {
        let reading = match greenlane_n42::read(&bytes(&self.file)?) {
            Ok(reading) => reading,
            Err(error) => {
                eprintln!("{}: {error}", self.file.display());
                return Ok(End::Finding);
            }
        };
        println!("{}: N42.42-{}", self.file.display(), reading.dialect.name());
        for repair in &reading.repairs {
            println!("repaired, {}", words(repair));
        }
        for document in &reading.documents {
            println!();
            head(document);
            measurements(document);
            picture(document);
            results(document);
        }
        Ok(End::Ok)
    }
}

fn head(document: &Document) {
    let instrument = &document.instrument;
    let says = |text: &str| if text.is_empty() { "?".to_owned() } else { text.to_owned() };
    println!("instrument   {} {}", says(&instrument.manufacturer), says(&instrument.model));
    let identifier = instrument.identifier.as_deref().unwrap_or("?");
    println!("             {}, serial number {identifier}", says(&instrument.class));
    if let Some(uuid) = &document.uuid {
        println!("document     {uuid}");
    }
    for item in &document.items {
        for characteristic in &item.characteristics {
            println!("item         {}: {}", characteristic.name, characteristic.value);
        }
    }
    for detector in &document.detectors {
        let kind = if detector.kind.is_empty() { "?" } else { &detector.kind };
        println!("detector     {:<12} {:<8} {kind}", detector.id, detector.category.name());
    }
}

fn measurements(document: &Document) {
    println!("\n{:<14} {:<28} {:>9} {:>5} {:>12} {:>9}", "class", "start", "s", "occ", "gamma", "neutron");
    for measurement in document.measurements.iter().take(MOST_MEASUREMENTS) {
        let start = measurement.start.map_or_else(|| "-".to_owned(), |start| start.to_string());
        let seconds = measurement.real_time_s.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds}"));
        let occupied = match measurement.occupied {
            Some(true) => "yes",
            Some(false) => "no",
            None => "-",
        };
        let (gamma, neutron) = counts(document, measurement);
        let class = measurement.class.name();
        println!("{class:<14} {start:<28} {seconds:>9} {occupied:>5} {gamma:>12} {neutron:>9}");
    }
    let more = document.measurements.len().saturating_sub(MOST_MEASUREMENTS);
    if more > 0 {
        println!("and {more} more");
    }
}

/// Gamma counts (of spectra, else gross ones) and neutron counts.
fn counts(document: &Document, measurement: &Measurement) -> (f64, f64) {
    let is_neutron =
        |id: &str| document.detector(id).is_some_and(|detector| detector.category == Category::Neutron);
    let spectra: f64 = measurement.spectra.iter().map(Spectrum::total).sum();
    let sum = |neutron: bool| {
        let gross = measurement.gross.iter().filter(move |gross| is_neutron(&gross.detector) == neutron);
        gross.flat_map(|gross| &gross.counts).sum::<f64>()
    };
    (if measurement.spectra.is_empty() { sum(false) } else { spectra }, sum(true))
}

/// The count rate over time, where there are several measurements; and the spectrum of the item.
fn picture(document: &Document) {
    let rate = |measurement: &Measurement| {
        let seconds = measurement.real_time_s.filter(|seconds| *seconds > 0.0);
        counts(document, measurement).0 / seconds.unwrap_or(1.0)
    };
    let rates: Vec<f64> = document.measurements.iter().map(rate).collect();
    if rates.len() > 1 {
        let most = rates.iter().copied().fold(0.0, f64::max);
        print_plot(&format!("gamma counts a second by measurement, at most {most:.0}"), &rates);
    }
    let Some(shown) = shown(document) else { return };
    // Square roots: lines stand out by the same height wherever they have the same significance.
    let roots: Vec<f64> = shown.channels.iter().map(|counts| counts.max(0.0).sqrt()).collect();
    let calibration = document.calibration(&shown.calibration);
    let edges = calibration.and_then(|calibration| calibration.energy.edges(roots.len()));
    let range = match edges.as_deref() {
        Some([first, .., last]) => format!("{first:.0} to {last:.0} keV"),
        _ => format!("{} channels", roots.len()),
    };
    print_plot(&format!("spectrum of {}, {range}, square root of counts", shown.detector), &roots);
}

/// The spectrum with most counts, of the item where there is one.
fn shown(document: &Document) -> Option<&Spectrum> {
    let of = |background: bool| {
        let measurements = document.measurements.iter();
        let wanted = measurements.filter(move |one| (one.class == Class::Background) == background);
        let spectra = wanted.flat_map(|measurement| &measurement.spectra);
        spectra
            .filter(|spectrum| spectrum.channels.len() > 8)
            .max_by(|one, other| one.total().total_cmp(&other.total()))
    };
    of(false).or_else(|| of(true))
}

fn print_plot(title: &str, values: &[f64]) {
    println!("\n{title}");
    for line in bars(values, COLUMNS, ROWS) {
        println!("│{line}");
    }
    println!("└{}", "─".repeat(COLUMNS.min(values.len())));
}

fn results(document: &Document) {
    for analysis in &document.results {
        println!("\nanalysis     {}", analysis.algorithm.as_deref().unwrap_or("by the instrument"));
        for alarm in &analysis.alarms {
            let description = alarm.description.as_deref().unwrap_or_default();
            println!("alarm        {} {description} ({})", alarm.category.name(), alarm.detectors.join(" "));
        }
        for nuclide in &analysis.nuclides {
            let found = if nuclide.identified { "" } else { " (not found)" };
            let confidence = nuclide.confidence_percent.map(|percent| format!(", confidence {percent}"));
            let category = nuclide.category.as_deref().unwrap_or_default();
            println!("nuclide      {}{found} {category}{}", nuclide.name, confidence.unwrap_or_default());
        }
        if let Some(result) = &analysis.result {
            println!("result       {result}");
        }
    }
}
