//! Trucks, physics and device simulators on real wires. Shares no code with drivers.
