//! What the tests and the identification found, in the words of the explanation.

use greenlane_model::Radiation;
use greenlane_model::units::Metres;

use super::facts::{
    Identification, NamedNuclide, NuclideClass, Place, PointPart, Shape, ShapeKind, Span, Status,
};
use crate::detect::{self, Detection, TestName};
use crate::identify::{self, Class, Named};

/// The alarms that our own tests raise: the combined verdict of an occupancy by what fired in it, and a
/// spectrum that shows more than nature.
pub fn own_alarms(
    detection: Option<&Detection>,
    identification: Option<&identify::Identification>,
) -> Vec<Radiation> {
    let mut kinds = Vec::new();
    if let Some(detection) = detection.filter(|d| d.alarm) {
        let fired = |neutron: bool| {
            detection.tests.iter().any(|t| t.alarm && (t.test == TestName::Neutron) == neutron)
        };
        kinds.extend(fired(false).then_some(Radiation::Gamma));
        kinds.extend(fired(true).then_some(Radiation::Neutron));
    }
    let unnatural = |i: &identify::Identification| {
        matches!(i.status, identify::Status::Unknown | identify::Status::IdentifiedWithUnknown)
            || i.gravest().is_some_and(|class| class != Class::Norm)
    };
    kinds.extend(identification.is_some_and(unnatural).then_some(Radiation::Isotope));
    kinds
}

impl Shape {
    /// How an excess lies that was found over `background_cps` of the portal's sum.
    pub fn found(found: &detect::Shape, background_cps: Option<f64>) -> Self {
        let distributed = matches!(found.kind, detect::ShapeKind::Distributed | detect::ShapeKind::Both);
        Self {
            kind: match found.kind {
                detect::ShapeKind::Point => ShapeKind::Point,
                detect::ShapeKind::Distributed => ShapeKind::Distributed,
                detect::ShapeKind::Both => ShapeKind::Both,
                detect::ShapeKind::Undecided => ShapeKind::Undecided,
            },
            spread: span(found).filter(|_| distributed),
            excess: background_cps.filter(|b| *b > 0.0).map(|background| found.load_cps / background),
            point: Some(PointPart {
                at_m: Metres::new(found.x0_m).unwrap_or_default(),
                two_dl: found.point_on_load,
                place: if found.in_cab { Place::Cab } else { Place::Elsewhere },
            })
            .filter(|point| point.two_dl > 0.0 || found.kind == detect::ShapeKind::Point),
        }
    }
}

impl From<&identify::Identification> for Identification {
    fn from(found: &identify::Identification) -> Self {
        Self {
            status: found.status.into(),
            nuclides: found.nuclides.iter().map(NamedNuclide::from).collect(),
            groups: found.groups.iter().map(|g| g.members.iter().map(NamedNuclide::from).collect()).collect(),
            ..Self::default()
        }
    }
}

impl From<identify::Status> for Status {
    fn from(status: identify::Status) -> Self {
        match status {
            identify::Status::Identified => Self::Identified,
            identify::Status::IdentifiedWithUnknown => Self::IdentifiedWithUnknown,
            identify::Status::Unknown => Self::Unknown,
            identify::Status::Insufficient => Self::Insufficient,
            identify::Status::NotCapable => Self::NotCapable,
        }
    }
}

impl From<&Named> for NamedNuclide {
    fn from(named: &Named) -> Self {
        Self { name: named.name.clone(), class: named.class.into(), ts: named.ts }
    }
}

impl From<Class> for NuclideClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Norm => Self::Norm,
            Class::Medical => Self::Medical,
            Class::Industrial => Self::Industrial,
            Class::Snm => Self::Snm,
        }
    }
}

fn span(found: &detect::Shape) -> Option<Span> {
    let [from, to] = found.load_m;
    Some(Span { from_m: Metres::new(from)?, to_m: Metres::new(to)? })
}
