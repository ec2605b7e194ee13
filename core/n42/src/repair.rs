//! What was not as the standard has it and was read all the same, or had to be assumed to write it.

use std::collections::BTreeMap;

macro_rules! rules {
    ($($(#[doc = $text:literal])+ $name:ident = $id:literal,)+) => {
        /// A kind of repair: first those of reading, then those of making a document writable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[doc = $text])+ $name,)+
        }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in reports, which stays the same.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)+
                }
            }

            /// In words.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($text),+).trim_ascii(),)+
                }
            }
        }
    };
}

rules! {
    /// A byte order mark in front was left out.
    ByteOrderMark = "byte-order-mark",
    /// Bytes that are no UTF-8 were read as Latin-1.
    NotUtf8 = "not-utf8",
    /// Text outside of the document was left out.
    StrayText = "stray-text",
    /// Several documents in one file were read one after the other.
    ConcatenatedDocuments = "concatenated-documents",
    /// A document inside of another XML element was taken out of it.
    WrappedDocument = "wrapped-document",
    /// A prefix without a declaration was taken as declared.
    UndeclaredPrefix = "undeclared-prefix",
    /// The document has no namespace, or another one.
    Namespace = "namespace",
    /// The file ends within a document: what was not complete was left out.
    Truncated = "truncated",
    /// An ampersand that begins no reference was read as itself.
    BareAmpersand = "bare-ampersand",
    /// An empty document UUID was left out.
    EmptyUuid = "empty-uuid",
    /// Numbers between commas were read as a list.
    CommaList = "comma-list",
    /// A zero of counted zeroes without a count, or with one that is no whole number above zero.
    ZeroesWithoutCount = "zeroes-without-count",
    /// A number that cannot be read was left out, and with it the list that it stands in.
    UnreadableNumber = "unreadable-number",
    /// A duration in plain seconds was taken.
    BareSeconds = "bare-seconds",
    /// A duration that cannot be read was left out.
    UnreadableDuration = "unreadable-duration",
    /// A time with a space or a small letter between date and clock was taken.
    TimeForm = "time-form",
    /// A time zone without a colon was taken.
    ZoneWithoutColon = "zone-without-colon",
    /// A time that cannot be read was left out.
    UnreadableTime = "unreadable-time",
    /// A measurement has no start.
    NoStart = "no-start",
    /// A truth value was not written as true, false, 1 or 0.
    BooleanForm = "boolean-form",
    /// A code was written in other letters, large or small, than the standard has it.
    CodeForm = "code-form",
    /// A code that the standard does not have was read as other or not specified.
    UnknownCode = "unknown-code",
    /// A value in a unit that is not known was left out.
    UnknownUnit = "unknown-unit",
    /// A detector for both gamma and neutrons was read as two.
    GammaAndNeutron = "gamma-and-neutron",
    /// Ids that were missing, repeated or no names in XML were given anew.
    NewIds = "new-ids",
    /// A start that is not known was set to that of the document, or to 1970.
    AssumedStart = "assumed-start",
    /// A time without a zone was taken for UTC.
    AssumedUtc = "assumed-utc",
    /// A real or live time that is not known was set to the other one, or to one second.
    AssumedDuration = "assumed-duration",
    /// The instrument or a detector does not say what it is.
    AssumedInstrument = "assumed-instrument",
    /// A spectrum without a calibration got its channel numbers as energies.
    AssumedCalibration = "assumed-calibration",
    /// A calibration that the standard cannot carry became a list of energies.
    CalibrationForm = "calibration-form",
    /// Gamma gross counts became spectra, which other readers do not drop.
    CountsAsSpectra = "counts-as-spectra",
    /// Counts of energy windows that are not described were added together.
    CountsAdded = "counts-added",
    /// What nothing refers to, or what refers to nothing, was left out.
    LeftOut = "left-out",
    /// A document UUID was made.
    NewUuid = "new-uuid",
}

/// A repair: which, where first, how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// Which.
    pub rule: Rule,
    /// The line where it was needed first, from 1; 0 for what concerns no line.
    pub line: u64,
    /// How often it was needed.
    pub count: u64,
}

/// Repairs as they come up, kept once a rule.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    found: BTreeMap<Rule, (usize, u64)>,
}

impl Notes {
    /// `at` is an offset into the text.
    pub fn add(&mut self, rule: Rule, at: usize) {
        self.found.entry(rule).or_insert((at, 0)).1 += 1;
    }

    pub fn into_repairs(self, text: &str) -> Vec<Repair> {
        let line = |at| if text.is_empty() { 0 } else { line_of(text, at) };
        let repair = |(rule, (at, count))| Repair { rule, line: line(at), count };
        self.found.into_iter().map(repair).collect()
    }
}

/// The line of an offset, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> u64 {
    let before = &text.as_bytes()[..at.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1
}
