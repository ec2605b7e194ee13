//! The safe values that a device stores, against those that the settings declare.

use greenlane_driver::OpenError;

use super::map::Place;
use super::output::word;
use super::say::{Code, Say, Values};
use super::settings::{Safe, Settings};

/// Where the device stores its safe values, and what they should be.
#[derive(Debug)]
pub(super) struct SafeValues {
    /// Of the first declared output. `None`: the map tells no way to read them.
    place: Option<Place>,
    count: u16,
    /// Distance from `place`, the output's name, the declared value.
    declared: Vec<(usize, String, bool)>,
}

impl SafeValues {
    /// `None` when nothing is declared, or the device knows one value only, which the settings' own check
    /// compares.
    pub fn open(settings: &Settings) -> Result<Option<Self>, OpenError> {
        let map = &settings.map;
        let declared: Vec<_> = settings
            .outputs
            .iter()
            .filter_map(|o| o.safe.map(|safe| (o.point, o.name.clone(), safe == Safe::On)))
            .collect();
        let points = || declared.iter().map(|(point, _, _)| *point);
        let (Some(first), Some(last), None) = (points().min(), points().max(), map.fixed_safe_value) else {
            return Ok(None);
        };
        let place = match map.safe_values {
            Some(block) => {
                let span = u32::from(last) + 1;
                Some(map.bits(block.table, block.address, span, "/safe_values")?.plus(first))
            }
            None => None,
        };
        let declared = declared.into_iter().map(|(p, name, on)| (usize::from(p - first), name, on)).collect();
        Ok(Some(Self { place, count: last - first + 1, declared }))
    }

    /// What to read, where that is known.
    pub fn read(&self) -> Option<(Place, u16)> {
        self.place.map(|place| (place, self.count))
    }

    /// What forbids outputs, if anything. `None` as values: they could not be read.
    pub fn compare(&self, values: Option<Values<'_>>, say: &mut Say<'_>) -> Option<String> {
        let mut wrong = Vec::new();
        for (at, name, declared) in &self.declared {
            let Some(values) = values else {
                let text = format!("nobody can read the safe value of {name} in the device: check it there");
                say.raise(Code::SafeValueUnchecked, name, text);
                continue;
            };
            say.clear(Code::SafeValueUnchecked, name);
            let stored = values.bit(*at);
            if stored == *declared {
                say.clear(Code::SafeValueMismatch, name);
                continue;
            }
            let (declared, stored) = (word(*declared), word(stored));
            let text =
                format!("the safe value of {name} is declared {declared} and stored {stored} in the device");
            say.raise(Code::SafeValueMismatch, name, text.clone());
            wrong.push(text);
        }
        (!wrong.is_empty()).then(|| wrong.join("; "))
    }
}
