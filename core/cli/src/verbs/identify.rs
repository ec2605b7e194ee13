//! `greenlane identify FILE`: which nuclides a spectrum shows.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use greenlane_n42::document::{Category, Class, Document, Measurement};
use greenlane_radiation::identify::{
    Identification, Library, Named, NuclideFile, Response, Spectrum, Table, identify, threshold_kev,
};

use crate::End;
use crate::places::Places;

/// Say which nuclides a spectrum shows
#[derive(Args)]
pub struct Identify {
    /// An N42 file: its first foreground is identified, beside its first background
    file: PathBuf,
    /// An N42 file with the background; without it, the one in FILE
    #[arg(long, value_name = "FILE")]
    background: Option<PathBuf>,
    /// A detector's response as in configs/responses/nai.toml; without it, that one
    #[arg(long, value_name = "FILE")]
    response: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Identify {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let read = read(&self.file)?;
        let foreground = find(&read, Wanted::Foreground)
            .with_context(|| format!("{} holds no gamma spectrum with energies", self.file.display()))?;
        let background = match &self.background {
            Some(path) => {
                let read = self::read(path)?;
                let found = find(&read, Wanted::Background).or_else(|| find(&read, Wanted::Foreground));
                let missing = || format!("{} holds no gamma spectrum with energies", path.display());
                Some(found.with_context(missing)?)
            }
            None => find(&read, Wanted::Background),
        };
        let mut response = response(places, self.response.as_deref())?;
        if self.response.is_none() && foreground.kind.eq_ignore_ascii_case("pvt") {
            response.detector.clone_from(&foreground.kind);
        }
        let vacant = background.as_ref().map_or(&foreground.spectrum, |found| &found.spectrum);
        let library = library(places, &response, threshold_kev(vacant))?;
        let background = background.as_ref().map(|found| &found.spectrum);
        let said = identify(&foreground.spectrum, background, &library);
        if self.json {
            println!("{}", serde_json::to_string(&said)?);
        } else {
            print(&said, background.is_some());
        }
        Ok(End::Ok)
    }
}

/// A detector's description: this file, or the one of the tables.
pub fn response(places: &Places, path: Option<&Path>) -> anyhow::Result<Response> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => places.configs()?.join("responses").join("nai.toml"),
    };
    Response::parse(&text(&path)?).with_context(|| format!("the response {} is wrong", path.display()))
}

/// The nuclides that can be named.
pub fn nuclides(places: &Places) -> anyhow::Result<NuclideFile> {
    let path = places.configs()?.join("nuclides.toml");
    NuclideFile::parse(&text(&path)?).with_context(|| format!("the nuclides {} are wrong", path.display()))
}

/// The table of this name.
pub fn table(places: &Places, name: &str) -> anyhow::Result<Table> {
    let path = places.configs()?.join("responses").join(format!("{name}.table.json"));
    Table::parse(&text(&path)?).with_context(|| format!("the table {} is wrong", path.display()))
}

/// What a detector's spectra are compared with.
pub fn library(places: &Places, response: &Response, threshold_kev: f64) -> anyhow::Result<Library> {
    let table = table(places, &response.table)?;
    Library::new(&nuclides(places)?, response, &table, threshold_kev).context("no library can be made")
}

/// All documents of an N42 file.
pub fn read(path: &Path) -> anyhow::Result<Vec<Document>> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let reading = greenlane_n42::read(&bytes).with_context(|| format!("{} is no N42", path.display()))?;
    Ok(reading.documents)
}

/// A spectrum and the kind of detector that it is from.
pub struct Found {
    /// The spectrum.
    pub spectrum: Spectrum,
    /// As the document says, or nothing.
    pub kind: String,
}

/// Which measurement to look for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The first that is no background.
    Foreground,
    /// The first that is.
    Background,
}

/// The first gamma spectrum of this sort.
pub fn find(documents: &[Document], wanted: Wanted) -> Option<Found> {
    let measurements = documents
        .iter()
        .flat_map(|document| document.measurements.iter().map(move |measurement| (document, measurement)));
    let mut of_sort =
        measurements.filter(|(_, measurement)| is_background(measurement) == (wanted == Wanted::Background));
    of_sort.find_map(|(document, measurement)| gamma(document, measurement))
}

/// Whether a portal was occupied decides before the class that a measurement was given.
fn is_background(measurement: &Measurement) -> bool {
    match measurement.occupied {
        Some(occupied) => !occupied && measurement.class != Class::Foreground,
        None => measurement.class == Class::Background,
    }
}

fn gamma(document: &Document, measurement: &Measurement) -> Option<Found> {
    measurement.spectra.iter().find_map(|spectrum| {
        let detector = document.detector(&spectrum.detector);
        if detector.is_some_and(|detector| detector.category != Category::Gamma) {
            return None;
        }
        let energy = match document.calibration(&spectrum.calibration) {
            Some(calibration) => &calibration.energy,
            None => &document.calibrations.first()?.energy,
        };
        let edges = energy.edges(spectrum.channels.len())?;
        let live_s = spectrum.live_time_s.or(measurement.real_time_s).unwrap_or(0.0);
        let spectrum = Spectrum::new(edges, spectrum.channels.clone(), live_s).ok()?;
        Some(Found { spectrum, kind: detector.map(|detector| detector.kind.clone()).unwrap_or_default() })
    })
}

fn text(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) => bail!("{} cannot be read: {error}", path.display()),
    }
}

fn print(said: &Identification, measured: bool) {
    let word = serde_json::to_value(said.status).unwrap_or_default();
    println!("{}", word.as_str().unwrap_or_default());
    for named in &said.nuclides {
        println!("  {}", line(named));
    }
    for group in &said.groups {
        println!("  one of these:");
        group.members.iter().for_each(|named| println!("    {}", line(named)));
    }
    let anchored = if said.gain_anchored { "K-40 seen" } else { "K-40 not seen" };
    println!("  gain {:.3} ({anchored}), fit p {:.3}, library: {}", said.gain, said.fit_p, said.library);
    if !measured {
        println!("  no background was given: the library's own was used, which is a poor one");
    }
}

fn line(named: &Named) -> String {
    let class = serde_json::to_value(named.class).unwrap_or_default();
    let class = class.as_str().unwrap_or_default().to_owned();
    format!(
        "{:<8} {class:<10} TS {:.0}, {:.0} +- {:.0} counts",
        named.name, named.ts, named.net, named.net_sigma
    )
}
