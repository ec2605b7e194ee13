//! What is known of a vehicle, in the words of the explanation.

use greenlane_model::units::{CountsPerSecond, Metres};
use greenlane_model::{OccupancyEnd, Papers, Severity};
use greenlane_radiation::detect::{Detection, TestName};
use greenlane_radiation::explain::{
    Alarm, By, Cargo, Degraded, Explanation, Facts, Identification, NamedNuclide, NuclideClass, Problem,
    Shape, Span, explain,
};
use greenlane_radiation::identify::Status as Identified;

use super::{Examination, LENGTH_M, Science, UNMEASURED_M};
use crate::Passage;

/// Where the cargo begins behind the front when no test says where the cab ends, in m.
const CAB_M: f64 = 3.0;

impl Science {
    /// Whether the papers account for what the passage's measurements say; `None` where that is not asked.
    pub(crate) fn explain(&self, passage: &Passage) -> Option<Explanation> {
        let table = self.expectations.as_deref()?;
        Some(explain(&self.facts(passage), table, &self.profile))
    }

    fn facts(&self, passage: &Passage) -> Facts {
        let radiation = &passage.radiation;
        let device = radiation.device_alarms.iter().map(|a| Alarm { by: By::Device, radiation: a.radiation });
        let own = radiation.own_alarms.iter().map(|a| Alarm { by: By::Own, radiation: a.radiation });
        let detections: Vec<&Detection> =
            radiation.examinations.iter().filter_map(|e| e.detection.as_ref()).collect();
        let result = |name: TestName| {
            detections
                .iter()
                .flat_map(|d| &d.tests)
                .filter(move |t| t.test == name)
                .max_by(|a, b| a.statistic.total_cmp(&b.statistic))
        };
        // The largest source beside the load that one of the portals' counts leave possible.
        let missed =
            detections.iter().filter_map(|d| d.upper_95_cps.or(d.combined.missed_95_cps)).reduce(f64::min);
        Facts {
            alarms: device.chain(own).collect(),
            over_range: result(TestName::OverRange).is_some_and(|test| test.alarm),
            identification: self.identified(passage),
            shape: shape(&radiation.examinations),
            cargo: self.cargo(passage),
            health: health(passage),
            image_anomalies: Vec::new(),
            window_ratio_z: result(TestName::EnergyWindows).map(|test| test.statistic),
            missed_95_cps: missed.and_then(CountsPerSecond::new),
            // Nobody who asked for a draw goes without one.
            audit_drawn: passage.papers.as_ref().is_none_or(|answer| answer.audit_drawn),
        }
    }

    /// What we name, and what the devices name beside it: theirs is never left out.
    fn identified(&self, passage: &Passage) -> Identification {
        let radiation = &passage.radiation;
        let ours = radiation.examinations.iter().filter_map(|e| e.identification.as_ref());
        let best = ours.max_by_key(|i| (i.status != Identified::NotCapable, i.gravest()));
        let mut found = best.map(Identification::from).unwrap_or_default();
        for named in radiation.device_alarms.iter().flat_map(|alarm| &alarm.nuclides) {
            let known =
                found.nuclides.iter().chain(found.groups.iter().flatten()).any(|n| n.name == named.name);
            if !known {
                let class = self.class(&named.name);
                found.nuclides.push(NamedNuclide { name: named.name.clone(), class, ts: 0.0 });
            }
        }
        found
    }

    fn class(&self, name: &str) -> NuclideClass {
        let known = self.library.iter().flat_map(|l| l.names()).find(|(known, _)| *known == name);
        known.map_or(NuclideClass::Unknown, |(_, class)| class.into())
    }

    /// The containers in order, each with its share of the length behind the cab.
    fn cargo(&self, passage: &Passage) -> Vec<Cargo> {
        let length =
            passage.vehicle.length_m.map_or(UNMEASURED_M, |l| l.value()).clamp(LENGTH_M.0, LENGTH_M.1);
        let cab = self.settings.as_ref().map_or(CAB_M, |s| s.cab_m).min(length / 2.0);
        let count = passage.containers.len().max(1);
        let share = (length - cab) / count as f64;
        let span = |k: usize| Span {
            from_m: Metres::new(cab + share * k as f64).unwrap_or_default(),
            to_m: Metres::new(cab + share * (k + 1) as f64).unwrap_or_default(),
        };
        if passage.containers.is_empty() {
            return vec![Cargo { container: None, span: span(0), papers: Papers::Unknown }];
        }
        let answers = passage.papers.as_ref().map(|answer| answer.papers.as_slice()).unwrap_or_default();
        let of = |number: &String| answers.iter().find(|p| p.container == *number).map(|p| p.papers.clone());
        let containers = passage.containers.iter().enumerate();
        containers
            .map(|(k, container)| Cargo {
                container: container.number.as_ref().and_then(|n| n.parse().ok()),
                span: span(k),
                papers: container.number.as_ref().and_then(of).unwrap_or_default(),
            })
            .collect()
    }
}

/// How the excess lies, by the portal that saw the most of it; a vehicle without any excess has one of zero.
fn shape(examinations: &[Examination]) -> Shape {
    let tested = examinations.iter().filter_map(|e| Some((e.detection.as_ref()?, e.background_cps)));
    let best = tested.max_by(|(a, _), (b, _)| a.combined.statistic.total_cmp(&b.combined.statistic));
    let Some((best, background_cps)) = best else { return Shape::default() };
    let Some(found) = &best.shape else {
        let whole = examinations.iter().all(|e| e.detection.is_some());
        return Shape { excess: whole.then_some(0.0), ..Shape::default() };
    };
    Shape::found(found, background_cps)
}

/// Portals in fault, occupancies that are not whole, tests that could not be made.
fn health(passage: &Passage) -> Vec<Degraded> {
    let radiation = &passage.radiation;
    let of = |input: &str, problem| Degraded { input: input.to_owned(), problem };
    let faults = radiation.faults.iter().filter(|f| f.severity == Severity::Error);
    let faults =
        faults.map(|f| of(&f.device, if f.code == "tamper" { Problem::Tamper } else { Problem::Fault }));
    let torn = radiation.occupancies.iter().filter(|o| o.end != OccupancyEnd::Normal);
    let torn = torn.map(|o| of(&o.device, Problem::Incomplete));
    let untested = radiation.examinations.iter().filter(|e| !e.without.is_empty());
    let loose = |e: &&Examination| {
        let named = |i: &greenlane_radiation::identify::Identification| {
            !i.gain_anchored && !matches!(i.status, Identified::NotCapable | Identified::Insufficient)
        };
        e.identification.as_ref().is_some_and(named)
    };
    let loose = radiation.examinations.iter().filter(loose);
    let untested = untested.map(|e| of(&e.device, Problem::Incomplete));
    faults.chain(torn).chain(untested).chain(loose.map(|e| of(&e.device, Problem::GainNotAnchored))).collect()
}
