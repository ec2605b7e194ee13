//! What the plugin boundary and a child process cost. Run with `cargo bench -p greenlane-controller`.
#![allow(clippy::print_stdout, reason = "a bench prints")]
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use divan::Bencher;
use greenlane_controller::device::{
    Limits, Report, Supervisor, UnitDevice, UnitHandle, UnitPlace, UnitSpec, device_host,
};
use greenlane_controller::host::Instance;
use greenlane_driver::Input;
use greenlane_lane::DeviceCondition;
use greenlane_model::units::Seconds;
use greenlane_model::{Body, Counts, Stamp};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Lines of one throughput measurement.
const LINES: usize = 1_000_000;
/// Lines of one latency measurement, a hundred a second.
const SPACED: usize = 500;
const MODEL: &str = "rogue.fine";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("device-host") {
        return if device_host().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    for (name, in_process) in [("in a thread", true), ("in a child", false)] {
        println!("{name}:");
        start(in_process);
        throughput(in_process);
        latency(in_process);
    }
    println!("a bare line over loopback TCP:");
    print_latencies(bare_latencies());
    divan::main();
    ExitCode::SUCCESS
}

/// An observation made and written as JSON: what a driver does before the boundary.
#[divan::bench]
fn build_an_observation() -> Vec<u8> {
    let interval = Seconds::new(0.1).unwrap();
    let body = Body::Gamma(Counts { interval, counts: vec![17], alarm: false, pre_roll: false });
    serde_json::to_vec(divan::black_box(&body)).unwrap()
}

/// A frame into a plugin and the observation out of it.
#[divan::bench]
fn frame_in_and_observation_out(bencher: Bencher<'_, '_>) {
    let (mut driver, _) = Instance::open(common::load(&common::rogue()), MODEL, &json!({})).unwrap();
    let mut out = Vec::new();
    bencher.bench_local(|| {
        out.clear();
        driver.handle(Stamp::new(1, 2), Input::Frame(b"17"), &mut out).unwrap();
        out.len()
    });
}

/// A frame into a plugin that says nothing to it.
#[divan::bench]
fn an_input_and_nothing_out(bencher: Bencher<'_, '_>) {
    let (mut driver, _) = Instance::open(common::load(&common::rogue()), MODEL, &json!({})).unwrap();
    let mut out = Vec::new();
    bencher.bench_local(|| {
        driver.handle(Stamp::new(1, 2), Input::Connected, &mut out).unwrap();
        out.len()
    });
}

/// A unit of one counter, connected.
struct Bench {
    reports: mpsc::Receiver<(u32, Report)>,
    line: TcpStream,
    _unit: UnitHandle,
    _runtime: Runtime,
}

impl Bench {
    fn start(in_process: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let (sender, reports) = mpsc::channel(4096);
        let plugin = common::rogue();
        let device = UnitDevice {
            name: "counter".into(),
            model: MODEL.into(),
            settings: json!({}),
            plugin: plugin.clone(),
            silent_after_s: None,
            capture: None,
        };
        let link = format!("tcp://{}", listener.local_addr().unwrap());
        let spec = UnitSpec { link, in_process, devices: vec![device] };
        let place = if in_process {
            UnitPlace::Thread(vec![common::load(&plugin)])
        } else {
            UnitPlace::Child(std::env::current_exe().unwrap())
        };
        let limits = Limits { flood_per_s: u32::MAX, ..Limits::default() };
        let unit = Supervisor::new(runtime.handle().clone(), sender, limits).start(0, spec, place);
        let (line, _) = listener.accept().unwrap();
        line.set_nodelay(true).unwrap();
        let mut bench = Self { reports, line, _unit: unit, _runtime: runtime };
        while !matches!(bench.next(), Report::Condition { condition: DeviceCondition::Up, .. }) {}
        bench
    }

    fn next(&mut self) -> Report {
        self.reports.blocking_recv().unwrap().1
    }
}

fn start(in_process: bool) {
    let began = Instant::now();
    let bench = Bench::start(in_process);
    println!("    ready after {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    if let Some(child) = child() {
        let status = std::fs::read_to_string(format!("/proc/{child}/status")).unwrap_or_default();
        status
            .lines()
            .filter(|l| l.starts_with("VmRSS") || l.starts_with("Rss"))
            .for_each(|l| println!("    {l}"));
    }
    drop(bench);
}

/// The only child of this process.
fn child() -> Option<String> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?.flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).last()
}

fn throughput(in_process: bool) {
    let mut bench = Bench::start(in_process);
    let mut line = bench.line.try_clone().unwrap();
    let writer = std::thread::spawn(move || line.write_all(&b"17\n".repeat(LINES)));
    let began = Instant::now();
    let mut seen = 0;
    while seen < LINES {
        seen += usize::from(matches!(bench.next(), Report::Observed { .. }));
    }
    println!("    {:.0} observations/s", LINES as f64 / began.elapsed().as_secs_f64());
    writer.join().unwrap().unwrap();
}

fn latency(in_process: bool) {
    let mut bench = Bench::start(in_process);
    let times = (0..SPACED).map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        let began = Instant::now();
        bench.line.write_all(b"17\n").unwrap();
        while !matches!(bench.next(), Report::Observed { .. }) {}
        began.elapsed()
    });
    print_latencies(times.collect());
}

/// The same line read by a thread, without anything of ours.
fn bare_latencies() -> Vec<Duration> {
    use std::io::Read;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut writer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    writer.set_nodelay(true).unwrap();
    let (mut reader, _) = listener.accept().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 3];
        while reader.read_exact(&mut bytes).is_ok() && sender.send(()).is_ok() {}
    });
    let times = (0..SPACED).map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        let began = Instant::now();
        writer.write_all(b"17\n").unwrap();
        receiver.recv().unwrap();
        began.elapsed()
    });
    times.collect()
}

fn print_latencies(mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_micros();
    println!("    100 lines/s: p50 {} us, p99 {} us", at(0.5), at(0.99));
}
