//! The device's own settings: five lines that belong together, put together by tag.

use std::collections::BTreeMap;
use std::time::Duration;

use greenlane_driver::Outbox;
use greenlane_driver::model::{Body, Setup, Stamp};
use serde_json::Value;

use super::{SETUP_TIMER, line};

/// One of the five lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Sg1,
    Sg2,
    Sg3,
    Sn1,
    Sn2,
}

/// How a field is written.
enum Form {
    /// So many characters, digits with at most one point. Without a point it is a whole number.
    Number(usize),
    /// Digits and a point; always a float, also when the fraction is zero.
    Decimal,
    /// So many characters, kept as they are (flags are one digit a panel or test).
    Text(usize),
    /// Any printable text.
    Free,
}
use Form::{Decimal, Free, Number, Text};

impl Part {
    const ALL: [Self; 5] = [Self::Sg1, Self::Sg2, Self::Sg3, Self::Sn1, Self::Sn2];

    /// The part that a tag names.
    pub(super) fn of(tag: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.tag().as_bytes() == tag)
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Sg1 => "SG1",
            Self::Sg2 => "SG2",
            Self::Sg3 => "SG3",
            Self::Sn1 => "SN1",
            Self::Sn2 => "SN2",
        }
    }

    /// Names and forms of the fields, in order. The scales of alpha and zmax, the unit of the discriminators
    /// (probably volts) and the order of the algorithm flags (probably sum, horizontal, vertical, single) are
    /// in no public source: those are handed on as the device writes them.
    fn fields(self) -> &'static [(&'static str, Form)] {
        match self {
            Self::Sg1 => &[
                (GAMMA_HIGH, Number(6)),
                (GAMMA_LOW, Number(6)),
                (INTERVALS, Number(2)),
                ("occupancy_hold_in_intervals", Number(2)),
                ("n_sigma", Decimal),
                ("sg1_placeholder", Text(1)),
            ],
            Self::Sg2 => &[
                ("detectors_on_line", Text(4)),
                ("master_lower_discriminator", Decimal),
                ("master_upper_discriminator", Decimal),
                ("relay_output_mode", Number(2)),
                ("algorithm_flags", Text(4)),
                ("software_letter", Text(1)),
            ],
            Self::Sg3 => &[
                ("slave_lower_discriminator", Decimal),
                ("slave_upper_discriminator", Decimal),
                ("gamma_background_s", Number(3)),
                ("background_sigma", Number(3)),
                ("firmware", Free),
            ],
            Self::Sn1 => &[
                (NEUTRON_HIGH, Number(6)),
                ("neutron_maximum_intervals", Number(2)),
                ("alpha", Number(4)),
                ("zmax", Number(4)),
                ("sequential_intervals", Number(2)),
                ("neutron_background_s", Number(3)),
            ],
            Self::Sn2 => &[
                ("neutron_master_lower_discriminator", Decimal),
                ("neutron_master_upper_discriminator", Decimal),
                ("neutron_slave_lower_discriminator", Decimal),
                ("neutron_slave_upper_discriminator", Decimal),
                ("sn2_placeholder", Text(2)),
            ],
        }
    }
}

const GAMMA_HIGH: &str = "gamma_high_cps";
const GAMMA_LOW: &str = "gamma_low_cps";
const INTERVALS: &str = "gamma_intervals";
const NEUTRON_HIGH: &str = "neutron_high";

/// What the driver itself uses of the settings, each as last seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// Level of a gamma panel above which the device says GH, in counts per second.
    pub(super) gamma_high: Option<u64>,
    /// Level of a gamma panel below which the device says GL, in counts per second.
    pub(super) gamma_low: Option<u64>,
    /// Level of a neutron bank above which the device says NH.
    pub(super) neutron_high: Option<u64>,
    /// How many 200 ms samples the device sums for its alarm test.
    pub(super) intervals: Option<u64>,
}

/// Puts the parts together. When they are sent is in no public source (seen at the start of a stream and again
/// in the middle), so a set that does not become whole within the time-out is reported as partial.
#[derive(Debug)]
pub(super) struct Assembly {
    pub(super) known: Known,
    timeout: Duration,
    parts: BTreeMap<Part, BTreeMap<String, Value>>,
    due_ns: u64,
}

impl Assembly {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { known: Known::default(), timeout, parts: BTreeMap::new(), due_ns: 0 }
    }

    /// Takes one line. `false` when its fields are not what the protocol says; then nothing changed.
    pub(super) fn take(&mut self, now: Stamp, part: Part, rest: &[u8], out: &mut Outbox) -> bool {
        let Some(values) = read(part.fields(), rest) else { return false };
        self.learn(&values);
        if self.parts.contains_key(&part) {
            self.report(now, out);
        }
        if self.parts.is_empty() {
            let timeout_ns = u64::try_from(self.timeout.as_nanos()).unwrap_or(u64::MAX);
            self.due_ns = now.mono_ns.saturating_add(timeout_ns);
            out.wake_after(self.timeout, SETUP_TIMER);
        }
        self.parts.insert(part, values);
        if self.parts.len() == Part::ALL.len() {
            self.report(now, out);
        }
        true
    }

    /// Gives up waiting when the time is over.
    pub(super) fn tick(&mut self, now: Stamp, out: &mut Outbox) {
        if !self.parts.is_empty() && now.mono_ns >= self.due_ns {
            self.report(now, out);
        }
    }

    /// Reports what there is, if there is anything.
    pub(super) fn report(&mut self, now: Stamp, out: &mut Outbox) {
        if self.parts.is_empty() {
            return;
        }
        let missing = Part::ALL.iter().filter(|part| !self.parts.contains_key(part));
        let missing = missing.map(|part| part.tag().to_owned()).collect();
        let values = std::mem::take(&mut self.parts).into_values().flatten().collect();
        out.observe(now, Body::Setup(Setup { values, missing }));
    }

    fn learn(&mut self, values: &BTreeMap<String, Value>) {
        let known = &mut self.known;
        for (name, place) in [
            (GAMMA_HIGH, &mut known.gamma_high),
            (GAMMA_LOW, &mut known.gamma_low),
            (NEUTRON_HIGH, &mut known.neutron_high),
            (INTERVALS, &mut known.intervals),
        ] {
            if let Some(value) = values.get(name) {
                *place = value.as_u64();
            }
        }
    }
}

fn read(forms: &[(&str, Form)], rest: &[u8]) -> Option<BTreeMap<String, Value>> {
    let mut fields = line::fields(rest);
    let mut values = BTreeMap::new();
    for (name, form) in forms {
        values.insert((*name).to_owned(), value(form, fields.next()?)?);
    }
    fields.next().is_none().then_some(values)
}

fn value(form: &Form, field: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(field).ok().filter(|t| t.bytes().all(|b| (b' '..=b'~').contains(&b)))?;
    match *form {
        Number(width) if field.len() != width => None,
        Number(_) if field.contains(&b'.') => line::decimal(field).map(Value::from),
        Number(_) => line::decimal(field).and_then(|_| text.parse::<u64>().ok()).map(Value::from),
        Decimal => line::decimal(field).map(Value::from),
        Text(width) => (field.len() == width).then(|| Value::from(text)),
        Free => (!field.is_empty()).then(|| Value::from(text)),
    }
}
