//! Faults in units, ranges and widths.

use greenlane_driver::model::units::MetresPerSecond;
use greenlane_driver::model::{Body, Capability, Occupancy, Stamp};
use greenlane_driver::{Answer, Input, Outbox, Seen};
use greenlane_http::ocr::Ocr;
use greenlane_modbus::io::Io;
use greenlane_tsa::vm250::Vm250;
use serde_json::json;

use crate::good::{Good, pass};
use crate::mutation::Mutation;

/// Speed is told and not offered.
#[derive(Default)]
pub struct SpeedNotOffered;

impl Mutation for SpeedNotOffered {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f48";
    const OFFERS: &'static [Capability] = &[
        Capability::Gamma,
        Capability::Neutron,
        Capability::Background,
        Capability::Occupancy,
        Capability::RadiationAlarm,
        Capability::Setup,
        Capability::Health,
        Capability::Tamper,
    ];
}

/// Kilometres an hour are told as metres a second.
#[derive(Default)]
pub struct KilometresAnHour;

impl Mutation for KilometresAnHour {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f49";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Speed(said) = &mut seen.body {
            said.speed = MetresPerSecond::new(said.speed.value() * 3.6).unwrap_or_default();
        }
        pass(seen, out);
    }
}

/// The neutron background of an end is not divided by 1000.
#[derive(Default)]
pub struct ThousandFold;

impl Mutation for ThousandFold {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f50";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Occupancy(Occupancy::Ended { neutron_background_cps: Some(cps), .. }) = &mut seen.body {
            *cps = crate::cps(cps.value() * 1000.0);
        }
        pass(seen, out);
    }
}

/// A confidence of 97 % is told as 97.
#[derive(Default)]
pub struct Percent;

impl Mutation for Percent {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f51";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Container(read) | Body::Plate(read) = &mut seen.body {
            read.confidence = read.confidence.map(|share| share * 100.0);
        }
        pass(seen, out);
    }
}

/// The two words of a counter are swapped.
#[derive(Default)]
pub struct WordsSwapped;

impl Mutation for WordsSwapped {
    type Base = Io;
    const MODEL: &'static str = "faulty.f52";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Reply { id, sent, received, answer: Answer::Registers(&[first, second]) } => {
                let answer = Answer::Registers(&[second, first]);
                self.feed(good, now, Input::Reply { id, sent, received, answer }, out);
            }
            other => self.feed(good, now, other, out),
        }
    }
}

/// Totals go through single precision.
#[derive(Default)]
pub struct SinglePrecision;

impl Mutation for SinglePrecision {
    type Base = Io;
    const MODEL: &'static str = "faulty.f53";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Pulses(pulses) = &mut seen.body {
            pulses.total = pulses.total as f32 as u64;
        }
        pass(seen, out);
    }
}

/// The number of sigmas is read as a whole number.
#[derive(Default)]
pub struct WholeSigma;

impl Mutation for WholeSigma {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f54";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Setup(setup) = &mut seen.body
            && let Some(sigma) = setup.values.get_mut("n_sigma")
        {
            *sigma = json!(sigma.as_f64().unwrap_or_default().trunc());
        }
        pass(seen, out);
    }
}
