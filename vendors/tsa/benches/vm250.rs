//! Decoding a captured day of one busy lane, beside a plain newline scan of the same bytes.

use std::hint::black_box;

use divan::counter::BytesCount;
use divan::{Bencher, Divan};
use greenlane_driver::model::{Body, Outcome, Quality, Stamp};
use greenlane_driver::{Driver, Input, Outbox, Request, Sink};
use greenlane_tsa::vm250::{Settings, Vm250};

fn main() {
    Divan::from_args().main();
}

/// Takes everything and keeps nothing.
struct Drain;

impl Sink for Drain {
    fn observe(&mut self, at: Stamp, quality: Quality, body: Body) {
        black_box((at, quality, &body));
    }
    fn request(&mut self, _id: u64, _request: Request) {}
    fn send(&mut self, _bytes: &[u8]) {}
    fn respond(&mut self, _id: u64, _status: u16, _body: &str) {}
    fn outcome(&mut self, _id: u64, _outcome: Outcome) {}
    fn wake_after(&mut self, _after: std::time::Duration, _token: u64) {}
}

/// As the lines come, or with the two times of day that a daily file adds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Wire,
    DailyFile,
}

/// One line with the time when it came, in ms of the day.
type Row = (u64, String);

/// A truck each 60 s, 12 s of it occupied with five samples before; background in between; no randomness.
fn day(form: Form) -> (Vec<u8>, Vec<u64>) {
    let mut rows: Vec<Row> = Vec::new();
    for truck in 0..24 * 60 {
        let start = truck * 60_000;
        for k in 0..9 {
            rows.push((start + k * 5000, "NB,000001,000000,000002,000001".to_owned()));
            rows.push((start + k * 5000, format!("GB,{:06},000224,000238,000231", 205 + truck % 11)));
        }
        let entered = start + 46_000;
        for k in 0..65 {
            let at = entered + u64::saturating_sub(k, 5) * 200;
            if k % 5 == 0 {
                rows.push((at, "NS,000000,000001,000001,000001".to_owned()));
            }
            let tag = if truck % 50 == 7 && (20..30).contains(&k) { "GA" } else { "GS" };
            rows.push((at, format!("{tag},{:06},{:06},000047,000046", 40 + k, 45 + k % 7)));
        }
        rows.push((entered + 12_000, "SP,0.0645,10.563,017.00,000000".to_owned()));
        rows.push((entered + 12_000, format!("GX,{:06},004120,000000,000000", truck + 1)));
    }
    let suffix = if form == Form::DailyFile { ",12-00-00.961,16-00-00.961" } else { "" };
    let text: String = rows.iter().map(|(_, line)| format!("{line}{suffix}\r\n")).collect();
    (text.into_bytes(), rows.into_iter().map(|(ms, _)| ms * 1_000_000).collect())
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[divan::bench(args = [Form::Wire, Form::DailyFile])]
fn newline_scan(bencher: Bencher, form: Form) {
    let (text, _) = day(form);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| lines(black_box(&text)).filter(|l| !l.is_empty()).count());
}

#[divan::bench(args = [Form::Wire, Form::DailyFile])]
fn decode(bencher: Bencher, form: Form) {
    let (text, stamps) = day(form);
    let mut out = Outbox::new(Drain);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        // The default settings are in range.
        let mut driver = Vm250::open(Settings::default()).expect("defaults are valid");
        for (line, &ns) in lines(black_box(&text)).zip(&stamps) {
            let now = Stamp::new(ns, 1_795_521_600_000_000_000 + ns as i64);
            driver.handle(now, Input::Frame(line), &mut out);
        }
    });
}
