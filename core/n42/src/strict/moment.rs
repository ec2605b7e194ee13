//! Dates and durations of XML Schema, in the forms that xmllint takes.

use super::lexical::{anchored_digits, is_space};

/// A point in time that a document names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// Seconds since 1970-01-01T00:00:00 UTC. A time without a zone counts as UTC.
    pub seconds: i128,
    /// Whether a fraction of a second follows.
    pub fraction: bool,
}

/// `YYYY-MM-DDThh:mm:ss(.s+)(Z|+hh:mm)`, a year of more than four digits or before our era included.
pub(crate) fn date_time(text: &str) -> Option<Moment> {
    let (date, time) = text.split_once('T')?;
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => (&time[..at], Some(time[at..].trim_end_matches(is_space))),
        None => (time, None),
    };
    let days = days(date)?;
    let (of_day, fraction) = second_of_day(clock)?;
    let zone = zone.map_or(Some(0), zone_seconds)?;
    let seconds = i128::from(days) * 86_400 + i128::from(of_day - zone);
    Some(Moment { seconds, fraction })
}

/// The sign of `P1Y2M3DT4H5M6.7S`: -1, 0 or 1.
pub(super) fn duration(text: &str) -> Option<i8> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    let date_nonzero = fields(date, "YMD")?;
    let time_nonzero = fields(time, "HMS")?;
    let nonzero = date_nonzero || time_nonzero;
    (!rest.is_empty()).then_some(if nonzero { sign } else { 0 })
}

/// Numbers, each followed by one of `units` in this order. Whether one of them is not zero.
fn fields(text: &str, units: &str) -> Option<bool> {
    let (mut rest, mut units, mut nonzero) = (text, units, false);
    while !rest.is_empty() {
        let at = rest.find(|c: char| c.is_ascii_uppercase())?;
        let (number, unit) = (&rest[..at], &rest[at..=at]);
        let place = units.find(unit)?;
        units = &units[place + 1..];
        rest = &rest[at + 1..];
        let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
        let plain = number.bytes().all(|byte| byte.is_ascii_digit());
        if !(plain || unit == "S") || !anchored_digits(number) || number.starts_with(['+', '-']) {
            return None;
        }
        // More digits do not fit what xmllint counts with.
        if whole.trim_start_matches('0').len() > 18 {
            return None;
        }
        nonzero |= number.bytes().any(|byte| byte != b'0' && byte != b'.');
    }
    Some(nonzero)
}

/// Exactly `width` digits.
fn digits(text: &str, width: usize) -> Option<i64> {
    let plain = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Days from 1970-01-01, by the proleptic Gregorian calendar (H. Hinnant's algorithm).
fn days(date: &str) -> Option<i64> {
    let (unsigned, negative) = match date.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (date, false),
    };
    let mut parts = unsigned.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let padded = year.len() > 4 && year.starts_with('0');
    if parts.next().is_some() || padded || !(4..=16).contains(&year.len()) {
        return None;
    }
    let (year, month, day) = (digits(year, year.len())?, digits(month, 2)?, digits(day, 2)?);
    let year = if negative { -year } else { year };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year == 0 || !(1..=last).contains(&day) {
        return None;
    }
    let shifted = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// `hh:mm:ss(.s+)`; midnight may be written as hour 24 of the day before.
fn second_of_day(clock: &str) -> Option<(i64, bool)> {
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let (second, fraction) = match second.split_once('.') {
        Some((_, "")) => return None,
        Some(split) => split,
        None => (second, ""),
    };
    if parts.next().is_some() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.bytes().any(|byte| byte != b'0');
    let (hour, minute, second) = (digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?);
    let midnight = (hour, minute, second, fraction) == (24, 0, 0, false);
    let fits = (hour < 24 || midnight) && minute < 60 && second < 60;
    fits.then_some((hour * 3600 + minute * 60 + second, fraction))
}

/// Seconds east of Greenwich: `Z` or `+hh:mm`, up to 14 hours.
fn zone_seconds(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let total = hours * 3600 + minutes * 60;
    let fits = minutes < 60 && total <= 14 * 3600;
    fits.then_some(if zone.starts_with('-') { -total } else { total })
}
