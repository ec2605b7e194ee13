use greenlane_driver::LinkKind;
use greenlane_link::{Event, Op};

use crate::pty::Pty;
use crate::{frame, is_lost, lines, member, next_event, open_one};

#[tokio::test]
async fn lines_and_bytes_pass_a_serial_line_both_ways() {
    let mut device = Pty::open();
    let heard = device.heard();
    let mut wire = open_one(&format!("serial://{}?baud=9600", device.path), lines());
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    device.say(b"GB,1\r\nNB,2\r\n");
    assert_eq!(next_event(&mut wire).await, frame("GB,1"));
    assert_eq!(next_event(&mut wire).await, frame("NB,2"));
    wire.ops.send((0, Op::Send(b"\x00\x03\r\n\xff".to_vec()))).await.unwrap();
    let bytes = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        while bytes.len() < 5 {
            bytes.extend(heard.recv_timeout(crate::GUARD).expect("the device heard nothing"));
        }
        bytes
    });
    assert_eq!(bytes.await.unwrap(), b"\x00\x03\r\n\xff", "the line must be raw");
}

#[tokio::test]
async fn frames_between_two_bytes_pass_a_serial_line() {
    let mut device = Pty::open();
    let kind = LinkKind::Framed { start: 2, end: 3, max: 64 };
    let mut wire = open_one(&format!("serial://{}?parity=even&stop=2", device.path), member(kind));
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    device.say(b"noise\x02one\x03\x02two\x03");
    assert_eq!(next_event(&mut wire).await, frame("one"));
    assert_eq!(next_event(&mut wire).await, frame("two"));
}

#[tokio::test]
async fn a_line_that_is_unplugged_is_lost() {
    let device = Pty::open();
    let mut wire = open_one(&format!("serial://{}", device.path), lines());
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    drop(device);
    assert!(is_lost(&next_event(&mut wire).await));
}
