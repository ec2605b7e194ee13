//! What must hold whatever the devices say, in whatever order.

use std::collections::BTreeMap;

use greenlane_lane::{
    DecisionKind, DeviceCondition, Effect, Input, Lane, LaneConfig, OperatorAction, Passage,
};
use greenlane_model::units::{MetresPerSecond, Seconds};
use greenlane_model::{
    BarrierAction, Body, Check, Class, CommandBody, Counts, Covered, Direction, Fault, FileRef, Image,
    Observation, Occupancy, OccupancyEnd, Outcome, Phase, Position, Presence, Quality, Radiation,
    RadiationAlarm, Read, Scan, ScanState, Severity, Speed, Stamp, Tamper,
};
use proptest::prelude::*;

const POINTS: [&str; 7] = ["entry", "middle", "exit", "ready", "interlock", "estop_ok", "beam"];
const DEVICES: [&str; 5] = ["io", "ocr", "portal", "xray", "nobody"];

fn config(policy: bool) -> LaneConfig {
    let bind = |role: &str, point: &str, at: Option<f64>| match at {
        Some(at) => {
            format!("[[bind]]\nrole = \"{role}\"\ndevice = \"io\"\npoint = \"{point}\"\nat_m = {at:.1}\n")
        }
        None => format!("[[bind]]\nrole = \"{role}\"\ndevice = \"io\"\npoint = \"{point}\"\n"),
    };
    let text = [
        "lasts_s = 1.0\n[lane]\nname = \"p\"\nmax_speed_kmh = 17\n",
        "[[device]]\nname = \"io\"\noffers = [\"presence\", \"output\"]\n",
        "[[device]]\nname = \"ocr\"\nat_m = 6.0\noffers = [\"container\"]\n",
        "[[device]]\nname = \"portal\"\nat_m = 12.0\nlength_m = 1.0\noffers = [\"gamma\", \"occupancy\"]\n",
        "[[device]]\nname = \"xray\"\nat_m = 25.0\noffers = [\"scan\", \"image\"]\n",
        if policy { "[policy]\nrequire = [\"radiation\", \"container\"]\n" } else { "" },
        &bind("presence", "entry", Some(0.0)),
        &bind("presence", "middle", Some(20.0)),
        &bind("presence", "exit", Some(40.0)),
        &bind("signal.red", "red", None),
        &bind("signal.green", "green", None),
        &bind("barrier.open", "up", None),
        &bind("barrier.close", "down", None),
        &bind("barrier.presence", "exit", Some(40.0)),
        &bind("scan.request", "request", None),
        &bind("scan.ready", "ready", None),
        &bind("scan.interlock", "interlock", None),
        &bind("scan.estop", "estop_ok", None),
        &bind("scan.beam_on", "beam", None),
    ]
    .concat();
    toml::from_str::<greenlane_lane::scenario::Scenario>(&text).expect("a right scenario").config()
}

fn covered() -> impl Strategy<Value = Covered> {
    prop_oneof![4 => Just(Covered::Yes), 4 => Just(Covered::No), 1 => Just(Covered::Unknown)]
}

fn read() -> impl Strategy<Value = Read> {
    let text = prop_oneof![Just(None), Just(Some("CSQU3054383".to_owned())), ".{0,12}".prop_map(Some)];
    (
        text,
        proptest::option::of(0.0..=1.0_f64),
        0..4_u8,
        any::<bool>(),
        0..3_u8,
        proptest::option::of(0..9_u64),
    )
        .prop_map(|(text, confidence, position, ok, phase, acquired)| Read {
            text,
            confidence,
            check: if ok { Check::Ok } else { Check::Bad },
            alternates: Vec::new(),
            position: [Position::Front, Position::Rear, Position::Single, Position::Unknown]
                [position as usize],
            size_type: None,
            direction: Direction::Unknown,
            phase: [Phase::Interim, Phase::Final, Phase::Corrected][phase as usize],
            event: ok.then(|| format!("e{position}")),
            acquired: acquired.map(|s| Stamp::new(s * 7_000_000_000, 0)),
            images: Vec::new(),
        })
}

fn occupancy() -> impl Strategy<Value = Occupancy> {
    prop_oneof![
        Just(Occupancy::Started),
        (0..3_u8).prop_map(|end| Occupancy::Ended {
            index: None,
            neutron_background_cps: None,
            end: [OccupancyEnd::Normal, OccupancyEnd::NoEndMessage, OccupancyEnd::LinkLost][end as usize],
        })
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let image = |name: u8, width: u32| Image {
        role: "scan".into(),
        file: FileRef { path: "x.png".into(), sha256: format!("{name}"), bytes: 1 },
        width_px: width,
        height_px: 1,
        bits: 16,
        energies: None,
        line_pitch: None,
        invalid: None,
        passage: name.is_multiple_of(2).then(|| "p-000001".to_owned()),
        acquired: None,
    };
    let states =
        [ScanState::Ready, ScanState::Scanning, ScanState::Complete, ScanState::Invalid, ScanState::Fault];
    prop_oneof![
        12 => (0..POINTS.len(), covered(), any::<bool>()).prop_map(|(p, covered, snapshot)| {
            Body::Presence(Presence { point: POINTS[p].into(), covered, snapshot })
        }),
        4 => occupancy().prop_map(Body::Occupancy),
        3 => read().prop_map(Body::Container),
        1 => read().prop_map(Body::Plate),
        1 => (any::<u8>(), any::<u32>()).prop_map(move |(n, w)| Body::Image(image(n, w))),
        2 => (any::<u32>(), any::<bool>(), any::<bool>()).prop_map(|(n, alarm, pre_roll)| {
            let interval = Seconds::new(0.2).expect("finite");
            Body::Gamma(Counts { interval, counts: vec![n; 4], alarm: alarm && n % 16 == 0, pre_roll })
        }),
        1 => any::<bool>().prop_map(|on| {
            Body::RadiationAlarm(RadiationAlarm { radiation: Radiation::Neutron, on, nuclides: Vec::new() })
        }),
        1 => (0..5_usize, any::<Option<bool>>()).prop_map(move |(s, beam)| {
            Body::Scan(Scan { state: states[s], passage: None, reason: None, beam })
        }),
        1 => any::<bool>().prop_map(|on| {
            Body::Fault(Fault { code: "x".into(), severity: Severity::Error, on, text: String::new() })
        }),
        1 => any::<bool>().prop_map(|on| Body::Tamper(Tamper { on })),
        1 => (-1e6..1e6_f64).prop_map(|v| Body::Speed(Speed { speed: MetresPerSecond::new(v).expect("finite") })),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let observation =
        (0..DEVICES.len(), body(), any::<u8>(), 0..20_u8).prop_map(|(device, body, back, quality)| {
            let device = match &body {
                Body::Presence(_) => "io",
                Body::Occupancy(_) | Body::Gamma(_) => "portal",
                Body::Container(_) => "ocr",
                _ => DEVICES[device],
            };
            // `at` holds how long ago it was; the player sets the time.
            let ago = if back < 200 { 0 } else { u64::from(back) * 20_000_000 };
            Input::Observation {
                observation: Observation {
                    device: device.into(),
                    seq: 1,
                    epoch: u32::from(quality == 19),
                    at: Stamp::new(ago, 0),
                    received: Stamp::default(),
                    quality: if quality == 18 { Quality::Stale } else { Quality::Good },
                    body,
                },
            }
        });
    prop_oneof![
        40 => observation,
        2 => (0..DEVICES.len(), 0..4_u8).prop_map(|(d, c)| Input::Device {
            device: DEVICES[d].into(),
            condition: [DeviceCondition::Up, DeviceCondition::Up, DeviceCondition::Silent, DeviceCondition::Down]
                [c as usize],
            reason: String::new(),
        }),
        1 => prop_oneof![2 => Just(true), 1 => Just(false)]
            .prop_map(|writable| Input::Recorder { writable, reason: String::new() }),
        1 => (0..20_u64).prop_map(|command| Input::Outcome {
            command,
            sent: None,
            outcome: Outcome::Failed("x".into()),
        }),
        1 => Just(Input::Operator {
            who: "x".into(),
            passage: "p-000002".into(),
            action: OperatorAction::Gone,
        }),
        4 => Just(Input::Due),
    ]
}

/// Steps with the time that passes before each, in ms.
fn story() -> impl Strategy<Value = Vec<(u16, Input)>> {
    proptest::collection::vec((0..3000_u16, input()), 0..150)
}

fn stamped(story: Vec<(u16, Input)>, policy: bool) -> Vec<(Stamp, Input)> {
    let mut now_ns = 1_000_000_000_000_u64;
    let mut inputs = vec![(Stamp::new(now_ns, 0), Input::Restarted { epoch: 0 })];
    let config = Box::new(config(policy));
    inputs.push((Stamp::new(now_ns, 0), Input::Config { config, hash: String::new() }));
    for (ms, mut input) in story {
        now_ns += u64::from(ms) * 1_000_000;
        let now = Stamp::new(now_ns, 0);
        if let Input::Observation { observation } = &mut input {
            observation.at = Stamp::new(now_ns - observation.at.mono_ns, 0);
            observation.received = now;
        }
        inputs.push((now, input));
    }
    inputs
}

fn play(inputs: &[(Stamp, Input)]) -> Vec<Vec<Effect>> {
    let mut lane = Lane::new("p");
    let step = |(now, input): &(Stamp, Input)| {
        let mut effects = Vec::new();
        lane.step(*now, input.clone(), &mut effects);
        effects
    };
    inputs.iter().map(step).collect()
}

/// What an outside observer knows of the scanner's chain and the journal.
struct Outside {
    writable: bool,
    points: BTreeMap<String, Covered>,
    io_up: bool,
}

impl Outside {
    fn see(&mut self, input: &Input) {
        match input {
            Input::Recorder { writable, .. } => self.writable = *writable,
            Input::Device { device, condition, .. } if device == "io" => {
                self.io_up = *condition == DeviceCondition::Up;
                if !self.io_up {
                    self.points.clear();
                }
            }
            Input::Observation { observation } if observation.epoch == 0 && observation.device == "io" => {
                if let Body::Presence(presence) = &observation.body {
                    let good = observation.quality == Quality::Good;
                    let covered = if good { presence.covered } else { Covered::Unknown };
                    self.points.insert(presence.point.clone(), covered);
                }
            }
            _ => {}
        }
    }

    fn reads(&self, point: &str, wanted: Covered) -> bool {
        self.io_up && self.points.get(point) == Some(&wanted)
    }
}

fn class_fits(body: &CommandBody) -> Class {
    match body {
        CommandBody::Output { point, on } => match (point.as_str(), on) {
            ("red", true) | ("green", false) | ("request", false) => Class::Restrictive,
            ("up", false) | ("down", true) => Class::Neutral,
            _ => Class::Permissive,
        },
        CommandBody::Barrier { action: BarrierAction::Close } => Class::Neutral,
        _ => Class::Permissive,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_release_always_has_complete_and_unambiguous_evidence(story in story()) {
        let mut passages: BTreeMap<String, Passage> = BTreeMap::new();
        for effects in play(&stamped(story, true)) {
            let mut released = Vec::new();
            for effect in effects {
                match effect {
                    Effect::Passage(passage) => {
                        passages.insert(passage.id.clone(), *passage);
                    }
                    Effect::Decision(decision) => {
                        prop_assert!(!decision.reasons.is_empty());
                        released.retain(|id| *id != decision.passage);
                        if decision.decision == DecisionKind::Release {
                            released.push(decision.passage);
                        }
                    }
                    _ => {}
                }
            }
            for id in released {
                let passage = &passages[&id];
                prop_assert!(!passage.ambiguous && passage.missing.is_empty() && !passage.recovered, "{passage:?}");
                prop_assert!(passage.radiation.device_alarms.is_empty(), "{passage:?}");
                prop_assert_eq!(passage.radiation.occupancies.len(), 1);
                prop_assert!(!passage.containers.is_empty());
            }
        }
    }

    #[test]
    fn decisions_only_become_stricter(story in story()) {
        let mut known: BTreeMap<String, DecisionKind> = BTreeMap::new();
        for effect in play(&stamped(story, true)).into_iter().flatten() {
            let Effect::Decision(decision) = effect else { continue };
            let before = known.insert(decision.passage, decision.decision);
            prop_assert!(before.is_none_or(|before| before < decision.decision));
        }
    }

    #[test]
    fn nothing_permissive_leaves_on_doubt(story in story()) {
        let inputs = stamped(story, true);
        let mut outside = Outside { writable: true, points: BTreeMap::new(), io_up: true };
        let mut last_id = 0;
        for ((_, input), effects) in inputs.iter().zip(play(&inputs)) {
            outside.see(input);
            for effect in effects {
                let Effect::Command(command) = effect else { continue };
                prop_assert!(command.id > last_id);
                last_id = command.id;
                prop_assert_eq!(command.class, class_fits(&command.body), "{:?}", command.body);
                prop_assert!(command.class != Class::Permissive || outside.writable, "{command:?}");
                let CommandBody::Output { point, on: true } = &command.body else { continue };
                let chain = ["ready", "interlock", "estop_ok"];
                prop_assert!(point != "request" || chain.iter().all(|p| outside.reads(p, Covered::Yes)));
                prop_assert!(point != "down" || outside.reads("exit", Covered::No));
            }
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_effects_also_through_json(story in story(), policy: bool) {
        let inputs = stamped(story, policy);
        let first = play(&inputs);
        prop_assert_eq!(&first, &play(&inputs));
        let read_back: Vec<(Stamp, Input)> = inputs
            .iter()
            .map(|(now, input)| {
                let json = serde_json::to_string(&(now, input)).unwrap();
                serde_json::from_str(&json).unwrap()
            })
            .collect();
        prop_assert_eq!(&first, &play(&read_back));
        let effects: Vec<Effect> = first.into_iter().flatten().collect();
        let json = serde_json::to_string(&effects).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Effect>>(&json).unwrap(), effects);
    }

    #[test]
    fn a_wake_up_is_always_later_and_never_a_storm(story in story()) {
        let inputs = stamped(story, true);
        for ((now, _), effects) in inputs.iter().zip(play(&inputs)) {
            let wakes = effects.iter().filter(|e| match e {
                Effect::WakeAt { mono_ns, .. } => {
                    assert!(*mono_ns > now.mono_ns);
                    true
                }
                _ => false,
            });
            prop_assert!(wakes.count() <= 1);
        }
    }

    #[test]
    fn hostile_times_never_panic(
        story in story(), times in proptest::collection::vec(any::<u64>(), 150), epochs in any::<Vec<u32>>(),
    ) {
        let mut inputs = stamped(story, true);
        for ((now, input), time) in inputs.iter_mut().zip(&times) {
            now.mono_ns = *time;
            if let Input::Observation { observation } = input {
                observation.at = Stamp { mono_ns: time.rotate_left(7), utc_ns: i64::MIN, uncertainty_ns: *time };
            }
        }
        for epoch in epochs {
            inputs.push((Stamp::default(), Input::Restarted { epoch }));
        }
        play(&inputs);
    }
}
