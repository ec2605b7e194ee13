//! Recordings as text: one frame a line. The format is described in `docs/wire.md`.

use std::io::{self, BufRead, Write};

use greenlane_model::{Stamp, escape, unescape};

/// Longest line of a recording, its end included.
pub const MAX_LINE_BYTES: u64 = 16 << 20;

const FIRST_LINE: &str = "# greenlane wire 1";

/// Which way a line's payload went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `<`: it came from the device.
    FromDevice,
    /// `>`: it went to the device.
    ToDevice,
    /// `!`: something about the link itself.
    Link,
}

/// One line of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireLine {
    /// Nanoseconds since the recording's start; never less than in the line before.
    pub offset_ns: u64,
    /// Which way it went.
    pub direction: Direction,
    /// What went, unescaped.
    pub payload: Vec<u8>,
}

/// A recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The file itself.
    #[error("the recording cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The first line is not a known header.
    #[error("the recording must begin with the line `{FIRST_LINE}`")]
    Header,
    /// A line.
    #[error("line {line} of the recording {problem}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it and what would be right.
        problem: &'static str,
    },
}

/// Writes a recording; each line is flushed, so that a killed process leaves whole lines.
#[derive(Debug)]
pub struct WireWriter<W> {
    to: W,
    written: u64,
    last_offset_ns: u64,
}

impl<W: Write> WireWriter<W> {
    /// Begins a recording of a link of this `kind` (`lines`, `modbus`, ...).
    pub fn new(mut to: W, kind: &str, started: Stamp) -> io::Result<Self> {
        let header = format!("{FIRST_LINE}\n# kind {kind}\n# started {}\n", started.rfc3339());
        to.write_all(header.as_bytes())?;
        to.flush()?;
        Ok(Self { to, written: header.len() as u64, last_offset_ns: 0 })
    }

    /// Appends one line. A payload too long for a line becomes `! dropped`; an offset smaller than the last
    /// becomes the last (a frame that waited for the host may be written after what was sent meanwhile).
    pub fn write(&mut self, offset_ns: u64, direction: Direction, payload: &[u8]) -> io::Result<()> {
        let offset_ns = offset_ns.max(self.last_offset_ns);
        self.last_offset_ns = offset_ns;
        let mark = match direction {
            Direction::FromDevice => '<',
            Direction::ToDevice => '>',
            Direction::Link => '!',
        };
        let mut line = format!("{offset_ns} {mark} {}\n", escape(payload));
        if line.len() as u64 > MAX_LINE_BYTES {
            line = format!("{offset_ns} ! dropped {} too long for a recording\n", payload.len());
        }
        self.to.write_all(line.as_bytes())?;
        self.to.flush()?;
        self.written += line.len() as u64;
        Ok(())
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.written
    }
}

/// Reads a recording line by line with bounded memory; never panics on what it holds.
#[derive(Debug)]
pub struct WireReader<R> {
    from: R,
    line: u64,
    last_offset_ns: u64,
    kind: Option<String>,
    /// The first line with a payload, read while looking for the end of the header.
    ahead: Option<WireLine>,
}

impl<R: BufRead> WireReader<R> {
    /// Reads the header.
    pub fn new(from: R) -> Result<Self, WireError> {
        let mut reader = Self { from, line: 0, last_offset_ns: 0, kind: None, ahead: None };
        if reader.text()?.as_deref() != Some(FIRST_LINE) {
            return Err(WireError::Header);
        }
        reader.ahead = reader.read_line()?;
        Ok(reader)
    }

    /// The kind of link it was recorded from, when the header says so.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The next line with a payload, or `None` at the end.
    pub fn next_line(&mut self) -> Result<Option<WireLine>, WireError> {
        match self.ahead.take() {
            Some(line) => Ok(Some(line)),
            None => self.read_line(),
        }
    }

    fn read_line(&mut self) -> Result<Option<WireLine>, WireError> {
        while let Some(text) = self.text()? {
            if let Some(kind) = text.strip_prefix("# kind ") {
                self.kind.get_or_insert_with(|| kind.trim().to_owned());
            } else if !text.is_empty() && !text.starts_with('#') {
                return self.parse(&text).map(Some);
            }
        }
        Ok(None)
    }

    fn parse(&mut self, text: &str) -> Result<WireLine, WireError> {
        let (offset, rest) = text.split_once(' ').unwrap_or((text, ""));
        let digits = offset.bytes().all(|byte| byte.is_ascii_digit());
        let offset_ns = offset.parse().ok().filter(|_| digits);
        let offset_ns: u64 =
            offset_ns.ok_or_else(|| self.problem("must begin with its offset in nanoseconds"))?;
        if offset_ns < self.last_offset_ns {
            return Err(self.problem("has a smaller offset than the line before"));
        }
        let (direction, escaped) = match (rest.get(..1), rest.get(1..)) {
            (Some("<"), Some(escaped)) => (Direction::FromDevice, escaped),
            (Some(">"), Some(escaped)) => (Direction::ToDevice, escaped),
            (Some("!"), Some(escaped)) => (Direction::Link, escaped),
            _ => return Err(self.problem("must have <, > or ! after its offset")),
        };
        // An editor may have cut the blank after the mark of an empty frame.
        let escaped = match escaped.strip_prefix(' ') {
            Some(escaped) => escaped,
            None if escaped.is_empty() => "",
            None => return Err(self.problem("must have a blank after <, > or !")),
        };
        let payload = unescape(escaped)
            .ok_or_else(|| self.problem("has a cut or unknown escape (known: \\\\ \\r \\n \\xNN)"))?;
        self.last_offset_ns = offset_ns;
        Ok(WireLine { offset_ns, direction, payload })
    }

    /// The next line as text, without its end.
    fn text(&mut self) -> Result<Option<String>, WireError> {
        let mut bytes = Vec::new();
        self.line += 1;
        io::Read::take(&mut self.from, MAX_LINE_BYTES).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.pop() != Some(b'\n') {
            return Err(self.problem("is cut off or longer than 16 MiB"));
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| self.problem("is not text; write \\xNN for such bytes"))
    }

    fn problem(&self, problem: &'static str) -> WireError {
        WireError::Line { line: self.line, problem }
    }
}
