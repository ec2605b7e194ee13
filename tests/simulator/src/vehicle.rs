//! What drives through a lane: bodies, containers, sources, and what will go wrong with it.

use std::collections::BTreeSet;

use greenlane_model::{ContainerNumber, Position};
use serde::{Deserialize, Serialize};

use crate::layout::Sensor;
use crate::load::Load;
use crate::motion::Leg;
use crate::spectrum::{Emitter, Origin};

/// Kinds of vehicle.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VehicleKind {
    /// A tractor alone.
    Bobtail,
    /// One 20 ft box.
    #[serde(rename = "box_20")]
    Box20,
    /// Two 20 ft boxes.
    #[serde(rename = "two_20")]
    Two20,
    /// One 40 ft box.
    #[serde(rename = "box_40")]
    Box40,
    /// One 45 ft box.
    #[serde(rename = "box_45")]
    Box45,
    /// A semitrailer chassis without a box.
    EmptyChassis,
    /// One 20 ft tank container.
    Tank,
}

/// A difficulty that a vehicle may bring along.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Stops once or more for some seconds.
    StopAndGo,
    /// Reverses for some metres and goes on (A-B-A at a sensor).
    Reversing,
    /// Enters and backs out of the lane again.
    ReverseOut,
    /// Stands for minutes.
    Parked,
    /// Drives close to the one in front.
    Tailgating,
    /// A tow bar that no presence sensor sees.
    TowBarSplit,
    /// A high chassis that loops lose between the axles.
    HighBed,
    /// One presence sensor does not see it at all.
    MissedDetection,
    /// A presence sensor flickers or covers with nothing there.
    Ghost,
    /// Somebody walks through a light beam.
    Pedestrian,
    /// Its reads come seconds late.
    LateOcr,
    /// Its reads come twice.
    DuplicateOcr,
    /// A number from the next lane is read while it is there.
    NeighbourOcr,
    /// The portal restarts while it is inside.
    PortalRestart,
    /// The portal's link drops while it is inside.
    LinkDrop,
}

/// A stretch of the vehicle, in m behind its front.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// Nearest to the front.
    pub from_m: f64,
    /// Farthest from the front.
    pub to_m: f64,
}

impl Span {
    /// Its middle, in m behind the front.
    pub fn middle_m(self) -> f64 {
        0.5 * (self.from_m + self.to_m)
    }
}

/// What the camera will make of a number.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Read {
    /// As painted.
    Right {
        /// 0 to 1.
        confidence: f64,
    },
    /// Another text.
    Misread {
        /// What is reported.
        text: String,
        /// 0 to 1.
        confidence: f64,
        /// The wrong text has a fitting check digit: nothing in the message gives it away.
        passes_check: bool,
    },
    /// Nothing could be read.
    NoRead,
}

/// A box on the vehicle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Container {
    /// The number painted on it.
    pub number: ContainerNumber,
    /// ISO size and type code.
    pub size_type: &'static str,
    /// Where on the vehicle.
    pub position: Position,
    /// The stretch it covers.
    pub span: Span,
    /// What the camera will make of it.
    pub read: Read,
}

/// Iron that takes as much as the cargo around the middle of a radioactive load, in cm. Of the right order.
const LOAD_IRON_CM: f64 = 1.0;

/// Something radioactive on the vehicle.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Source {
    /// A gamma point source.
    Point {
        /// What it is.
        nuclide: Emitter,
        /// Iron around it, in cm: it shapes the spectrum, its transmission is in `photons_per_s`.
        iron_cm: f64,
        /// Photons a second that reach the panel's plane unshielded: activity x photons a decay x transmission.
        photons_per_s: f64,
        /// Chance that a photon hitting the panel is counted.
        efficiency: f64,
        /// m behind the front.
        behind_m: f64,
        /// m from the lane's middle towards the master pillar.
        lateral_m: f64,
        /// m above the road.
        height_m: f64,
    },
    /// Cargo with natural radioactivity, as a multiple of the background in front of a long load.
    Distributed {
        /// What it is.
        nuclide: Emitter,
        /// Net rise over background, before shadow.
        excess: f64,
        /// The loaded stretch.
        span: Span,
    },
    /// A neutron source.
    Neutron {
        /// Neutrons a second.
        neutrons_per_s: f64,
        /// m behind the front.
        behind_m: f64,
    },
}

impl Source {
    /// What its gamma radiation comes from; `None` when it has none here.
    pub fn origin(&self) -> Option<Origin> {
        match self {
            Self::Point { nuclide, iron_cm, .. } => Some(Origin::source(*nuclide, *iron_cm)),
            // A load shields itself: most of what comes out was born a hand's breadth deep.
            Self::Distributed { nuclide, .. } => Some(Origin::source(*nuclide, LOAD_IRON_CM)),
            Self::Neutron { .. } => None,
        }
    }
}

/// How the vehicle screens the background.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shadow {
    /// Depth of gamma suppression, share of the background.
    pub gamma: f64,
    /// Depth of neutron suppression; negative for a rise (steel).
    pub neutron: f64,
    /// How much of it is missing at the gap between cab and box.
    pub gap: f64,
}

/// Something that happens when the front reaches a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Place of the front, in m from the entry line.
    pub front_at_m: f64,
    /// What happens.
    pub happening: Happening,
}

/// What can happen beside driving.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// A sensor is covered with nothing of the vehicle there: (after s, for s) each.
    Cover {
        /// Which sensor.
        sensor: Sensor,
        /// Start after the trigger and duration, in s.
        pulses: Vec<(f64, f64)>,
    },
    /// The portal loses power for this long, in s.
    PortalRestart(f64),
    /// The portal's link is down for this long, in s.
    PortalLinkDrop(f64),
    /// The camera reads a number from the next lane.
    NeighbourRead(ContainerNumber),
}

/// One vehicle, drawn whole before it enters.
#[derive(Debug, Clone)]
pub struct Vehicle {
    /// Counts from 0 in each lane.
    pub index: u64,
    /// What it is.
    pub kind: VehicleKind,
    /// Over all, in m.
    pub length_m: f64,
    /// What a light curtain sees of it.
    pub curtain: Vec<Span>,
    /// What a loop sees of it.
    pub loops: Vec<Span>,
    /// Its boxes, front first.
    pub containers: Vec<Container>,
    /// What the scenario set out, if it did.
    pub load: Option<Load>,
    /// What it radiates.
    pub sources: Vec<Source>,
    /// How it screens the background.
    pub shadow: Shadow,
    /// How it drives.
    pub legs: Vec<Leg>,
    /// Least distance to the one ahead while that one moves, in m.
    pub gap_m: f64,
    /// Least distance to the one ahead when that one stands, in m.
    pub queue_gap_m: f64,
    /// Waits this long before it comes in, in s.
    pub pause_s: f64,
    /// The sensor that does not see it.
    pub unseen_by: Option<Sensor>,
    /// Delay of its reads after it left the camera, in s.
    pub read_delay_s: f64,
    /// What else happens.
    pub triggers: Vec<Trigger>,
    /// Its difficulties.
    pub features: BTreeSet<Feature>,
}

impl Vehicle {
    /// Has this difficulty.
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }
}
