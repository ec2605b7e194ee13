use greenlane_driver::{LinkKind, Request};
use greenlane_link::{Event, Op, Options, OwnedAnswer, Wire, open};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{captured, is_lost, member, next, next_event, open_one, spec};

/// A bus whose time-out is longer than any loaded machine takes to answer.
async fn bus(members: usize) -> (TcpListener, Wire) {
    bus_with_timeout(members, 10_000).await
}

async fn bus_with_timeout(members: usize, timeout_ms: u32) -> (TcpListener, Wire) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("modbus://{}?timeout_ms={timeout_ms}", listener.local_addr().unwrap());
    let members = (0..members).map(|_| member(LinkKind::Modbus)).collect();
    (listener, open(spec(&url), members, Options::default()))
}

async fn ask(wire: &Wire, member: usize, id: u64, request: Request) {
    wire.ops.send((member, Op::Modbus { id, request })).await.unwrap();
}

fn holding(address: u16, count: u16) -> Request {
    Request::ReadHoldingRegisters { unit: 1, address, count }
}

/// One request as it stands on the wire: transaction, unit, PDU.
async fn hear(device: &mut TcpStream) -> Option<(u16, u8, Vec<u8>)> {
    let mut head = [0; 7];
    device.read_exact(&mut head).await.ok()?;
    let mut pdu = vec![0; usize::from(u16::from_be_bytes([head[4], head[5]])) - 1];
    device.read_exact(&mut pdu).await.ok()?;
    Some((u16::from_be_bytes([head[0], head[1]]), head[6], pdu))
}

async fn say(device: &mut TcpStream, transaction: u16, unit: u8, pdu: &[u8]) {
    let mut bytes = transaction.to_be_bytes().to_vec();
    bytes.extend([0, 0]);
    bytes.extend((pdu.len() as u16 + 1).to_be_bytes());
    bytes.push(unit);
    bytes.extend(pdu);
    device.write_all(&bytes).await.unwrap();
}

async fn answer_of(wire: &mut Wire) -> (usize, u64, OwnedAnswer) {
    let stamped = next(wire).await;
    match stamped.event {
        Event::Reply { id, sent, received, answer } => {
            assert!(received.mono_ns >= sent.mono_ns && stamped.at == received);
            (stamped.member, id, answer)
        }
        other => panic!("no reply: {other:?}"),
    }
}

#[tokio::test]
async fn every_kind_of_request_gets_its_answer() {
    let (listener, mut wire) = bus(1).await;
    let (mut device, _) = listener.accept().await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let bits = vec![true, false, true];
    let cases: [(Request, &[u8], &[u8], OwnedAnswer); 9] = [
        (holding(4, 2), &[3, 0, 4, 0, 2], &[3, 4, 1, 2, 3, 4], OwnedAnswer::Registers(vec![258, 772])),
        (
            Request::ReadInputRegisters { unit: 1, address: 0, count: 1 },
            &[4, 0, 0, 0, 1],
            &[4, 2, 0, 7],
            OwnedAnswer::Registers(vec![7]),
        ),
        (
            Request::ReadCoils { unit: 1, address: 0, count: 3 },
            &[1, 0, 0, 0, 3],
            &[1, 1, 0b101],
            OwnedAnswer::Bits(bits.clone()),
        ),
        (
            Request::ReadDiscreteInputs { unit: 1, address: 9, count: 3 },
            &[2, 0, 9, 0, 3],
            &[2, 1, 0b101],
            OwnedAnswer::Bits(bits.clone()),
        ),
        (
            Request::WriteCoil { unit: 1, address: 2, on: true },
            &[5, 0, 2, 255, 0],
            &[5, 0, 2, 255, 0],
            OwnedAnswer::Written,
        ),
        (
            Request::WriteRegister { unit: 1, address: 2, value: 9 },
            &[6, 0, 2, 0, 9],
            &[6, 0, 2, 0, 9],
            OwnedAnswer::Written,
        ),
        (
            Request::WriteCoils { unit: 1, address: 0, on: bits },
            &[15, 0, 0, 0, 3, 1, 0b101],
            &[15, 0, 0, 0, 3],
            OwnedAnswer::Written,
        ),
        (
            Request::WriteRegisters { unit: 1, address: 0, values: vec![1, 2] },
            &[16, 0, 0, 0, 2, 4, 0, 1, 0, 2],
            &[16, 0, 0, 0, 2],
            OwnedAnswer::Written,
        ),
        (holding(99, 1), &[3, 0, 99, 0, 1], &[0x83, 2], OwnedAnswer::Exception(2)),
    ];
    for (id, (request, on_the_wire, reply, expected)) in (0..).zip(cases) {
        ask(&wire, 0, id, request).await;
        let (transaction, unit, pdu) = hear(&mut device).await.unwrap();
        assert_eq!((unit, &pdu[..]), (1, on_the_wire));
        say(&mut device, transaction, unit, reply).await;
        assert_eq!(answer_of(&mut wire).await, (0, id, expected));
    }
}

#[tokio::test]
async fn devices_on_one_bus_are_asked_in_order_one_at_a_time() {
    let (listener, mut wire) = bus(2).await;
    let (mut device, _) = listener.accept().await.unwrap();
    for member in 0..2 {
        let connected = next(&mut wire).await;
        assert_eq!((connected.member, connected.event), (member, Event::Connected));
    }
    for id in 0..6_u16 {
        ask(&wire, usize::from(id % 2), u64::from(id), holding(id, 1)).await;
    }
    for id in 0..6_u16 {
        let (transaction, unit, pdu) = hear(&mut device).await.unwrap();
        assert_eq!(pdu[1..3], id.to_be_bytes());
        let mut early = [0; 1];
        let more = device.try_read(&mut early);
        assert!(more.is_err(), "a second question came before the first was answered");
        say(&mut device, transaction, unit, &[3, 2, 0, id as u8]).await;
        let expected = (usize::from(id % 2), u64::from(id), OwnedAnswer::Registers(vec![id]));
        assert_eq!(answer_of(&mut wire).await, expected);
    }
}

#[tokio::test]
async fn a_late_reply_is_never_taken_for_the_answer_to_a_later_question() {
    let (listener, mut wire) = bus_with_timeout(2, 500).await;
    let (mut first, _) = listener.accept().await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    ask(&wire, 0, 1, holding(0, 1)).await;
    let (transaction, unit, _) = hear(&mut first).await.unwrap();
    assert_eq!(answer_of(&mut wire).await, (0, 1, OwnedAnswer::Timeout));
    for member in 0..2 {
        let lost = next(&mut wire).await;
        assert!(lost.member == member && is_lost(&lost.event), "{lost:?}");
    }
    // Too late, and with the transaction number that the next connection will use too.
    say(&mut first, transaction, unit, &[3, 2, 0, 111]).await;
    let (mut second, _) = listener.accept().await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    ask(&wire, 1, 2, holding(0, 1)).await;
    let (transaction, unit, _) = hear(&mut second).await.unwrap();
    say(&mut second, transaction, unit, &[3, 2, 0, 222]).await;
    assert_eq!(answer_of(&mut wire).await, (1, 2, OwnedAnswer::Registers(vec![222])));
    assert_eq!(hear(&mut first).await, None, "the first connection was dropped");
}

#[tokio::test]
async fn an_answer_that_does_not_fit_ends_the_connection() {
    let wrong: [&[u8]; 6] = [&[3, 4, 0, 1, 0, 2], &[4, 2, 0, 1], &[3, 3, 0, 1, 0], &[3, 200], &[0xff], &[]];
    for pdu in wrong {
        let (listener, mut wire) = bus(1).await;
        let (mut device, _) = listener.accept().await.unwrap();
        assert_eq!(next_event(&mut wire).await, Event::Connected);
        ask(&wire, 0, 7, holding(0, 1)).await;
        let (transaction, unit, _) = hear(&mut device).await.unwrap();
        say(&mut device, transaction, unit, pdu).await;
        assert_eq!(answer_of(&mut wire).await, (0, 7, OwnedAnswer::Timeout), "{pdu:?}");
        assert!(is_lost(&next_event(&mut wire).await));
        listener.accept().await.unwrap();
        assert_eq!(next_event(&mut wire).await, Event::Connected);
    }
}

#[tokio::test]
async fn a_request_no_device_may_be_asked_is_refused_without_asking() {
    let (listener, mut wire) = bus(1).await;
    let (mut device, _) = listener.accept().await.unwrap();
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let too_much = [
        holding(0, 0),
        holding(0, 126),
        Request::ReadCoils { unit: 1, address: 0, count: 2001 },
        Request::WriteCoils { unit: 1, address: 0, on: vec![true; 1969] },
        Request::WriteRegisters { unit: 1, address: 0, values: vec![0; 124] },
    ];
    for request in too_much {
        ask(&wire, 0, 1, request).await;
        assert_eq!(answer_of(&mut wire).await, (0, 1, OwnedAnswer::Exception(3)));
    }
    ask(&wire, 0, 2, holding(5, 125)).await;
    let (_, _, pdu) = hear(&mut device).await.unwrap();
    assert_eq!(pdu, [3, 0, 5, 0, 125], "the first that was asked at all");
}

#[tokio::test]
async fn a_captured_conversation_answers_the_same_questions_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("io.wire");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("modbus://{}?timeout_ms=10000", listener.local_addr().unwrap());
    let mut wire = open(spec(&url), vec![member(LinkKind::Modbus)], captured(path.clone()));
    let (mut device, _) = listener.accept().await.unwrap();
    let coil = Request::WriteCoil { unit: 1, address: 2, on: true };
    let replies: [&[u8]; 2] = [&[3, 2, 1, 1], &[5, 0, 2, 255, 0]];
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    let mut live = Vec::new();
    for (request, reply) in [holding(4, 1), coil.clone()].into_iter().zip(replies) {
        ask(&wire, 0, 7, request).await;
        let (transaction, unit, _) = hear(&mut device).await.unwrap();
        say(&mut device, transaction, unit, reply).await;
        live.push(answer_of(&mut wire).await.2);
    }
    let mut played = open_one(&format!("replay://{}", path.display()), member(LinkKind::Modbus));
    assert_eq!(next_event(&mut played).await, Event::Connected);
    for ((id, request), expected) in (40..).zip([holding(4, 1), coil]).zip(live) {
        ask(&played, 0, id, request).await;
        assert_eq!(answer_of(&mut played).await, (0, id, expected));
    }
    assert!(is_lost(&next_event(&mut played).await));
}
