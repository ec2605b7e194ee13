//! The grammar: one line of bytes in, what it says out. No state, no allocation.

use super::setup::Part;

/// Tags whose four fields are counts of six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Gamma background: within its levels, high, low.
    Gb,
    Gh,
    Gl,
    /// Neutron background: within its level, high.
    Nb,
    Nh,
    /// Gamma sample, without and with the device's alarm.
    Gs,
    Ga,
    /// Neutron sample, without and with the device's alarm.
    Ns,
    Na,
    /// End of the occupancy.
    Gx,
    /// Tamper on, tamper clear.
    Tt,
    Tc,
}

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Line<'a> {
    /// Four counts.
    Counts(Tag, [u32; 4]),
    /// Seconds to travel one foot; 0 when the device measured no speed.
    Speed(f64),
    /// One part of the device's settings, its fields not yet read.
    Setup(Part, &'a [u8]),
    /// A GX that is cut or garbled, with its index where that is whole.
    BrokenEnd(Option<u32>),
    /// Not of this protocol, and why.
    Unreadable(&'static str),
}

/// Reads one line without its end; `None` when it is blank.
///
/// Spaces around the line and its fields are taken off, and so are the one or two trailing times of day
/// (`HH-MM-SS.mmm`) that recorded daily files add. A count must have exactly six digits: a shorter one is
/// how a cut line looks.
pub(super) fn parse(frame: &[u8]) -> Option<Line<'_>> {
    four_counts(frame).or_else(|| {
        let line = without_times(frame.trim_ascii());
        four_counts(line).or_else(|| (!line.is_empty()).then(|| any_line(line)))
    })
}

/// The fields behind the tag.
pub(super) fn fields(rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    rest.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// Digits with at most one point between them, e.g. `07.5`.
pub(super) fn decimal(field: &[u8]) -> Option<f64> {
    let whole = field.iter().position(|&byte| byte == b'.').unwrap_or(field.len());
    let fraction = field.get(whole + 1..).unwrap_or_default();
    let digits = |part: &[u8]| !part.is_empty() && part.len() <= 9 && part.iter().all(u8::is_ascii_digit);
    if !digits(&field[..whole]) || (whole < field.len() && !digits(fraction)) {
        return None;
    }
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The form of nearly every line, `TT,dddddd,dddddd,dddddd,dddddd` and nothing else.
fn four_counts<'a>(line: &[u8]) -> Option<Line<'a>> {
    let line: &[u8; 30] = line.try_into().ok()?;
    let mut counts = [0; 4];
    for (count, field) in counts.iter_mut().zip(line[2..].chunks_exact(7)) {
        if field[0] != b',' {
            return None;
        }
        *count = six_digits(&field[1..])?;
    }
    Some(Line::Counts(tag(&line[..2])?, counts))
}

fn six_digits(field: &[u8]) -> Option<u32> {
    let field: &[u8; 6] = field.try_into().ok()?;
    let (mut value, mut all_digits) = (0, true);
    for &byte in field {
        let digit = byte.wrapping_sub(b'0');
        all_digits &= digit <= 9;
        value = value * 10 + u32::from(digit);
    }
    all_digits.then_some(value)
}

fn tag(bytes: &[u8]) -> Option<Tag> {
    Some(match bytes {
        b"GS" => Tag::Gs,
        b"GA" => Tag::Ga,
        b"NS" => Tag::Ns,
        b"NA" => Tag::Na,
        b"GB" => Tag::Gb,
        b"NB" => Tag::Nb,
        b"GX" => Tag::Gx,
        b"GH" => Tag::Gh,
        b"GL" => Tag::Gl,
        b"NH" => Tag::Nh,
        b"TT" => Tag::Tt,
        b"TC" => Tag::Tc,
        _ => return None,
    })
}

fn any_line(line: &[u8]) -> Line<'_> {
    let comma = line.iter().position(|&byte| byte == b',').unwrap_or(line.len());
    let (word, rest) = (line[..comma].trim_ascii(), line.get(comma + 1..).unwrap_or_default());
    if let Some(part) = Part::of(word) {
        return Line::Setup(part, rest);
    }
    if word == b"SP" {
        return speed(rest).map_or(Line::Unreadable("SP needs four fields of six characters"), Line::Speed);
    }
    match (tag(word), spaced_counts(rest)) {
        (Some(tag), Some(counts)) => Line::Counts(tag, counts),
        (Some(Tag::Gx), None) => Line::BrokenEnd(fields(rest).next().and_then(six_digits)),
        (Some(_), None) => Line::Unreadable("four counts of six digits are needed"),
        (None, _) => Line::Unreadable("unknown tag"),
    }
}

fn spaced_counts(rest: &[u8]) -> Option<[u32; 4]> {
    let mut fields = fields(rest);
    let mut counts = [0; 4];
    for count in &mut counts {
        *count = six_digits(fields.next()?)?;
    }
    fields.next().is_none().then_some(counts)
}

/// The first field is the truth; mph and km/h are only the device's own conversion of it.
fn speed(rest: &[u8]) -> Option<f64> {
    let whole = fields(rest).count() == 4 && fields(rest).all(|field| field.len() == 6);
    fields(rest).next().filter(|_| whole).and_then(decimal)
}

fn without_times(line: &[u8]) -> &[u8] {
    let mut line = line;
    for _ in 0..2 {
        match line.iter().rposition(|&byte| byte == b',') {
            Some(comma) if is_time(&line[comma + 1..]) => line = line[..comma].trim_ascii_end(),
            _ => break,
        }
    }
    line
}

/// `HH-MM-SS.mmm` with any number of digits in each place.
fn is_time(field: &[u8]) -> bool {
    let mut separators = b"--.".iter();
    let mut digits_before = false;
    for &byte in field.trim_ascii() {
        if byte.is_ascii_digit() {
            digits_before = true;
        } else if digits_before && separators.next() == Some(&byte) {
            digits_before = false;
        } else {
            return false;
        }
    }
    digits_before && separators.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_ways_of_reading_counts_agree() {
        for tag in ["GB", "GH", "GL", "NB", "NH", "GS", "GA", "NS", "NA", "GX", "TT", "TC"] {
            let exact = format!("{tag},000001,999999,020300,000000");
            let spaced = format!(" {tag} , 000001,999999 ,020300,\t000000 ");
            assert!(
                matches!(parse(exact.as_bytes()), Some(Line::Counts(_, [1, 999_999, 20_300, 0]))),
                "{exact}"
            );
            assert_eq!(parse(exact.as_bytes()), parse(spaced.as_bytes()));
        }
    }

    #[test]
    fn times_of_day_are_taken_off_and_nothing_like_them() {
        for time in ["00-00-04.841", "12-00-00.961", "1-2-3.4", " 23-59-59.999 "] {
            assert!(is_time(time.as_bytes()), "{time}");
        }
        for other in [
            "",
            "000001",
            "1.10.1",
            "12-00-00",
            "12-00-00.",
            "-00-00.1",
            "12-00-00-1",
            "1-2-3.4.5",
            "a-b-c.d",
        ] {
            assert!(!is_time(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_decimal_is_digits_and_at_most_one_point() {
        assert_eq!(decimal(b"07.5"), Some(7.5));
        assert_eq!(decimal(b"12"), Some(12.0));
        for bad in ["", ".", "1.", ".5", "1.2.3", "-1", "+1", "1e9", "inf", "nan", "1_0", "0x1", "1234567890"]
        {
            assert_eq!(decimal(bad.as_bytes()), None, "{bad}");
        }
    }
}
