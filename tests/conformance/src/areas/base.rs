//! What a driver declares, what lies beside it, and whether it stands the plainest script of its kit.

use greenlane_model::{Body, Capability};

use crate::bench::Bench;
use crate::methods::Method;
use crate::trace::Trace;
use crate::trials::{Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "load/declares", run: declares },
    Method { name: "load/sbom", run: sbom },
    Method { name: "kit/clean", run: clean },
    Method { name: "flood/refused", run: refused },
    Method { name: "n42/nuclide", run: nuclide },
];

fn declares(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let declared = &bench.kit.product.declares;
    // A parameter that is missing bounds nothing.
    let most = |trials: &Trials<'_>, name: &str| trials.number(name, f64::INFINITY);
    let bounds = [
        ("latency_ms", declared.latency_ms, 0.0, most(trials, "latency_ms")),
        ("silent_ms", declared.silent_ms, trials.number("silent_min_ms", 0.0), most(trials, "silent_ms")),
        ("fan_out_max", declared.fan_out_max, 1.0, most(trials, "fan_out")),
        ("frame_max", declared.frame_max, 1.0, most(trials, "frame_bytes")),
    ];
    for (name, value, least, most) in bounds {
        trials.each(name, |_| {
            let within = (least..=most).contains(&(value as f64));
            let said = format!("`{name}` from {least} to {most}; declared is {value}");
            within.then_some(()).ok_or_else(|| Miss::new(said))
        });
    }
}

fn sbom(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.each("a list of dependencies", |_| {
        let Some(name) = &bench.kit.product.sbom else {
            return Err(Miss::new("`sbom` in PRODUCT.toml names a list of dependencies; it names none"));
        };
        let path = bench.kit.folder.join(name);
        let held = std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() > 0);
        held.then_some(())
            .ok_or_else(|| Miss::new(format!("{} is there and holds something", path.display())))
    });
}

fn clean(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.each("the clean script", |_| {
        let trace = &bench.clean()?.trace;
        let said = unfit(trace)
            .map(|why| format!("the clean script to its end, each observation as its kind is; {why}"));
        said.map_or(Ok(()), |said| Err(Miss::new(said).with(trace)))
    });
    trials.each("says something", |_| {
        let trace = &bench.clean()?.trace;
        let content = trace.seen().any(|seen| !["raw", "health", "fault"].contains(&seen.kind.as_str()));
        let said = "at least one observation of the device's content in the clean script. None came.";
        content.then_some(()).ok_or_else(|| Miss::new(said).with(trace))
    });
}

/// Why a run is none that others could be compared with.
fn unfit(trace: &Trace) -> Option<String> {
    if let Some(broken) = &trace.broken {
        return Some(broken.to_string());
    }
    let unfit = trace.seen().find(|seen| matches!(&seen.body, Err(_) | Ok(Body::Unknown { .. })));
    unfit.map(|seen| format!("it came {seen}"))
}

/// The function table has no way to refuse: the host takes every observation and drops what is too much later.
fn refused(_: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.none("this host never refuses an observation: its function table has no word for that");
}

/// Names need a spectrum: a plastic panel, which has none, never gives one (ANSI N42.35, gross counting portals).
fn nuclide(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if bench.offers(Capability::Spectrum) {
        return trials.none("the kit says no nuclides");
    }
    trials.each("a device without spectra names none", |_| {
        let trace = &bench.clean()?.trace;
        let named = trace.seen().find(|seen| match &seen.body {
            Ok(Body::RadiationAlarm(alarm)) => !alarm.nuclides.is_empty(),
            _ => false,
        });
        let said = named.map(|seen| format!("an alarm without a nuclide; it came {seen}"));
        said.map_or(Ok(()), |said| Err(Miss::new(said).with(trace)))
    });
}
