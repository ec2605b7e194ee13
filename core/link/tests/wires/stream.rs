use greenlane_driver::LinkKind;
use greenlane_link::{Event, Op, Options, open};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{frame, is_lost, lines, member, next, next_event, open_one, spec};

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn lines_come_with_rising_stamps_and_bytes_go_back() {
    let (listener, url) = listen().await;
    let mut wire = open_one(&url, lines());
    let (mut device, _) = listener.accept().await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    device.write_all(b"GB,1\r\nNB,2\r\nGB").await.unwrap();
    let (first, second) = (next(&mut wire).await, next(&mut wire).await);
    assert_eq!((first.event, second.event), (frame("GB,1"), frame("NB,2")));
    assert!(first.at.mono_ns > 0 && second.at.mono_ns >= first.at.mono_ns);

    wire.ops.send((0, Op::Send(b"hello".to_vec()))).await.unwrap();
    let mut heard = [0; 5];
    device.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"hello");

    drop(device);
    let cut = next_event(&mut wire).await;
    assert!(matches!(cut, Event::Dropped { bytes: 2, .. }), "half a line is reported: {cut:?}");
    assert!(is_lost(&next_event(&mut wire).await));
}

#[tokio::test]
async fn a_link_comes_back_after_its_server_was_restarted() {
    let (listener, url) = listen().await;
    let address = listener.local_addr().unwrap();
    let mut wire = open_one(&url, lines());
    let (mut device, _) = listener.accept().await.unwrap();
    device.write_all(b"one\n").await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, frame("one"));
    drop((device, listener));
    assert!(is_lost(&next_event(&mut wire).await));

    let listener = TcpListener::bind(address).await.unwrap();
    let (mut device, _) = listener.accept().await.unwrap();
    device.write_all(b"two\n").await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, frame("two"));
}

#[tokio::test]
async fn an_outage_is_said_once_however_many_attempts_it_takes() {
    let (listener, url) = listen().await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut wire = open_one(&url, lines());
    let lost = next_event(&mut wire).await;
    let Event::Lost { reason } = &lost else { panic!("{lost:?}") };
    assert!(reason.contains(&address.to_string()), "{reason}");
    let listener = TcpListener::bind(address).await.unwrap();
    let (_device, _) = listener.accept().await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
}

#[tokio::test]
async fn a_burst_into_a_short_queue_loses_nothing() {
    const LINES: usize = 12_000;
    let (listener, url) = listen().await;
    let options = Options { queue: 4, ..Options::default() };
    let mut wire = open(spec(&url), vec![lines()], options);
    let (mut device, _) = listener.accept().await.unwrap();
    let sending = tokio::spawn(async move {
        let burst: String = (0..LINES).map(|number| format!("GS,{number:06}\r\n")).collect();
        device.write_all(burst.as_bytes()).await.unwrap();
    });
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    for number in 0..LINES {
        assert_eq!(next_event(&mut wire).await, frame(&format!("GS,{number:06}")));
        tokio::task::yield_now().await;
    }
    sending.await.unwrap();
    assert!(is_lost(&next_event(&mut wire).await));
}

#[tokio::test]
async fn a_full_queue_stops_the_reading_of_the_wire() {
    let (listener, url) = listen().await;
    let options = Options { queue: 4, ..Options::default() };
    let mut wire = open(spec(&url), vec![member(LinkKind::Raw { max: 65_536 })], options);
    let (device, _) = listener.accept().await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    // Whatever the kernel's buffers hold, it is less than this: an unread wire must refuse more.
    let chunk = vec![b'x'; 1 << 20];
    let mut taken = 0_usize;
    while taken < 256 << 20 {
        match tokio::time::timeout(std::time::Duration::from_millis(200), device.writable()).await {
            Ok(ready) => ready.unwrap(),
            Err(_) => return,
        }
        taken += device.try_write(&chunk).unwrap_or(0);
    }
    panic!("{taken} bytes were taken off the wire though nobody took an event");
}

#[tokio::test]
async fn a_line_over_the_limit_is_reported_and_the_next_is_whole() {
    let (listener, url) = listen().await;
    let mut wire = open_one(&url, lines());
    let (mut device, _) = listener.accept().await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    device.write_all(&[b'x'; 5000]).await.unwrap();
    device.write_all(b"\nGB,1\n").await.unwrap();
    let dropped = next_event(&mut wire).await;
    assert!(matches!(dropped, Event::Dropped { bytes: 5000, .. }), "{dropped:?}");
    assert_eq!(next_event(&mut wire).await, frame("GB,1"));
}

#[tokio::test]
async fn a_wire_ends_when_nobody_listens_any_more() {
    let (listener, url) = listen().await;
    let wire = open_one(&url, lines());
    let (mut device, _) = listener.accept().await.unwrap();
    let ops = wire.ops.clone();
    drop(wire);
    ops.closed().await;
    assert_eq!(device.read(&mut [0; 1]).await.unwrap(), 0, "the connection is closed");
}

#[tokio::test]
async fn two_devices_on_one_stream_are_refused_in_one_sentence() {
    let mut wire = open(spec("tcp://127.0.0.1:9"), vec![lines(), lines()], Options::default());
    let events = crate::all_events(&mut wire).await;
    let [Event::Lost { reason }, Event::Lost { .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(reason, "a tcp link belongs to one device, and 2 use it; give each its own");
}
