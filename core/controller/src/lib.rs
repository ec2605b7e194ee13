//! Links, plugin host, configuration and the runtime that turns wires into effects.
