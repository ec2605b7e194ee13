//! __maker__ __model__: a counter with a presence sensor.
//!
//! ```text
//! C,<counts>   gamma counts of the last interval, one detector
//! O,1  O,0     occupied, vacant; sent at each change
//! ```
//! Anything else is kept raw and changes nothing.

use greenlane_driver::model::units::Seconds;
use greenlane_driver::model::{Body, Capability, Counts, Occupancy, OccupancyEnd, Stamp};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox};
use schemars::JsonSchema;
use serde::Deserialize;

/// Settings of a __model__.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Length of the device's counting interval, in s. Above 0.
    #[serde(default = "one")]
    pub interval_s: f64,
}

fn one() -> f64 {
    1.0
}

/// The driver.
#[derive(Debug)]
pub struct __Model__ {
    interval: Seconds,
    occupied: bool,
}

impl Driver for __Model__ {
    const MODEL: &'static str = "__maker__.__model__";
    const LINK: LinkKind = LinkKind::Lines { max: 64 };
    const OFFERS: &'static [Capability] = &[Capability::Gamma, Capability::Occupancy];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        match Seconds::new(settings.interval_s) {
            Some(interval) if interval > Seconds::ZERO => Ok(Self { interval, occupied: false }),
            _ => Err(OpenError::new("/interval_s", settings.interval_s, "more than 0 s")),
        }
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Frame(b"O,1") => self.set_occupied(now, true, OccupancyEnd::Normal, out),
            Input::Frame(b"O,0") => self.set_occupied(now, false, OccupancyEnd::Normal, out),
            Input::Frame(line) => match counts(line) {
                Some(counts) => out.observe(now, self.sample(counts)),
                None => out.raw(now, "neither C,<counts> nor O,<0 or 1>", line),
            },
            Input::Lost { .. } => self.set_occupied(now, false, OccupancyEnd::LinkLost, out),
            _ => {}
        }
    }
}

impl __Model__ {
    fn sample(&self, counts: u32) -> Body {
        Body::Gamma(Counts { interval: self.interval, counts: vec![counts], alarm: false, pre_roll: false })
    }

    fn set_occupied(&mut self, now: Stamp, occupied: bool, end: OccupancyEnd, out: &mut Outbox) {
        if std::mem::replace(&mut self.occupied, occupied) == occupied {
            return;
        }
        let occupancy = match occupied {
            true => Occupancy::Started,
            false => Occupancy::Ended { index: None, neutron_background_cps: None, end },
        };
        out.observe(now, Body::Occupancy(occupancy));
    }
}

fn counts(line: &[u8]) -> Option<u32> {
    let digits = line.strip_prefix(b"C,").filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use greenlane_driver::Bench;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn connected() -> Bench<__Model__> {
        let mut bench = Bench::open(json!({})).unwrap();
        bench.connect();
        bench
    }

    #[test]
    fn a_passage_is_read_as_the_device_tells_it() {
        let mut bench = connected();
        for line in ["C,210", "O,1", "C,230", "O,0"] {
            bench.frame(line);
        }
        let kinds: Vec<_> = bench.observations.iter().map(|seen| seen.body.kind()).collect();
        assert_eq!(kinds, ["gamma", "occupancy", "gamma", "occupancy"]);
        assert!(matches!(&bench.observations[2].body, Body::Gamma(c) if c.counts == [230]));
    }

    #[test]
    fn a_lost_link_ends_the_occupancy() {
        let mut bench = connected();
        bench.frame("O,1");
        bench.lose("unplugged");
        let Some(Body::Occupancy(Occupancy::Ended { end, .. })) = bench.bodies().pop() else { panic!() };
        assert_eq!(end, OccupancyEnd::LinkLost);
    }

    #[test]
    fn an_interval_of_nothing_is_refused() {
        let error = Bench::<__Model__>::open(json!({ "interval_s": 0 })).err().unwrap();
        assert_eq!(error.pointer, "/interval_s");
    }

    proptest! {
        #[test]
        fn whatever_else_comes_is_kept_raw(line in "[^CO].{0,40}|C,|C,[0-9]{1,5}x|O,[2-9]") {
            let mut bench = connected();
            bench.frame(&line);
            let seen = bench.bodies();
            prop_assert!(matches!(&seen[..], [Body::Raw(_)]), "{:?}", seen);
        }
    }
}
