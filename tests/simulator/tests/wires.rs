//! The real wires carry the bytes of the virtual lane.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod common;

use std::net::SocketAddr;

use common::{S, lane, run, scenario};
use greenlane_simulator::portal::PortalFault;
use greenlane_simulator::wire::{Ports, Wires};
use greenlane_simulator::{LaneLayout, LaneSeed, Options, VirtualEvent, VirtualLane, device};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_modbus::client::{Reader, Writer, tcp};

async fn wires(ocr: SocketAddr, folder: &std::path::Path) -> Wires {
    Wires::open(lane(&scenario("dense"), 5), Ports::default(), ocr, folder).await.unwrap()
}

fn nobody() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9))
}

/// Bytes that the portal says until `until_ns`; nobody writes any output.
fn portal_bytes(until_ns: u64) -> Vec<u8> {
    let log = run(&mut lane(&scenario("dense"), 5), until_ns, 10_000_000, false);
    let frames = log.into_iter().filter_map(|(_, device, event)| match event {
        VirtualEvent::Frame(bytes) if device == device::PORTAL => Some(bytes),
        _ => None,
    });
    frames.flatten().collect()
}

#[tokio::test]
async fn the_portal_says_the_same_bytes_on_tcp_to_every_client() {
    let folder = tempfile::tempdir().unwrap();
    let mut wires = wires(nobody(), folder.path()).await;
    let mut clients = Vec::new();
    for count in 1..=3 {
        let mut client = TcpStream::connect(wires.portal()).await.unwrap();
        client.write_all(b"whatever a host may say\r\n").await.unwrap();
        while wires.portal_clients() < count {
            tokio::task::yield_now().await;
        }
        clients.push(client);
    }
    let expected = portal_bytes(60 * S);
    // The lane itself greets too when its link comes up at the very first tick.
    let greeting = wires.lane().portal_greeting().concat();
    wires.advance_to(60 * S).unwrap();
    for mut client in clients {
        let mut seen = vec![0; greeting.len() + expected.len()];
        client.read_exact(&mut seen).await.unwrap();
        let seen = String::from_utf8(seen).unwrap();
        assert_eq!(seen, String::from_utf8([greeting.clone(), expected.clone()].concat()).unwrap());
    }
}

#[tokio::test]
async fn a_dropped_link_ends_the_connection_and_comes_back_with_a_greeting() {
    let folder = tempfile::tempdir().unwrap();
    let mut wires = wires(nobody(), folder.path()).await;
    let mut client = TcpStream::connect(wires.portal()).await.unwrap();
    while wires.portal_clients() < 1 {
        tokio::task::yield_now().await;
    }
    wires.advance_to(S).unwrap();
    wires.inject_portal(PortalFault::LinkDrop(2 * S)).unwrap();
    let mut seen = Vec::new();
    client.read_to_end(&mut seen).await.unwrap();
    assert!(seen.starts_with(b"SG1"));
    let mut refused = TcpStream::connect(wires.portal()).await.unwrap();
    assert_eq!(refused.read(&mut [0; 8]).await.unwrap(), 0);
    wires.advance_to(4 * S).unwrap();
    let mut again = TcpStream::connect(wires.portal()).await.unwrap();
    let mut head = [0; 4];
    again.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"SG1,");
}

#[tokio::test]
async fn modbus_reads_what_the_lane_sees_and_writes_what_it_obeys() {
    let folder = tempfile::tempdir().unwrap();
    let mut wires = wires(nobody(), folder.path()).await;
    let mut io = tcp::connect(wires.io()).await.unwrap();
    wires.advance_to(10_000_000).unwrap();
    let closed = io.read_discrete_inputs(0, 8).await.unwrap().unwrap();
    assert_eq!(closed, [false, false, false, false, false, true, false, false]);
    io.write_multiple_coils(0, &[false, true, true, false]).await.unwrap().unwrap();
    assert_eq!(io.read_coils(0, 4).await.unwrap().unwrap(), [false, true, true, false]);
    wires.advance_to(4 * S).unwrap();
    assert!(io.read_discrete_inputs(4, 1).await.unwrap().unwrap()[0], "the arm is not up");
    let outside = io.read_coils(9000, 1).await.unwrap();
    assert_eq!(outside, Err(tokio_modbus::ExceptionCode::IllegalDataAddress));
    let mut scan = tcp::connect(wires.scan_io()).await.unwrap();
    assert_eq!(scan.read_coils(0, 6).await.unwrap().unwrap(), [true, false, false, true, true, false]);
}

/// Answers one request and gives back its text.
async fn accept(server: &TcpListener, answer: &str) -> String {
    let (mut stream, _) = server.accept().await.unwrap();
    let mut text = String::new();
    while !text.ends_with('}') {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.unwrap();
        assert!(count > 0, "cut off: {text}");
        text += std::str::from_utf8(&piece[..count]).unwrap();
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
    text
}

#[tokio::test]
async fn the_camera_posts_again_until_it_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut wires = wires(server.local_addr().unwrap(), folder.path()).await;
    wires.advance_to(12 * S).unwrap();
    let first = accept(&server, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").await;
    let second = accept(&server, "HTTP/1.1 204 No Content\r\n\r\n").await;
    assert!(first.starts_with("POST /ocr HTTP/1.1\r\n"), "{first}");
    assert_eq!(first, second);
}

#[tokio::test]
async fn images_appear_whole_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut wires = wires(nobody(), folder.path()).await;
    for second in 1..60 {
        common::permit(&mut wires.lane());
        wires.advance_to(second * S).unwrap();
    }
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names[..2], ["scan-000001.png", "scan-000001.xml"], "{names:?}");
    assert!(names.iter().all(|name| !name.ends_with(".part")), "{names:?}");
}

#[tokio::test]
async fn in_real_time_the_lane_follows_the_clock_until_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut wires = wires(nobody(), folder.path()).await;
    let mut asked = 0;
    let done = |lane: &mut VirtualLane| {
        asked += 1;
        lane.now_ns() >= 50_000_000
    };
    wires.run(tokio::time::Instant::now(), done).await.unwrap();
    assert!((1..=5).contains(&asked), "asked {asked} times");
    assert!(wires.lane().now_ns() >= 50_000_000);
}

#[tokio::test]
async fn twenty_five_lanes_run_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let mut lanes = Vec::new();
    for number in 0..25 {
        let seed = LaneSeed { seed: 5, lane: number };
        let options = Options { seed, utc_start_ns: 0, images: false };
        let lane = VirtualLane::new(&scenario("dense"), &LaneLayout::default(), options);
        let folder = folder.path().join(number.to_string());
        lanes.push(Wires::open(lane, Ports::default(), nobody(), &folder).await.unwrap());
    }
    let mut texts = std::collections::BTreeSet::new();
    for wires in &mut lanes {
        let mut client = TcpStream::connect(wires.portal()).await.unwrap();
        while wires.portal_clients() < 1 {
            tokio::task::yield_now().await;
        }
        wires.advance_to(6 * S).unwrap();
        // Two greetings of five lines, then two background lines.
        let mut text = vec![0; 2 * wires.lane().portal_greeting().concat().len() + 64];
        client.read_exact(&mut text).await.unwrap();
        texts.insert(String::from_utf8(text).unwrap());
    }
    assert_eq!(texts.len(), 25, "two lanes said the same");
}

#[test]
fn a_running_lane_can_move_to_another_thread() {
    fn sent<T: Send>(_: &T) {}
    let run = async {
        let mut wires = wires(nobody(), std::path::Path::new("unused")).await;
        wires.run(tokio::time::Instant::now(), |_| true).await
    };
    sent(&run);
}
