//! A device's driver, settings and wire.

use std::path::Path;

use greenlane_driver::Point;
use serde_json::Value as Json;

use crate::links::Wrong;
use crate::near::{listed, nearest, suggest};
use crate::node::{Node, Table, Value, join_pointer};
use crate::problem::{Finding, Place};
use crate::source::Sources;
use crate::tables::LaneFile;
use crate::{DriverInfo, Drivers, files, links, shape};

/// A device whose driver has accepted its settings.
pub(crate) struct Ready {
    pub info: DriverInfo,
    /// With files in place of their names.
    pub settings: Json,
    /// Where each setting stands.
    pub node: Node,
    pub points: Vec<Point>,
}

/// Finds a device's driver and has it check the settings. No findings in `Err`: told elsewhere.
pub(crate) fn ready(
    device: &Node,
    path: &str,
    drivers: &dyn Drivers,
    tables: &Path,
    sources: &mut Sources,
) -> Result<Ready, Vec<Finding>> {
    let Some(model) = device.get("model").and_then(Node::text) else { return Err(Vec::new()) };
    let Some(info) = drivers.describe(model) else {
        return Err(vec![no_driver(device, path, model, drivers)]);
    };
    let path = format!("{path}.settings");
    let empty = || Node { at: device.at, value: Value::Table(Table::new()) };
    let mut node = device.get("settings").cloned().unwrap_or_else(empty);
    let findings = files::fill(&mut node, &info.schema, &path, tables, sources);
    if !findings.is_empty() {
        return Err(findings);
    }
    let findings = shape::check(&node, &info.schema, &info.schema, &path);
    if !findings.is_empty() {
        return Err(findings);
    }
    let settings = node.to_json();
    match drivers.open(model, &settings) {
        Ok(points) => Ok(Ready { info, settings, node, points }),
        Err(error) => {
            let key = join_pointer(&path, &error.pointer);
            let message = format!("`{key}` is {}", error.seen);
            Err(vec![Finding::new(node.follow(&error.pointer).at, key, message, error.expected)])
        }
    }
}

fn no_driver(device: &Node, path: &str, model: &str, drivers: &dyn Drivers) -> Finding {
    let mut models = drivers.models();
    models.sort();
    let known = || models.iter().map(String::as_str);
    let near = nearest(model, known()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
    let help = format!("{near}{}", listed("installed drivers", known()));
    let message = format!("no driver for the model `{model}` is installed");
    Finding::new(device.place_of("model"), format!("{path}.model"), message, help)
}

/// The URL of each device's wire, names of `[[link]]` resolved; what is wrong goes to `findings`.
pub(crate) fn urls(
    root: &Node,
    file: &LaneFile,
    ready: &[Option<Ready>],
    (drivers, sources): (&dyn Drivers, &Sources),
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let shared = root.get("link").map_or(&[][..], Node::items);
    for (index, (link, node)) in file.link.iter().zip(shared).enumerate() {
        if let Err(wrong) = usable(&link.url, drivers) {
            let key = format!("link[{index}].url");
            findings.push(Finding::new(node.place_of("url"), key, wrong.message, wrong.help));
        }
    }
    let devices = root.get("device").map_or(&[][..], Node::items).iter().enumerate();
    let devices = devices.zip(&file.device).zip(ready);
    devices
        .map(|(((index, node), device), ready)| {
            let at = node.place_of("link");
            let (url, home) = match file.link.iter().zip(shared).find(|(link, _)| link.name == device.link) {
                Some((link, node)) => (&link.url, node.place_of("url")),
                None => (&device.link, at),
            };
            let wrong = wrong_link(file, drivers, (&device.link, at), (url, home), ready.as_ref());
            findings.extend(wrong.map(|finding| Finding { key: format!("device[{index}].link"), ..finding }));
            links::anchored(url, sources.folder(home))
        })
        .collect()
}

/// What is wrong with a device's link, without its key. `link` is what its table says, `url` what that means.
fn wrong_link(
    file: &LaneFile,
    drivers: &dyn Drivers,
    (link, at): (&str, Place),
    (url, home): (&str, Place),
    ready: Option<&Ready>,
) -> Option<Finding> {
    let key = "";
    let own = at == home;
    if own && !link.contains(':') {
        let known: Vec<&str> = file.link.iter().map(|link| link.name.as_str()).collect();
        let help = suggest(link, "names of `[[link]]`", known.iter().copied());
        let help = format!("{help} Or a URL, e.g. `tcp://192.168.1.20:1601`");
        return Some(Finding::new(at, key, format!("there is no `[[link]]` named `{link}`"), help));
    }
    // What is wrong with a shared URL is told once, at the link.
    if let Err(wrong) = usable(url, drivers) {
        return own.then(|| Finding::new(at, key, wrong.message, wrong.help));
    }
    let ready = ready?;
    let wrong = links::suits(url, ready.info.link, &ready.info.model).err()?;
    let finding = Finding::new(at, key, wrong.message, wrong.help);
    Some(if own { finding } else { finding.also(home, "the link") })
}

fn usable(url: &str, drivers: &dyn Drivers) -> Result<(), Wrong> {
    links::check(url)?;
    let wrong = |help| Wrong { message: format!("`{url}` cannot be used"), help };
    // Where a relative path leads does not matter here, only that it will have become an absolute one.
    drivers.check_link(&links::anchored(url, std::path::Path::new("/"))).map_err(wrong)
}
