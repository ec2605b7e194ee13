use std::io::Cursor;

use greenlane_driver::model::Stamp;
use greenlane_link::{Direction, MAX_LINE_BYTES, WireError, WireLine, WireReader, WireWriter};
use proptest::prelude::*;

fn read(text: &[u8]) -> Result<Vec<WireLine>, WireError> {
    let mut reader = WireReader::new(Cursor::new(text))?;
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line()? {
        lines.push(line);
    }
    Ok(lines)
}

fn problem(text: &str) -> String {
    read(format!("# greenlane wire 1\n{text}").as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_recording_looks_as_documented() {
    let mut file = Vec::new();
    let mut writer = WireWriter::new(&mut file, "lines", Stamp::new(5, 1_795_521_600_000_000_000)).unwrap();
    writer.write(0, Direction::Link, b"connected").unwrap();
    writer.write(1_500_000, Direction::FromDevice, b"GB,000247\xff").unwrap();
    writer.write(1_500_001, Direction::ToDevice, b"a\r\n\\").unwrap();
    assert_eq!(writer.written(), file.len() as u64);
    let expected = "# greenlane wire 1\n# kind lines\n# started 2026-11-24T12:00:00.000000000Z\n\
                    0 ! connected\n1500000 < GB,000247\\xff\n1500001 > a\\r\\n\\\\\n";
    assert_eq!(String::from_utf8(file).unwrap(), expected);
}

#[test]
fn what_was_written_late_keeps_the_order_of_the_file() {
    let mut file = Vec::new();
    let mut writer = WireWriter::new(&mut file, "lines", Stamp::new(0, 0)).unwrap();
    writer.write(9, Direction::ToDevice, b"a").unwrap();
    writer.write(5, Direction::FromDevice, b"b").unwrap();
    let offsets: Vec<_> = read(&file).unwrap().iter().map(|line| line.offset_ns).collect();
    assert_eq!(offsets, [9, 9]);
}

#[test]
fn comments_blank_lines_and_crlf_are_fine() {
    let text = b"# greenlane wire 1\r\n# made by hand\r\n\r\n0 < a\r\n# more\n5 <\n";
    let lines = read(text).unwrap();
    let payloads: Vec<_> = lines.iter().map(|line| &line.payload[..]).collect();
    assert_eq!(payloads, [&b"a"[..], b""]);
}

#[test]
fn a_wrong_line_is_named_with_what_would_be_right() {
    assert_eq!(problem("x < a\n"), "line 2 of the recording must begin with its offset in nanoseconds");
    assert_eq!(problem("+5 < a\n"), "line 2 of the recording must begin with its offset in nanoseconds");
    assert_eq!(problem("\n5 = a\n"), "line 3 of the recording must have <, > or ! after its offset");
    assert_eq!(problem("5 <a\n"), "line 2 of the recording must have a blank after <, > or !");
    assert!(problem("5 < \\q\n").contains("unknown escape"));
    assert!(problem("5 < a").contains("cut off"));
    assert!(problem("99999999999999999999999 < a\n").contains("offset in nanoseconds"));
}

#[test]
fn a_payload_too_long_for_a_line_is_written_as_dropped() {
    let mut file = Vec::new();
    let mut writer = WireWriter::new(&mut file, "raw", Stamp::new(0, 0)).unwrap();
    let long = vec![0; (MAX_LINE_BYTES / 4) as usize];
    writer.write(1, Direction::FromDevice, &long).unwrap();
    let lines = read(&file).unwrap();
    let dropped = format!("dropped {} too long for a recording", long.len());
    assert_eq!((lines[0].direction, &lines[0].payload[..]), (Direction::Link, dropped.as_bytes()));
}

#[test]
fn a_line_without_end_is_refused_in_bounded_memory() {
    let mut text = b"# greenlane wire 1\n5 < ".to_vec();
    text.resize(text.len() + MAX_LINE_BYTES as usize, b'x');
    text.push(b'\n');
    assert!(read(&text).unwrap_err().to_string().contains("16 MiB"));
}

fn directions() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::FromDevice), Just(Direction::ToDevice), Just(Direction::Link)]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        lines in prop::collection::vec((0_u64..1000, directions(), prop::collection::vec(any::<u8>(), 0..40)), 0..20)
    ) {
        let mut file = Vec::new();
        let mut writer = WireWriter::new(&mut file, "raw", Stamp::new(0, 0)).unwrap();
        let (mut offset_ns, mut expected) = (0, Vec::new());
        for (gap, direction, payload) in lines {
            offset_ns += gap;
            writer.write(offset_ns, direction, &payload).unwrap();
            expected.push(WireLine { offset_ns, direction, payload });
        }
        prop_assert_eq!(read(&file).unwrap(), expected);
    }

    #[test]
    fn hostile_recordings_never_panic(
        lines in prop::collection::vec("[0-9]{0,22} ?[<>!#]? ?([ -~]|\\\\x[0-9a-g]{0,2}|é){0,20}", 0..8)
    ) {
        let _ = read(format!("# greenlane wire 1\n{}", lines.join("\n")).as_bytes());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = read(&[&b"# greenlane wire 1\n"[..], &bytes].concat());
    }
}
