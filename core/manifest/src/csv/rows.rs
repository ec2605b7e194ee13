//! Rows of cells, after RFC 4180: a cell may stand in quotation marks, and then hold the separator, line ends
//! and doubled quotation marks.

use std::io::{self, BufRead, Read};

use crate::record::{Place, text_of};

/// Longest row, in bytes.
pub const ROW_BYTES_MAX: usize = 64 * 1024;
/// Most cells of a row.
const CELLS_MAX: usize = 500;

/// Rows one by one, in bounded memory.
pub struct Rows<'a> {
    bytes: &'a mut dyn BufRead,
    separator: u8,
    line: u64,
    begun: bool,
}

/// Where a row begins, and its cells or why there are none.
pub type Row = (Place, Result<Vec<String>, String>);

impl<'a> Rows<'a> {
    pub fn new(bytes: &'a mut dyn BufRead, separator: u8) -> Self {
        Self { bytes, separator, line: 1, begun: false }
    }

    /// The next row that is not empty.
    pub fn next(&mut self) -> io::Result<Option<Row>> {
        loop {
            let place = Place::line(self.line);
            let Some(raw) = self.raw()? else { return Ok(None) };
            let raw = raw.map(|raw| if self.begun { raw } else { without_mark(raw) });
            self.begun = true;
            match raw {
                Ok(raw) if raw.iter().all(u8::is_ascii_whitespace) => {}
                raw => return Ok(Some((place, raw.and_then(|raw| self.cells(&raw))))),
            }
        }
    }

    /// The bytes of a row without its line end; one that is too long is passed over.
    fn raw(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        let mut raw: Vec<u8> = Vec::new();
        let mut quoted = false;
        loop {
            let before = raw.len();
            let room = (ROW_BYTES_MAX + 1).saturating_sub(before) as u64;
            let read = (&mut *self.bytes).take(room).read_until(b'\n', &mut raw)?;
            if read == 0 && room > 0 {
                let open = quoted.then(|| Err("a quotation mark is opened and never closed".to_owned()));
                return Ok((!raw.is_empty()).then(|| open.unwrap_or(Ok(raw))));
            }
            quoted ^= raw[before..].iter().filter(|byte| **byte == b'"').count() % 2 == 1;
            if raw.len() > ROW_BYTES_MAX {
                self.line += raw.iter().filter(|byte| **byte == b'\n').count() as u64;
                self.pass_over(raw.ends_with(b"\n"))?;
                let what =
                    format!("a row of more than {ROW_BYTES_MAX} bytes: is a quotation mark left open?");
                return Ok(Some(Err(what)));
            }
            if raw.ends_with(b"\n") && !quoted {
                self.line += raw.iter().filter(|byte| **byte == b'\n').count() as u64;
                let end = raw.len() - 1 - usize::from(raw.ends_with(b"\r\n"));
                raw.truncate(end);
                return Ok(Some(Ok(raw)));
            }
        }
    }

    fn pass_over(&mut self, ended: bool) -> io::Result<()> {
        let mut ended = ended;
        while !ended {
            let buffer = self.bytes.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(buffer.len(), |end| end + 1);
            ended = end.is_some() || length == 0;
            self.line += u64::from(end.is_some());
            self.bytes.consume(length);
        }
        Ok(())
    }

    fn cells(&self, raw: &[u8]) -> Result<Vec<String>, String> {
        let mut cells: Vec<Vec<u8>> = vec![Vec::new()];
        let mut quoted = false;
        let mut bytes = raw.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let last = cells.len() - 1;
            let cell = &mut cells[last];
            match byte {
                b'"' if quoted && bytes.peek() == Some(&b'"') => {
                    bytes.next();
                    cell.push(b'"');
                }
                b'"' if quoted || cell.iter().all(u8::is_ascii_whitespace) => quoted = !quoted,
                byte if byte == self.separator && !quoted => {
                    if cells.len() == CELLS_MAX {
                        return Err(format!("more than {CELLS_MAX} columns"));
                    }
                    cells.push(Vec::new());
                }
                byte => cell.push(byte),
            }
        }
        if quoted {
            return Err("a quotation mark is opened and never closed".to_owned());
        }
        Ok(cells.iter().map(|cell| text_of(cell)).collect())
    }
}

fn without_mark(raw: Vec<u8>) -> Vec<u8> {
    raw.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(raw)
}
