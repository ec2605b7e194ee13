//! Has anybody touched the journal?

use std::fmt;
use std::path::Path;

use blake3::Hash;
use serde::Serialize;

use crate::chain::{Fields, Head, link};
use crate::schema::Stored;
use crate::{Filter, JournalError, Reader};

/// What a check of the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// How many entries were read.
    pub entries: u64,
    /// The last one; to be noted elsewhere.
    pub head: Option<Head>,
    /// What is wrong, in order; at most [`Verdict::MAX_FINDINGS`], then the check ends. One act can show at
    /// several entries in a row.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The entry it was found at.
    pub seq: u64,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
}

/// What can be wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// It is gone, and so are those after it up to `until`.
    Missing {
        /// The last one that is gone.
        until: u64,
    },
    /// It does not follow from the entry before it and stands nowhere else: it was changed, put in, or what
    /// stood before it was taken out and the rest numbered anew.
    Changed,
    /// What belongs here stands elsewhere: entries were exchanged, or one was put in before it.
    Displaced {
        /// Where it stands now.
        found_at: u64,
    },
    /// It is the same entry as another one.
    Copy {
        /// That one.
        of: u64,
    },
    /// It stands where no entry of its number may stand: after greater ones, or (seq 0) before the first.
    OutOfOrder,
    /// Its columns hold what no journal writes.
    Unreadable {
        /// In SQLite's words.
        why: String,
    },
    /// The journal ends before the head that was noted elsewhere.
    CutOff {
        /// The number noted.
        noted: u64,
    },
    /// The chain fits, but it is not the one that was noted elsewhere: everything up to here may be new.
    Rewritten,
}

/// Checks every entry of the journal at `path`, and that it still holds the `noted` head.
///
/// Without a noted head, entries cut off at the end and a chain written anew cannot be seen.
///
/// # Errors
/// When the file cannot be opened or is no journal; damage further in is a finding.
pub fn verify(path: &Path, noted: Option<Head>) -> Result<Verdict, JournalError> {
    let reader = Reader::open(path)?;
    let mut walk = Walk::new(&reader, noted);
    if reader.strays()? > 0 {
        walk.find(0, What::OutOfOrder);
    }
    for row in reader.stored(Filter::default()) {
        match row {
            Ok(row) => walk.take(row)?,
            Err(JournalError::Entry { seq, why }) => walk.skip(seq, why),
            Err(JournalError::Database { source, .. }) => walk.skip(walk.next, source.to_string()),
            Err(error) => return Err(error),
        }
        if walk.findings.len() >= Verdict::MAX_FINDINGS {
            return Ok(walk.verdict());
        }
    }
    walk.compare_end();
    Ok(walk.verdict())
}

impl Verdict {
    /// After so many findings the check ends.
    pub const MAX_FINDINGS: usize = 16;

    /// Nothing was found.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

struct Walk<'r> {
    reader: &'r Reader,
    noted: Option<Head>,
    entries: u64,
    /// The number that should come.
    next: u64,
    /// The chain value to build on; `None` after an entry that is not there or cannot be read.
    before: Option<Hash>,
    head: Option<Head>,
    findings: Vec<Finding>,
}

impl<'r> Walk<'r> {
    fn new(reader: &'r Reader, noted: Option<Head>) -> Self {
        let Head { chain, .. } = Head::start();
        Self { reader, noted, entries: 0, next: 1, before: Some(chain), head: None, findings: Vec::new() }
    }

    fn take(&mut self, row: Stored) -> Result<(), JournalError> {
        if row.seq > self.next {
            self.find(self.next, What::Missing { until: row.seq - 1 });
            self.before = None;
        } else if row.seq < self.next {
            self.find(row.seq, What::OutOfOrder);
            self.before = None;
        }
        match self.before {
            Some(before) if !row.follows(&before, row.seq) => {
                let what = self.explain(&before, &row)?;
                self.find(row.seq, what);
            }
            _ => {}
        }
        if self.noted.is_some_and(|noted| noted.seq == row.seq && noted.chain != row.chain) {
            self.find(row.seq, What::Rewritten);
        }
        self.entries += 1;
        self.next = row.seq + 1;
        self.before = Some(row.chain);
        self.head = Some(Head { seq: row.seq, chain: row.chain });
        Ok(())
    }

    fn skip(&mut self, seq: u64, why: String) {
        self.find(seq, What::Unreadable { why });
        self.entries += 1;
        self.next = seq + 1;
        self.before = None;
    }

    fn explain(&self, before: &Hash, row: &Stored) -> Result<What, JournalError> {
        if let Some(of) = self.reader.twin(row)? {
            return Ok(What::Copy { of });
        }
        let others = self.reader.stored(Filter::default()).filter_map(Result::ok);
        let found = others.filter(|other| other.seq != row.seq).find(|other| other.follows(before, row.seq));
        Ok(found.map_or(What::Changed, |other| What::Displaced { found_at: other.seq }))
    }

    fn compare_end(&mut self) {
        if let Some(noted) = self.noted.filter(|noted| noted.seq >= self.next) {
            self.find(self.next, What::CutOff { noted: noted.seq });
        }
    }

    fn find(&mut self, seq: u64, what: What) {
        self.findings.push(Finding { seq, what });
    }

    fn verdict(self) -> Verdict {
        Verdict { entries: self.entries, head: self.head, findings: self.findings }
    }
}

impl Stored {
    /// Whether this is what was written as number `seq` after `before`.
    fn follows(&self, before: &Hash, seq: u64) -> bool {
        let c = &self.columns;
        let fields = Fields {
            lane: &c.lane,
            class: &c.class,
            utc: &c.utc,
            mono: &c.mono,
            uncertainty_ns: c.uncertainty_ns,
            kind: &c.kind,
            body: &c.body,
        };
        link(before, seq, &fields) == self.chain
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = self.seq;
        match &self.what {
            What::Missing { until } if *until == seq => write!(f, "entry {seq} is missing"),
            What::Missing { until } => write!(f, "entries {seq} to {until} are missing"),
            What::Changed => {
                write!(f, "entry {seq} does not follow from the one before it: it was changed or put in")
            }
            What::Displaced { found_at } => {
                write!(f, "entry {seq} is not the one written as {seq}, which stands at {found_at}")
            }
            What::Copy { of } => write!(f, "entry {seq} is a copy of entry {of}"),
            What::OutOfOrder => write!(f, "entry {seq} stands where no entry of that number may stand"),
            What::Unreadable { why } => write!(f, "entry {seq} cannot be read: {why}"),
            What::CutOff { noted } => {
                write!(
                    f,
                    "the journal was cut off: entry {noted} was noted elsewhere, entry {seq} is not there"
                )
            }
            What::Rewritten => write!(f, "entry {seq} is not the one whose chain value was noted elsewhere"),
        }
    }
}
