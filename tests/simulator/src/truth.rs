//! What really happened: one JSON line a vehicle, written when it is gone.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::load::Load;
use crate::portal::PortalOccupancy;
use crate::vehicle::{Container, Feature, Source, Vehicle, VehicleKind};
use crate::world::Way;

/// An occupancy and who was in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OccupancyTruth {
    /// As the device decided it.
    #[serde(flatten)]
    pub occupancy: PortalOccupancy,
    /// Every vehicle that was in the portal during it.
    pub vehicles: Vec<u64>,
}

/// An image and who is in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageTruth {
    /// File name.
    pub name: String,
    /// Whole and undisturbed.
    pub valid: bool,
    /// Every vehicle in it.
    pub vehicles: Vec<u64>,
}

/// One vehicle. Times are in ns since the start of the simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VehicleTruth {
    /// Counts from 0 in each lane.
    pub index: u64,
    /// What it is.
    pub kind: VehicleKind,
    /// Over all, in m.
    pub length_m: f64,
    /// Its boxes with what the camera made of them.
    pub containers: Vec<Container>,
    /// What the scenario set out, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// What it radiates.
    pub sources: Vec<Source>,
    /// Its difficulties.
    pub features: BTreeSet<Feature>,
    /// Front past the entry line; `None` when it turned back before.
    pub entered_ns: Option<u64>,
    /// Gone.
    pub left_ns: u64,
    /// Which way it left.
    pub way: Way,
    /// Occupancies it was in.
    pub occupancies: Vec<OccupancyTruth>,
    /// Images it is in.
    pub images: Vec<ImageTruth>,
    /// Messages of the camera about it.
    pub messages: u32,
    /// It passed the stop line against red.
    pub ran_red: bool,
    /// The arm came down on it, or before it and too near to stop: a fault of the controller.
    pub struck: bool,
}

/// Collects what happens to the vehicles in the lane.
#[derive(Debug, Default)]
pub(crate) struct TruthLog {
    open: BTreeMap<u64, VehicleTruth>,
    closed: Vec<VehicleTruth>,
}

impl TruthLog {
    /// A vehicle appeared.
    pub(crate) fn begin(&mut self, vehicle: &Vehicle) {
        self.open.entry(vehicle.index).or_insert_with(|| VehicleTruth {
            index: vehicle.index,
            kind: vehicle.kind,
            length_m: vehicle.length_m,
            containers: vehicle.containers.clone(),
            load: vehicle.load.clone(),
            sources: vehicle.sources.clone(),
            features: vehicle.features.clone(),
            entered_ns: None,
            left_ns: 0,
            way: Way::Barrier,
            occupancies: Vec::new(),
            images: Vec::new(),
            messages: 0,
            ran_red: false,
            struck: false,
        });
    }

    /// Changes what is known of a vehicle that is still there.
    pub(crate) fn note(&mut self, vehicle: u64, change: impl FnOnce(&mut VehicleTruth)) {
        if let Some(truth) = self.open.get_mut(&vehicle) {
            change(truth);
        }
    }

    /// An occupancy ended.
    pub(crate) fn occupancy(&mut self, occupancy: PortalOccupancy, vehicles: &BTreeSet<u64>) {
        let truth = OccupancyTruth { occupancy, vehicles: vehicles.iter().copied().collect() };
        for vehicle in vehicles {
            self.note(*vehicle, |one| one.occupancies.push(truth.clone()));
        }
    }

    /// An image was delivered.
    pub(crate) fn image(&mut self, image: &ImageTruth) {
        for vehicle in &image.vehicles {
            self.note(*vehicle, |one| one.images.push(image.clone()));
        }
    }

    /// A vehicle is gone.
    pub(crate) fn end(&mut self, vehicle: u64, left_ns: u64, way: Way) {
        if let Some(truth) = self.open.remove(&vehicle) {
            self.closed.push(VehicleTruth { left_ns, way, ..truth });
        }
    }

    /// Vehicles gone since the last call, in the order in which they left.
    pub(crate) fn take(&mut self) -> Vec<VehicleTruth> {
        std::mem::take(&mut self.closed)
    }
}
