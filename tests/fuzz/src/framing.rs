//! Frames cut out of a stream.

use greenlane_driver::LinkKind;
use greenlane_link::{Framer, Piece};

use crate::cut::Cut;

/// Two bytes of choices (kind of link, longest frame), two of sizes in which the bytes come, then the stream.
pub fn seeds() -> Vec<Vec<u8>> {
    let streams =
        [&b"GB,000247\r\nNB\n\rGX"[..], b"\x02first\x03\x02second\x03", b"one;two;;three", b"raw bytes"];
    let with = |(kind, stream): (u8, &[u8])| [&[kind, 9, 3, 200], stream].concat();
    (0..).zip(streams).map(with).collect()
}

/// No frame is longer than its limit, no byte comes out that did not go in, and what comes out does not depend
/// on how the bytes came (of raw bytes only the pieces do).
pub fn run(bytes: &[u8]) {
    let mut cut = Cut(bytes);
    let kind = cut.byte() % 4;
    let max = u32::from(cut.byte()) + 1;
    let link = match kind {
        0 => LinkKind::Lines { max },
        1 => LinkKind::Framed { start: 2, end: 3, max },
        2 => LinkKind::Delimited { delimiter: b';', max },
        _ => LinkKind::Raw { max },
    };
    let sizes = [usize::from(cut.byte()) + 1, usize::from(cut.byte()) + 1];
    let whole = pieces(&link, cut.0, &[cut.0.len() + 1]);
    let split = pieces(&link, cut.0, &sizes);
    for frame in [&whole, &split].into_iter().flatten().filter_map(bytes_of) {
        assert!(frame.len() <= max as usize, "{} of {max}", frame.len());
    }
    if let LinkKind::Raw { .. } = link {
        let joined = |pieces: &[Piece]| pieces.iter().filter_map(bytes_of).collect::<Vec<_>>().concat();
        assert_eq!(joined(&split), cut.0);
        assert_eq!(joined(&whole), cut.0);
    } else {
        assert_eq!(split, whole);
        let out: u64 = whole.iter().map(size).sum();
        assert!(out <= cut.0.len() as u64, "{out} of {}", cut.0.len());
    }
}

fn pieces(link: &LinkKind, mut stream: &[u8], sizes: &[usize]) -> Vec<Piece> {
    let mut framer = Framer::new(link);
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        let (head, tail) = stream.split_at((*size).min(stream.len()));
        framer.space().extend_from_slice(head);
        pieces.extend(std::iter::from_fn(|| framer.next_piece()));
        stream = tail;
        if stream.is_empty() {
            break;
        }
    }
    pieces.extend(framer.finish());
    pieces
}

fn bytes_of(piece: &Piece) -> Option<&[u8]> {
    match piece {
        Piece::Frame(bytes) => Some(bytes),
        Piece::Dropped { .. } => None,
    }
}

fn size(piece: &Piece) -> u64 {
    match piece {
        Piece::Frame(bytes) => bytes.len() as u64,
        Piece::Dropped { bytes, .. } => *bytes,
    }
}
