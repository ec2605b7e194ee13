//! Faults in what a reader of numbers says.

use greenlane_driver::model::{Body, Check, Phase, Position, Read, Stamp, expected_check_digit};
use greenlane_driver::{Outbox, Seen};
use greenlane_http::ocr::Ocr;

use crate::good::pass;
use crate::mutation::Mutation;

fn container(body: &mut Body) -> Option<&mut Read> {
    if let Body::Container(read) = body { Some(read) } else { None }
}

/// The weights of the check digit run from the right.
#[derive(Default)]
pub struct WeightsFromRight;

impl Mutation for WeightsFromRight {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f79";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Some(read) = container(&mut seen.body)
            && let Some((prefix, digit)) = read.text.as_deref().and_then(|text| text.split_at_checked(10))
        {
            read.check = if digit == mirrored(prefix).to_string() { Check::Ok } else { Check::Bad };
        }
        pass(seen, out);
    }
}

/// ISO 6346's sum with its weights the wrong way round.
fn mirrored(prefix: &str) -> u32 {
    let value = |c: char| match c.to_digit(36).unwrap_or(0) {
        // Letters skip the multiples of 11.
        n @ 0..=10 => n,
        n @ 11..=20 => n + 1,
        n @ 21..=30 => n + 2,
        n => n + 3,
    };
    let sum: u32 = prefix.chars().rev().enumerate().map(|(i, c)| value(c) << i).sum();
    sum % 11 % 10
}

/// A last digit that does not fit is put right.
#[derive(Default)]
pub struct Repaired;

impl Mutation for Repaired {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f80";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Some(read) = container(&mut seen.body)
            && read.check == Check::Bad
            && let Some((prefix, _)) = read.text.as_deref().and_then(|text| text.split_at_checked(10))
            && let Some(digit) = expected_check_digit(prefix)
        {
            read.text = Some(format!("{prefix}{digit}"));
            read.check = Check::Ok;
        }
        pass(seen, out);
    }
}

/// A look that gave no text is not told.
#[derive(Default)]
pub struct NoReadLost;

impl Mutation for NoReadLost {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f81";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if container(&mut seen.body).is_none_or(|read| read.text.is_some()) {
            pass(seen, out);
        }
    }
}

/// A correction is a read of its own.
#[derive(Default)]
pub struct CorrectionIsNew;

impl Mutation for CorrectionIsNew {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f82";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Some(read) = container(&mut seen.body)
            && read.phase == Phase::Corrected
        {
            read.phase = Phase::Final;
            read.event = None;
        }
        pass(seen, out);
    }
}

/// Only the first of a list is told.
#[derive(Default)]
pub struct FirstOnly;

impl Mutation for FirstOnly {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f83";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if container(&mut seen.body).is_none_or(|read| read.position != Position::Rear) {
            pass(seen, out);
        }
    }
}

/// Without a confidence the reader is taken to be sure.
#[derive(Default)]
pub struct SureWithoutSaying;

impl Mutation for SureWithoutSaying {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f84";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Container(read) | Body::Plate(read) = &mut seen.body {
            read.confidence = read.confidence.or(Some(1.0));
        }
        pass(seen, out);
    }
}

/// The letter O of a plate becomes the digit 0.
#[derive(Default)]
pub struct LetterIsDigit;

impl Mutation for LetterIsDigit {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f85";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Plate(read) = &mut seen.body {
            read.text = read.text.take().map(|text| text.replace('O', "0"));
        }
        pass(seen, out);
    }
}

/// A result whose first four letters are those of the last one is taken for the last one.
#[derive(Default)]
pub struct SameOwnerLost {
    last: String,
}

impl Mutation for SameOwnerLost {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f86";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        let text = container(&mut seen.body).and_then(|read| read.text.as_deref());
        let owner: String = text.unwrap_or_default().chars().take(4).collect();
        if owner.is_empty() || std::mem::replace(&mut self.last, owner.clone()) != owner {
            pass(seen, out);
        }
    }
}
