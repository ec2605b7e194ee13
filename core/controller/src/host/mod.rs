//! The plugin host: finds plugin files, lets them through the gate, opens drivers.

mod elf;
mod instance;
mod plugin;
mod registry;

pub use instance::{Broken, Instance, OpenFailure, Out};
pub use plugin::{Plugin, Refusal};
pub use registry::Registry;
