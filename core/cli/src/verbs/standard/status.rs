//! `greenlane standard status SITE`: whose evidence counts here, and how its devices hold the standard in force.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use greenlane_config::LaneSetup;
use greenlane_controller::{Admissions, recompute};
use greenlane_lane::{Lane, Watched};
use greenlane_link::Clock;
use greenlane_standard::{Admission, Date, State};
use serde_json::{Value, json};

use crate::End;
use crate::places::Places;

/// Days that are shown of a monitor, the last first.
const DAYS: usize = 7;

/// What is asked.
#[derive(Args)]
pub struct StatusOf {
    /// A lane's or a site's TOML file
    config: PathBuf,
    /// The site's journal: what the monitors have seen, recomputed from it
    #[arg(long)]
    journal: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl StatusOf {
    /// Exit 1 when a device is not admitted or a monitor is not in standard.
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let registry = places.registry()?;
        let site = places.load(&self.config, registry)?;
        let utc_s = Clock::now().utc_ns / 1_000_000_000;
        let recomputed = self.journal.as_deref().map(recompute).transpose()?;
        let mut lanes = Vec::new();
        for lane in &site.lanes {
            let seen = recomputed.as_ref().and_then(|lanes| lanes.get(&lane.config.lane.name));
            lanes.push(Standing::of(lane, &Admissions::new(lane, registry), seen, utc_s));
        }
        if self.json {
            let lanes: Vec<Value> = lanes.iter().map(Standing::json).collect();
            println!("{}", json!({ "site": site.name, "lanes": lanes }));
        } else {
            lanes.iter().for_each(|lane| lane.print(self.journal.is_some()));
        }
        Ok(if lanes.iter().all(Standing::is_well) { End::Ok } else { End::Finding })
    }
}

/// How one lane stands.
struct Standing {
    lane: String,
    standard: Option<String>,
    devices: BTreeMap<String, Admission>,
    monitors: Vec<Watched>,
}

impl Standing {
    fn of(lane: &LaneSetup, admissions: &Admissions, seen: Option<&Lane>, utc_s: i64) -> Self {
        let devices = lane.devices.iter();
        Self {
            lane: lane.config.lane.name.clone(),
            standard: lane.standard.as_ref().map(|s| format!("{} {}", s.standard.id, s.standard.version)),
            devices: devices.filter_map(|d| Some((d.name.clone(), admissions.of(&d.name, utc_s)?))).collect(),
            monitors: seen.map(|lane| lane.watched(utc_s)).unwrap_or_default(),
        }
    }

    fn is_well(&self) -> bool {
        self.devices.values().all(|a| matches!(a, Admission::Admitted { .. }))
            && self.monitors.iter().all(|m| m.estimate.state == State::InStandard)
    }

    fn json(&self) -> Value {
        let monitors = self.monitors.iter().map(|watched| {
            let e = &watched.estimate;
            let days = e.days.iter().rev().map(|(day, (n, misses))| {
                json!({ "day": day_of(*day), "n": n, "misses": misses })
            });
            json!({
                "monitor": watched.monitor, "device": watched.device, "state": e.state, "is_blind": e.is_blind,
                "n": e.n, "misses": e.misses, "lower": e.lower, "upper": e.upper,
                "response": watched.response, "days": days.collect::<Vec<_>>(),
            })
        });
        json!({
            "lane": self.lane, "standard": self.standard, "devices": self.devices,
            "monitors": monitors.collect::<Vec<_>>(),
        })
    }

    fn print(&self, journal: bool) {
        let standard = self.standard.as_deref().unwrap_or("no standard in force");
        println!("lane {}: {standard}", self.lane);
        for (device, admission) in &self.devices {
            println!("  device  {device:<16} {}", words(admission));
        }
        for watched in &self.monitors {
            let e = &watched.estimate;
            let state = match e.state {
                State::InStandard => "in standard",
                State::Degraded => "degraded",
                State::OutOfStandard => "out of standard",
            };
            let blind = if e.is_blind { ", blind: no trial for 24 h" } else { "" };
            let of = watched.device.as_deref().unwrap_or("the lane");
            println!(
                "  monitor {:<20} {of:<16} {state}{blind}: {} misses in {}, hits between {:.4} and {:.4}",
                watched.monitor, e.misses, e.n, e.lower, e.upper
            );
            for (day, (n, misses)) in e.days.iter().rev().take(DAYS) {
                println!("            {} {misses} misses in {n}", day_of(*day));
            }
        }
        if self.standard.is_some() && !journal {
            println!("  monitors: --journal FILE shows what they have seen");
        }
    }
}

fn words(admission: &Admission) -> String {
    match admission {
        Admission::Admitted { notes, .. } if notes.is_empty() => "admitted".to_owned(),
        Admission::Admitted { notes, .. } => format!("admitted ({})", notes.join("; ")),
        Admission::Restricted { reason } => format!("restricted: {reason}"),
        Admission::Refused { reason } => format!("refused: {reason}"),
    }
}

fn day_of(days: i64) -> Date {
    Date::of_seconds(days * 86_400)
}
