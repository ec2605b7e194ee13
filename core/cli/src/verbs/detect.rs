//! `greenlane detect [FILE]`: the portal's tests on recorded passes, one JSON object a line.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use greenlane_radiation::detect::{Detection, Pass, Settings, TestResult, detect};

use crate::End;

/// Longest line of a pass, in bytes.
const LINE_MAX: u64 = 16 << 20;

/// Run all detection tests on passes, one JSON object a line: dt_s, counts, x_m, background_cps, length_m.
#[derive(Args)]
pub struct Detect {
    /// File of passes; without it, standard input
    file: Option<PathBuf>,
    /// Settings; without it, those that are compiled in (configs/radiation/detection.toml)
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// False alarms a passage that all tests together may give
    #[arg(long, value_name = "SHARE")]
    budget: Option<f64>,
    /// Print one JSON object a pass
    #[arg(long)]
    json: bool,
}

impl Detect {
    pub fn run(self) -> anyhow::Result<End> {
        let settings = settings(self.settings.as_ref(), self.budget)?;
        let mut input: Box<dyn BufRead> = match &self.file {
            Some(path) => {
                let file = std::fs::File::open(path);
                Box::new(BufReader::new(file.with_context(|| format!("{} cannot be read", path.display()))?))
            }
            None => Box::new(std::io::stdin().lock()),
        };
        let mut bad = 0_u64;
        for number in 1_u64.. {
            let mut line = String::new();
            if input.by_ref().take(LINE_MAX).read_line(&mut line)? == 0 {
                break;
            }
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str::<Pass>(&line) {
                Ok(pass) => self.tell(number, &detect(&pass, &settings))?,
                Err(error) => {
                    bad += 1;
                    self.complain(number, &error.to_string())?;
                }
            }
        }
        Ok(if bad == 0 { End::Ok } else { End::Finding })
    }

    fn tell(&self, number: u64, detection: &Detection) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string(detection)?);
            return Ok(());
        }
        println!("pass {number}: {}", if detection.alarm { "ALARM" } else { "no alarm" });
        println!(
            "  {:<18} {:>10} {:>10} {:>8} {:>8} {:>7} {:>11}",
            "test", "statistic", "threshold", "x0 m", "window m", "s", "missed cps"
        );
        detection.tests.iter().for_each(|result| println!("{}", row(result)));
        if let Some(shape) = &detection.shape {
            println!("  shape: {:?}, point at {:.1} m of {:.0} cps", shape.kind, shape.x0_m, shape.point_cps);
        }
        Ok(())
    }

    fn complain(&self, number: u64, error: &str) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string(&serde_json::json!({ "line": number, "error": error }))?);
        }
        eprintln!("line {number}: {error}");
        Ok(())
    }
}

/// The settings of a file, or those that are compiled in.
pub fn settings(path: Option<&PathBuf>, budget: Option<f64>) -> anyhow::Result<Settings> {
    let mut settings = match path {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
            Settings::parse(&text).with_context(|| format!("{} is wrong", path.display()))?
        }
        None => Settings::default(),
    };
    if let Some(budget) = budget {
        settings = settings.with_budget(budget)?;
    }
    Ok(settings)
}

fn row(result: &TestResult) -> String {
    let number =
        |x: Option<f64>, digits: usize| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.digits$}"));
    format!(
        "{} {:<18} {:>10.3} {:>10.3} {:>8} {:>8} {:>7} {:>11}",
        if result.alarm { '!' } else { ' ' },
        result.test.to_string(),
        result.statistic,
        result.threshold,
        number(result.x0_m, 1),
        number(result.window_m, 1),
        number(result.window_s, 1),
        number(result.missed_95_cps, 0)
    )
}
