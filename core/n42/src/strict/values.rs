//! The text of a value against its type.
//!
//! The yardstick is xmllint (libxml2 2.9.14). Where it departs from the letter of XML Schema, its verdict is
//! taken: an empty list of references passes, an exponent may lack its digits (`1e`), a fraction of a second
//! may lack digits on one side of the point, a duration takes white space before it and a date with a zone takes
//! it behind, and nothing else about them; decimal numbers have at most 24 digits; base64
//! passes over foreign characters.

use super::lexical::{anchored_digits, base64, collapse, hex, is_ncname, is_space, non_blank, uri, uuid};
use super::moment::{date_time, duration};

/// The types of XML Schema that the format uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    AnyUri,
    Base64,
    Boolean,
    DateTime,
    Decimal,
    Double,
    Duration,
    HexBinary,
    Id,
    IdRef,
    IdRefs,
    PositiveInteger,
    String,
    Token,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    NonBlank,
    Uuid,
}

/// A text type: a builtin type with its facets, or a list of such.
#[derive(Debug, Clone)]
pub(super) struct Simple {
    pub builtin: Builtin,
    pub list: bool,
    /// The lower bound, and whether it belongs to the range.
    pub min: Option<(f64, bool)>,
    /// The upper bound, which belongs to the range.
    pub max: Option<f64>,
    /// Number of items of a list.
    pub length: Option<usize>,
    pub pattern: Option<Pattern>,
    pub one_of: Vec<&'static str>,
}

impl Builtin {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "anyURI" => Self::AnyUri,
            "base64Binary" => Self::Base64,
            "boolean" => Self::Boolean,
            "dateTime" => Self::DateTime,
            "decimal" => Self::Decimal,
            "double" => Self::Double,
            "duration" => Self::Duration,
            "hexBinary" => Self::HexBinary,
            "ID" => Self::Id,
            "IDREF" => Self::IdRef,
            "IDREFS" => Self::IdRefs,
            "positiveInteger" => Self::PositiveInteger,
            "string" => Self::String,
            "token" => Self::Token,
            _ => return None,
        })
    }
}

impl Simple {
    pub fn of(builtin: Builtin) -> Self {
        Self { builtin, list: false, min: None, max: None, length: None, pattern: None, one_of: Vec::new() }
    }

    /// What is wrong with `text`, in words that follow it; none when it is right.
    pub fn fault(&self, text: &str) -> Option<String> {
        if !self.list {
            return self.item_fault(text);
        }
        let mut count = 0;
        for item in text.split(is_space).filter(|item| !item.is_empty()) {
            if let Some(fault) = self.item_fault(item) {
                return Some(format!("has an item {:?} that {fault}", shorten(item)));
            }
            count += 1;
        }
        let length = self.length.filter(|length| *length != count)?;
        Some(format!("has {count} items and must have {length}"))
    }

    fn item_fault(&self, text: &str) -> Option<String> {
        let fits = match self.builtin {
            Builtin::String => true,
            Builtin::Token => return self.token_fault(text),
            Builtin::Double => return self.double_fault(text),
            Builtin::Decimal => return self.decimal_fault(text),
            Builtin::PositiveInteger => return Self::integer_fault(text),
            Builtin::Duration => return self.duration_fault(text),
            Builtin::AnyUri => uri(&collapse(text)),
            Builtin::Base64 => base64(text),
            Builtin::HexBinary => hex(text.trim_matches(is_space)),
            Builtin::Boolean => ["true", "false", "1", "0"].contains(&text.trim_matches(is_space)),
            Builtin::DateTime => date_time(text).is_some(),
            Builtin::Id | Builtin::IdRef => is_ncname(text.trim_matches(is_space)),
            Builtin::IdRefs => text.split(is_space).all(|name| name.is_empty() || is_ncname(name)),
        };
        match self.pattern {
            _ if !fits => Some(format!("is no {:?}", self.builtin)),
            Some(Pattern::Uuid) if !uuid(text) => Some("is no UUID".to_owned()),
            Some(Pattern::NonBlank) if !non_blank(text) => Some(
                "is blank, or has punctuation in more than one word, which the pattern does not allow"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    fn token_fault(&self, text: &str) -> Option<String> {
        let known = self.one_of.is_empty() || self.one_of.contains(&collapse(text).as_ref());
        (!known).then(|| format!("is none of {}", shorten(&self.one_of.join(", "))))
    }

    fn double_fault(&self, text: &str) -> Option<String> {
        match double(text.trim_matches(is_space)) {
            // XML Schema orders NaN above every number.
            Some(value) if value.is_nan() => self.range_fault(Place(f64::INFINITY, 1)),
            Some(value) => self.range_fault(Place(value, 0)),
            None => Some("is no number".to_owned()),
        }
    }

    fn decimal_fault(&self, text: &str) -> Option<String> {
        match decimal(text.trim_matches(is_space)) {
            Some(value) => self.range_fault(value),
            None => Some("is no decimal number of at most 24 digits".to_owned()),
        }
    }

    fn integer_fault(text: &str) -> Option<String> {
        let text = text.trim_matches(is_space);
        let fits = !text.contains('.') && decimal(text).is_some_and(|value| value > Place(0.0, 0));
        (!fits).then(|| "is no positive whole number of at most 24 digits".to_owned())
    }

    fn duration_fault(&self, text: &str) -> Option<String> {
        match duration(text.trim_start_matches(is_space)) {
            Some(sign) => self.range_fault(Place(f64::from(sign), 0)),
            None => Some("is no duration such as PT0.2S".to_owned()),
        }
    }

    fn range_fault(&self, value: Place) -> Option<String> {
        match (self.min, self.max) {
            (Some((min, _)), _) if value < Place(min, 0) => Some(format!("is below {min}")),
            (Some((min, false)), _) if value <= Place(min, 0) => Some(format!("is not above {min}")),
            (_, Some(max)) if value > Place(max, 0) => Some(format!("is above {max}")),
            _ => None,
        }
    }
}

/// A number of XML Schema's `double`, without white space around it.
pub(crate) fn double(text: &str) -> Option<f64> {
    // Nearly all are short whole numbers.
    if (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.bytes().fold(0u64, |sum, byte| sum * 10 + u64::from(byte - b'0')) as f64);
    }
    match text {
        "INF" => return Some(f64::INFINITY),
        "-INF" => return Some(f64::NEG_INFINITY),
        "NaN" => return Some(f64::NAN),
        _ => (),
    }
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, "0"),
    };
    let exponent_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let number = anchored_digits(mantissa) && exponent_digits.bytes().all(|byte| byte.is_ascii_digit());
    match number {
        true if exponent_digits.is_empty() => mantissa.parse().ok(),
        true => text.parse().ok(),
        false => None,
    }
}

/// At most 80 characters of a text from the document, for a message.
pub(super) fn shorten(text: &str) -> &str {
    text.char_indices().nth(80).map_or(text, |(at, _)| &text[..at])
}

/// Where a number stands in its order: the number, and whether it lies a little below or above what a float
/// can say.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Place(f64, i8);

/// A number of XML Schema's `decimal`, without white space around it, by its whole part and whether more follows.
fn decimal(text: &str) -> Option<Place> {
    if !anchored_digits(text) {
        return None;
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    if whole.len() + fraction.len() > 24 {
        return None;
    }
    let whole: f64 = if whole.is_empty() { 0.0 } else { whole.parse().ok()? };
    let more = i8::from(fraction.bytes().any(|digit| digit != b'0'));
    Some(if text.starts_with('-') { Place(-whole, -more) } else { Place(whole, more) })
}
