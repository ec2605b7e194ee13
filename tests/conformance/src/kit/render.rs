//! From facts to what is on the wire.

use std::collections::BTreeMap;

use greenlane_model::rfc3339;
use serde_json::Value;

use super::{BookPoint, Kit, Rendered, Words};
use crate::far::Change;
use crate::rig::START;
use crate::scene::{Event, Fact, ImageFact};
use crate::script::{Act, FileAct, Step};

/// What a fact is on the wire.
pub fn steps(kit: &Kit, event: &Event) -> Vec<Step> {
    let one = |act| vec![Step::at(event.at_ns, act)];
    match &event.fact {
        Fact::Connected => {
            let mut steps: Vec<Step> = if event.at_ns == 0 { rest(kit) } else { Vec::new() };
            steps.push(Step::at(event.at_ns, Act::Connect));
            steps
        }
        Fact::Lost => one(Act::Lose("the other side closed".into())),
        Fact::Command { body } => one(Act::Command(body.clone())),
        Fact::Manners { manners } => one(Act::Bank(Change::Manners(*manners))),
        Fact::Foreign { text } => one(stream(kit, text)),
        Fact::Presence { point, covered } => {
            let Some(point) = kit.point(point) else { return Vec::new() };
            one(Act::Bank(set(point, vec![u16::from(*covered != point.invert)])))
        }
        Fact::Counter { point, value } => {
            let Some(point) = kit.point(point) else { return Vec::new() };
            one(Act::Bank(set(point, registers(point, *value))))
        }
        fact => {
            let Some(rendered) = text(kit, fact, event.at_ns) else { return Vec::new() };
            match fact {
                Fact::Read(_) => one(Act::Post {
                    content_type: kit.book.wire.content_type.clone(),
                    query: String::new(),
                    body: rendered.text.into_bytes(),
                }),
                Fact::Image(image) => one(Act::File(file(image, rendered.text.into_bytes()))),
                _ => one(stream(kit, &rendered.text)),
            }
        }
    }
}

/// The text of a fact with its fields.
pub fn text(kit: &Kit, fact: &Fact, at_ns: u64) -> Option<Rendered> {
    let phrase = kit.book.phrase.iter().find(|phrase| phrase.says(fact))?;
    phrase.render(fact, &clock(fact, at_ns))
}

/// The device's own time, which may be wrong on purpose.
fn clock(fact: &Fact, at_ns: u64) -> BTreeMap<String, Value> {
    let ahead_s = match fact {
        Fact::Read(read) => read.clock_ahead_s,
        _ => 0.0,
    };
    let now = START.utc_ns + i64::try_from(at_ns).unwrap_or(i64::MAX);
    let shown = now.saturating_add((ahead_s * 1e9) as i64);
    BTreeMap::from([
        ("device_unix_ms".to_owned(), Value::from(shown / 1_000_000)),
        ("device_unix_s".to_owned(), Value::from(shown / 1_000_000_000)),
        ("device_rfc3339".to_owned(), Value::from(rfc3339(shown))),
    ])
}

fn stream(kit: &Kit, text: &str) -> Act {
    Act::Bytes([&kit.book.wire.begin, text, &kit.book.wire.end].concat().into_bytes())
}

/// A healthy device with nobody in front of it.
fn rest(kit: &Kit) -> Vec<Step> {
    let told = kit.book.rest.iter().map(|r| Change::Set {
        table: r.table,
        address: r.address,
        values: r.values.clone(),
    });
    let points = kit.book.point.iter().map(|point| match point.kind {
        super::PointKind::Counter => set(point, registers(point, 0)),
        super::PointKind::Input => set(point, vec![u16::from(point.invert)]),
        super::PointKind::Output => set(point, vec![0]),
    });
    told.chain(points).map(|change| Step::at(0, Act::Bank(change))).collect()
}

fn set(point: &BookPoint, values: Vec<u16>) -> Change {
    Change::Set { table: point.table, address: point.address, values }
}

/// A counter's registers.
fn registers(point: &BookPoint, value: u64) -> Vec<u16> {
    // Cutting is what a register does.
    let (high, low) = ((value >> 16) as u16, value as u16);
    match (point.width, point.words) {
        (16, _) => vec![low],
        (_, Words::HighFirst) => vec![high, low],
        (_, Words::LowFirst) => vec![low, high],
    }
}

fn file(image: &ImageFact, sidecar: Vec<u8>) -> FileAct {
    let head = png_head(image);
    // Nobody reads the file itself: the host hashes it, the driver hands the hash on.
    let sha256 = blake3::hash(image.stem.as_bytes()).to_hex().to_string();
    let bytes = u64::from(image.width_px) * u64::from(image.height_px) * u64::from(image.bits / 8).max(1);
    FileAct { path: format!("/scans/{}.png", image.stem), sha256, bytes, head, sidecar: Some(sidecar) }
}

/// Signature and first chunk of a grey PNG (PNG specification, third edition, 11.2.1).
pub fn png_head(image: &ImageFact) -> Vec<u8> {
    let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    head.extend(image.width_px.to_be_bytes());
    head.extend(image.height_px.to_be_bytes());
    head.extend([image.bits, 0, 0, 0, 0]);
    let check = crc32(&head[12..]);
    head.extend(check.to_be_bytes());
    head
}

/// CRC-32 as PNG uses it (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}
