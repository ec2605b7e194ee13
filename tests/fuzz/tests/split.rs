//! A spectrometer's documents mean the same however their bytes come.

use greenlane_driver::model::Body;
use greenlane_driver::{Bench, Driver};
use greenlane_fuzz as fuzz;
use greenlane_link::{Framer, Piece};
use greenlane_rsi::rs350::Rs350;
use serde_json::json;

/// What the driver says of a stream that comes in pieces of this many bytes.
fn said(stream: &[u8], size: usize) -> Vec<Body> {
    let Ok(mut bench) = Bench::<Rs350>::open(json!({})) else { unreachable!("it has defaults") };
    bench.connect();
    let mut framer = Framer::new(&Rs350::LINK);
    for piece in stream.chunks(size) {
        framer.space().extend_from_slice(piece);
        while let Some(piece) = framer.next_piece() {
            if let Piece::Frame(frame) = piece {
                bench.frame(&frame);
            }
        }
    }
    bench.bodies()
}

#[test]
fn every_split_and_every_join_of_segments_gives_the_same() {
    let stream = fuzz::rs350::seeds().concat();
    let whole = said(&stream, stream.len());
    assert!(whole.len() > 20, "{whole:?}");
    for size in [1, 2, 3, 7, 64, 1000, 1448] {
        assert_eq!(said(&stream, size), whole, "pieces of {size}");
    }
}

#[test]
fn bytes_between_frames_and_a_frame_that_begins_anew_are_left_out() {
    let seeds = fuzz::rs350::seeds();
    let plain = seeds[1].clone();
    let (cut, _) = plain.split_at(plain.len() / 3);
    let noisy = [b"noise \x03\x03".as_slice(), cut, &plain, b"more noise"].concat();
    let without_time =
        |bodies: Vec<Body>| -> Vec<String> { bodies.iter().map(|b| b.kind().to_owned()).collect() };
    // A third of the first of three documents is cut off by the next 0x02.
    assert_eq!(without_time(said(&noisy, 100)), without_time(said(&plain, 100)));
}
