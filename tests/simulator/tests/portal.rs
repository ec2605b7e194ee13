//! The portal's lines: form, rhythm, alarms, faults.

mod common;

use common::{S, lane, portal_lines, run, scenario};
use greenlane_simulator::LaneSeed;
use greenlane_simulator::physics::Rates;
use greenlane_simulator::portal::{Portal, PortalFault, PortalOut, Sight};

const RATES: Rates = Rates { gamma: [210.0, 224.0, 238.0, 231.0], neutron: [1.0; 4] };

/// A portal alone, with the time in ticks.
struct Bench {
    portal: Portal,
    rates: Rates,
}

impl Bench {
    fn new() -> Self {
        let setup = scenario("nominal").portal.setup;
        Self { portal: Portal::new(&setup, &RATES, LaneSeed { seed: 1, lane: 0 }), rates: RATES }
    }

    /// What it sends during these seconds.
    fn outs(&mut self, seconds: f64, covered: bool) -> Vec<PortalOut> {
        let mut out = Vec::new();
        let sight = Sight { covered, rates: self.rates, speed_mps: covered.then_some(17.0 / 3.6) };
        for _ in 0..(seconds * 100.0) as u64 {
            self.portal.tick(&sight, &mut out);
        }
        out
    }

    fn text(&mut self, seconds: f64, covered: bool) -> String {
        text(&self.outs(seconds, covered))
    }

    fn inject(&mut self, fault: PortalFault) -> String {
        let mut out = Vec::new();
        self.portal.inject(fault, &mut out);
        text(&out)
    }
}

fn text(out: &[PortalOut]) -> String {
    let bytes = out.iter().filter_map(|one| match one {
        PortalOut::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    bytes.collect()
}

fn tags(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split(',').next().unwrap_or("")).collect()
}

fn fields(line: &str) -> Vec<u64> {
    line.split(',').skip(1).map(|field| field.parse().unwrap_or_else(|_| panic!("{line}"))).collect()
}

#[test]
fn an_occupancy_has_the_lines_of_the_protocol_in_their_order() {
    let mut bench = Bench::new();
    assert_eq!(tags(&bench.text(2.0, false)), ["NB", "GB"]);
    let inside = bench.text(2.0, true);
    let expected = "NS GS GS GS GS GS GS GS GS GS GS NS SP GS GS GS GS GS NS SP";
    assert_eq!(tags(&inside).join(" "), expected);
    assert!(inside.contains("SP,0.0645,10.563,017.00,000000\r\n"), "{inside}");
    // Held for hold_in = 5 samples, so the sixth clear sample is the last one.
    let after = bench.text(3.5, false);
    assert_eq!(tags(&after).join(" "), "GS GS GS GS GS NS GS GX NB GB", "{after}");
    let end = after.lines().find(|line| line.starts_with("GX")).unwrap();
    assert_eq!(fields(end)[0], 1);
    assert!((2000..7000).contains(&fields(end)[1]), "neutron background x 1000: {end}");
    assert_eq!(fields(end)[2..], [0, 0]);
    assert!(!bench.portal.is_occupied());
    assert_eq!(bench.portal.take_finished().len(), 1);
}

#[test]
fn lines_have_their_exact_form() {
    let mut bench = Bench::new();
    let greeting: Vec<u8> = bench.portal.greeting().concat();
    let expected = "SG1,000450,000068,05,05,07.0,P\r\nSG2,1111,0.069,0.455,01,1000,A\r\n\
                    SG3,0.069,0.455,020,000,1.10.1\r\nSN1,000050,05,0047,1200,02,120\r\n\
                    SN2,0.504,5.040,0.504,5.040,PP\r\n";
    assert_eq!(String::from_utf8(greeting).unwrap(), expected);
    let lines = bench.text(60.0, false) + &bench.text(5.0, true);
    for line in lines.split_inclusive('\n') {
        assert!(line.ends_with("\r\n") && line.len() == 32, "{line:?}");
    }
}

#[test]
fn vacant_it_says_its_background_every_five_seconds() {
    let mut bench = Bench::new();
    let out = bench.text(61.0, false);
    assert_eq!(tags(&out).len(), 26, "{out}");
    for line in out.lines().filter(|line| line.starts_with("GB")) {
        for (seen, rate) in fields(line).iter().zip(RATES.gamma) {
            assert!((*seen as f64 - rate).abs() < 5.0 * (rate / 20.0).sqrt(), "{line}: {rate} expected");
        }
    }
}

#[test]
fn samples_are_poisson_in_each_panel() {
    let mut bench = Bench::new();
    let out = bench.text(2005.0, true);
    let samples: Vec<Vec<u64>> = out.lines().filter(|l| l.starts_with("GS")).skip(5).map(fields).collect();
    assert!(samples.len() > 10_000);
    for panel in 0..4 {
        let counts: Vec<f64> = samples.iter().map(|sample| sample[panel] as f64).collect();
        let n = counts.len() as f64;
        let mean = counts.iter().sum::<f64>() / n;
        let variance = counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / (n - 1.0);
        let three_sigma = 3.0 * (2.0 / n).sqrt();
        assert!((variance / mean - 1.0).abs() < three_sigma, "panel {panel}: {}", variance / mean);
        // Dead time takes 0.02 %.
        let expected = RATES.gamma[panel] * 0.2;
        assert!((mean - expected).abs() < 4.0 * (expected / n).sqrt() + 0.02, "panel {panel}: {mean}");
    }
}

#[test]
fn alarms_follow_n_sigma_over_the_frozen_background() {
    let mut lane = lane(&scenario("dense"), 9);
    let log = run(&mut lane, 3600 * S, 10_000_000, true);
    let (mut background, mut recent, mut alarms, mut tested) = (0.0, Vec::new(), 0, 0);
    for line in portal_lines(&log) {
        let tag = &line[..2];
        match tag {
            "GB" => background = fields(&line).iter().sum::<u64>() as f64,
            "NS" | "NA" | "NB" | "SP" => {}
            "GX" => recent.clear(),
            "GS" | "GA" => {
                recent.push(fields(&line).iter().sum::<u64>() as f64);
                // The first five are pre-roll and were not tested.
                if recent.len() < 10 || background == 0.0 {
                    continue;
                }
                tested += 1;
                let sigma = (recent[recent.len() - 5..].iter().sum::<f64>() - background) / background.sqrt();
                // The device's own mean moves on after the last line that told it.
                assert!(tag != "GA" || sigma > 4.0, "{line}: sigma {sigma}");
                assert!(tag != "GS" || sigma < 10.0, "{line}: sigma {sigma}");
                alarms += u32::from(tag == "GA");
            }
            _ => {}
        }
    }
    assert!(alarms > 50 && tested > 10_000, "{alarms} alarms of {tested} samples");
}

#[test]
fn strong_sources_alarm_and_clean_vehicles_do_not() {
    let mut lane = lane(&scenario("dense"), 9);
    run(&mut lane, 3600 * S, 10_000_000, true);
    let truth = lane.take_truth();
    let (mut hot, mut clean) = (0, 0);
    for vehicle in &truth {
        let gamma = vehicle.occupancies.iter().any(|one| one.occupancy.gamma_alarm);
        let neutron = vehicle.occupancies.iter().any(|one| one.occupancy.neutron_alarm);
        if vehicle.sources.is_empty() {
            clean += 1;
            assert!(!gamma && !neutron, "{vehicle:?}");
        } else {
            hot += u32::from(gamma || neutron);
        }
    }
    assert!(hot > 30 && clean > 300, "{hot} hot, {clean} clean of {}", truth.len());
}

#[test]
fn the_index_is_given_once_an_occupancy_and_counts_up() {
    let mut lane = lane(&scenario("nominal"), 5);
    let log = run(&mut lane, 3600 * S, 10_000_000, true);
    let lines = portal_lines(&log);
    let ends: Vec<u64> =
        lines.iter().filter(|line| line.starts_with("GX")).map(|line| fields(line)[0]).collect();
    assert!(ends.len() > 200, "{}", ends.len());
    assert_eq!(ends, (1..=ends.len() as u64).collect::<Vec<_>>());
    let mut inside = false;
    for line in &lines {
        match &line[..2] {
            "GX" => inside = false,
            "GS" | "GA" | "NS" | "NA" | "SP" => inside = true,
            _ => assert!(!inside, "{line} inside an occupancy"),
        }
    }
}

#[test]
fn a_dead_or_hot_panel_is_a_background_fault() {
    let mut bench = Bench::new();
    bench.inject(PortalFault::DeadPanel(2, true));
    assert!(tags(&bench.text(30.0, false)).contains(&"GL"));
    bench.inject(PortalFault::DeadPanel(2, false));
    assert!(tags(&bench.text(30.0, false)).ends_with(&["NB", "GB"]));
    bench.rates.gamma[0] = 900.0;
    bench.rates.neutron[1] = 90.0;
    assert!(tags(&bench.text(30.0, false)).ends_with(&["NH", "GH"]));
}

#[test]
fn every_malformed_line_can_be_produced() {
    let mut bench = Bench::new();
    bench.text(3.0, false);
    bench.text(2.0, true);
    assert_eq!(bench.inject(PortalFault::BlankLine), "\r\n");
    assert_eq!(bench.inject(PortalFault::UnterminatedQuote), "\"unterminated,quote\r\n");
    assert_eq!(tags(&bench.inject(PortalFault::LoneSetup)), ["SG3"]);
    assert_eq!(bench.inject(PortalFault::Tamper(true)), "TT,000000,000000,000000,000000\r\n");
    assert_eq!(bench.inject(PortalFault::Tamper(false)), "TC,111111,111111,111111,111111\r\n");
    assert_eq!(tags(&bench.inject(PortalFault::BackgroundInside)), ["NB", "GB"]);
    let mut next = |fault: PortalFault| {
        bench.inject(fault);
        let out = bench.text(0.2, true);
        out.lines().next().unwrap_or_default().to_owned()
    };
    assert!(next(PortalFault::TrailingTimes(1)).ends_with(",12-00-00.961"));
    assert_eq!(next(PortalFault::TrailingTimes(2)).matches('-').count(), 4);
    assert_eq!(next(PortalFault::ExtraField).matches(',').count(), 5);
    assert_eq!(next(PortalFault::MissingField).matches(',').count(), 3);
    assert!(next(PortalFault::NonDigits).ends_with("00x0!1"));
    assert!(next(PortalFault::LongNumber).ends_with("1234567"));
    bench.inject(PortalFault::OnlyLineFeed);
    assert!(!bench.text(0.2, true).starts_with('\r'));
    bench.inject(PortalFault::Split);
    assert_eq!(bench.outs(0.2, true).len(), 2);
    bench.inject(PortalFault::Joined);
    let joined = bench.outs(0.4, true);
    assert_eq!(text(&joined[..1]).lines().count(), 2, "{joined:?}");
}

#[test]
fn the_end_of_an_occupancy_can_go_wrong_in_three_ways() {
    let mut bench = Bench::new();
    let mut end = |fault: Option<PortalFault>| {
        if let Some(fault) = fault {
            bench.inject(fault);
        }
        let out = bench.text(2.0, true) + &bench.text(2.0, false);
        out.lines().find(|line| line.starts_with("GX")).map(str::to_owned)
    };
    assert!(end(None).is_some_and(|line| fields(&line)[0] == 1));
    assert!(end(Some(PortalFault::SameIndex)).is_some_and(|line| fields(&line)[0] == 1));
    assert!(end(Some(PortalFault::ShortEnd)).is_some_and(|line| line.matches(',').count() == 3));
    assert_eq!(end(Some(PortalFault::NoEnd)), None);
    assert!(end(None).is_some_and(|line| fields(&line)[0] == 4));
}

#[test]
fn a_dropped_link_loses_lines_and_a_stalled_one_keeps_them() {
    let mut bench = Bench::new();
    bench.text(1.0, true);
    let mut out = Vec::new();
    bench.portal.inject(PortalFault::LinkDrop(2_000_000_000), &mut out);
    assert_eq!(out, [PortalOut::LinkDown]);
    assert_eq!(bench.outs(1.95, true), []);
    assert_eq!(bench.outs(0.1, true).first(), Some(&PortalOut::LinkUp));
    bench.inject(PortalFault::Stall(3_000_000_000));
    assert_eq!(bench.outs(2.9, true).len(), 0);
    assert!(tags(&bench.text(0.2, true)).iter().filter(|tag| **tag == "GS").count() >= 15);
    assert_eq!(tags(&bench.inject(PortalFault::Burst(12_000))).len(), 12_000);
}

#[test]
fn changed_settings_are_sent_and_obeyed() {
    let mut bench = Bench::new();
    bench.text(3.0, false);
    let setup = greenlane_simulator::scenario::PortalSetup {
        intervals: 6,
        hold_in: 8,
        n_sigma: 14.0,
        ..scenario("nominal").portal.setup
    };
    let sent = bench.inject(PortalFault::Setup(setup));
    assert_eq!(tags(&sent), ["SG1", "SG2", "SG3", "SN1", "SN2"]);
    assert!(sent.starts_with("SG1,000450,000068,06,08,14.0,P\r\n"), "{sent}");
    bench.text(3.0, false);
    let inside = bench.text(0.2, true);
    assert_eq!(tags(&inside).join(" "), "NS GS GS GS GS GS GS GS");
    // Held for eight samples more.
    let after = bench.text(3.0, false);
    assert_eq!(tags(&after).iter().take_while(|tag| **tag != "GX").filter(|tag| **tag == "GS").count(), 9);
}

#[test]
fn a_restart_forgets_the_occupancy_and_the_index() {
    let mut bench = Bench::new();
    bench.text(2.0, true);
    bench.text(3.0, false);
    bench.text(2.0, true);
    bench.inject(PortalFault::Restart(1_000_000_000));
    let out = bench.outs(2.0, true);
    assert_eq!(out.first(), Some(&PortalOut::LinkUp), "{out:?}");
    assert_eq!(tags(&text(&out))[0], "NS");
    let after = bench.text(3.0, false);
    let end = after.lines().find(|line| line.starts_with("GX")).unwrap_or_else(|| panic!("{after}"));
    assert_eq!(fields(end)[0], 1);
    let finished = bench.portal.take_finished();
    assert_eq!(finished.iter().map(|one| one.index).collect::<Vec<_>>(), [Some(1), None, Some(1)]);
}
