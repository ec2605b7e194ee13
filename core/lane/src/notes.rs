//! Where effects are written to.

use greenlane_model::Stamp;

use crate::{Alert, Effect};

/// The effects of one step, and when it is.
pub(crate) struct Notes<'a> {
    pub(crate) now: Stamp,
    pub(crate) effects: &'a mut Vec<Effect>,
}

impl Notes<'_> {
    /// Somebody should know.
    pub(crate) fn alert(&mut self, code: &str, text: String, passage: Option<&str>, device: Option<&str>) {
        self.effects.push(Effect::Alert(Alert {
            code: code.to_owned(),
            text,
            passage: passage.map(str::to_owned),
            device: device.map(str::to_owned),
            at: self.now,
        }));
    }
}
