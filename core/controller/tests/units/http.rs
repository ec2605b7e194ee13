//! A device that posts gets its 2xx only when what it said is on disk.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use greenlane_controller::device::{Limits, Order, Report};
use greenlane_lane::DeviceCondition;

use crate::yard::{GUARD, PLACES, Place, Yard, fault};

/// A free port. Nothing else on the machine is likely to take it before the link does.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Posts without waiting for the answer.
fn post(address: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head =
        format!("POST / HTTP/1.1\r\nhost: lane\r\nconnection: close\r\ncontent-length: {}", body.len());
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
    stream
}

/// The whole answer.
fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(GUARD)).unwrap();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn assert_unanswered(stream: &mut TcpStream) {
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(read, Err(ErrorKind::WouldBlock), "answered before the commit");
}

fn until_ack(yard: &mut Yard) -> u64 {
    let report = yard.until("wish for a commit", |_, report| matches!(report, Report::AckWanted { .. }));
    let Report::AckWanted { id } = report else { unreachable!() };
    id
}

pub fn a_post_is_answered_only_after_the_commit() {
    for place in PLACES {
        let (mut yard, address) = (Yard::new(64), free_address());
        let unit = yard.rogue(0, "rogue.post", &format!("http://{address}"), place, Limits::default());
        yard.until_condition(0, DeviceCondition::Up);
        let refused = answer(post(&address, "seven"));
        assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
        let mut first = post(&address, "7");
        let id = until_ack(&mut yard);
        assert_eq!(yard.counts(0), [7], "the wish stands behind what it is for");
        let mut second = post(&address, "8");
        until_ack(&mut yard);
        assert_unanswered(&mut first);
        unit.order(Order::Committed { id }).unwrap();
        let kept = answer(first);
        assert!(kept.starts_with("HTTP/1.1 200 ") && kept.ends_with("kept"), "{kept}");
        assert_unanswered(&mut second);
    }
}

pub fn a_commit_from_before_a_restart_answers_nothing_after_it() {
    let (mut yard, address) = (Yard::new(64), free_address());
    let start = |yard: &Yard| {
        yard.rogue(0, "rogue.post", &format!("http://{address}"), Place::Child, Limits::default())
    };
    let unit = start(&yard);
    yard.until_condition(0, DeviceCondition::Up);
    let unanswered = post(&address, "1");
    let before = until_ack(&mut yard);
    drop((unit, unanswered));
    let unit = start(&yard);
    yard.until_condition(0, DeviceCondition::Up);
    let mut stream = post(&address, "2");
    let after = until_ack(&mut yard);
    assert!(after > before, "{after} would be answered by the commit of {before}");
    unit.order(Order::Committed { id: before }).unwrap();
    assert_unanswered(&mut stream);
    unit.order(Order::Committed { id: after }).unwrap();
    assert!(answer(stream).starts_with("HTTP/1.1 200 "));
    assert!(yard.seen(0).all(|report| fault(report).is_none()));
}
