//! A simulated lane: trucks that move by position, the physics in front of a portal, and device simulators
//! that speak exact wire bytes.
//!
//! Three layers. The *world* ([`world`], [`motion`], [`traffic`], [`physics`], [`spectrum`]) is clock-free and
//! seeded. The *devices* ([`portal`], [`rs350`], [`yantar`], [`modbus`], [`ocr`], [`scanner`]) are pure state
//! machines: time and what they see in, bytes out. [`VirtualLane`] ties both together in simulated time and
//! [`wire::Wires`] puts the same machine on loopback sockets and a folder in real time. [`Scenario`] and
//! [`LaneLayout`] describe a run, and [`lane_toml`] writes the lane file that fits.
//!
//! ```
//! use greenlane_simulator::{LaneLayout, LaneSeed, Options, Scenario, VirtualLane};
//!
//! let scenario = Scenario::parse(include_str!("../../../configs/scenarios/nominal.toml")).unwrap();
//! let options = Options { seed: LaneSeed { seed: 1, lane: 0 }, utc_start_ns: 0, images: false };
//! let mut lane = VirtualLane::new(&scenario, &LaneLayout::default(), options);
//! let mut said = 0;
//! lane.advance_to(60_000_000_000, &mut |_at_ns, _device, _event| said += 1);
//! assert!(said > 100);
//! ```
//!
//! Invariants: shares no code with any driver; outside [`wire`] there is no clock, socket or file; the same
//! seed and inputs give the same bytes; vehicles never overlap.

mod lane_file;
pub mod layout;
mod load;
pub mod modbus;
pub mod motion;
pub mod ocr;
pub mod physics;
pub mod portal;
pub mod random;
pub mod rs350;
pub mod scanner;
pub mod scenario;
pub mod spectrum;
mod station;
pub mod study;
pub mod traffic;
pub mod transport;
pub mod truth;
pub mod vehicle;
mod virtual_lane;
pub mod wire;
pub mod world;
pub mod yantar;

pub use lane_file::{Endpoints, lane_toml, stations_toml};
pub use layout::LaneLayout;
pub use load::{Load, Outcome, Radiates, declarations, examined_toml};
pub use random::LaneSeed;
pub use scenario::{Scenario, ScenarioError};
pub use station::StationFault;
pub use traffic::TrafficPlan;
pub use truth::VehicleTruth;
pub use virtual_lane::{OCR_PATH, Options, VirtualEvent, VirtualLane, device};
