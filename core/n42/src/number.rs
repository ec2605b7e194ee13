//! Lists of numbers: channel data, counts, coefficients, energies; and the zeroes that are counted in them.

use crate::reader::failure::{Failure, LIMITS};
use crate::repair::{Notes, Rule};

/// Largest number that is believed, so that sums of many and products of two stay finite.
const MAX: f64 = 1e100;

/// Whether a number is finite and not beyond what is believed.
pub(crate) fn is_plain(number: f64) -> bool {
    number.abs() <= MAX
}

/// One number that is believed.
pub(crate) fn read_one(text: &str) -> Option<f64> {
    let text = text.trim();
    // `inf` and `nan` are numbers for Rust and for the schema, and none for us.
    let starts = text.as_bytes().first().is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(byte));
    text.parse().ok().filter(|number| starts && is_plain(*number))
}

/// Reads numbers between blanks, or between commas, which is noted. False when one of them is no number that is
/// believed.
pub(crate) fn read_list(
    text: &str,
    at: usize,
    notes: &mut Notes,
    numbers: &mut Vec<f64>,
) -> Result<bool, Failure> {
    numbers.clear();
    let bytes = text.as_bytes();
    let (mut at_byte, mut comma) = (0, false);
    while let Some(&byte) = bytes.get(at_byte) {
        if is_between(byte) {
            comma |= byte == b',';
            at_byte += 1;
            continue;
        }
        if numbers.len() == LIMITS.channels {
            return Err(Failure::too_many("numbers in one list", LIMITS.channels, at));
        }
        let Some((number, length)) = leading(&bytes[at_byte..]) else { return Ok(false) };
        numbers.push(number);
        at_byte += length;
    }
    if comma {
        notes.add(Rule::CommaList, at);
    }
    Ok(true)
}

/// Channels from channel data with counted zeroes: after each zero stands how many there are.
pub(crate) fn expand(packed: &[f64], at: usize, notes: &mut Notes) -> Result<Vec<f64>, Failure> {
    let count = channels(packed, at, notes)?;
    let mut channels = vec![0.0; count];
    let (mut channel, mut rest) = (0, packed);
    while let Some((&number, behind)) = rest.split_first() {
        rest = behind;
        if number != 0.0 {
            channels[channel] = number;
            channel += 1;
        } else if let Some((&run, behind)) = rest.split_first() {
            rest = behind;
            channel += run as usize;
        }
    }
    Ok(channels)
}

/// How many channels packed ones are.
fn channels(packed: &[f64], at: usize, notes: &mut Notes) -> Result<usize, Failure> {
    let (mut count, mut rest) = (0, packed);
    while let Some((&number, behind)) = rest.split_first() {
        rest = behind;
        if number != 0.0 {
            count += 1;
            continue;
        }
        let Some((&run, behind)) = rest.split_first() else {
            // The zero at the end is one.
            notes.add(Rule::ZeroesWithoutCount, at);
            count += 1;
            break;
        };
        rest = behind;
        if !(0.0..=LIMITS.channels as f64).contains(&run) {
            return Err(Failure::too_many("channels in one spectrum", LIMITS.channels, at));
        }
        let whole = run as usize;
        if whole == 0 || whole as f64 != run {
            notes.add(Rule::ZeroesWithoutCount, at);
        }
        count += whole;
        if count > LIMITS.channels {
            break;
        }
    }
    match count <= LIMITS.channels {
        true => Ok(count),
        false => Err(Failure::too_many("channels in one spectrum", LIMITS.channels, at)),
    }
}

/// The reverse of [`expand`].
pub(crate) fn pack(channels: &[f64]) -> Vec<f64> {
    let mut packed = Vec::with_capacity(channels.len());
    let mut rest = channels;
    while let Some((&number, behind)) = rest.split_first() {
        packed.push(number);
        rest = behind;
        if number == 0.0 {
            let more = rest.iter().take_while(|number| **number == 0.0).count();
            packed.push((more + 1) as f64);
            rest = &rest[more..];
        }
    }
    packed
}

/// Numbers as the standard writes them: blanks between, whole ones without a point.
pub(crate) fn write_list(numbers: &[f64]) -> String {
    let mut text = String::with_capacity(numbers.len() * 4);
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        // `-0` would be no count of zero for a reader that compares text.
        text.push_str(&(number + 0.0).to_string());
    }
    text
}

/// The number that text begins with, and how long it is. Nearly all are short whole numbers.
fn leading(text: &[u8]) -> Option<(f64, usize)> {
    let (mut whole, mut length) = (0u64, 0);
    while let Some(digit) = text.get(length).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        // What overflows is too long to be taken.
        whole = whole.wrapping_mul(10).wrapping_add(u64::from(digit));
        length += 1;
    }
    let ends = text.get(length).is_none_or(|byte| is_between(*byte));
    if ends && (1..=15).contains(&length) { Some((whole as f64, length)) } else { other(text) }
}

fn other(text: &[u8]) -> Option<(f64, usize)> {
    let length = text.iter().position(|byte| is_between(*byte)).unwrap_or(text.len());
    let number = std::str::from_utf8(&text[..length]).ok().and_then(read_one)?;
    Some((number, length))
}

fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'\x0c' | b',')
}
