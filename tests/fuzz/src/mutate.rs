//! Bytes that are nearly right.

use rand::{RngExt, seq::IndexedRandom};

/// Pieces that parsers trip over.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\r\n",
    b"\n",
    b"\"",
    b"'",
    b"\\",
    b"\\x",
    b",",
    b",,",
    b"[",
    b"]",
    b"{",
    b"}",
    b"<",
    b"</",
    b">",
    b"&#0;",
    b"#",
    b"=",
    b"--",
    b"-1",
    b"0",
    b"65535",
    b"4294967296",
    b"18446744073709551616",
    b"1e999",
    b"NaN",
    b"\xc3\xa9",
    b"\xf0\x9f\x9a\x9b",
];
/// Longest input.
const MAX_BYTES: usize = 8192;

/// One of `seeds`, changed in one to eight places.
pub fn mutated(random: &mut impl RngExt, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds.choose(random).cloned().unwrap_or_default();
    for _ in 0..random.random_range(1..=8) {
        let at = random.random_range(0..=bytes.len());
        let end = (at + random.random_range(0..=16)).min(bytes.len());
        match random.random_range(0..7) {
            0 => bytes.splice(at..at, [random.random()]).for_each(drop),
            1 => bytes.splice(at..end, []).for_each(drop),
            2 => bytes.truncate(at),
            3 => {
                let piece = PIECES.choose(random).copied().unwrap_or_default();
                bytes.splice(at..at, piece.iter().copied()).for_each(drop);
            }
            4 => {
                let piece = bytes[at..end].to_vec();
                bytes.extend(piece.repeat(random.random_range(1..=8)));
            }
            5 => {
                let other = seeds.choose(random).map(Vec::as_slice).unwrap_or_default();
                let from = random.random_range(0..=other.len());
                bytes.splice(at..end, other[from..].iter().copied()).for_each(drop);
            }
            _ => bytes[at..end].iter_mut().for_each(|byte| *byte = random.random()),
        }
        bytes.truncate(MAX_BYTES);
    }
    bytes
}
