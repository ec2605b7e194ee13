use bytes::Bytes;
use greenlane_driver::LinkKind;
use greenlane_link::{Framer, Piece};
use proptest::prelude::*;

/// Feeds `chunks` and collects what comes out, the end of the link included.
fn cut<'a>(kind: LinkKind, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Piece> {
    let mut framer = Framer::new(&kind);
    let mut pieces = Vec::new();
    for chunk in chunks {
        framer.space().extend_from_slice(chunk);
        pieces.extend(std::iter::from_fn(|| framer.next_piece()));
    }
    pieces.extend(framer.finish());
    pieces
}

fn frames(pieces: &[Piece]) -> Vec<&[u8]> {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Frame(frame) => &frame[..],
            Piece::Dropped { reason, .. } => reason.as_bytes(),
        })
        .collect()
}

const LINES: LinkKind = LinkKind::Lines { max: 8 };
const FRAMED: LinkKind = LinkKind::Framed { start: 2, end: 3, max: 8 };
const DELIMITED: LinkKind = LinkKind::Delimited { delimiter: b';', max: 8 };

#[test]
fn lines_end_in_lf_crlf_or_cr_and_empty_ones_are_none() {
    let pieces = cut(LINES, [&b"a\nb\r\nc\rd\n\n\r\r\n e\n"[..]]);
    assert_eq!(frames(&pieces), [&b"a"[..], b"b", b"c", b"d", b" e"]);
}

#[test]
fn a_line_ended_by_cr_does_not_wait_for_the_next_byte() {
    let mut framer = Framer::new(&LINES);
    framer.space().extend_from_slice(b"a\r");
    assert_eq!(framer.next_piece(), Some(Piece::Frame(Bytes::from_static(b"a"))));
    framer.space().extend_from_slice(b"\nb\r");
    assert_eq!(framer.next_piece(), Some(Piece::Frame(Bytes::from_static(b"b"))));
    assert_eq!(framer.next_piece(), None);
}

#[test]
fn the_longest_line_passes_and_one_byte_more_is_cut_away_whole() {
    let pieces = cut(LINES, [&b"12345678\n123456789\nok\n"[..]]);
    let dropped = Piece::Dropped { bytes: 9, reason: "longer than the limit of this device" };
    assert_eq!(
        pieces,
        [Piece::Frame(Bytes::from_static(b"12345678")), dropped, Piece::Frame(Bytes::from_static(b"ok"))]
    );
}

#[test]
fn a_frame_that_begins_inside_another_begins_anew() {
    let pieces = cut(FRAMED, [&b"junk\x02ab\x02cd\x03junk\x02\x03\x02\x02e\x03"[..]]);
    let restarted: &[u8] = b"a frame began inside another";
    assert_eq!(frames(&pieces), [restarted, b"cd", b"", b"e"]);
}

#[test]
fn a_frame_over_the_limit_is_given_up_and_the_next_start_is_looked_for() {
    let pieces = cut(FRAMED, [&b"\x02123456789\x03\x02ok\x03"[..]]);
    assert_eq!(
        pieces,
        [
            Piece::Dropped { bytes: 9, reason: "longer than the limit of this device" },
            Piece::Frame(Bytes::from_static(b"ok"))
        ]
    );
}

#[test]
fn one_byte_for_start_and_end_stands_between_frames() {
    let pieces = cut(LinkKind::Framed { start: 0x7e, end: 0x7e, max: 8 }, [&b"~a~~b~c~"[..]]);
    assert_eq!(frames(&pieces), [&b"a"[..], b"b", b"c"]);
}

#[test]
fn what_is_left_at_the_end_of_the_link_is_reported() {
    let pieces = cut(DELIMITED, [&b"a;bcd"[..]]);
    assert_eq!(pieces[1], Piece::Dropped { bytes: 3, reason: "the link ended inside a frame" });
}

#[test]
fn an_endless_line_is_reported_again_and_again_and_held_nowhere() {
    let mut framer = Framer::new(&LINES);
    let (mut reported, chunk) = (0, [b'x'; 4096]);
    for _ in 0..1024 {
        framer.space().extend_from_slice(&chunk);
        while let Some(piece) = framer.next_piece() {
            let Piece::Dropped { bytes, .. } = piece else { panic!("{piece:?}") };
            reported += bytes;
        }
        assert!(framer.space().len() <= 8, "{} bytes held", framer.space().len());
    }
    assert_eq!(reported, 4 << 20);
}

fn kinds() -> impl Strategy<Value = LinkKind> {
    (1_u32..12).prop_flat_map(|max| {
        prop_oneof![
            Just(LinkKind::Lines { max }),
            Just(LinkKind::Delimited { delimiter: b';', max }),
            Just(LinkKind::Framed { start: 2, end: 3, max }),
            Just(LinkKind::Framed { start: 2, end: 2, max }),
        ]
    })
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'\r'), Just(b'\n'), Just(b';'), Just(2), Just(3), any::<u8>()];
    prop::collection::vec(byte, 0..200)
}

proptest! {
    #[test]
    fn the_result_does_not_depend_on_how_the_bytes_were_split(
        kind in kinds(), bytes in hostile(), sizes in prop::collection::vec(1_usize..7, 1..40)
    ) {
        let whole = cut(kind, [&bytes[..]]);
        let mut rest = &bytes[..];
        let mut chunks = Vec::new();
        for size in sizes.iter().cycle() {
            if rest.is_empty() { break; }
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        prop_assert_eq!(cut(kind, chunks), whole);
    }

    #[test]
    fn no_frame_is_longer_than_its_limit_or_holds_a_delimiter(kind in kinds(), bytes in hostile()) {
        for piece in cut(kind, [&bytes[..]]) {
            let Piece::Frame(frame) = piece else { continue };
            let (max, delimiters): (u32, &[u8]) = match kind {
                LinkKind::Lines { max } => (max, b"\r\n"),
                LinkKind::Delimited { max, .. } => (max, b";"),
                LinkKind::Framed { max, .. } => (max, &[2]),
                other => unreachable!("{other:?}"),
            };
            prop_assert!(frame.len() <= max as usize);
            prop_assert!(!frame.iter().any(|byte| delimiters.contains(byte)), "{frame:?}");
        }
    }

    #[test]
    fn every_byte_of_lines_is_handed_over_or_reported(bytes in hostile()) {
        let given: u64 = cut(LINES, [&bytes[..]])
            .iter()
            .map(|piece| match piece {
                Piece::Frame(frame) => frame.len() as u64,
                Piece::Dropped { bytes, .. } => *bytes,
            })
            .sum();
        let content = bytes.iter().filter(|byte| !b"\r\n".contains(byte)).count() as u64;
        prop_assert_eq!(given, content);
    }

    #[test]
    fn raw_bytes_pass_whole(bytes in hostile(), max in 1_u32..9) {
        let pieces = cut(LinkKind::Raw { max }, bytes.chunks(5));
        prop_assert_eq!(frames(&pieces).concat(), bytes);
        prop_assert!(frames(&pieces).iter().all(|piece| piece.len() <= max as usize));
    }
}
