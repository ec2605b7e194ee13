//! Inputs with what followed from them: what a replay walks over.

use crate::{Class, Entries, JournalError, Recorded};

/// One input of a lane with its effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What the lane was told.
    pub input: Recorded,
    /// What followed, in order.
    pub effects: Vec<Recorded>,
}

/// The steps of one lane, in order.
#[derive(Debug)]
pub struct Steps<'r> {
    entries: Entries<'r>,
    input: Option<Recorded>,
}

impl<'r> Steps<'r> {
    pub(crate) fn new(entries: Entries<'r>) -> Self {
        Self { entries, input: None }
    }

    /// The input that the next step begins with. Effects without one stand only at the beginning of a damaged
    /// or partly read lane.
    fn input(&mut self) -> Option<Result<Recorded, JournalError>> {
        if let Some(input) = self.input.take() {
            return Some(Ok(input));
        }
        Some(self.entries.next()?.and_then(|first| match first.entry.class {
            Class::Input => Ok(first),
            Class::Effect => Err(JournalError::Entry {
                seq: first.seq,
                why: "it is an effect without an input".to_owned(),
            }),
        }))
    }
}

impl Iterator for Steps<'_> {
    type Item = Result<Step, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let input = match self.input()? {
            Ok(input) => input,
            Err(error) => return Some(Err(error)),
        };
        let mut effects = Vec::new();
        for entry in self.entries.by_ref() {
            match entry {
                Ok(entry) if entry.entry.class == Class::Effect => effects.push(entry),
                Ok(next) => {
                    self.input = Some(next);
                    break;
                }
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(Step { input, effects }))
    }
}
