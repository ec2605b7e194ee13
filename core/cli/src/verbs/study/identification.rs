//! `greenlane study identification`: what is said of spectra that the library has not seen.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use greenlane_radiation::identify::{Class, Library};
use greenlane_simulator::LaneSeed;
use greenlane_simulator::random::Purpose;
use greenlane_simulator::study::identification::{Shape, Tally, Truth, Unseen, Wanted, from_base, widened};

use crate::End;
use crate::places::Places;
use crate::verbs::campaign::clopper_pearson;
use crate::verbs::identify;

/// Identify spectra of another crystal, behind other shields, with other lines than the library knows
#[derive(Args)]
pub struct Identification {
    /// Spectra of each nuclide and strength
    #[arg(long, default_value_t = 40)]
    runs: u64,
    /// Spectra without any source
    #[arg(long, default_value_t = 4000)]
    backgrounds: u64,
    /// Seed of the chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// A folder of base spectra in N42 (`*_Cs137.n42`, `*_Bgnd.n42`...), to be examined too
    #[arg(long, value_name = "FOLDER")]
    base: Option<PathBuf>,
    /// Print a row for each nuclide too
    #[arg(long)]
    each: bool,
}

/// Expected counts of the background in every spectrum.
const BACKGROUND: f64 = 2000.0;
/// Low-level threshold of the public base spectra, and of the unseen detector, keV.
const THRESHOLD_KEV: f64 = 47.0;
/// Endings of the base spectra's files, and what is in them.
const BASE: [(&str, &str); 8] = [
    ("Cs137", "Cs-137"),
    ("Co60", "Co-60"),
    ("Am241", "Am-241"),
    ("Tc99M", "Tc-99m"),
    ("I131", "I-131"),
    ("Ra226", "Ra-226"),
    ("Th232", "Th-232"),
    ("Cf252", "Cf-252"),
];

impl Identification {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let response = identify::response(places, None)?;
        let library = identify::library(places, &response, THRESHOLD_KEV)?;
        let table = identify::table(places, "unseen")?;
        let unseen = Unseen {
            nuclides: Unseen::disturbed(&identify::nuclides(places)?, self.seed),
            table: &table,
            resolution: response.resolution,
            threshold_kev: THRESHOLD_KEV,
            library: &library,
            seed: self.seed,
            threads: self.threads,
        };
        println!("library: {}", library.version());
        println!("each spectrum on {BACKGROUND} expected counts of background, gain within 5 %\n");
        println!("{:<58} {:>13} {:>7}  {:<15} must      ambitious", "what", "k of n", "share", "95 %");
        let started = Instant::now();
        let vacant =
            unseen.background(Wanted { row: 0, counts: 0.0, background: BACKGROUND, runs: self.backgrounds });
        row("background only: anything named", vacant.named, vacant.runs, Some("<= 0.001   <= 0.0001"));
        let mut spectra = vacant.runs;
        for counts in [400.0, 800.0, 2000.0, 20_000.0, 100_000.0] {
            spectra += self.strength(&unseen, &library, counts);
        }
        let each_ms = started.elapsed().as_secs_f64() * 1e3 * self.threads as f64 / spectra as f64;
        println!("\n{each_ms:.1} ms a spectrum and thread, the making of it included");
        if let Some(folder) = &self.base {
            self.base(&library, folder)?;
        }
        Ok(End::Ok)
    }

    /// All nuclides at one strength; how many spectra that were.
    fn strength(&self, unseen: &Unseen<'_>, library: &Library, counts: f64) -> u64 {
        let mut others = Tally::default();
        let mut all = Tally::default();
        let mut harmless = Tally::default();
        let mut snm = Tally::default();
        println!();
        for (name, class) in library.names() {
            let wanted = Wanted { row: 1 + counts as u64, counts, background: BACKGROUND, runs: self.runs };
            let tally = unseen.nuclide(name, wanted);
            all = all.with(tally);
            if BASE.iter().all(|(_, base)| *base != name) {
                others = others.with(tally);
            }
            match class {
                Class::Snm => snm = snm.with(tally),
                Class::Norm | Class::Medical => harmless = harmless.with(tally),
                Class::Industrial => {}
            }
            if self.each {
                row(&format!("  {name}: exactly right"), tally.exact, tally.runs, None);
            }
        }
        let goal = |counted: f64, text: &'static str| Some(text).filter(|_| counts == counted);
        let at = format!("{counts} counts");
        row(
            &format!("{at}: exactly right, nuclides beside the eight"),
            others.exact,
            others.runs,
            goal(800.0, ">= 0.60    >= 0.90"),
        );
        row(&format!("{at}: exactly right, all nuclides"), all.exact, all.runs, None);
        row(&format!("{at}: right, alone or in a group"), all.contained, all.runs, None);
        row(&format!("{at}: a wrong name"), all.wrong, all.runs, None);
        row(&format!("{at}: unknown"), all.unknown, all.runs, None);
        let snm_goal = Some("<= 0.02    <= 0.002").filter(|_| counts <= 2000.0);
        row(&format!("{at}: SNM named on natural or medical"), harmless.snm, harmless.runs, snm_goal);
        let harmless_goal = Some("<= 0.05    0").filter(|_| counts >= 800.0);
        row(&format!("{at}: SNM named harmless only"), snm.harmless, snm.runs, harmless_goal);
        all.runs
    }

    fn base(&self, library: &Library, folder: &std::path::Path) -> anyhow::Result<()> {
        println!("\nbase spectra of {}, widened to the library's resolution", folder.display());
        let background = base_shape(folder, "Bgnd")?;
        for (counts, goal) in [(400.0, ">= 0.65"), (800.0, ">= 0.92"), (2000.0, ">= 0.90"), (20_000.0, "")] {
            let mut all = Tally::default();
            for (index, (file, name)) in BASE.into_iter().enumerate() {
                let source = base_shape(folder, file)?;
                let class = library.names().find(|(known, _)| *known == name).map_or(Class::Snm, |(_, c)| c);
                let wanted = Wanted { row: 0, counts, background: BACKGROUND, runs: self.runs };
                let seed = LaneSeed { seed: self.seed, lane: counts as u64 };
                let mut rng = seed.stream(Purpose::Study, index as u64);
                let truth = Truth { name, class };
                let tally = from_base(library, (&background, &source), truth, wanted, &mut rng);
                all = all.with(tally);
                if self.each {
                    row(&format!("  {name}: exactly right"), tally.exact, tally.runs, None);
                }
            }
            row(&format!("{counts} counts: exactly right"), all.exact, all.runs, Some(goal));
        }
        Ok(())
    }
}

/// The expected spectrum of a base file at the library's resolution. Their own widths were measured: FWHM^2 =
/// 35 + 0.53 E.
fn base_shape(folder: &std::path::Path, ending: &str) -> anyhow::Result<Shape> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let name = format!("_{ending}.n42");
    let path =
        entries.flatten().map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(&name));
    let path = path.with_context(|| format!("{} holds no *{name}", folder.display()))?;
    let found = identify::find(&identify::read(&path)?, identify::Wanted::Foreground);
    let found = found.with_context(|| format!("{} holds no spectrum", path.display()))?;
    let own = |kev: f64| (35.0 + 0.53 * kev).sqrt();
    let wanted = greenlane_radiation::identify::Resolution { fwhm_kev: 49.6, at_kev: 661.7, exponent: 0.5 };
    Ok(widened(&found.spectrum, own, wanted))
}

fn row(what: &str, k: u64, n: u64, goal: Option<&str>) {
    let (low, high) = clopper_pearson(k, n);
    let share = k as f64 / n.max(1) as f64;
    let interval = format!("{low:.4}-{high:.4}");
    println!("{what:<58} {:>13} {share:>7.4}  {interval:<15} {}", format!("{k} of {n}"), goal.unwrap_or(""));
}
