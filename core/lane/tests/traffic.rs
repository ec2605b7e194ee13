//! Traffic at random against what really drove: no vehicle is ever released with another's evidence, and
//! nominal traffic is released.

use std::fmt::Write;

use greenlane_lane::scenario::{Report, run};
use greenlane_lane::{DecisionKind, Passage};
use greenlane_model::expected_check_digit;
use proptest::prelude::*;

const LENGTHS: [f64; 4] = [6.0, 11.0, 16.5, 18.75];

/// One vehicle of a platoon.
#[derive(Debug, Clone)]
struct Vehicle {
    length_m: f64,
    /// To the one before it, in m.
    gap_m: f64,
    missed_by: Option<&'static str>,
    /// A stretch that loops do not see: where it begins and how long it is, in m.
    hole: Option<(f64, f64)>,
    /// How late its reading comes, in s; `None` when it never does.
    late_s: Option<f64>,
    dated: bool,
    neighbour: bool,
}

/// How the platoon drives: its speed, and where and how long the first vehicle stops.
#[derive(Debug, Clone)]
struct Drive {
    speed: f64,
    stops: Vec<(f64, f64)>,
    /// Back by that many m at the last stop.
    back_m: f64,
    /// The delay, in s, of a reader that does not say when it saw a vehicle: it reads in order
    /// and within the time that the policy waits.
    lag_s: f64,
}

fn number(index: usize) -> String {
    let prefix = format!("MSKU{:06}", 100_000 + index * 137);
    let digit = expected_check_digit(&prefix).expect("a right prefix");
    format!("{prefix}{digit}")
}

impl Drive {
    /// The first vehicle's front over time.
    fn path(&self, end_m: f64) -> Vec<(f64, f64)> {
        let mut path = vec![(1.0, -2.0)];
        let (mut t, mut x) = (1.0, -2.0);
        let mut stops = self.stops.clone();
        stops.sort_by(|a, b| a.0.total_cmp(&b.0));
        let last = stops.len();
        for (i, (at, wait)) in stops.into_iter().enumerate() {
            t += (at - x).max(0.0) / self.speed;
            x = at.max(x);
            path.push((t, x));
            t += wait + 0.1;
            path.push((t, x));
            if i + 1 == last && self.back_m > 0.0 {
                t += self.back_m / self.speed;
                x -= self.back_m;
                path.push((t, x));
                t += 3.0;
                path.push((t, x));
            }
        }
        t += (end_m - x) / self.speed;
        path.push((t, end_m));
        path
    }
}

fn scenario(drive: &Drive, vehicles: &[Vehicle]) -> String {
    let total: f64 = vehicles.iter().map(|v| v.length_m + v.gap_m).sum();
    let path = drive.path(80.0 + total);
    let lasts_s = path.last().map_or(0.0, |p| p.0) + 20.0;
    let mut text = format!("lasts_s = {lasts_s:.1}\n");
    text.push_str(include_str!("lane.toml"));
    let mut behind = 0.0;
    for (index, vehicle) in vehicles.iter().enumerate() {
        behind += if index > 0 { vehicle.gap_m } else { 0.0 };
        let shifted: Vec<String> = path.iter().map(|(t, x)| format!("[{t:.3}, {:.3}]", x - behind)).collect();
        write!(text, "[[truck]]\nlength_m = {}\npath = [{}]\n", vehicle.length_m, shifted.join(", "))
            .expect("text grows");
        if let Some(sensor) = vehicle.missed_by {
            writeln!(text, "missed_by = [\"{sensor}\"]").expect("right");
        }
        if let Some((from, length)) = vehicle.hole {
            writeln!(text, "gaps = [[{:.2}, {:.2}]]", from, (from + length).min(vehicle.length_m))
                .expect("right");
        }
        let mut read = |text_read: String, late_s: f64| {
            let dated = vehicle.dated;
            write!(
                text,
                "[[truck.read]]\ndevice = \"ocr\"\ntext = \"{text_read}\"\nevent = \"{text_read}\"\n\
                 late_s = {late_s:.2}\ndated = {dated}\n"
            )
            .expect("right");
        };
        if let Some(late_s) = vehicle.late_s {
            read(number(index), if vehicle.dated { late_s } else { drive.lag_s });
        }
        if vehicle.neighbour {
            read(number(index + 100), 0.3);
        }
        behind += vehicle.length_m;
    }
    text
}

/// Each vehicle at its own constant speed in m/s, and never nearer to the one before than its gap.
fn at_own_speeds(vehicles: &[(Vehicle, f64)]) -> String {
    const WAY_M: f64 = 90.0;
    let mut text = String::new();
    let (mut start_s, mut end_s) = (1.0, 0.0_f64);
    for (index, (vehicle, speed)) in vehicles.iter().enumerate() {
        if let Some((before, before_speed)) = index.checked_sub(1).and_then(|i| vehicles.get(i)) {
            let behind_s = (before.length_m + vehicle.gap_m) / before_speed;
            start_s = (start_s + behind_s).max(end_s + behind_s - WAY_M / speed);
        }
        end_s = start_s + WAY_M / speed;
        let (length_m, exit_m, late_s) = (vehicle.length_m, WAY_M - 2.0, vehicle.late_s.unwrap_or(0.0));
        let read = number(index);
        write!(
            text,
            "[[truck]]\nlength_m = {length_m}\npath = [[{start_s:.3}, -2.0], [{end_s:.3}, {exit_m}]]\n\
             [[truck.read]]\ndevice = \"ocr\"\ntext = \"{read}\"\nlate_s = {late_s:.2}\n"
        )
        .expect("text grows");
    }
    format!("lasts_s = {:.1}\n{}\n{text}", end_s + 20.0, include_str!("lane.toml"))
}

/// Which vehicles are in the portal at a time, in s.
fn in_portal(path: &[(f64, f64)], vehicles: &[Vehicle], t: f64) -> Vec<usize> {
    let after = path.iter().position(|p| p.0 > t).unwrap_or(path.len() - 1).max(1);
    let (a, b) = (path[after - 1], path[after]);
    let mut front = a.1 + (b.1 - a.1) * ((t - a.0) / (b.0 - a.0)).clamp(0.0, 1.0);
    let mut inside = Vec::new();
    for (index, vehicle) in vehicles.iter().enumerate() {
        front -= if index > 0 { vehicle.gap_m } else { 0.0 };
        if front > 11.5 && front - vehicle.length_m < 12.5 {
            inside.push(index);
        }
        front -= vehicle.length_m;
    }
    inside
}

/// Why a released passage is not one of the vehicles with all of its own evidence, if it is not.
fn wrong(drive: &Drive, vehicles: &[Vehicle], passage: &Passage) -> Option<String> {
    let [container] = passage.containers.as_slice() else { return Some("not one container".into()) };
    let index = (0..vehicles.len()).find(|i| Some(number(*i)) == container.number);
    let Some(index) = index else { return Some("a container of another lane".into()) };
    let [occupancy] = passage.radiation.occupancies.as_slice() else {
        return Some("not one occupancy".into());
    };
    let at = |stamp: greenlane_model::Stamp| stamp.mono_ns as f64 / 1e9 - 1000.0;
    let (from, to) = (at(occupancy.started), at(occupancy.ended));
    let total: f64 = vehicles.iter().map(|v| v.length_m + v.gap_m).sum();
    let path = drive.path(80.0 + total);
    let alone =
        (1..100).all(|n| in_portal(&path, vehicles, from + (to - from) * f64::from(n) / 100.0) == [index]);
    (!alone).then(|| format!("the occupancy from {from:.1} to {to:.1} was not of {container:?} alone"))
}

fn silent_wrongs(drive: &Drive, vehicles: &[Vehicle], report: &Report) -> Vec<String> {
    let released = report.passages.iter().filter(|p| p.decision == Some(DecisionKind::Release));
    released.filter_map(|p| Some(format!("{}: {}", p.id, wrong(drive, vehicles, p)?))).collect()
}

fn nominal_vehicle() -> impl Strategy<Value = Vehicle> {
    (0..LENGTHS.len(), 10.0..30.0_f64, 0.0..4.0_f64).prop_map(|(length, gap_m, late)| Vehicle {
        length_m: LENGTHS[length],
        gap_m,
        missed_by: None,
        hole: None,
        late_s: Some(late),
        dated: true,
        neighbour: false,
    })
}

fn hard_vehicle() -> impl Strategy<Value = Vehicle> {
    let sensors = ["entry", "portal", "middle", "exit"];
    let missed = proptest::option::weighted(0.15, 0..sensors.len());
    let hole = proptest::option::weighted(0.3, (2.0..10.0_f64, 0.3..3.0_f64));
    let late = proptest::option::weighted(0.85, 0.0..6.0_f64);
    // Nearer than a gap within a vehicle, two look like one to everybody.
    (nominal_vehicle(), 1.6..15.0_f64, missed, hole, late, any::<bool>(), 0..10_u8).prop_map(
        move |(vehicle, gap_m, missed, hole, late_s, dated, neighbour)| Vehicle {
            gap_m,
            missed_by: missed.map(|i| sensors[i]),
            hole: hole.filter(|(from, length)| from + length < vehicle.length_m),
            late_s,
            dated,
            // A reader that misses our vehicle and reads another one at that moment cannot be found out, nor
            // can one that does not say when.
            neighbour: neighbour == 0 && late_s.is_some() && dated,
            ..vehicle
        },
    )
}

fn hard_drive() -> impl Strategy<Value = Drive> {
    let stops = proptest::collection::vec((0.0..90.0_f64, 0.5..30.0_f64), 0..4);
    (1.4..4.7_f64, stops, proptest::option::weighted(0.2, 2.0..20.0_f64), 0.0..4.5_f64)
        .prop_map(|(speed, stops, back, lag_s)| Drive { speed, stops, back_m: back.unwrap_or(0.0), lag_s })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nominal_traffic_is_released_each_with_its_own(
        vehicles in proptest::collection::vec(nominal_vehicle(), 1..6), speed in 1.4..4.7_f64,
    ) {
        let drive = Drive { speed, stops: vec![], back_m: 0.0, lag_s: 0.0 };
        let report = run(&scenario(&drive, &vehicles)).expect("right");
        let wrongs = silent_wrongs(&drive, &vehicles, &report);
        prop_assert!(wrongs.is_empty(), "{wrongs:?}\n{report}");
        prop_assert_eq!(report.passages.len(), vehicles.len(), "{}", report);
        let all = report.passages.iter().all(|p| p.decision == Some(DecisionKind::Release) && p.left.is_some());
        prop_assert!(all, "{report}");
    }

    #[test]
    fn vehicles_of_different_speeds_are_released_each_with_its_own(
        vehicles in proptest::collection::vec((nominal_vehicle(), 1.4..4.7_f64), 1..6),
    ) {
        let report = run(&at_own_speeds(&vehicles)).expect("right");
        let numbers: Vec<_> = report.passages.iter().map(|p| p.containers.first().and_then(|c| c.number.clone())).collect();
        let driven: Vec<_> = (0..vehicles.len()).map(|i| Some(number(i))).collect();
        prop_assert_eq!(numbers, driven, "{}", report);
        let all = report.passages.iter().all(|p| p.decision == Some(DecisionKind::Release) && p.left.is_some());
        prop_assert!(all, "{report}");
    }

    #[test]
    fn no_vehicle_is_ever_released_with_anothers_evidence(
        vehicles in proptest::collection::vec(hard_vehicle(), 1..6), drive in hard_drive(),
    ) {
        let report = run(&scenario(&drive, &vehicles)).expect("right");
        let wrongs = silent_wrongs(&drive, &vehicles, &report);
        prop_assert!(wrongs.is_empty(), "{wrongs:?}\n{report}");
    }
}
