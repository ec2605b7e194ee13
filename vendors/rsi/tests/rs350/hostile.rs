//! Whatever comes, nothing breaks, and what follows is read as if nothing had been.

use std::time::Duration;

use greenlane_driver::model::{Body, Occupancy};
use greenlane_driver::{Bench, Input};
use greenlane_rsi::rs350::Rs350;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::{Doc, connected, connected_with, feed, seen, told};

#[derive(Debug, Clone)]
enum Event {
    Frame(Vec<u8>),
    Wait(u64),
    Due(u64),
    Drop,
}

fn document() -> impl Strategy<Value = Vec<u8>> {
    let class = prop_oneof![3 => Just("Foreground"), 1 => Just("Background"), 1 => Just("NotSpecified")];
    let occupied = prop_oneof![1 => Just(None), 2 => any::<bool>().prop_map(Some)];
    let category = prop_oneof![3 => Just(""), 1 => Just("Gamma"), 1 => Just("Neutron"), 1 => Just("Odd")];
    (class, occupied, category, 0u32..5000, "[0-9 .e-]{0,30}").prop_map(
        |(class, occupied, category, gamma, spectrum)| {
            let doc = Doc { class, occupied, gamma, spectrum, ..Doc::default() };
            let doc = if category.is_empty() { doc } else { doc.alarming(category, "Cs-137") };
            doc.text().into_bytes()
        },
    )
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    (document(), any::<prop::sample::Index>(), any::<u8>(), 0..4).prop_map(|(mut bytes, at, byte, how)| {
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
        bytes
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => document().prop_map(Event::Frame),
        4 => mutated().prop_map(Event::Frame),
        1 => vec(any::<u8>(), 0..300).prop_map(Event::Frame),
        4 => (0u64..20_000).prop_map(Event::Wait),
        1 => (0u64..3).prop_map(Event::Due),
        1 => Just(Event::Drop),
    ]
}

fn play(bench: &mut Bench<Rs350>, events: &[Event]) {
    for event in events {
        match event {
            Event::Frame(bytes) => bench.frame(bytes),
            Event::Wait(ms) => bench.advance(Duration::from_millis(*ms)),
            &Event::Due(token) => bench.input(Input::Due { token }),
            Event::Drop => {
                bench.lose("drop");
                bench.connect();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn starts_and_ends_alternate_and_so_do_alarms(alarm: bool, events in vec(event(), 0..40)) {
        let mut bench = connected_with(json!({ "occupancy": if alarm { "alarm" } else { "indicator" } }));
        play(&mut bench, &events);
        bench.lose("the end");
        let (mut occupied, mut alarms) = (false, std::collections::BTreeMap::new());
        for one in seen(&mut bench) {
            match &one.body {
                Body::Occupancy(Occupancy::Started) => prop_assert!(!std::mem::replace(&mut occupied, true)),
                Body::Occupancy(Occupancy::Ended { .. }) => prop_assert!(std::mem::replace(&mut occupied, false)),
                Body::RadiationAlarm(said) => {
                    let was = alarms.insert(said.radiation, said.on).unwrap_or(false);
                    let named_anew = said.on && was && !said.nuclides.is_empty();
                    prop_assert!(was != said.on || named_anew);
                }
                Body::Spectrum(spectrum) => {
                    prop_assert!(spectrum.live.value() <= spectrum.real.value() * 1.001);
                    prop_assert!(spectrum.calibration_kev[1] > 0.0);
                }
                _ => {}
            }
        }
        prop_assert!(!occupied && alarms.values().all(|on| !on), "a lost link ends it");
    }

    #[test]
    fn a_passage_after_any_noise_is_read_as_without_it(events in vec(event(), 0..30)) {
        let mut bench = connected();
        play(&mut bench, &events);
        bench.lose("noise");
        bench.connect();
        seen(&mut bench);
        feed(&mut bench, &Doc::occupied(true).alarming("Gamma", "Cs-137"));
        feed(&mut bench, &Doc::occupied(false));
        let mut told = told(&mut bench);
        told.retain(|word| !word.starts_with("fault"));
        let sample = |mark: &str| [format!("gamma [1210]{mark}"), "neutron [1]".to_owned(), "spectrum".to_owned()];
        let mut expected = vec!["started".to_owned(), "gamma on Cs-137".into(), "isotope on Cs-137".into()];
        expected.extend(sample("!"));
        expected.extend(sample(""));
        expected.extend(["ended".to_owned(), "gamma off".into(), "isotope off".into()]);
        prop_assert_eq!(told, expected);
    }
}
