//! What the tests and the station say, in the words of the explanation: as a lane does it for a passage.

use greenlane_model::Radiation;
use greenlane_model::units::{CountsPerSecond, Metres};
use greenlane_radiation::detect::{Detection, Shape as Found, ShapeKind as FoundKind, TestName};
use greenlane_radiation::explain::{
    Alarm, By, Cargo, Facts, Identification, NamedNuclide, NuclideClass, Place, PointPart, Shape, ShapeKind,
    Span, Status,
};
use greenlane_radiation::identify::{self, Class, Named};

/// Everything that is known of a vehicle; without a station, plastic alone has spoken.
pub fn facts(
    detection: &Detection,
    background_cps: f64,
    station: Option<&identify::Identification>,
    cargo: &Cargo,
) -> Facts {
    let result = |name| detection.tests.iter().find(|test| test.test == name);
    let own = |radiation| Alarm { by: By::Own, radiation };
    let mut alarms: Vec<Alarm> = gamma_and_neutron(detection).map(own).collect();
    alarms.extend(station.filter(|found| raises(found)).map(|_| own(Radiation::Isotope)));
    Facts {
        alarms,
        over_range: result(TestName::OverRange).is_some_and(|test| test.alarm),
        identification: station.map(identified).unwrap_or_default(),
        shape: shape(detection.shape.as_ref(), background_cps),
        cargo: vec![cargo.clone()],
        window_ratio_z: result(TestName::EnergyWindows).map(|test| test.statistic),
        missed_95_cps: detection.combined.missed_95_cps.and_then(CountsPerSecond::new),
        ..Facts::default()
    }
}

fn gamma_and_neutron(detection: &Detection) -> impl Iterator<Item = Radiation> {
    let fired = |neutron: bool| {
        detection.tests.iter().any(|test| test.alarm && (test.test == TestName::Neutron) == neutron)
    };
    let (gamma, neutron) = (fired(false), fired(true));
    [(gamma, Radiation::Gamma), (neutron, Radiation::Neutron)]
        .into_iter()
        .filter_map(|(fired, kind)| fired.then_some(kind))
}

/// A spectrum alarms by itself when it shows more than nature.
fn raises(found: &identify::Identification) -> bool {
    use identify::Status::{IdentifiedWithUnknown, Unknown};
    matches!(found.status, Unknown | IdentifiedWithUnknown)
        || found.gravest().is_some_and(|class| class != Class::Norm)
}

fn identified(found: &identify::Identification) -> Identification {
    Identification {
        status: match found.status {
            identify::Status::Identified => Status::Identified,
            identify::Status::IdentifiedWithUnknown => Status::IdentifiedWithUnknown,
            identify::Status::Unknown => Status::Unknown,
            identify::Status::Insufficient => Status::Insufficient,
            identify::Status::NotCapable => Status::NotCapable,
        },
        nuclides: found.nuclides.iter().map(nuclide).collect(),
        groups: found.groups.iter().map(|group| group.members.iter().map(nuclide).collect()).collect(),
        ..Identification::default()
    }
}

fn nuclide(named: &Named) -> NamedNuclide {
    let class = match named.class {
        Class::Norm => NuclideClass::Norm,
        Class::Medical => NuclideClass::Medical,
        Class::Industrial => NuclideClass::Industrial,
        Class::Snm => NuclideClass::Snm,
    };
    NamedNuclide { name: named.name.clone(), class, ts: named.ts }
}

fn shape(found: Option<&Found>, background_cps: f64) -> Shape {
    let Some(found) = found else { return Shape { excess: Some(0.0), ..Shape::default() } };
    let distributed = matches!(found.kind, FoundKind::Distributed | FoundKind::Both);
    let metres = |m| Metres::new(m).unwrap_or_default();
    let [from, to] = found.load_m;
    Shape {
        kind: match found.kind {
            FoundKind::Point => ShapeKind::Point,
            FoundKind::Distributed => ShapeKind::Distributed,
            FoundKind::Both => ShapeKind::Both,
            FoundKind::Undecided => ShapeKind::Undecided,
        },
        spread: distributed.then(|| Span { from_m: metres(from), to_m: metres(to) }),
        excess: Some(found.load_cps / background_cps),
        point: Some(PointPart {
            at_m: metres(found.x0_m),
            two_dl: found.point_on_load,
            place: if found.in_cab { Place::Cab } else { Place::Elsewhere },
        })
        .filter(|point| point.two_dl > 0.0),
    }
}
