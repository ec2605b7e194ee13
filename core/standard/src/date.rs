//! A day of the calendar. What "today" is comes as an argument.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A day, written `YYYY-MM-DD`; days order as their text does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub struct Date(String);

/// As JSON and TOML write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Toml(toml::value::Datetime),
}

impl Date {
    /// A day from its text.
    ///
    /// # Errors
    /// A sentence when it is no day of the Gregorian calendar in the form `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no day: YYYY-MM-DD");
        let date = text.parse::<toml::value::Datetime>().map_err(|_| wrong())?;
        match date {
            toml::value::Datetime { date: Some(_), time: None, offset: None } if text.len() == 10 => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(wrong()),
        }
    }

    /// Days since 1970-01-01 (negative before).
    pub fn days(&self) -> i64 {
        let part = |range: std::ops::Range<usize>| self.0[range].parse::<i64>().unwrap_or_default();
        let (year, month, day) = (part(0..4), part(5..7), part(8..10));
        // Days from civil, with the year beginning in March (H. Hinnant's public algorithm).
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// The day of a time in seconds since 1970-01-01T00:00:00Z; times outside the years 0 to 9999 are their
    /// first or last day.
    pub fn of_seconds(utc_s: i64) -> Self {
        // Civil from days, with the year beginning in March (H. Hinnant's public algorithm).
        let days = utc_s.div_euclid(86_400).clamp(-719_528, 2_932_896) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        Self(format!("{year:04}-{month:02}-{day:02}"))
    }

    /// The same day `months` later, or the last day of that month.
    pub fn plus_months(&self, months: u32) -> Self {
        let part = |range: std::ops::Range<usize>| self.0[range].parse::<u32>().unwrap_or_default();
        let months = part(0..4) * 12 + part(5..7) - 1 + months;
        let (year, month) = ((months / 12).min(9999), months % 12 + 1);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        Self(format!("{year:04}-{month:02}-{:02}", part(8..10).min(last)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<Written> for Date {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Text(text) => Self::parse(&text),
            Written::Toml(date) => Self::parse(&date.to_string()),
        }
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.0
    }
}
