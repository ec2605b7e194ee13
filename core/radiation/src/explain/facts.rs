//! What an explanation is made from.

use greenlane_model::units::{CountsPerSecond, Metres};
use greenlane_model::{ContainerNumber, Papers, Radiation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All that is known of one vehicle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// Alarms of the device and of our own tests.
    pub alarms: Vec<Alarm>,
    /// A detector had more than it can count.
    pub over_range: bool,
    /// What the spectrum says.
    pub identification: Identification,
    /// How the excess lies along the vehicle.
    pub shape: Shape,
    /// The containers, front one first.
    pub cargo: Vec<Cargo>,
    /// Inputs of the alarm that are not as they should be.
    pub health: Vec<Degraded>,
    /// What an image shows that should not be there.
    pub image_anomalies: Vec<ImageAnomaly>,
    /// Low energy window against the high one, in standard deviations from the background's ratio. None
    /// where the device has no windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_ratio_z: Option<f64>,
    /// The largest point source that detection would have missed at 95 %, in counts per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed_95_cps: Option<CountsPerSecond>,
    /// The host's keyed generator chose this passage for inspection.
    pub audit_drawn: bool,
}

/// One alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Who raised it.
    pub by: By,
    /// Of what.
    pub radiation: Radiation,
}

/// Who raised an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The device itself.
    Device,
    /// A test of ours.
    Own,
}

/// What was identified, by us or by the device.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Identification {
    /// Exactly one status.
    pub status: Status,
    /// What is named.
    pub nuclides: Vec<NamedNuclide>,
    /// Nuclides that the measurement cannot tell apart. Each counts as if it were there.
    pub groups: Vec<Vec<NamedNuclide>>,
    /// Lines that speak against a harmless origin.
    pub signs: Vec<Sign>,
}

/// How an identification ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The named nuclides account for the spectrum.
    Identified,
    /// They do not account for all of it.
    IdentifiedWithUnknown,
    /// There is radiation, and nothing of the library fits.
    Unknown,
    /// Too few counts.
    Insufficient,
    /// The detector shows no lines, or there is none.
    #[default]
    NotCapable,
}

/// One nuclide with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedNuclide {
    /// E.g. `K-40`; a chain by its head, e.g. `Ra-226`.
    pub name: String,
    /// Its class; of several, the gravest.
    pub class: NuclideClass,
    /// Twice the gain in log-likelihood that it brings; 0 when it was named by a device that gives none.
    #[serde(default)]
    pub ts: f64,
}

/// What a nuclide is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NuclideClass {
    /// Natural.
    Norm,
    /// Given to patients.
    Medical,
    /// A sealed source of industry or research.
    Industrial,
    /// Special nuclear material, or what goes with it.
    Snm,
    /// The library does not know it.
    Unknown,
}

/// A pattern of lines that a harmless load does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// 2614.5 keV without 911.2 and 969.0 keV: U-232, or thorium behind a shield.
    Tl208WithoutAc228,
    /// 1001 keV without the lines of Ra-226: refined or depleted uranium.
    U238WithoutRa226,
}

/// How the excess lies along the vehicle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// What fits best.
    pub kind: ShapeKind,
    /// Where the distributed part lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Span>,
    /// Its height over the background, shadow taken out: 1.0 doubles the rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excess: Option<f64>,
    /// The point-like part, alone or on top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<PointPart>,
}

/// Which shape fits an excess best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShapeKind {
    /// Like one source at one place.
    Point,
    /// Like a load.
    Distributed,
    /// A load with a point on top.
    Both,
    /// The counts do not tell.
    #[default]
    Undecided,
}

/// The point-like part of an excess.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointPart {
    /// Metres behind the vehicle's front.
    pub at_m: Metres,
    /// Twice the gain in log-likelihood that it brings.
    pub two_dl: f64,
    /// Where that is.
    #[serde(default)]
    pub place: Place,
}

/// Where on the vehicle a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Where people sit.
    Cab,
    /// Behind it.
    Elsewhere,
    /// Not known; counts as behind the cab.
    #[default]
    Unknown,
}

/// Part of a vehicle's length, in metres behind its front.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The end nearer to the front.
    pub from_m: Metres,
    /// The other end.
    pub to_m: Metres,
}

/// A container on the vehicle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cargo {
    /// Its number, when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerNumber>,
    /// Where it is. Its doors are taken to be at the rear.
    pub span: Span,
    /// What its papers say.
    #[serde(default)]
    pub papers: Papers,
}

/// An input of the alarm that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Degraded {
    /// Which device or input.
    pub input: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It reports a fault.
    Fault,
    /// It was opened.
    Tamper,
    /// Its gain is not tied to a known line.
    GainNotAnchored,
    /// A panel or bank is silent.
    MissingPanel,
    /// Its clock is not to be trusted.
    ClockUntrusted,
    /// Part of the passage was not measured.
    Incomplete,
}

/// Something in an image that should not be there.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageAnomaly {
    /// Where; without it, anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}
