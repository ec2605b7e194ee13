//! The unit is the last word of a key; what to say when it is another unit's.

/// Suffix of a key, as a person writes it, what it measures, and its size in the quantity's base unit.
const UNITS: &[(&str, &str, Quantity, f64)] = &[
    ("m", "m", Quantity::Length, 1.0),
    ("mm", "mm", Quantity::Length, 1e-3),
    ("cm", "cm", Quantity::Length, 1e-2),
    ("km", "km", Quantity::Length, 1e3),
    ("ft", "ft", Quantity::Length, 0.3048),
    ("in", "in", Quantity::Length, 0.0254),
    ("yd", "yd", Quantity::Length, 0.9144),
    ("kmh", "km/h", Quantity::Speed, 1.0 / 3.6),
    ("kph", "km/h", Quantity::Speed, 1.0 / 3.6),
    ("mph", "mph", Quantity::Speed, 0.44704),
    ("mps", "m/s", Quantity::Speed, 1.0),
    ("kn", "kn", Quantity::Speed, 1852.0 / 3600.0),
    ("s", "s", Quantity::Time, 1.0),
    ("sec", "s", Quantity::Time, 1.0),
    ("ms", "ms", Quantity::Time, 1e-3),
    ("us", "us", Quantity::Time, 1e-6),
    ("min", "min", Quantity::Time, 60.0),
    ("h", "h", Quantity::Time, 3600.0),
    ("kg", "kg", Quantity::Mass, 1.0),
    ("t", "t", Quantity::Mass, 1000.0),
    ("lb", "lb", Quantity::Mass, 0.453_592_37),
];

#[derive(Clone, Copy, PartialEq)]
enum Quantity {
    Length,
    Speed,
    Time,
    Mass,
}

#[derive(Clone, Copy)]
struct Unit {
    shown: &'static str,
    quantity: Quantity,
    size: f64,
}

/// The known key that an unknown one is with another unit or with none, and what to say: `at_m` for `at_cm`.
pub(crate) fn other_unit<'a>(
    key: &str,
    value: Option<f64>,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<(&'a str, String)> {
    let (stem, wrong) = match split(key) {
        Some((stem, unit)) => (stem, Some(unit)),
        None => (key, None),
    };
    let (right, unit) = known.into_iter().find_map(|other| {
        let (other_stem, unit) = split(other)?;
        (other_stem == stem).then_some((other, unit))
    })?;
    let help = match (wrong, value) {
        (None, _) => format!("the unit belongs to the key: write `{right}`, in {}", unit.shown),
        (Some(wrong), Some(value)) if wrong.quantity == unit.quantity => {
            format!("the unit is {}: write `{right} = {}`", unit.shown, convert(value, wrong, unit))
        }
        (Some(_), _) => format!("the unit is {}: write `{right}`", unit.shown),
    };
    Some((right, help))
}

/// Help for a text such as "17 km/h" where `key` takes a number.
pub(crate) fn text_with_unit(key: &str, text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+')).unwrap_or(text.len());
    let value: f64 = text[..end].parse().ok()?;
    let written = text[end..].trim();
    let given = UNITS.iter().find(|(suffix, shown, ..)| *suffix == written || *shown == written).map(unit);
    let value = match (split(key), given) {
        (Some((_, right)), Some(given)) if given.quantity == right.quantity => convert(value, given, right),
        (_, None) if written.is_empty() => value,
        _ => return None,
    };
    Some(match split(key) {
        Some((_, right)) => format!("a bare number in {}: `{key} = {value}`", right.shown),
        None => format!("a bare number: `{key} = {value}`"),
    })
}

fn unit(row: &(&'static str, &'static str, Quantity, f64)) -> Unit {
    Unit { shown: row.1, quantity: row.2, size: row.3 }
}

fn split(key: &str) -> Option<(&str, Unit)> {
    let (stem, suffix) = key.rsplit_once('_')?;
    UNITS.iter().find(|row| row.0 == suffix).map(|row| (stem, unit(row)))
}

/// Rounded to six decimals, so that 1200 cm read as 12 m.
fn convert(value: f64, from: Unit, to: Unit) -> f64 {
    (value * from.size / to.size * 1e6).round() / 1e6
}
