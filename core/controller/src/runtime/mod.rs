//! The lane runtime: one thread that feeds every lane of a site, hands input and effects to the journal as
//! one, and performs the effects when their time has come.

mod devices;
mod gate;
mod record;
mod work;

pub use record::RecordError;
pub(crate) use record::{epochs, open};
pub(crate) use work::{LaneStart, Message, Reloaded, Runtime, Token, Unit, entry, let_go};

/// Told of every effect, after the journal was handed it. Must return at once.
pub type Watcher = Box<dyn FnMut(&str, &greenlane_lane::Effect) + Send>;
