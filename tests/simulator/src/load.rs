//! Vehicles that a scenario sets out one by one: what they carry, what their papers say, what should follow.

use std::path::Path;

use greenlane_model::{Consignment, Declaration, Fill, Goods, Movement, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::layout::LaneLayout;
use crate::physics::PANEL_EFFICIENCY;
use crate::random::LaneSeed;
use crate::scenario::Scenario;
use crate::spectrum::Emitter;
use crate::traffic::{CAB_M, TrafficPlan};
use crate::vehicle::{Source, Span, VehicleKind};

/// Height of a hidden source above the road, in m.
const HIDDEN_M: f64 = 1.8;

/// `[[load]]`: one vehicle of a scenario's round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// What it is, for a person.
    pub name: String,
    /// What carries it.
    pub kind: VehicleKind,
    /// What the papers say of each of its containers; nobody declared anything without it.
    pub declared: Option<Goods>,
    /// What it radiates.
    #[serde(default)]
    pub radiates: Vec<Radiates>,
    /// What is right to decide when all evidence came; more than one where chance decides.
    pub right: Vec<Outcome>,
}

/// Something radioactive in a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Radiates {
    /// All of the load.
    Cargo {
        /// What it is.
        nuclide: Emitter,
        /// Net rise over background, before shadow.
        excess: f64,
    },
    /// One place of it.
    Point {
        /// What it is.
        nuclide: Emitter,
        /// Photons a second that leave its shield.
        photons_per_s: f64,
        /// Iron around it, in cm: it shapes the spectrum alone.
        #[serde(default)]
        iron_cm: f64,
        /// m behind the front.
        behind_m: f64,
    },
    /// The driver, in the cab.
    Driver {
        /// What was given.
        nuclide: Emitter,
        /// Photons a second that leave the body.
        photons_per_s: f64,
    },
    /// Neutrons.
    Neutrons {
        /// Neutrons a second.
        neutrons_per_s: f64,
        /// m behind the front.
        behind_m: f64,
    },
}

/// What a lane decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It may go.
    Release,
    /// A person looks.
    Refer,
    /// It is inspected.
    Inspect,
}

impl Load {
    /// Its sources in a vehicle loaded over this stretch; those of the load need one.
    pub(crate) fn sources(&self, loaded: Option<Span>) -> Vec<Source> {
        self.radiates.iter().filter_map(|one| one.source(loaded)).collect()
    }
}

impl Radiates {
    fn source(self, loaded: Option<Span>) -> Option<Source> {
        let point = |nuclide, iron_cm, photons_per_s, behind_m, lateral_m, height_m| Source::Point {
            nuclide,
            iron_cm,
            photons_per_s,
            efficiency: PANEL_EFFICIENCY,
            behind_m,
            lateral_m,
            height_m,
        };
        match self {
            Self::Cargo { nuclide, excess } => {
                loaded.map(|span| Source::Distributed { nuclide, excess, span })
            }
            Self::Point { nuclide, photons_per_s, iron_cm, behind_m } => {
                Some(point(nuclide, iron_cm, photons_per_s, behind_m, 0.0, HIDDEN_M))
            }
            Self::Driver { nuclide, photons_per_s } => Some(driver(nuclide, photons_per_s)),
            Self::Neutrons { neutrons_per_s, behind_m } => Some(Source::Neutron { neutrons_per_s, behind_m }),
        }
    }
}

/// A driver who comes from nuclear medicine.
pub(crate) fn driver(nuclide: Emitter, photons_per_s: f64) -> Source {
    Source::Point {
        nuclide,
        iron_cm: 0.0,
        photons_per_s,
        efficiency: PANEL_EFFICIENCY,
        behind_m: 0.6 * CAB_M,
        lateral_m: 0.5,
        height_m: 2.0,
    }
}

/// What shippers declared of the first `count` vehicles of a lane, a day before `utc_start_ns`.
pub fn declarations(
    scenario: &Scenario,
    seed: LaneSeed,
    count: usize,
    utc_start_ns: i64,
) -> Vec<Declaration> {
    let plan = TrafficPlan::for_lane(scenario, seed, &LaneLayout::of(scenario));
    let declared = |goods: Goods, container| Declaration {
        container,
        movement: Movement::Import,
        fill: Fill::Full,
        conveyance: None,
        consignments: vec![Consignment { goods: vec![goods], ..Consignment::default() }],
        source: "simulated manifest".to_owned(),
        declared: Utc(utc_start_ns - 86_400_000_000_000),
    };
    let of = |vehicle: crate::vehicle::Vehicle| {
        let goods = vehicle.load.and_then(|load| load.declared);
        let numbers = vehicle.containers.into_iter().map(|container| container.number);
        numbers.filter_map(|number| Some(declared(goods.clone()?, number))).collect::<Vec<_>>()
    };
    plan.take(count).flat_map(of).collect()
}

/// Tables of a lane file that make it examine what the portals say and compare it with these declarations.
pub fn examined_toml(scenario: &Scenario, declarations: &Path) -> String {
    let (d, file) = (scenario.portal.half_width_m, declarations.display().to_string());
    let panel = |lateral_m: f64, height_m: f64| {
        format!("    {{ lateral_m = {lateral_m:?}, height_m = {height_m:?} }},\n")
    };
    let panels: String = [(d, 1.2), (d, 2.4), (-d, 1.2), (-d, 2.4)].map(|(x, z)| panel(x, z)).concat();
    format!(
        "\n[radiation]\ndetection = \"detection\"\nresponse = \"nai\"\nexpectations = \"expectations\"\n\
         panels = [\n{panels}]\n\n[manifest]\nfile = {file:?}\n"
    )
}
