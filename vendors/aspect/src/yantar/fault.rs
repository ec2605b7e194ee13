//! What the device says is wrong with it, told once when it comes and once when it goes.

use std::collections::BTreeSet;

use greenlane_driver::Outbox;
use greenlane_driver::model::{Body, Severity, Stamp, Tamper};

use super::map::Map;
use super::reading::Reading;

/// Which faults are on. The severities of the input signals follow the one public source.
#[derive(Debug, Default)]
pub(super) struct Faults {
    on: BTreeSet<&'static str>,
    /// `None` after a reconnect.
    tamper: Option<bool>,
}

impl Faults {
    /// Turns a fault on or off; `text` is for when it comes.
    pub(super) fn set(
        &mut self,
        now: Stamp,
        (code, severity): (&'static str, Severity),
        on: bool,
        text: impl FnOnce() -> String,
        out: &mut Outbox,
    ) {
        let changed = if on { self.on.insert(code) } else { self.on.remove(code) };
        if changed {
            out.fault(now, code, severity, on, if on { text() } else { String::new() });
        }
    }

    /// After a reading: every signal is a level.
    pub(super) fn take(&mut self, map: &Map, now: Stamp, reading: &Reading, out: &mut Outbox) {
        let (inputs, bits) = (reading.inputs, &map.inputs);
        for (fault, mask, text) in [
            (("power_fail", Severity::Warning), bits.power_fail, "the mains are gone"),
            (("device_reset", Severity::Warning), bits.reset, "the device was reset"),
            (("low_battery", Severity::Error), bits.low_battery, "its battery is low"),
            (("device_error", Severity::Error), bits.error, "the device says that it has an error"),
        ] {
            self.set(now, fault, inputs & mask != 0, || text.to_owned(), out);
        }
        let bits = &map.channel;
        for (codes, channel) in [(GAMMA, reading.gamma), (NEUTRON, reading.neutron)] {
            let is = |mask| channel.status & mask != 0;
            let states = [is(bits.low), is(bits.high), is(bits.overload), bits.ready != 0 && !is(bits.ready)];
            for (code, on) in codes.into_iter().zip(states) {
                let text = || format!("status {:#06x}, count {}", channel.status, channel.count);
                self.set(now, (code, Severity::Error), on, text, out);
            }
        }
        let open = inputs & map.inputs.open != 0;
        if self.tamper.replace(open) != Some(open) {
            out.observe(now, Body::Tamper(Tamper { on: open }));
        }
    }

    /// After a lost link nobody knows whether the cabinet is open.
    pub(super) fn lose(&mut self) {
        self.tamper = None;
    }
}

const GAMMA: [&str; 4] = ["gamma_low", "gamma_high", "gamma_overload", "gamma_not_ready"];
const NEUTRON: [&str; 4] = ["neutron_low", "neutron_high", "neutron_overload", "neutron_not_ready"];
