//! Faults in reading lines.

use std::borrow::Cow;
use std::collections::BTreeMap;

use greenlane_driver::model::{Body, Raw, Stamp};
use greenlane_driver::{Input, Outbox, Seen};
use greenlane_tsa::vm250::Vm250;

use crate::good::{Good, Said, pass};
use crate::mutation::Mutation;

/// Whether a line is one of four counts, by its tag.
fn has_counts(line: &[u8]) -> bool {
    let tags = [b"GS,", b"GA,", b"NS,", b"NA,", b"GB,", b"NB,", b"GX,", b"GH,", b"GL,", b"NH,"];
    tags.iter().any(|tag| line.starts_with(*tag))
}

fn is_count(field: &[u8]) -> bool {
    field.len() == 6 && field.iter().all(u8::is_ascii_digit)
}

/// The line with each field made anew by `field`, which is told its number.
fn rewritten(line: &[u8], mut field: impl FnMut(usize, &[u8]) -> Vec<u8>) -> Vec<u8> {
    let fields = line.split(|&byte| byte == b',').enumerate();
    let fields: Vec<_> =
        fields.map(|(i, text)| if i == 0 { text.to_vec() } else { field(i, text) }).collect();
    fields.join(&b","[..])
}

/// Three fields are enough, the fourth is 0 then.
#[derive(Default)]
pub struct ThreeFields;

impl Mutation for ThreeFields {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f26";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let three =
            has_counts(line) && line.split(|&byte| byte == b',').skip(1).filter(|f| is_count(f)).count() == 3;
        Some(match line.strip_suffix(b",").unwrap_or(line) {
            short if three && short.len() == 23 => Cow::Owned([short, b",000000"].concat()),
            _ => Cow::Borrowed(line),
        })
    }
}

/// A field that cannot be read takes its last value.
#[derive(Default)]
pub struct LastValue {
    last: BTreeMap<(u8, usize), Vec<u8>>,
}

impl Mutation for LastValue {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f27";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if !has_counts(line) {
            return Some(Cow::Borrowed(line));
        }
        Some(Cow::Owned(rewritten(line, |i, field| {
            let place = (line[0], i);
            if is_count(field) {
                self.last.insert(place, field.to_vec());
            }
            self.last.get(&place).map_or_else(|| field.to_vec(), Vec::clone)
        })))
    }
}

/// A number is read up to the first letter.
#[derive(Default)]
pub struct UpToLetter;

impl Mutation for UpToLetter {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f28";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if !has_counts(line) {
            return Some(Cow::Borrowed(line));
        }
        Some(Cow::Owned(rewritten(line, |_, field| {
            let digits = field.iter().take_while(|byte| byte.is_ascii_digit()).count();
            match digits {
                1..6 if field.get(digits).is_some_and(u8::is_ascii_alphabetic) => {
                    [&b"000000"[digits..], &field[..digits]].concat()
                }
                _ => field.to_vec(),
            }
        })))
    }
}

/// A tag that nobody knows starts the portal anew.
#[derive(Default)]
pub struct UnknownResets;

impl Mutation for UnknownResets {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f30";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let mut said = good.handle(now, input);
        if said.iter().any(|said| is_raw(said, "unknown tag")) {
            said.extend(good.handle(now, Input::Lost { reason: "an unknown tag" }));
            said.extend(good.handle(now, Input::Connected));
        }
        said.into_iter().for_each(|said| said.pass(out));
    }
}

fn is_raw(said: &Said, reason: &str) -> bool {
    matches!(said, Said::Observe(seen) if matches!(&seen.body, Body::Raw(raw) if raw.reason == reason))
}

/// What cannot be read is kept as text, in which a byte that is no UTF-8 is lost.
#[derive(Default)]
pub struct RawIsText {
    line: String,
}

impl Mutation for RawIsText {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f31";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        self.line = String::from_utf8_lossy(line).into_owned();
        Some(Cow::Borrowed(line))
    }

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Raw(raw) = &mut seen.body {
            *raw = Raw::new(raw.reason.clone(), self.line.as_bytes());
        }
        pass(seen, out);
    }
}

/// Three lines in a row that cannot be read lock it for ever.
#[derive(Default)]
pub struct LocksUp {
    in_a_row: u32,
}

impl Mutation for LocksUp {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f32";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let is_line = matches!(input, Input::Frame(_));
        let said = good.handle(now, input);
        if self.in_a_row >= 3 {
            return;
        }
        if is_line {
            let raws = said.iter().any(|s| matches!(s, Said::Observe(s) if matches!(s.body, Body::Raw(_))));
            self.in_a_row = if raws { self.in_a_row + 1 } else { 0 };
        }
        said.into_iter().for_each(|said| said.pass(out));
    }
}
