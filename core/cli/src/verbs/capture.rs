//! `greenlane capture CONFIG DEVICE`: one device alone, its traffic to a `.wire` file.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use greenlane_config::Site;
use greenlane_controller::device::{Limits, Report, Supervisor, UnitDevice, UnitPlace, UnitSpec};
use serde_json::json;

use super::wait;
use crate::End;
use crate::places::Places;

/// Record the traffic of one device and print what its driver makes of it.
#[derive(Args)]
pub struct Capture {
    /// The lane's or site's TOML file
    config: PathBuf,
    /// The device's name
    device: String,
    /// Where to [default: DEVICE.wire]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Stop after this time, e.g. 30s
    #[arg(long = "for", value_name = "DURATION", value_parser = wait::duration)]
    limit: Option<Duration>,
}

impl Capture {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let registry = places.registry()?;
        let site = places.load(&self.config, registry)?;
        let out = self.out.clone().unwrap_or_else(|| format!("{}.wire", self.device).into());
        let unit = unit(&site, &self.device, out.clone())?;
        let (plugin, _) = registry.find(&unit.devices[0].model).context("the driver is gone")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (reports, mut queue) = tokio::sync::mpsc::channel(1024);
        let supervisor = Supervisor::new(runtime.handle().clone(), reports, Limits::default());
        let handle = supervisor.start(0, unit, UnitPlace::Thread(vec![plugin]));
        runtime.spawn(async move {
            while let Some((_, report)) = queue.recv().await {
                print(report);
            }
        });
        eprintln!("recording {} to {}; Ctrl-C ends it", self.device, out.display());
        wait::until_stopped(self.limit, || {})?;
        drop(handle);
        Ok(End::Ok)
    }
}

fn unit(site: &Site, name: &str, capture: PathBuf) -> anyhow::Result<UnitSpec> {
    let devices = || site.lanes.iter().flat_map(|l| &l.devices);
    let Some(device) = devices().find(|d| d.name == name) else {
        let names: Vec<_> = devices().map(|d| d.name.as_str()).collect();
        bail!("there is no device {name}; there are {}", names.join(", "));
    };
    let unit_device = UnitDevice {
        name: device.name.clone(),
        model: device.model.clone(),
        settings: device.settings.clone(),
        plugin: PathBuf::new(),
        silent_after_s: device.silent_after_s,
        capture: Some(capture),
    };
    Ok(UnitSpec { link: device.link.clone(), in_process: true, devices: vec![unit_device] })
}

fn print(report: Report) {
    let line = match report {
        Report::Observed { at, quality, kind, json, .. } => {
            let body: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
            json!({ "at": at.rfc3339(), "quality": quality, "kind": kind, "body": body })
        }
        Report::Condition { condition, reason, at, .. } => {
            json!({ "at": at.rfc3339(), "condition": condition, "reason": reason })
        }
        Report::Log { text, .. } => return eprintln!("driver: {text}"),
        _ => return,
    };
    println!("{line}");
}
