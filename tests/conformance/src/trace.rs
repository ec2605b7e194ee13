//! What went into a driver and what came out, in order.

use std::fmt::Write;

use greenlane_controller::host::Broken;
use greenlane_model::{Body, Outcome, Quality, Stamp, escape};

use crate::script::Act;

/// One observation as the driver gave it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// When it came, in ns from the start of the script.
    pub now_ns: u64,
    /// Time zero of the script.
    pub start: Stamp,
    /// When it happened, by the driver.
    pub at: Stamp,
    /// How far to trust it.
    pub quality: Quality,
    /// Its kind.
    pub kind: String,
    /// Its body as text.
    pub json: String,
    /// Its body, or why it is none of that kind.
    pub body: Result<Body, String>,
}

impl Seen {
    /// When it happened by the driver, in ns from the start of the script; may be before it.
    pub fn at_ns(&self) -> i64 {
        let ns = i128::from(self.at.mono_ns) - i128::from(self.start.mono_ns);
        i64::try_from(ns).unwrap_or(i64::MAX)
    }

    /// What two runs are compared by: all but when it came.
    pub fn same(&self) -> (&str, &str, i64, Quality) {
        (&self.kind, &self.json, self.at_ns(), self.quality)
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.json)?;
        let apart = self.at_ns() - i64::try_from(self.now_ns).unwrap_or(i64::MAX);
        if apart != 0 {
            write!(f, " at {:.3}", self.at_ns() as f64 / 1e9)?;
        }
        if self.quality != Quality::Good {
            write!(f, " {:?}", self.quality)?;
        }
        Ok(())
    }
}

/// What else a driver does.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each is the method of the same name on greenlane_driver::Outbox")]
pub enum Note {
    Asked {
        id: u64,
        request: String,
    },
    Sent(Vec<u8>),
    Responded {
        id: u64,
        status: u16,
        body: String,
    },
    Outcome {
        id: u64,
        outcome: Outcome,
    },
    Log {
        level: u32,
        text: String,
    },
    /// The host gave the link up after a time-out.
    LinkGivenUp,
    /// The driver broke.
    Broke(String),
}

/// One line of a trace.
#[derive(Debug, Clone)]
pub enum What {
    /// Something was done to the driver.
    Act(Act),
    /// It observed something.
    Came(Box<Seen>),
    /// It did something else.
    Note(Note),
}

/// Everything, in order.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    lines: Vec<(u64, What)>,
    ids: u64,
    /// Inputs the driver was given.
    pub inputs: u64,
    /// Timers it asked for.
    pub wakes: u64,
    /// Most observations of one input.
    pub most_at_once: u64,
    /// Real time that each input took, in ms.
    pub took_ms: Vec<f64>,
    /// Bytes the controller's framing gave up.
    pub dropped_bytes: u64,
    /// Why it must not be used again.
    pub broken: Option<Broken>,
}

impl Trace {
    /// Adds a line.
    pub fn push(&mut self, now_ns: u64, what: What) {
        self.lines.push((now_ns, what));
    }

    /// The next id of a post or command, from 1.
    pub fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// Forgets all lines so far, and how long they took.
    pub fn forget(&mut self) {
        self.lines = Vec::new();
        self.took_ms = Vec::new();
    }

    /// The lines with their times, in ns.
    pub fn lines(&self) -> &[(u64, What)] {
        &self.lines
    }

    /// What was observed.
    pub fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.lines.iter().filter_map(|(_, what)| match what {
            What::Came(seen) => Some(&**seen),
            _ => None,
        })
    }

    /// What was observed of one kind.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Seen> {
        self.seen().filter(move |seen| seen.kind == kind)
    }

    /// What else was done, with its time in ns.
    pub fn notes(&self) -> impl Iterator<Item = (u64, &Note)> {
        self.lines.iter().filter_map(|(at, what)| match what {
            What::Note(note) => Some((*at, note)),
            _ => None,
        })
    }

    /// For a person: at most `most` lines, the last ones.
    pub fn text(&self, most: usize) -> String {
        let mut text = String::new();
        let left = self.lines.len().saturating_sub(most);
        if left > 0 {
            let _ = writeln!(text, "    ({left} lines before)");
        }
        for (at, what) in &self.lines[left..] {
            let (word, said) = match what {
                What::Act(act) => ("sent", act.to_string()),
                What::Came(seen) => ("came", seen.to_string()),
                What::Note(note) => ("did ", note.to_string()),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "    t={:.3}  {word}  {said}", *at as f64 / 1e9);
        }
        text
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Asked { id, request } => write!(f, "asked {id} {request}"),
            Self::Sent(bytes) => write!(f, "sent {}", escape(bytes)),
            Self::Responded { id, status, body } => write!(f, "answered post {id}: {status} {body}"),
            Self::Outcome { id, outcome } => write!(f, "outcome of command {id}: {outcome:?}"),
            Self::Log { level, text } => write!(f, "log {level} {text}"),
            Self::LinkGivenUp => f.write_str("link given up: no answer in time"),
            Self::Broke(why) => f.write_str(why),
        }
    }
}
