//! Why a file cannot be read, and how much of it is read at all.

/// How much is taken from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in a file.
    pub bytes: usize,
    /// Channels in a spectrum, numbers in any list.
    pub channels: usize,
    /// Elements inside of each other.
    pub depth: usize,
    /// Measurements, spectra, counts, detectors and whatever else becomes a value, held at one time.
    pub values: usize,
    /// Numbers in all lists, held at one time.
    pub numbers: usize,
    /// Readings in one slice of time of an older document.
    pub readings: usize,
    /// Bytes in an id or a reference.
    pub attribute: usize,
    /// Namespace declarations that hold at one time.
    pub namespaces: usize,
}

/// What [`crate::read`] and [`crate::visit`] take.
pub const LIMITS: Limits = Limits {
    bytes: 64 << 20,
    channels: 65_536,
    depth: 64,
    values: 1 << 20,
    numbers: 32 << 20,
    readings: 4096,
    attribute: 256,
    namespaces: 256,
};

/// A file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ReadError {
    /// What is wrong with it.
    pub problem: Problem,
    /// Where, from 1.
    pub line: u64,
}

/// What is wrong with a file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It has more bytes than [`Limits::bytes`].
    #[error("the file has {0} bytes; at most {max} are read", max = LIMITS.bytes)]
    TooLarge(usize),
    /// Its elements lie deeper than [`Limits::depth`].
    #[error("elements lie more than {max} deep", max = LIMITS.depth)]
    TooDeep,
    /// It holds more of something than a limit allows.
    #[error("there are more {what} than the {max} that are read")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are read.
        max: usize,
    },
    /// It has a document type declaration, which could define entities.
    #[error("document type declarations are not read")]
    DocumentType,
    /// It refers to an entity that XML itself does not define.
    #[error("the entity &{0}; is not defined")]
    Entity(String),
    /// It is UTF-16 or UTF-32.
    #[error("the file is UTF-16 or UTF-32; UTF-8 and Latin-1 are read")]
    Encoding,
    /// It is not well formed.
    #[error("the XML is not well formed: {0}")]
    Xml(String),
    /// It has neither root of the standard.
    #[error("there is neither RadInstrumentData nor N42InstrumentData in the file")]
    NotN42,
}

/// A problem and the offset where it is.
#[derive(Debug)]
pub(crate) struct Failure {
    pub problem: Problem,
    pub at: usize,
}

impl Failure {
    pub fn new(problem: Problem, at: usize) -> Self {
        Self { problem, at }
    }

    pub fn too_many(what: &'static str, max: usize, at: usize) -> Self {
        Self { problem: Problem::TooMany { what, max }, at }
    }
}
