//! `load/`: what a library says of itself, and how it opens.

use std::time::Instant;

use greenlane_controller::host::Plugin;
use greenlane_driver::LinkKind;

use crate::bench::Bench;
use crate::methods::Method;
use crate::trials::{Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "load/table", run: table },
    Method { name: "load/manifest", run: manifest },
    Method { name: "load/product", run: product },
];

fn table(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let longest = trials.number("open_ms", 200.0);
    trials.each("loads again from its file", |_| {
        let loaded = Plugin::load(&bench.plugin.path);
        let same = matches!(&loaded, Ok(Some(plugin)) if plugin.hash == bench.plugin.hash);
        same.then_some(()).ok_or_else(|| Miss::new("the same library loads twice, with the same bytes"))
    });
    trials.drawn(|_| {
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            let start = Instant::now();
            let _rig = bench.open()?;
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
        }
        let expected = format!("`open` returns within {longest} ms, the best of three; it took {best:.0} ms");
        (best <= longest).then_some(()).ok_or_else(|| Miss::new(expected))
    });
}

fn manifest(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let info = bench.info;
    trials.each("model is folder.file", |_| {
        let library = bench.plugin.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = info.model.split('.').next().unwrap_or_default();
        let right = library.rsplit('_').next() == Some(folder) && info.model.matches('.').count() == 1;
        let said = format!("{library} holds models `folder.file` of its own folder, not `{}`", info.model);
        right.then_some(()).ok_or_else(|| Miss::new(said))
    });
    trials.each("its link has a limit", |_| {
        let limit = match info.link {
            LinkKind::Lines { max }
            | LinkKind::Framed { max, .. }
            | LinkKind::Delimited { max, .. }
            | LinkKind::Raw { max }
            | LinkKind::HttpPush { max } => max,
            LinkKind::Modbus | LinkKind::Folder => 1,
        };
        (limit > 0).then_some(()).ok_or_else(|| Miss::new("the longest frame is above 0"))
    });
    trials.each("offers something, each once", |_| {
        let mut offers = info.offers.clone();
        offers.sort_unstable();
        offers.dedup();
        let right = !offers.is_empty() && offers.len() == info.offers.len();
        right.then_some(()).ok_or_else(|| Miss::new("capabilities, none of them twice"))
    });
    trials.each("every setting says what it is", |_| {
        let silent = undescribed(&info.schema, &info.schema, "");
        silent.map_or(Ok(()), |key| Err(Miss::new(format!("a description of the setting `{key}`"))))
    });
}

/// The first setting without a description.
fn undescribed(root: &serde_json::Value, schema: &serde_json::Value, path: &str) -> Option<String> {
    let properties = schema.get("properties")?.as_object()?;
    properties.iter().find_map(|(key, property)| {
        let path = format!("{path}/{key}");
        let described = property.get("description").is_some_and(|d| d.as_str().is_some_and(|d| d.len() > 3));
        if !described {
            return Some(path);
        }
        let target = property.get("$ref").or_else(|| property.pointer("/items/$ref"))?.as_str()?;
        undescribed(root, root.pointer(target.strip_prefix('#')?)?, &path)
    })
}

fn product(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let product = &bench.kit.product;
    trials.each("names maker, model and contact", |_| {
        let named = [&product.vendor, &product.contact, &product.driver_author].iter().all(|t| !t.is_empty());
        let right = named && product.model == bench.info.model;
        right.then_some(()).ok_or_else(|| Miss::new("vendor, contact, driver_author and this driver's model"))
    });
    trials.each("its licence is an SPDX expression", |_| {
        let words = product.licence.split_whitespace().filter(|w| !["AND", "OR", "WITH"].contains(w));
        let wrong = words.map(|w| w.trim_matches(['(', ')'])).find(|word| !SPDX.contains(word));
        let known = wrong.is_none() && !product.licence.is_empty();
        let said = format!("an SPDX expression of known licences, not `{}`", product.licence);
        known.then_some(()).ok_or_else(|| Miss::new(said))
    });
    trials.each("its declarations are within bounds", |_| {
        let d = &product.declares;
        let right = (1..=60_000).contains(&d.cadence_ms)
            && (500..=3_600_000).contains(&d.silent_ms)
            && d.latency_ms <= 2000
            && (1..=64 * 1024 * 1024).contains(&d.frame_max)
            && (1..=256).contains(&d.fan_out_max);
        let said = "cadence 1 ms to 60 s, silent 0.5 s to 1 h, latency at most 2 s, frame 1 B to 64 MiB, \
                    fan-out 1 to 256";
        right.then_some(()).ok_or_else(|| Miss::new(said))
    });
}

/// Licences of the SPDX list that drivers come under, proprietary ones included.
const SPDX: &[&str] = &[
    "0BSD",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "EPL-2.0",
    "EUPL-1.2",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "LicenseRef-Proprietary",
    "MIT",
    "MPL-2.0",
    "Unlicense",
    "Zlib",
];
