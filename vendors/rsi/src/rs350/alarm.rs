//! The device's verdict in a document.

use greenlane_driver::model::{Nuclide, Radiation};
use greenlane_n42::document::{Alarm, AlarmCategory, Document};

use super::portal::Raised;

/// Most nuclides that one document may name.
const MOST_NUCLIDES: usize = 32;

/// What a document alarms of: every `RadAlarm` in it, with the nuclides that its analyses identified or, when
/// there is none, that the alarms' descriptions name.
pub(super) fn raised(document: &Document) -> Raised {
    let mut raised = Raised::default();
    for alarm in document.results.iter().flat_map(|analysis| &analysis.alarms) {
        raised.radiations.extend(radiations(alarm));
    }
    if raised.is_empty() {
        return raised;
    }
    let identified = document.results.iter().flat_map(|analysis| &analysis.nuclides);
    for nuclide in identified.filter(|nuclide| nuclide.identified) {
        let percent = nuclide.confidence_percent.filter(|percent| (0.0..=100.0).contains(percent));
        add(&mut raised, &nuclide.name, percent.map(|percent| percent / 100.0));
    }
    if raised.nuclides.is_empty() {
        let alarms = document.results.iter().flat_map(|analysis| &analysis.alarms);
        for text in alarms.filter_map(|alarm| alarm.description.as_deref()) {
            for name in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
                if is_nuclide(name) {
                    add(&mut raised, name, None);
                }
            }
        }
    }
    if !raised.nuclides.is_empty() {
        raised.radiations.insert(Radiation::Isotope);
    }
    raised
}

/// A category of the standard, or the words of another one: combined ones such as `Gamma-Neutron` occur. An
/// alarm of neither word is taken for both, which is what the one public reader of this device does.
fn radiations(alarm: &Alarm) -> Vec<Radiation> {
    match alarm.category {
        AlarmCategory::Gamma => return vec![Radiation::Gamma],
        AlarmCategory::Neutron => return vec![Radiation::Neutron],
        AlarmCategory::Isotope => return vec![Radiation::Gamma, Radiation::Isotope],
        AlarmCategory::Alpha | AlarmCategory::Beta | AlarmCategory::Other => {}
    }
    let text = alarm.description.as_deref().unwrap_or_default().to_ascii_lowercase();
    let words = [("gamma", Radiation::Gamma), ("neutron", Radiation::Neutron)];
    let said: Vec<_> =
        words.iter().filter(|(word, _)| text.contains(word)).map(|(_, radiation)| *radiation).collect();
    if said.is_empty() { vec![Radiation::Gamma, Radiation::Neutron] } else { said }
}

fn add(raised: &mut Raised, name: &str, confidence: Option<f64>) {
    let known = raised.nuclides.iter().any(|nuclide| nuclide.name == name);
    if !known && !name.is_empty() && name.len() <= 64 && raised.nuclides.len() < MOST_NUCLIDES {
        raised.nuclides.push(Nuclide { name: name.to_owned(), confidence });
    }
}

/// `Cs-137`, `Tc-99m`: a symbol, a mass number, perhaps an `m`.
fn is_nuclide(word: &str) -> bool {
    let Some((symbol, mass)) = word.split_once('-') else { return false };
    let mut letters = symbol.chars();
    let symbol = letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && letters.all(|letter| letter.is_ascii_lowercase())
        && symbol.len() <= 2;
    let digits = mass.strip_suffix('m').unwrap_or(mass);
    symbol && (1..=3).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nuclide_is_a_symbol_and_a_mass() {
        for word in ["Cs-137", "K-40", "Tc-99m", "U-235"] {
            assert!(is_nuclide(word), "{word}");
        }
        for word in ["", "-", "Cs", "Cs-", "cs-137", "CS-137", "Xyz-1", "Cs-1370", "Gamma-1", "A-1-2", "Cs-m"]
        {
            assert!(!is_nuclide(word), "{word}");
        }
    }
}
