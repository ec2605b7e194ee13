//! Saying things: observations, and faults that are told once when they come and once when they go.

use std::collections::BTreeMap;

use greenlane_driver::model::{Body, Quality, Severity, Stamp};
use greenlane_driver::{Answer, Outbox};

use super::map::Table;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Code {
    /// The device answered with a Modbus exception.
    ModbusException,
    /// An answer had the wrong kind or length.
    BadReply,
    /// An input is on for longer than it can be.
    StuckInput,
    /// A counter went back by more than a wrap explains.
    CounterRestart,
    /// An output does not read as it was written.
    ReadbackMismatch,
    /// The device stores another safe value than the settings declare.
    SafeValueMismatch,
    /// Nobody can say what safe value the device stores.
    SafeValueUnchecked,
    /// The watchdog tripped.
    WatchdogTripped,
    /// The watchdog is not armed.
    WatchdogNotArmed {
        /// The settings ask for it.
        required: bool,
    },
    /// The map knows no way to set the time-out that the settings ask for.
    WatchdogUnset,
}

impl Code {
    const fn word(self) -> &'static str {
        match self {
            Self::ModbusException => "modbus_exception",
            Self::BadReply => "bad_reply",
            Self::StuckInput => "stuck_input",
            Self::CounterRestart => "counter_restart",
            Self::ReadbackMismatch => "readback_mismatch",
            Self::SafeValueMismatch => "safe_value_mismatch",
            Self::SafeValueUnchecked => "safe_value_unchecked",
            Self::WatchdogTripped => "watchdog_tripped",
            Self::WatchdogNotArmed { .. } => "watchdog_not_armed",
            Self::WatchdogUnset => "watchdog_unset",
        }
    }

    /// An error where an output cannot be relied on; a warning elsewhere, because inputs that cannot be read
    /// say so themselves by being unknown.
    const fn severity(self) -> Severity {
        match self {
            Self::ReadbackMismatch | Self::SafeValueMismatch | Self::WatchdogNotArmed { required: true } => {
                Severity::Error
            }
            _ => Severity::Warning,
        }
    }
}

/// What is wrong now: by code, then by subject (a point's name or a request).
pub(super) type Faults = BTreeMap<Code, BTreeMap<String, String>>;

/// The way out of a driver, with the time and the faults that are on.
pub(super) struct Say<'a> {
    pub now: Stamp,
    pub out: &'a mut Outbox,
    pub faults: &'a mut Faults,
}

impl Say<'_> {
    /// Something is wrong with `subject`. Said once; again only after it was cleared.
    pub fn raise(&mut self, code: Code, subject: &str, text: impl Into<String>) {
        let subjects = self.faults.entry(code).or_default();
        if !subjects.contains_key(subject) {
            let text = text.into();
            subjects.insert(subject.to_owned(), text.clone());
            self.out.fault(self.now, code.word(), code.severity(), true, text);
        }
    }

    /// Nothing is wrong with `subject` any more. The fault goes off with its last subject; before that it is
    /// said again with what remains.
    pub fn clear(&mut self, code: Code, subject: &str) {
        let Some(subjects) = self.faults.get_mut(&code) else { return };
        let Some(text) = subjects.remove(subject) else { return };
        let rest: Vec<&str> = subjects.values().map(String::as_str).collect();
        let (on, text) = if rest.is_empty() { (false, text) } else { (true, rest.join("; ")) };
        self.out.fault(self.now, code.word(), code.severity(), on, text);
    }

    /// The request `label` went wrong.
    pub fn trouble(&mut self, label: &str, trouble: &Trouble) {
        match trouble {
            Trouble::Exception(_) => self.raise(Code::ModbusException, label, format!("{label}: {trouble}")),
            Trouble::Shape(_) => self.raise(Code::BadReply, label, format!("{label}: {trouble}")),
            // The host says so itself and reconnects.
            Trouble::Timeout => {}
        }
    }

    /// The request `label` went well.
    pub fn well(&mut self, label: &str) {
        self.clear(Code::ModbusException, label);
        self.clear(Code::BadReply, label);
    }

    /// Says that `body` happened `at`.
    pub fn observe(&mut self, at: Stamp, body: Body) {
        self.out.observe(at, body);
    }
}

/// Why a request brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    Exception(u8),
    Timeout,
    Shape(String),
}

impl Trouble {
    /// Of what cannot be read because of it.
    pub const fn quality(&self) -> Quality {
        match self {
            Self::Timeout => Quality::Stale,
            Self::Exception(_) | Self::Shape(_) => Quality::Bad,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exception(code) => write!(f, "exception {code} ({})", exception(*code)),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Shape(what) => f.write_str(what),
        }
    }
}

/// Names from the Modbus Application Protocol 1.1b3.
const fn exception(code: u8) -> &'static str {
    match code {
        1 => "illegal function",
        2 => "illegal data address",
        3 => "illegal data value",
        4 => "device failure",
        5 => "acknowledged, still at work",
        6 => "device busy",
        8 => "memory parity error",
        10 => "gateway path unavailable",
        11 => "no answer behind the gateway",
        _ => "not a standard code",
    }
}

/// Values that were read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values<'a> {
    Bits(&'a [bool]),
    Words(&'a [u16]),
}

impl<'a> Values<'a> {
    /// The answer to a read of `count` from `table`.
    pub fn of(answer: Answer<'a>, table: Table, count: u16) -> Result<Self, Trouble> {
        let values = match answer {
            Answer::Bits(bits) if table.is_bits() => Self::Bits(bits),
            Answer::Registers(words) if !table.is_bits() => Self::Words(words),
            Answer::Exception(code) => return Err(Trouble::Exception(code)),
            Answer::Timeout => return Err(Trouble::Timeout),
            Answer::Bits(_) | Answer::Registers(_) | Answer::Written => {
                return Err(Trouble::Shape(format!("the answer holds no {}", table.word())));
            }
        };
        let len = match values {
            Self::Bits(bits) => bits.len(),
            Self::Words(words) => words.len(),
        };
        if len == usize::from(count) {
            Ok(values)
        } else {
            Err(Trouble::Shape(format!("{len} values came for {count}")))
        }
    }

    /// The bit at `index`; false when registers came, which [`Values::of`] rules out.
    pub fn bit(self, index: usize) -> bool {
        matches!(self, Self::Bits(bits) if bits.get(index) == Some(&true))
    }

    /// The registers from `index` on; none when bits came, which [`Values::of`] rules out.
    pub fn words(self, index: usize, len: usize) -> &'a [u16] {
        match self {
            Self::Words(words) => words.get(index..index + len).unwrap_or_default(),
            Self::Bits(_) => &[],
        }
    }

    /// The first value as a number, a bit being 0 or 1.
    pub fn first(self) -> u16 {
        match self {
            Self::Bits(_) => u16::from(self.bit(0)),
            Self::Words(words) => words.first().copied().unwrap_or_default(),
        }
    }
}

/// Whether a write was taken.
pub(super) fn written(answer: Answer<'_>) -> Result<(), Trouble> {
    match answer {
        Answer::Written => Ok(()),
        Answer::Exception(code) => Err(Trouble::Exception(code)),
        Answer::Timeout => Err(Trouble::Timeout),
        Answer::Bits(_) | Answer::Registers(_) => Err(Trouble::Shape("values came for a write".to_owned())),
    }
}
