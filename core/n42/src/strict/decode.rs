//! Bytes into text: the encodings that are taken, and the characters that XML has.

use std::borrow::Cow;

use super::{MAX_BYTES, Violation};

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The text of a document without its byte order mark. UTF-8, UTF-16 and ISO 8859-1 are read; windows-1252 is
/// read as ISO 8859-1, which differs in letters and never in structure.
///
/// # Errors
/// Longer than 64 MiB, another encoding, bytes that are no text in it, a character that XML does not have.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Violation> {
    if bytes.len() > MAX_BYTES {
        return Err(Violation { line: 1, text: format!("the file is longer than {MAX_BYTES} bytes") });
    }
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        _ => bytewise(bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes))?,
    };
    match text
        .bytes()
        .zip(0..)
        .find(|(byte, at)| *byte < b' ' && !is_allowed(*byte) || noncharacter(&text, *at))
    {
        Some((_, at)) => Err(at_byte(text.as_bytes(), at, "a character that XML does not allow")),
        None => Ok(text),
    }
}

fn is_allowed(control: u8) -> bool {
    matches!(control, b'\t' | b'\n' | b'\r')
}

/// U+FFFE and U+FFFF.
fn noncharacter(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    bytes[at] == 0xEF && bytes[at + 1] == 0xBF && bytes[at + 2] >= 0xBE
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Violation> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if odd.is_empty() => Ok(text),
        _ => Err(Violation { line: 1, text: "the file is no UTF-16".to_owned() }),
    }
}

fn bytewise(bytes: &[u8]) -> Result<Cow<'_, str>, Violation> {
    let encoding = declared_encoding(bytes).to_ascii_lowercase();
    match encoding.as_str() {
        "utf-8" | "utf8" => (),
        "us-ascii" | "ascii" => {
            if let Some(at) = bytes.iter().position(|byte| !byte.is_ascii()) {
                return Err(at_byte(bytes, at, "a byte that is no ASCII"));
            }
        }
        "iso-8859-1" | "latin1" | "windows-1252" => {
            return Ok(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into());
        }
        _ => return Err(Violation { line: 1, text: format!("the encoding {encoding:?} is not read") }),
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => Err(at_byte(bytes, error.valid_up_to(), "bytes that are no UTF-8")),
    }
}

/// What the XML declaration says; UTF-8 where it says nothing.
fn declared_encoding(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declaration = head.strip_prefix("<?xml").and_then(|rest| rest.split("?>").next()).unwrap_or("");
    let value = declaration.split_once("encoding").map_or("", |(_, rest)| rest);
    let mut quoted = value.split(['"', '\'']);
    match (quoted.next(), quoted.next()) {
        (Some(_), Some(name)) => name.to_owned(),
        _ => "utf-8".to_owned(),
    }
}

fn at_byte(bytes: &[u8], at: usize, text: &str) -> Violation {
    let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
    Violation { line, text: text.to_owned() }
}
