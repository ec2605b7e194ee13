//! Cutting a stream of bytes into frames, as they come.

use bytes::{Bytes, BytesMut};
use greenlane_driver::LinkKind;

/// What came out of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A frame without its delimiters.
    Frame(Bytes),
    /// So many bytes were given up.
    Dropped {
        /// How many.
        bytes: u64,
        /// Why, in one sentence.
        reason: &'static str,
    },
}

/// Cuts frames out of the bytes read into [`Framer::space`]. What comes out does not depend on how the bytes
/// were split on the way (with `Raw`: only the pieces do, not the bytes). It holds at most one frame's limit
/// of bytes that were already looked at.
#[derive(Debug)]
pub struct Framer {
    rule: Rule,
    max: usize,
    buffer: BytesMut,
    /// Bytes at the head of `buffer` that hold no delimiter.
    scanned: usize,
    /// Bytes given up since the last report, while looking for the next delimiter.
    skipped: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Lines,
    Delimited(u8),
    Framed { start: u8, end: u8 },
    Raw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between frames (`Framed`), or at the first byte of the next (the others).
    Between,
    /// As `Between`, just after a CR: an LF here belongs to it.
    AfterCarriageReturn,
    /// In a frame.
    Inside,
    /// In a frame that is too long.
    Skipping,
}

/// A stream that never ends its frame is reported this often.
const SKIP_REPORT_BYTES: u64 = 1 << 20;
/// Read this much at once.
const READ_BYTES: usize = 16 * 1024;

const TOO_LONG: &str = "longer than the limit of this device";
const RESTARTED: &str = "a frame began inside another";
const CUT_OFF: &str = "the link ended inside a frame";

impl Framer {
    /// A framer for a stream link. Kinds that are no stream count as `Raw`.
    pub fn new(kind: &LinkKind) -> Self {
        let (rule, max) = match *kind {
            LinkKind::Lines { max } => (Rule::Lines, max),
            LinkKind::Delimited { delimiter, max } => (Rule::Delimited(delimiter), max),
            // One byte for both ends means that it stands between frames.
            LinkKind::Framed { start, end, max } if start == end => (Rule::Delimited(end), max),
            LinkKind::Framed { start, end, max } => (Rule::Framed { start, end }, max),
            LinkKind::Raw { max } => (Rule::Raw, max),
            LinkKind::Modbus | LinkKind::HttpPush { .. } | LinkKind::Folder => (Rule::Raw, 64 * 1024),
        };
        Self {
            rule,
            max: usize::try_from(max.max(1)).unwrap_or(usize::MAX),
            buffer: BytesMut::new(),
            scanned: 0,
            skipped: 0,
            state: State::Between,
        }
    }

    /// Where to read the next bytes to: append to it, take nothing out.
    pub fn space(&mut self) -> &mut BytesMut {
        if self.buffer.capacity() - self.buffer.len() < READ_BYTES / 8 {
            self.buffer.reserve(READ_BYTES);
        }
        &mut self.buffer
    }

    /// The next piece, or `None` when more bytes are needed. Call until `None` after each read.
    pub fn next_piece(&mut self) -> Option<Piece> {
        match self.rule {
            Rule::Lines => self.next_ended(|byte| byte == b'\n' || byte == b'\r'),
            Rule::Delimited(delimiter) => self.next_ended(|byte| byte == delimiter),
            Rule::Framed { start, end } => self.next_framed(start, end),
            Rule::Raw => {
                let length = self.buffer.len().min(self.max);
                (length > 0).then(|| Piece::Frame(self.buffer.split_to(length).freeze()))
            }
        }
    }

    /// The link ended: reports what was left of a frame and starts anew.
    pub fn finish(&mut self) -> Option<Piece> {
        let held = self.buffer.len() as u64 + self.skipped;
        self.buffer.clear();
        (self.scanned, self.skipped, self.state) = (0, 0, State::Between);
        (held > 0).then_some(Piece::Dropped { bytes: held, reason: CUT_OFF })
    }

    /// Frames that end in a byte; empty ones are none.
    fn next_ended(&mut self, is_end: impl Fn(u8) -> bool) -> Option<Piece> {
        loop {
            if self.state == State::AfterCarriageReturn && !self.buffer.is_empty() {
                self.state = State::Between;
                if self.buffer[0] == b'\n' {
                    let _ = self.buffer.split_to(1);
                }
            }
            let found = self.buffer[self.scanned..].iter().position(|&byte| is_end(byte));
            let mut length = self.scanned + found.unwrap_or(self.buffer.len() - self.scanned);
            self.scanned = length;
            if self.state == State::Skipping || length > self.max {
                self.skip();
                if self.skipped == SKIP_REPORT_BYTES {
                    return Some(self.report(TOO_LONG));
                }
                length = 0;
            }
            found?;
            let frame = self.buffer.split_to(length);
            let end = self.buffer.split_to(1);
            self.scanned = 0;
            let after_cr = self.rule == Rule::Lines && end[0] == b'\r';
            self.state = if after_cr { State::AfterCarriageReturn } else { State::Between };
            if self.skipped > 0 {
                return Some(self.report(TOO_LONG));
            }
            if length > 0 {
                return Some(Piece::Frame(frame.freeze()));
            }
        }
    }

    /// Gives up the scanned bytes, up to the next report.
    fn skip(&mut self) {
        self.state = State::Skipping;
        let room = usize::try_from(SKIP_REPORT_BYTES - self.skipped).unwrap_or(usize::MAX);
        let taken = self.buffer.split_to(self.scanned.min(room)).len();
        self.scanned -= taken;
        self.skipped += taken as u64;
    }

    /// Frames between two bytes. The start byte inside a frame begins it anew.
    fn next_framed(&mut self, start: u8, end: u8) -> Option<Piece> {
        loop {
            if self.state == State::Between {
                let Some(found) = self.buffer.iter().position(|&byte| byte == start) else {
                    self.buffer.clear();
                    return None;
                };
                let _ = self.buffer.split_to(found + 1);
                self.state = State::Inside;
            }
            let found = self.buffer[self.scanned..].iter().position(|&byte| byte == start || byte == end);
            let length = self.scanned + found.unwrap_or(self.buffer.len() - self.scanned);
            if length > self.max {
                let _ = self.buffer.split_to(self.max + 1);
                (self.scanned, self.state) = (0, State::Between);
                self.skipped = self.max as u64 + 1;
                return Some(self.report(TOO_LONG));
            }
            self.scanned = length;
            found?;
            let frame = self.buffer.split_to(length);
            let stop = self.buffer.split_to(1);
            self.scanned = 0;
            if stop[0] == end {
                self.state = State::Between;
                return Some(Piece::Frame(frame.freeze()));
            }
            if length > 0 {
                self.skipped = length as u64;
                return Some(self.report(RESTARTED));
            }
        }
    }

    fn report(&mut self, reason: &'static str) -> Piece {
        Piece::Dropped { bytes: std::mem::take(&mut self.skipped), reason }
    }
}
