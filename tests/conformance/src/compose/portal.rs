//! Scenes in front of a radiation portal.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

use crate::kit::{Kit, Portal};
use crate::scene::{Event, Fact, Level, Scene, ms, seconds};

/// One vehicle in front of a portal.
#[derive(Debug, Clone)]
pub struct Occupancy {
    /// How long it is there, in s.
    pub length_s: f64,
    /// Buffered samples that come at once at the start.
    pub burst: u32,
    /// Which gamma samples are in alarm, by number from the start (burst included).
    pub gamma_alarm: std::ops::Range<usize>,
    /// Which neutron samples are in alarm.
    pub neutron_alarm: std::ops::Range<usize>,
    /// Neutron samples come at all.
    pub neutron: bool,
    /// The device says that it ended.
    pub end: bool,
    /// Told speed, in m/s.
    pub speed_mps: Option<f64>,
}

impl Default for Occupancy {
    fn default() -> Self {
        Self {
            length_s: 4.0,
            burst: 0,
            gamma_alarm: 0..0,
            neutron_alarm: 0..0,
            neutron: true,
            end: true,
            speed_mps: None,
        }
    }
}

/// Writes a scene in order of time.
pub struct Writer<'a> {
    kit: &'a Kit,
    portal: &'a Portal,
    /// So far.
    pub scene: Scene,
    /// Where it is, in ns.
    pub now_ns: u64,
    /// Number of the last occupancy.
    pub index: u32,
}

impl<'a> Writer<'a> {
    /// A scene that begins with the link coming up.
    pub fn new(kit: &'a Kit, portal: &'a Portal) -> Self {
        Self { kit, portal, scene: Scene::connected(), now_ns: 0, index: 41 }
    }

    /// Nobody there for `length_s`: backgrounds at the device's rhythm.
    pub fn vacant(&mut self, length_s: f64, rng: &mut ChaCha8Rng) {
        let end = self.now_ns + seconds(length_s);
        let mut at = self.now_ns + ms(500);
        while at < end {
            let level = Level::Normal;
            self.background(at, level, level, rng);
            at += seconds(self.portal.background_s);
        }
        self.now_ns = end;
        self.scene.end_ns = self.scene.end_ns.max(end);
    }

    /// One background of each kind.
    pub fn background(&mut self, at_ns: u64, gamma: Level, neutron: Level, rng: &mut ChaCha8Rng) {
        let cps = |rng: &mut ChaCha8Rng, n: usize, low: u32, high: u32| -> Vec<u32> {
            (0..n).map(|_| rng.random_range(low..high)).collect()
        };
        if self.portal.banks > 0 {
            let cps = cps(rng, self.portal.banks, 0, 5);
            self.push(at_ns, Fact::NeutronBackground { cps, level: neutron });
        }
        let cps = cps(rng, self.portal.panels, 200, 270);
        self.push(at_ns, Fact::GammaBackground { cps, level: gamma });
    }

    /// A vehicle comes and goes.
    pub fn occupancy(&mut self, occupancy: &Occupancy, rng: &mut ChaCha8Rng) {
        let (start, end) = (self.now_ns, self.now_ns + seconds(occupancy.length_s));
        let (gamma_ns, neutron_ns) = (seconds(self.portal.gamma_s), seconds(self.portal.neutron_s));
        let (mut next_gamma, mut next_neutron) = (start, start);
        let (mut gammas, mut neutrons) = (0, 0);
        if let Some(mps) = occupancy.speed_mps {
            self.push(start + gamma_ns * 3 / 2, Fact::Speed { mps });
        }
        while next_gamma.min(next_neutron) < end {
            if next_neutron <= next_gamma {
                if occupancy.neutron && self.portal.banks > 0 {
                    let alarm = occupancy.neutron_alarm.contains(&neutrons);
                    let counts = counts(rng, self.portal.banks, if alarm { 4..9 } else { 0..3 });
                    self.push(next_neutron, Fact::Neutron { counts, alarm });
                    neutrons += 1;
                }
                next_neutron += neutron_ns;
                continue;
            }
            let lines = if gammas == 0 { occupancy.burst + 1 } else { 1 };
            for _ in 0..lines {
                let alarm = occupancy.gamma_alarm.contains(&gammas);
                let counts = counts(rng, self.portal.panels, if alarm { 80..140 } else { 30..70 });
                self.push(next_gamma, Fact::Gamma { counts, alarm });
                gammas += 1;
            }
            next_gamma += gamma_ns;
        }
        self.now_ns = end;
        if occupancy.end || self.portal.level {
            self.index += 1;
            let cps = f64::from(rng.random_range(1000..9000_u32)) / 1000.0;
            let neutron_background_cps = Some(cps).filter(|_| self.portal.banks > 0);
            let neutron_background_cps = match self.portal.level {
                true => self.last_neutron_background(),
                false => neutron_background_cps,
            };
            let index = Some(self.index).filter(|_| !self.portal.level);
            self.push(end, Fact::OccupancyEnd { index, neutron_background_cps });
        }
        self.scene.events.sort_by_key(|event| event.at_ns);
    }

    /// What was last told, over all banks: all that there is where an end tells nothing.
    fn last_neutron_background(&self) -> Option<f64> {
        let told = self.scene.events.iter().rev().find_map(|event| match &event.fact {
            Fact::NeutronBackground { cps, .. } => Some(cps.iter().sum::<u32>()),
            _ => None,
        });
        told.map(f64::from)
    }

    /// Adds a fact when the device can say it.
    pub fn push(&mut self, at_ns: u64, fact: Fact) {
        if self.kit.can_say(&fact) {
            self.scene.push(at_ns, fact);
        }
    }

    /// The scene, with `length_s` after the last thing that happens.
    pub fn finish(mut self, length_s: f64) -> Scene {
        self.scene.end_ns = self.scene.end_ns.max(self.now_ns) + seconds(length_s);
        self.scene
    }
}

/// Counts by panel.
fn counts(rng: &mut ChaCha8Rng, n: usize, range: std::ops::Range<u32>) -> Vec<u32> {
    (0..n).map(|_| rng.random_range(range.clone())).collect()
}

/// Three vehicles: a clear one, one with both alarms, one with a fault, a tamper and the setup before it.
pub fn ordinary(kit: &Kit, portal: &Portal, rng: &mut ChaCha8Rng) -> Scene {
    let mut writer = Writer::new(kit, portal);
    setup(&mut writer, ms(100));
    writer.vacant(8.0, rng);
    writer.occupancy(&Occupancy { speed_mps: Some(4.726), burst: portal.pre_roll, ..<_>::default() }, rng);
    writer.vacant(7.0, rng);
    let alarm = Occupancy { gamma_alarm: 6..11, neutron_alarm: 1..2, ..<_>::default() };
    writer.occupancy(&alarm, rng);
    let at = writer.now_ns;
    writer.push(at + seconds(1.0), Fact::Tamper { on: true });
    writer.push(at + seconds(3.0), Fact::Tamper { on: false });
    writer.background(at + seconds(2.0), Level::Low, Level::Normal, rng);
    writer.now_ns += seconds(6.0);
    writer.vacant(6.0, rng);
    writer.occupancy(&Occupancy { length_s: 2.2, ..<_>::default() }, rng);
    writer.vacant(6.0, rng);
    let mut scene = writer.finish(1.0);
    scene.events.sort_by_key(|event: &Event| event.at_ns);
    scene
}

/// All parts of the device's settings, in order.
pub fn setup(writer: &mut Writer<'_>, at_ns: u64) {
    for fact in setup_facts(writer.kit, 7.5) {
        writer.push(at_ns, fact);
    }
}

/// The parts of the device's settings that the kit can say.
pub fn setup_facts(kit: &Kit, n_sigma: f64) -> Vec<Fact> {
    let values: BTreeMap<String, serde_json::Value> = [
        ("gamma_high", 450.into()),
        ("gamma_low", 68.into()),
        ("intervals", 5.into()),
        ("hold_in", 10.into()),
        ("n_sigma", n_sigma.into()),
        ("background_s", 20.into()),
        ("firmware", "1.10.1".into()),
        ("neutron_high", 50.into()),
    ]
    .map(|(name, value): (&str, serde_json::Value)| (name.to_owned(), value))
    .into();
    let parts = kit.book.phrase.iter().filter(|phrase| phrase.fact == "setup");
    let named = parts.filter_map(|phrase| phrase.when.get("part")?.as_str());
    named.map(|part| Fact::Setup { part: part.to_owned(), values: values.clone() }).collect()
}
