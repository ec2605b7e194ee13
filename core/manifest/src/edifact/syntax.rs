//! The syntax of UN/EDIFACT (ISO 9735): service string advice, release character, segments, elements and
//! components. Knows no message.

use std::io::{self, BufRead};

use crate::record::{Place, text_of};

/// Longest segment, in bytes as they stand in the file.
pub const SEGMENT_BYTES_MAX: usize = 16 * 1024;
/// Most elements of a segment, and most components of an element.
const PARTS_MAX: usize = 100;

/// One segment: a tag, and elements of components. The release character is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Three capitals or digits.
    pub tag: String,
    elements: Vec<Vec<String>>,
    /// Where it begins.
    pub place: Place,
}

impl Segment {
    /// A component by its places, both from 0; empty where there is none.
    pub fn part(&self, element: usize, component: usize) -> &str {
        self.elements.get(element).and_then(|parts| parts.get(component)).map_or("", String::as_str)
    }

    /// All components of an element.
    pub fn element(&self, element: usize) -> &[String] {
        self.elements.get(element).map_or(&[], Vec::as_slice)
    }
}

/// A segment that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where.
    pub place: Place,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// The five characters that structure an interchange.
#[derive(Debug, Clone, Copy)]
struct Separators {
    component: u8,
    element: u8,
    release: u8,
    terminator: u8,
}

const USUAL: Separators = Separators { component: b':', element: b'+', release: b'?', terminator: b'\'' };

/// Segments one by one, in bounded memory.
pub struct Segments<'a> {
    bytes: &'a mut dyn BufRead,
    separators: Separators,
    line: u64,
    segment: u64,
}

impl<'a> Segments<'a> {
    /// Reads from `bytes`, beginning with the service string advice if there is one.
    pub fn new(bytes: &'a mut dyn BufRead) -> Self {
        Self { bytes, separators: USUAL, line: 1, segment: 0 }
    }

    /// The next segment, or what stands there instead; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self) -> io::Result<Option<Result<Segment, Trouble>>> {
        let Some(first) = self.skip_blanks()? else { return Ok(None) };
        let place = Place { line: self.line, segment: Some(self.segment + 1) };
        let mut raw = vec![first];
        if self.segment == 0 && first == b'U' {
            while raw.len() < 3 && raw == b"UNA"[..raw.len()] {
                match self.byte()? {
                    Some(byte) => raw.push(byte),
                    None => break,
                }
            }
            if raw == b"UNA" {
                return self.advice(place).map(Some);
            }
        }
        self.segment += 1;
        let ended = self.rest(&mut raw)?;
        Ok(Some(ended.map_err(|what| Trouble { place, what }).and_then(|()| self.parse(&raw, place))))
    }

    /// The six characters behind `UNA`; the segment behind them is what is given back.
    fn advice(&mut self, place: Place) -> io::Result<Result<Segment, Trouble>> {
        let mut six = [0_u8; 6];
        for place in &mut six {
            *place = self.byte()?.unwrap_or(0);
        }
        let [component, element, _decimal, release, _repetition, terminator] = six;
        self.segment = 1;
        let chosen = [component, element, release, terminator];
        let plain = |byte: &u8| byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric();
        let distinct = (1..4).all(|i| !chosen[..i].contains(&chosen[i]));
        if !distinct || !chosen.iter().all(plain) {
            let seen = six.escape_ascii();
            let what = format!("UNA is followed by \"{seen}\": six characters like \":+.? '\" are expected");
            return Ok(Err(Trouble { place, what }));
        }
        self.separators = Separators { component, element, release, terminator };
        let nothing = Trouble { place, what: "nothing follows UNA".to_owned() };
        Ok(self.next()?.unwrap_or(Err(nothing)))
    }

    fn skip_blanks(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.byte()? {
                Some(b' ' | b'\r' | b'\n' | b'\t') => {}
                // A byte order mark, or a zero behind the last segment.
                Some(0 | 0xef | 0xbb | 0xbf | 0x1a) => {}
                other => return Ok(other),
            }
        }
    }

    /// Everything up to the terminator; what is too long is passed over.
    fn rest(&mut self, raw: &mut Vec<u8>) -> io::Result<Result<(), String>> {
        let Separators { release, terminator, .. } = self.separators;
        let mut released = raw.last() == Some(&release);
        if raw.last() == Some(&terminator) {
            raw.pop();
            return Ok(Ok(()));
        }
        let mut too_long = false;
        loop {
            let Some(byte) = self.byte()? else {
                return Ok(Err("the file ends inside this segment".to_owned()));
            };
            if byte == terminator && !released {
                break;
            }
            released = byte == release && !released;
            too_long |= raw.len() >= SEGMENT_BYTES_MAX;
            if !too_long {
                raw.push(byte);
            }
        }
        let long = || format!("a segment of more than {SEGMENT_BYTES_MAX} bytes: is a terminator missing?");
        Ok(if too_long { Err(long()) } else { Ok(()) })
    }

    fn parse(&self, raw: &[u8], place: Place) -> Result<Segment, Trouble> {
        let Separators { component, element, release, .. } = self.separators;
        let mut elements: Vec<Vec<Vec<u8>>> = vec![vec![Vec::new()]];
        let mut bytes = raw.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n'));
        let many = || Trouble { place, what: format!("more than {PARTS_MAX} elements or components") };
        while let Some(byte) = bytes.next() {
            let last = elements.len() - 1;
            let parts = &mut elements[last];
            if byte == element {
                elements.push(vec![Vec::new()]);
            } else if byte == component {
                parts.push(Vec::new());
            } else {
                // A release character at the very end releases nothing.
                let byte = if byte == release { bytes.next().unwrap_or(byte) } else { byte };
                let at = parts.len() - 1;
                parts[at].push(byte);
                continue;
            }
            if elements.len() > PARTS_MAX || elements.iter().any(|parts| parts.len() > PARTS_MAX) {
                return Err(many());
            }
        }
        let mut texts =
            elements.into_iter().map(|parts| parts.iter().map(|part| text_of(part)).collect::<Vec<_>>());
        let tag = texts.next().and_then(|parts| parts.into_iter().next()).unwrap_or_default();
        if tag.len() != 3 || !tag.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            let seen: String = tag.chars().take(16).collect();
            let what = format!("a segment begins with {seen:?}: a tag of three capitals is expected");
            return Err(Trouble { place, what });
        }
        Ok(Segment { tag, elements: texts.collect(), place })
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = loop {
            match self.bytes.fill_buf() {
                Ok(buffer) => break buffer.first().copied(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        if let Some(byte) = byte {
            self.bytes.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(byte)
    }
}
