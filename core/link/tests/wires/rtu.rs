use std::sync::mpsc;

use greenlane_driver::{LinkKind, Request};
use greenlane_link::{Event, Op, Options, OwnedAnswer, Wire, open};

use crate::pty::Pty;
use crate::{is_lost, member, next_event, spec};

/// CRC-16/MODBUS, bit by bit, as the serial line guide describes it.
fn with_crc(frame: &[u8]) -> Vec<u8> {
    let mut crc = 0xffff_u16;
    for &byte in frame {
        crc ^= u16::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 };
        }
    }
    [frame, &crc.to_le_bytes()].concat()
}

async fn hear(heard: mpsc::Receiver<Vec<u8>>) -> (mpsc::Receiver<Vec<u8>>, Vec<u8>) {
    tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        while bytes.len() < 8 {
            bytes.extend(heard.recv_timeout(crate::GUARD).expect("the device was not asked"));
        }
        (heard, bytes)
    })
    .await
    .unwrap()
}

async fn ask(wire: &Wire, id: u64, unit: u8) {
    let request = Request::ReadHoldingRegisters { unit, address: 0, count: 1 };
    wire.ops.send((usize::from(unit) - 1, Op::Modbus { id, request })).await.unwrap();
}

async fn reply(wire: &mut Wire) -> (u64, OwnedAnswer) {
    match next_event(wire).await {
        Event::Reply { id, answer, .. } => (id, answer),
        other => panic!("no reply: {other:?}"),
    }
}

fn open_bus(device: &Pty) -> Wire {
    let url = format!("modbus+rtu://{}?baud=115200&timeout_ms=500", device.path);
    open(spec(&url), vec![member(LinkKind::Modbus), member(LinkKind::Modbus)], Options::default())
}

#[tokio::test]
async fn two_devices_answer_on_one_serial_bus() {
    let mut device = Pty::open();
    let mut heard = device.heard();
    let mut wire = open_bus(&device);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    for unit in [1, 2] {
        ask(&wire, u64::from(unit), unit).await;
        let (receiver, asked) = hear(heard).await;
        heard = receiver;
        assert_eq!(asked, with_crc(&[unit, 3, 0, 0, 0, 1]));
        device.say(&with_crc(&[unit, 3, 2, 0, 40 + unit]));
        assert_eq!(
            reply(&mut wire).await,
            (u64::from(unit), OwnedAnswer::Registers(vec![40 + u16::from(unit)]))
        );
    }
}

#[tokio::test]
async fn a_late_reply_on_a_serial_bus_is_drained_before_the_next_question() {
    let mut device = Pty::open();
    let heard = device.heard();
    let mut wire = open_bus(&device);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    ask(&wire, 1, 1).await;
    let (heard, _) = hear(heard).await;
    assert_eq!(reply(&mut wire).await, (1, OwnedAnswer::Timeout));
    assert!(is_lost(&next_event(&mut wire).await));
    assert!(is_lost(&next_event(&mut wire).await));
    device.say(&with_crc(&[1, 3, 2, 0, 111]));
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    ask(&wire, 2, 1).await;
    let (_heard, _) = hear(heard).await;
    device.say(&with_crc(&[1, 3, 2, 0, 222]));
    assert_eq!(reply(&mut wire).await, (2, OwnedAnswer::Registers(vec![222])));
}

#[tokio::test]
async fn an_answer_with_a_wrong_checksum_is_no_answer() {
    let mut device = Pty::open();
    let heard = device.heard();
    let mut wire = open_bus(&device);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    assert_eq!(next_event(&mut wire).await, Event::Connected);
    ask(&wire, 1, 1).await;
    let _heard = hear(heard).await;
    device.say(&[1, 3, 2, 0, 111, 0, 0]);
    assert_eq!(reply(&mut wire).await, (1, OwnedAnswer::Timeout));
    assert!(is_lost(&next_event(&mut wire).await));
}
