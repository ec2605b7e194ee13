use std::fs;
use std::path::Path;
use std::time::Duration;

use greenlane_driver::{LinkKind, Request};
use greenlane_link::{Event, Op, OwnedAnswer, Wire, open};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{all_events, captured, frame, is_lost, lines, member, next, next_event, open_one, spec};

fn play(path: &Path, speed: &str, kind: LinkKind) -> Wire {
    open_one(&format!("replay://{}?speed={speed}", path.display()), member(kind))
}

fn recording(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wire");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn reason(event: Option<&Event>) -> &str {
    match event {
        Some(Event::Lost { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_captured_from_a_stream_plays_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portal.wire");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    let mut wire = open(spec(&url), vec![lines()], captured(path.clone()));
    let (mut device, _) = listener.accept().await.unwrap();
    wire.ops.send((0, Op::Send(b"start".to_vec()))).await.unwrap();
    device.read_exact(&mut [0; 5]).await.unwrap();
    device.write_all(b"GB,1\r\n\x00\\n\xff\n").await.unwrap();
    drop(device);
    let mut live = Vec::new();
    for _ in 0..4 {
        live.push(next_event(&mut wire).await);
    }
    assert!(live.contains(&Event::Frame(b"\x00\\n\xff"[..].into())) && is_lost(&live[3]), "{live:?}");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(" < GB,1\n") && text.contains(" > start\n"), "{text}");

    let mut played = all_events(&mut play(&path, "max", LinkKind::Lines { max: 256 })).await;
    assert_eq!(reason(played.pop().as_ref()), format!("{}: the recording has ended", path.display()));
    assert_eq!(played, live);
}

#[tokio::test]
async fn at_full_speed_stamps_keep_the_recorded_distances() {
    let (_folder, path) = recording("# greenlane wire 1\n1000 < a\n3600000000000 < b\n");
    let mut wire = play(&path, "max", LinkKind::Lines { max: 9 });
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let (a, b) = (next(&mut wire).await, next(&mut wire).await);
    assert_eq!((a.event, b.event), (frame("a"), frame("b")));
    assert_eq!(b.at.mono_ns - a.at.mono_ns, 3_600_000_000_000 - 1000);
    let end = next(&mut wire).await;
    assert!(is_lost(&end.event) && end.at == b.at, "time does not run backwards at the end: {end:?}");
}

#[tokio::test]
async fn a_recorded_hour_takes_its_share_of_time() {
    let (_folder, path) = recording("# greenlane wire 1\n0 < a\n3600000000000 < b\n");
    let mut wire = play(&path, "36000", LinkKind::Lines { max: 9 });
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let (a, b) = (next(&mut wire).await, next(&mut wire).await);
    assert_eq!((a.event, b.event), (frame("a"), frame("b")));
    let took_ms = (b.at.mono_ns - a.at.mono_ns) / 1_000_000;
    assert!(took_ms >= 90, "an hour at 36000 times is 100 ms, and it took {took_ms} ms");
}

const MODBUS: &str = "# greenlane wire 1\n# kind modbus\n0 ! connected\n\
    5 > ask 70 read_coils unit 1 address 0 count 2\n9 < reply 70 4 bits 10\n\
    20 > ask 71 write_coil unit 1 address 3 1\n30 < reply 71 10 written\n\
    40 > ask 72 read_holding_registers unit 1 address 0 count 2\n50 < reply 72 10 registers 1,65535\n";

#[tokio::test]
async fn a_modbus_recording_answers_the_drivers_own_questions() {
    let (_folder, path) = recording(MODBUS);
    let mut wire = play(&path, "max", LinkKind::Modbus);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let cases = [
        (Request::ReadCoils { unit: 1, address: 0, count: 2 }, OwnedAnswer::Bits(vec![true, false])),
        (Request::WriteCoil { unit: 1, address: 3, on: true }, OwnedAnswer::Written),
        (
            Request::ReadHoldingRegisters { unit: 1, address: 0, count: 2 },
            OwnedAnswer::Registers(vec![1, 65535]),
        ),
    ];
    for (id, (request, expected)) in (1..).zip(cases) {
        wire.ops.send((0, Op::Modbus { id, request })).await.unwrap();
        match next_event(&mut wire).await {
            Event::Reply { id: seen, answer, .. } => assert_eq!((seen, answer), (id, expected)),
            other => panic!("{other:?}"),
        }
    }
    assert!(is_lost(&next_event(&mut wire).await));
}

#[tokio::test]
async fn a_driver_that_asks_something_else_than_was_recorded_is_told() {
    let (_folder, path) = recording(MODBUS);
    let mut wire = play(&path, "max", LinkKind::Modbus);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let request = Request::ReadCoils { unit: 1, address: 0, count: 3 };
    wire.ops.send((0, Op::Modbus { id: 1, request })).await.unwrap();
    let events = all_events(&mut wire).await;
    assert!(reason(events.last()).contains("count 3"), "{events:?}");
}

#[tokio::test]
async fn posts_and_files_play_back() {
    let text = "# greenlane wire 1\n# kind http_push\n7 < request 3\\ntext/plain\\nlane=4\\nbody\\n\\xff\n";
    let (_folder, path) = recording(text);
    let events = all_events(&mut play(&path, "max", LinkKind::HttpPush { max: 9 })).await;
    let expected = Event::Request {
        id: 3,
        content_type: "text/plain".into(),
        query: "lane=4".into(),
        body: b"body\n\xff"[..].into(),
    };
    assert_eq!(events[1], expected);

    let text = "# greenlane wire 1\n# kind folder\n7 < file ab12 900 4 2 /in/a b.png\\nHEAD{}\n";
    let (_folder, path) = recording(text);
    let events = all_events(&mut play(&path, "max", LinkKind::Folder)).await;
    let expected = Event::File {
        path: "/in/a b.png".into(),
        sha256: "ab12".into(),
        bytes: 900,
        head: b"HEAD"[..].into(),
        sidecar: Some(b"{}"[..].into()),
    };
    assert_eq!(events[1], expected);
}

#[tokio::test]
async fn a_recording_that_cannot_be_played_says_why() {
    let cases = [
        ("GB,1\n", "must begin with the line `# greenlane wire 1`"),
        ("# greenlane wire 1\n# kind modbus\n", "recorded from a modbus link"),
        ("# greenlane wire 1\n5 < a\n4 < b\n", "line 3 of the recording has a smaller offset"),
        ("# greenlane wire 1\n5 < a", "line 2 of the recording is cut off"),
        ("# greenlane wire 1\n5 ! gone\n", "connected, lost or dropped"),
    ];
    for (text, expected) in cases {
        let (_folder, path) = recording(text);
        let events = all_events(&mut play(&path, "max", LinkKind::Lines { max: 9 })).await;
        let reason = reason(events.last());
        assert!(reason.contains(expected), "{text:?}: {reason}");
    }
}

#[tokio::test]
async fn a_stream_recording_takes_what_the_driver_sends() {
    let (_folder, path) = recording("# greenlane wire 1\n0 < a\n1000000000000 < b\n");
    let mut wire = play(&path, "1", LinkKind::Lines { max: 9 });
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    for _ in 0..5000 {
        let sent = wire.ops.send((0, Op::Send(vec![0; 9])));
        tokio::time::timeout(Duration::from_secs(20), sent).await.expect("the queue is stuck").unwrap();
    }
}

/// Every recording shown in `docs/wire.md`, played to its end.
#[tokio::test]
async fn the_documented_recordings_play() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/wire.md")).unwrap();
    let shown: Vec<_> =
        document.split("```wire\n").skip(1).map(|part| part.split("```").next().unwrap()).collect();
    assert!(shown.contains(&MODBUS), "the Modbus recording of these tests is the documented one");
    let kinds = [LinkKind::Lines { max: 256 }, LinkKind::HttpPush { max: 256 }, LinkKind::Folder];
    let others: Vec<_> = shown.into_iter().filter(|text| *text != MODBUS).collect();
    assert_eq!(others.len(), kinds.len());
    for (text, kind) in others.into_iter().zip(kinds) {
        let (_folder, path) = recording(text);
        let events = all_events(&mut play(&path, "max", kind)).await;
        assert!(reason(events.last()).ends_with("the recording has ended"), "{text}: {events:?}");
    }
}
