//! What a device says of itself: for people, never for a decision.

use std::collections::BTreeMap;

use greenlane_driver::OpenError;
use greenlane_driver::model::{Body, Setup};
use serde_json::Value;

use super::map::{Form, IdentityItem, Map, Place};
use super::say::{Say, Values};

/// The questions of the map and the answers of this connection.
#[derive(Debug)]
pub(super) struct Identity {
    items: Vec<(IdentityItem, Place)>,
    /// A device that falls silent over a question about itself is not asked again: it would cost the
    /// connection every time.
    given_up: bool,
    answers: BTreeMap<String, Value>,
    missing: Vec<String>,
}

impl Identity {
    pub fn open(map: &Map) -> Result<Self, OpenError> {
        let item = |(i, item): (usize, &IdentityItem)| {
            let pointer = format!("/identity/{i}");
            if item.count == 0 || u32::from(item.count) > item.table.limit() {
                return Err(OpenError::new(format!("/map{pointer}/count"), item.count, "1 to 125 registers"));
            }
            let place = map.registers(item.table, item.address, u32::from(item.count), &pointer)?;
            Ok((item.clone(), place))
        };
        Ok(Self {
            items: map.identity.iter().enumerate().map(item).collect::<Result<_, _>>()?,
            given_up: false,
            answers: BTreeMap::new(),
            missing: Vec::new(),
        })
    }

    /// How many questions to ask on a new connection, from 0.
    pub fn questions(&mut self) -> usize {
        self.answers.clear();
        self.missing.clear();
        if self.given_up { 0 } else { self.items.len() }
    }

    /// What question `i` reads.
    pub fn read(&self, i: usize) -> Option<(Place, u16)> {
        self.items.get(i).map(|(item, place)| (*place, item.count))
    }

    /// The answer to question `i`; `None` when the device refused it or answered something else.
    pub fn took(&mut self, i: usize, values: Option<Values<'_>>) {
        let Some((item, _)) = self.items.get(i) else { return };
        match values {
            Some(values) => {
                let words = values.words(0, usize::from(item.count));
                self.answers.insert(item.name.clone(), shown(words, item.form));
            }
            None => self.missing.push(item.name.clone()),
        }
    }

    /// A question was not answered at all.
    pub fn give_up(&mut self) {
        self.given_up = true;
    }

    /// All questions are asked.
    pub fn report(&mut self, say: &mut Say<'_>) {
        let (values, missing) = (std::mem::take(&mut self.answers), std::mem::take(&mut self.missing));
        say.observe(say.now, Body::Setup(Setup { values, missing }));
    }
}

fn shown(words: &[u16], form: Form) -> Value {
    match form {
        Form::Text => {
            let bytes = words.iter().flat_map(|word| word.to_be_bytes()).take_while(|byte| *byte != 0);
            let printed = |byte: u8| if byte.is_ascii_graphic() { char::from(byte) } else { ' ' };
            Value::from(bytes.map(printed).collect::<String>().trim())
        }
        Form::Hex => Value::from(words.iter().map(|word| format!("{word:04x}")).collect::<String>()),
        Form::Number => Value::from(words.first().copied().unwrap_or_default()),
    }
}
