//! Lists of numbers, compared as the rules compare them: what is no number compares with nothing.

use crate::strict::{double, is_space};

/// The values of a list.
pub(super) fn values(text: &str) -> impl Iterator<Item = f64> {
    items(text).map(|item| double(item).unwrap_or(f64::NAN))
}

pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|item| !item.is_empty())
}

pub(super) fn count(text: &str) -> usize {
    items(text).count()
}

/// Each value is greater than the one before it.
pub(super) fn increases(text: &str) -> bool {
    values(text).zip(values(text).skip(1)).all(|(before, value)| before < value)
}

/// No value is less than the one before it.
pub(super) fn never_decreases(text: &str) -> bool {
    !values(text).zip(values(text).skip(1)).any(|(before, value)| before > value)
}

/// Each value of the first list is less than its partner in the second.
pub(super) fn below(first: &str, second: &str) -> bool {
    let partners = values(second).map(Some).chain(std::iter::repeat(None));
    values(first).zip(partners).all(|(value, partner)| partner.is_some_and(|partner| value < partner))
}

/// Counted zeroes: each zero is followed by a whole number that is not zero, so none stands at the end.
pub(super) fn zeroes_counted(text: &str) -> bool {
    let ends_in_zero = values(text).last() == Some(0.0);
    let counted = |(value, next): (f64, f64)| value != 0.0 || (next != 0.0 && next.floor() == next);
    !ends_in_zero && values(text).zip(values(text).skip(1)).all(counted)
}

/// How many channels a list of channel data stands for. With counted zeroes each zero and the count behind it
/// are one entry, which stands for as many channels as it says.
pub(super) fn channels(text: &str, counted_zeroes: bool) -> f64 {
    let length = count(text) as f64;
    if !counted_zeroes {
        return length;
    }
    let (mut zeroes, mut runs) = (0.0, 0.0);
    for (value, next) in values(text).zip(values(text).skip(1)) {
        let is_zero = if value == 0.0 { 1.0 } else { 0.0 };
        zeroes += is_zero * next;
        runs += is_zero;
    }
    zeroes + length - 2.0 * runs
}
