//! Events and operations as payloads of a recording, and back. The grammar is in `docs/wire.md`.

use bytes::Bytes;
use greenlane_driver::Request;
use greenlane_model::{Stamp, escape, unescape};

use crate::wire_file::{Direction, WireLine};
use crate::{Event, Op, OwnedAnswer};

/// An event or operation in the form it has in a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which way it went.
    pub direction: Direction,
    /// Its payload, unescaped.
    pub payload: Vec<u8>,
}

/// A payload that cannot be turned back into an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no {0}")]
pub struct RecordError(pub &'static str);

impl Record {
    /// How an event is written down.
    pub fn of_event(event: &Event) -> Self {
        let (direction, payload) = match event {
            Event::Connected => (Direction::Link, b"connected".to_vec()),
            Event::Lost { reason } => (Direction::Link, format!("lost {reason}").into_bytes()),
            Event::Dropped { bytes, reason } => {
                (Direction::Link, format!("dropped {bytes} {reason}").into_bytes())
            }
            Event::Frame(frame) => (Direction::FromDevice, frame.to_vec()),
            Event::Reply { id, sent, received, answer } => {
                let took_ns = received.mono_ns.saturating_sub(sent.mono_ns);
                (Direction::FromDevice, format!("reply {id} {took_ns} {}", answer_text(answer)).into_bytes())
            }
            Event::Request { id, content_type, query, body } => {
                let head = format!("request {id}\n{content_type}\n{query}\n");
                (Direction::FromDevice, [head.as_bytes(), body].concat())
            }
            Event::File { path, sha256, bytes, head, sidecar } => {
                let length = sidecar.as_ref().map_or("-".to_owned(), |sidecar| sidecar.len().to_string());
                let line =
                    format!("file {sha256} {bytes} {} {length} {}\n", head.len(), escape(path.as_bytes()));
                let sidecar = sidecar.as_deref().unwrap_or_default();
                (Direction::FromDevice, [line.as_bytes(), head, sidecar].concat())
            }
        };
        Self { direction, payload }
    }

    /// How an operation is written down.
    pub fn of_op(op: &Op) -> Self {
        let payload = match op {
            Op::Send(bytes) => bytes.clone(),
            Op::Modbus { id, request } => format!("ask {id} {}", request_text(request)).into_bytes(),
            Op::Respond { id, status, body } => format!("respond {id} {status}\n{body}").into_bytes(),
        };
        Self { direction: Direction::ToDevice, payload }
    }
}

/// The event in `line`, which was recorded from a link of this `kind` and happened at `at`; `None` for what
/// went to the device.
pub fn event(line: WireLine, kind: &str, at: Stamp) -> Result<Option<Event>, RecordError> {
    match (line.direction, kind) {
        (Direction::ToDevice, _) => Ok(None),
        (Direction::Link, _) => {
            link_event(&line.payload).ok_or(RecordError("connected, lost or dropped")).map(Some)
        }
        (Direction::FromDevice, "modbus") => {
            reply(&line.payload, at).ok_or(RecordError("Modbus reply")).map(Some)
        }
        (Direction::FromDevice, "http_push") => {
            request(line.payload.into()).ok_or(RecordError("HTTP request")).map(Some)
        }
        (Direction::FromDevice, "folder") => file(line.payload.into()).ok_or(RecordError("file")).map(Some),
        (Direction::FromDevice, _) => Ok(Some(Event::Frame(line.payload.into()))),
    }
}

/// A Modbus request in words, e.g. `read_coils unit 1 address 0 count 8`.
pub fn request_text(request: &Request) -> String {
    let read = |name: &str, unit: u8, address: u16, count: u16| {
        format!("{name} unit {unit} address {address} count {count}")
    };
    let write = |name: &str, unit: u8, address: u16, values: String| {
        format!("{name} unit {unit} address {address} {values}")
    };
    match request {
        Request::ReadCoils { unit, address, count } => read("read_coils", *unit, *address, *count),
        Request::ReadDiscreteInputs { unit, address, count } => {
            read("read_discrete_inputs", *unit, *address, *count)
        }
        Request::ReadHoldingRegisters { unit, address, count } => {
            read("read_holding_registers", *unit, *address, *count)
        }
        Request::ReadInputRegisters { unit, address, count } => {
            read("read_input_registers", *unit, *address, *count)
        }
        Request::WriteCoil { unit, address, on } => write("write_coil", *unit, *address, bits(&[*on])),
        Request::WriteCoils { unit, address, on } => write("write_coils", *unit, *address, bits(on)),
        Request::WriteRegister { unit, address, value } => {
            write("write_register", *unit, *address, numbers(&[*value]))
        }
        Request::WriteRegisters { unit, address, values } => {
            write("write_registers", *unit, *address, numbers(values))
        }
    }
}

fn answer_text(answer: &OwnedAnswer) -> String {
    match answer {
        OwnedAnswer::Registers(values) => format!("registers {}", numbers(values)),
        OwnedAnswer::Bits(on) => format!("bits {}", bits(on)),
        OwnedAnswer::Written => "written".to_owned(),
        OwnedAnswer::Exception(code) => format!("exception {code}"),
        OwnedAnswer::Timeout => "timeout".to_owned(),
    }
}

fn bits(on: &[bool]) -> String {
    on.iter().map(|&on| if on { '1' } else { '0' }).collect()
}

fn numbers(values: &[u16]) -> String {
    values.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}

fn link_event(payload: &[u8]) -> Option<Event> {
    let text = std::str::from_utf8(payload).ok()?;
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match word {
        "connected" => Some(Event::Connected),
        "lost" => Some(Event::Lost { reason: rest.to_owned() }),
        "dropped" => {
            let (bytes, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            Some(Event::Dropped { bytes: bytes.parse().ok()?, reason: reason.to_owned() })
        }
        _ => None,
    }
}

fn reply(payload: &[u8], received: Stamp) -> Option<Event> {
    let mut words = std::str::from_utf8(payload).ok()?.splitn(4, ' ');
    if words.next()? != "reply" {
        return None;
    }
    let id = words.next()?.parse().ok()?;
    let took_ns = i64::try_from(words.next()?.parse::<u64>().ok()?).ok()?;
    let answer = answer(words.next()?)?;
    Some(Event::Reply { id, sent: received.shifted(-took_ns), received, answer })
}

fn answer(text: &str) -> Option<OwnedAnswer> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "registers" => OwnedAnswer::Registers(
            rest.split(',')
                .filter(|text| !text.is_empty())
                .map(|number| number.parse().ok())
                .collect::<Option<_>>()?,
        ),
        "bits" => OwnedAnswer::Bits(
            rest.bytes()
                .map(|byte| match byte {
                    b'0' => Some(false),
                    b'1' => Some(true),
                    _ => None,
                })
                .collect::<Option<_>>()?,
        ),
        "written" => OwnedAnswer::Written,
        "exception" => OwnedAnswer::Exception(rest.parse().ok()?),
        "timeout" => OwnedAnswer::Timeout,
        _ => return None,
    })
}

fn request(mut payload: Bytes) -> Option<Event> {
    let first = take_line(&mut payload)?;
    let id = first.strip_prefix("request ")?.parse().ok()?;
    let content_type = take_line(&mut payload)?;
    let query = take_line(&mut payload)?;
    Some(Event::Request { id, content_type, query, body: payload })
}

fn file(mut payload: Bytes) -> Option<Event> {
    let line = take_line(&mut payload)?;
    let mut words = line.splitn(6, ' ');
    if words.next()? != "file" {
        return None;
    }
    let sha256 = words.next()?.to_owned();
    let bytes = words.next()?.parse().ok()?;
    let head_length: usize = words.next()?.parse().ok()?;
    let sidecar_length = words.next()?;
    let path = String::from_utf8(unescape(words.next()?)?).ok()?;
    if head_length > payload.len() {
        return None;
    }
    let head = payload.split_to(head_length);
    let sidecar = match sidecar_length {
        "-" if payload.is_empty() => None,
        length => Some(payload).filter(|rest| length.parse() == Ok(rest.len()))?.into(),
    };
    Some(Event::File { path, sha256, bytes, head, sidecar })
}

/// Takes text up to the next LF off the front.
fn take_line(payload: &mut Bytes) -> Option<String> {
    let end = payload.iter().position(|&byte| byte == b'\n')?;
    let line = payload.split_to(end + 1);
    String::from_utf8(line[..end].to_vec()).ok()
}

#[cfg(test)]
mod tests;
