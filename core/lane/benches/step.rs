//! How many observations a second a lane takes, on one core.

use divan::Bencher;
use divan::counter::ItemsCount;
use greenlane_lane::scenario::Scenario;
use greenlane_lane::{Effect, Input, Lane};
use greenlane_model::units::Seconds;
use greenlane_model::{
    Body, Counts, Covered, Observation, Occupancy, OccupancyEnd, Presence, Quality, Stamp,
};

fn main() {
    divan::main();
}

/// A lane's traffic: an occupancy of 4 s at 5 gamma samples and 1 neutron sample a second, and the edges of
/// three loops, again and again.
fn traffic(vehicles: u64) -> Vec<(Stamp, Input)> {
    let mut inputs = Vec::new();
    let mut seq = 0;
    let mut say = |ms: u64, device: &str, body: Body| {
        seq += 1;
        let at = Stamp::new(1_000_000_000_000 + ms * 1_000_000, 0);
        let observation = Observation {
            device: device.to_owned(),
            seq,
            epoch: 1,
            at,
            received: at,
            quality: Quality::Good,
            body,
        };
        inputs.push((at, Input::Observation { observation }));
    };
    let edge = |point: &str, on: bool| {
        let covered = if on { Covered::Yes } else { Covered::No };
        Body::Presence(Presence { point: point.to_owned(), covered, snapshot: false })
    };
    let counts = |n: usize| {
        let interval = Seconds::new(0.2).unwrap_or_default();
        Counts { interval, counts: vec![120; n], alarm: false, pre_roll: false }
    };
    for vehicle in 0..vehicles {
        let t = vehicle * 30_000;
        say(t, "io", edge("entry", true));
        say(t + 3000, "portal", Body::Occupancy(Occupancy::Started));
        for sample in 0..20 {
            say(t + 3000 + sample * 200, "portal", Body::Gamma(counts(4)));
            if sample % 5 == 0 {
                say(t + 3000 + sample * 200, "portal", Body::Neutron(counts(4)));
            }
            match sample {
                6 => say(t + 4250, "io", edge("entry", false)),
                10 => say(t + 5050, "io", edge("middle", true)),
                _ => {}
            }
        }
        let end = OccupancyEnd::Normal;
        let ended = Occupancy::Ended { index: None, neutron_background_cps: None, end };
        say(t + 7100, "portal", Body::Occupancy(ended));
        say(t + 9200, "io", edge("middle", false));
        say(t + 10_100, "io", edge("exit", true));
        say(t + 14_300, "io", edge("exit", false));
    }
    inputs
}

fn lane() -> Lane {
    let text = format!("lasts_s = 1.0\n{}", include_str!("../tests/lane.toml"));
    let config = toml::from_str::<Scenario>(&text).map(|s| s.config());
    let mut lane = Lane::new("bench");
    let start = Stamp::new(1_000_000_000_000, 0);
    lane.step(start, Input::Restarted { epoch: 1 }, &mut Vec::new());
    if let Ok(config) = config {
        lane.step(start, Input::Config { config: Box::new(config), hash: String::new() }, &mut Vec::new());
    }
    lane
}

#[divan::bench]
fn observations_of_full_traffic(bencher: Bencher<'_, '_>) {
    let inputs = traffic(1000);
    bencher.counter(ItemsCount::new(inputs.len())).with_inputs(|| (lane(), inputs.clone())).bench_values(
        |(mut lane, inputs)| {
            let mut effects: Vec<Effect> = Vec::new();
            for (now, input) in inputs {
                effects.clear();
                lane.step(now, input, &mut effects);
            }
            lane
        },
    );
}
