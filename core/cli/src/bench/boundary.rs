//! One observation across the plugin boundary, on the portal's own lines, in this process.
//!
//! Drivers are loaded and never linked, so what the driver itself takes cannot be measured apart here: the
//! times include its decoding and the building of the JSON, and bound the boundary from above. The drivers'
//! own benches (`cargo bench`) measure them without any boundary.

use std::hint::black_box;

use anyhow::Context;
use greenlane_controller::host::{Instance, Out};
use greenlane_driver::Input;
use greenlane_model::{Body, Stamp};
use greenlane_simulator::device;

use super::trace::{self, Side};
use super::{Budget, Row, Setting, Spread, own_time};

/// No driver asks for a timer of this number.
const NOBODYS: u64 = u64::MAX;
const CALLS: usize = 1_000_000;

/// Measures.
pub fn measure(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let seconds = if setting.quick { 3600 } else { 86_400 };
    let text = portal_day(setting, seconds);
    let (mut both, mut over, mut decode, mut call) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut through, mut scan) = (Vec::new(), Vec::new());
    let megabytes = text.len() as f64 / 1e6;
    for _ in 0..setting.runs() {
        let mut portal = open(setting)?;
        let (said, took) = own_time(|| feed(&mut portal, &text));
        let said = said?;
        through.push(megabytes / took);
        over.push(took * 1e9 / said.count);
        let (read, reading) = own_time(|| said.sample.iter().map(decoded).filter(|ok| *ok).count());
        anyhow::ensure!(read == said.sample.len(), "an observation could not be read");
        decode.push(reading * 1e9 / read.max(1) as f64);
        both.push(over.last().copied().unwrap_or_default() + decode.last().copied().unwrap_or_default());
        let (done, took) = own_time(|| (0..CALLS).try_for_each(|_| nothing(&mut portal)));
        done?;
        call.push(took * 1e9 / CALLS as f64);
        let (_, took) = own_time(|| black_box(lines(&text).count()));
        scan.push(megabytes / took);
    }
    let what = "an observation in process: frame in, decoded by the driver, out as JSON, read back";
    Ok(vec![
        Row::new(what, Spread::of_runs(both), "ns")
            .within(Budget::AtMost(1000.0))
            .beside("of it the driver with both crossings", Spread::of_runs(over), "ns")
            .beside("of it reading the JSON", Spread::of_runs(decode), "ns")
            .beside("a call that says nothing", Spread::of_runs(call), "ns"),
        Row::new("a portal's day through the loaded plugin", Spread::of_runs(through), "MB/s")
            .beside("newline scan of the same bytes", Spread::of_runs(scan), "MB/s")
            .beside("size", Spread::exact(megabytes), "MB"),
    ])
}

/// A portal's lines, one behind the other: what the simulator says in a quarter of an hour, again and again.
fn portal_day(setting: &Setting, seconds: u64) -> Vec<u8> {
    const RECORDED_S: u64 = 900;
    let recorded: Vec<u8> = trace::record(&setting.scenario, setting.seed, RECORDED_S)
        .into_iter()
        .filter(|line| line.side == Side::Portal)
        .flat_map(|line| line.bytes)
        .collect();
    recorded.repeat(usize::try_from(seconds / RECORDED_S).unwrap_or(1))
}

fn open(setting: &Setting) -> anyhow::Result<Instance> {
    let portal = setting.lane.devices.iter().find(|d| d.name == device::PORTAL);
    let portal = portal.context("the lane file has no portal")?;
    let (plugin, _) = setting.registry.find(&portal.model).context("there is no driver for the portal")?;
    let (mut instance, _) = Instance::open(plugin, &portal.model, &portal.settings)?;
    instance.handle(at(0), Input::Connected, &mut Vec::new())?;
    Ok(instance)
}

/// What a portal said.
struct Said {
    count: f64,
    /// The last of it, with kinds.
    sample: Vec<(String, String)>,
}

fn feed(portal: &mut Instance, text: &[u8]) -> anyhow::Result<Said> {
    const SAMPLE: usize = 10_000;
    let (mut out, mut sample, mut count) = (Vec::new(), Vec::new(), 0_u64);
    for (line, n) in lines(text).zip(0..) {
        // As fast as the lines would come in an occupancy.
        portal.handle(at(n * 200_000_000), Input::Frame(line), &mut out)?;
        for said in out.drain(..) {
            if let Out::Observe { kind, json, .. } = said {
                count += 1;
                if sample.len() < SAMPLE {
                    sample.push((kind, json));
                }
            }
        }
    }
    anyhow::ensure!(count > 0, "the portal said nothing");
    Ok(Said { count: count as f64, sample })
}

fn decoded((kind, json): &(String, String)) -> bool {
    black_box(Body::decode(kind, json)).is_ok()
}

fn nothing(portal: &mut Instance) -> anyhow::Result<()> {
    let mut out = Vec::new();
    Ok(portal.handle(at(0), Input::Due { token: NOBODYS }, &mut out)?)
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|l| !l.is_empty())
}

fn at(ns: u64) -> Stamp {
    Stamp::new(1_000_000_000_000 + ns, super::sites::BASE_UTC_NS)
}
