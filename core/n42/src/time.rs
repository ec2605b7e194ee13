//! `xsd:dateTime` and `xsd:duration`, as N42.42 uses them, to the microsecond.

use std::fmt;

use crate::repair::{Notes, Rule};

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
const DAY_US: i64 = 24 * 60 * MINUTE_US;
/// Longest duration that is believed: a hundred years.
const MAX_DURATION_S: f64 = 3.2e9;

/// A point in time as an instrument wrote it, with its zone where it has one. Ordered by what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime {
    /// Microseconds from 1970-01-01T00:00:00 to what is written, both in the same zone.
    pub local_us: i64,
    /// The zone, in minutes east of Greenwich; none when the instrument did not say.
    pub zone_min: Option<i16>,
}

impl DateTime {
    /// Nanoseconds since 1970-01-01T00:00:00Z; without a zone, what is written is taken for UTC. Saturating:
    /// years before 1678 and after 2262 do not fit.
    pub fn utc_ns(self) -> i64 {
        let zone_us = i64::from(self.zone_min.unwrap_or(0)) * MINUTE_US;
        (self.local_us - zone_us).saturating_mul(1000)
    }

    /// From nanoseconds since 1970-01-01T00:00:00Z, written in UTC and cut to microseconds.
    pub fn from_utc_ns(utc_ns: i64) -> Self {
        Self { local_us: utc_ns.div_euclid(1000), zone_min: Some(0) }
    }

    /// Seconds from `earlier` to this moment.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        let zone_us = |time: Self| i64::from(time.zone_min.unwrap_or(0)) * MINUTE_US;
        ((self.local_us - zone_us(self)) - (earlier.local_us - zone_us(earlier))) as f64 / SECOND_US as f64
    }

    /// `2003-11-22T23:45:00.1-07:00`. Years 1 to 9999. A space for the `T` and a zone without colon are taken
    /// and noted.
    pub(crate) fn read(text: &str, at: usize, notes: &mut Notes) -> Option<Self> {
        let text = text.trim();
        let (date, rest) = (text.get(..10)?, text.get(10..)?);
        let (time, zone) = split_zone(rest.get(1..)?);
        match rest.as_bytes().first()? {
            b'T' => (),
            b' ' | b't' => notes.add(Rule::TimeForm, at),
            _ => return None,
        }
        let zone_min = match zone {
            "" => None,
            "Z" => Some(0),
            _ => Some(zone_minutes(zone, at, notes)?),
        };
        let local_us = days(date)?.checked_mul(DAY_US)?.checked_add(time_us(time)?)?;
        Some(Self { local_us, zone_min })
    }
}

impl fmt::Display for DateTime {
    /// At least three digits behind the second, as many as are needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.local_us.div_euclid(DAY_US));
        let us = self.local_us.rem_euclid(DAY_US);
        let (hour, minute) = (us / (60 * MINUTE_US), us / MINUTE_US % 60);
        let (second, fraction) = (us / SECOND_US % 60, us % SECOND_US);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match fraction % 1000 {
            0 => write!(f, ".{:03}", fraction / 1000)?,
            _ => write!(f, ".{fraction:06}")?,
        }
        match self.zone_min {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(zone) => {
                let sign = if zone < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", zone.unsigned_abs() / 60, zone.unsigned_abs() % 60)
            }
        }
    }
}

/// The clock, and what stands behind it: `Z`, `+08:00` or nothing.
fn split_zone(text: &str) -> (&str, &str) {
    match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    }
}

fn zone_minutes(zone: &str, at: usize, notes: &mut Notes) -> Option<i16> {
    let (sign, digits) = zone.split_at_checked(1)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None => {
            notes.add(Rule::ZoneWithoutColon, at);
            // `-07` has no minutes.
            digits.split_at_checked(2)?
        }
    };
    let minutes = if minutes.is_empty() { 0 } else { number(minutes, 2)? };
    let total = i16::try_from(number(hours, 2)? * 60 + minutes).ok().filter(|min| *min <= 14 * 60)?;
    (minutes < 60).then_some(if sign == "-" { -total } else { total })
}

/// Digits only, exactly `width` of them.
fn number(text: &str, width: usize) -> Option<i64> {
    let digits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn time_us(time: &str) -> Option<i64> {
    let mut parts = time.splitn(3, ':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let (second, fraction) = second.split_once('.').unwrap_or((second, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros = format!("{:0<6.6}", fraction).parse::<i64>().ok()?;
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    let midnight = hour == 24 && (minute, second, micros) == (0, 0, 0);
    let us = (hour * 60 + minute) * MINUTE_US + second * SECOND_US + micros;
    ((hour < 24 || midnight) && minute < 60 && second < 60).then_some(us)
}

/// Days from 1970-01-01 to `2003-11-22`, by the proleptic Gregorian calendar (H. Hinnant's algorithm).
fn days(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if year == 0 || !(1..=12).contains(&month) {
        return None;
    }
    let shifted = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    // A day that the month does not have comes back as another.
    (civil(days) == (year, month, day)).then_some(days)
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Seconds of `PT1M5.2S`. Days, hours, minutes and seconds; years and months have no length. Plain seconds
/// (`0.2`) are taken and noted. None when negative or unreadable.
pub(crate) fn read_duration(text: &str, at: usize, notes: &mut Notes) -> Option<f64> {
    let text = text.trim();
    let seconds = match text.strip_prefix('P') {
        Some(parts) => parts_of(parts)?,
        None => {
            let seconds = crate::number::read_one(text)?;
            notes.add(Rule::BareSeconds, at);
            seconds
        }
    };
    (0.0..=MAX_DURATION_S).contains(&seconds).then_some(seconds)
}

fn parts_of(text: &str) -> Option<f64> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    if time.is_empty() && (text.contains('T') || text.is_empty()) {
        return None;
    }
    let mut seconds = 0.0;
    let mut rest = date;
    for (unit, length) in [('D', 86_400.0), ('H', 3600.0), ('M', 60.0), ('S', 1.0)] {
        if unit == 'H' {
            if !rest.is_empty() {
                return None;
            }
            rest = time;
        }
        if let Some((count, behind)) = rest.split_once(unit) {
            seconds += crate::number::read_one(count)? * length;
            rest = behind;
        }
    }
    rest.is_empty().then_some(seconds)
}

/// A duration in seconds as `PT0.2S`.
pub(crate) fn write_duration(seconds: f64) -> String {
    format!("PT{seconds}S")
}
