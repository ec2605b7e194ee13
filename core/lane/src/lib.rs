//! A lane as a pure function: step(now, input) -> effects. Knows no clock, socket, thread or maker.
