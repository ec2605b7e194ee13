//! Point-like, distributed, or both: three hypotheses by Poisson likelihood, each on top of the nuisances.

use super::fit::{Fit, Sample};
use super::outcome::{Shape, ShapeKind, TestName, TestResult};
use super::view::View;

/// Fewer deviations than this are no excess worth a fit.
const WORTH: f64 = 3.0;

/// A preference of more than this is one (Akaike).
const PREFERENCE: f64 = 6.0;

/// What a distributed load costs more than a point: it has two edges instead of one place.
const PENALTY: f64 = 2.0;

/// A load is cut into so many parts, at whose ends its edges are tried first.
const PARTS: usize = 7;

/// A shorter load looks like a point, and is taken for one, which is the careful side.
const LOAD_MIN_M: f64 = 4.0;

/// Edges and places are refined down to this, in m.
const FINE_M: f64 = 0.2;

/// The shape of an excess, if there is one.
pub(super) fn shape(view: &View<'_>, tests: &[TestResult], deviation: f64) -> Option<Shape> {
    let excess = |result: &TestResult| match result.test {
        TestName::Neutron | TestName::OverRange => false,
        TestName::KSigma => result.alarm || result.statistic > WORTH,
        _ => result.alarm,
    };
    if deviation <= WORTH && !tests.iter().any(excess) {
        return None;
    }
    let threshold = view.settings.point_on_load?;
    let mut hypotheses = Hypotheses { view, sample: view.sample() };
    let (place, point) = hypotheses.point(None);
    let (edges, load) = hypotheses.load(None);
    // A load that is fitted alone may have shrunk onto the point, so that its edges are sought beside it.
    let (edges_beside, _) = hypotheses.load(Some(&point_profile(view, place)));
    let (place_on_load, both) = hypotheses.point(Some(&load_profile(view, edges_beside)));
    let point_on_load = 2.0 * (both.likelihood - load.likelihood);
    let load_on_point = 2.0 * (both.likelihood - point.likelihood);
    let point_minus_distributed = 2.0 * (point.likelihood - load.likelihood) + PENALTY;
    let kind = if point_on_load > threshold && load_on_point > threshold {
        ShapeKind::Both
    } else if point_minus_distributed > PREFERENCE {
        ShapeKind::Point
    } else if point_minus_distributed < -PREFERENCE {
        ShapeKind::Distributed
    } else {
        ShapeKind::Undecided
    };
    let (x0_m, edges, point, load) = match kind {
        ShapeKind::Both => (place_on_load, edges_beside, both, both),
        _ => (place, edges, point, load),
    };
    Some(Shape {
        kind,
        point_minus_distributed,
        point_on_load,
        point_on_load_threshold: threshold,
        x0_m,
        point_cps: point.amplitudes[0],
        in_cab: x0_m < view.settings.cab_m,
        load_m: edges,
        load_cps: load.amplitudes[1],
    })
}

struct Hypotheses<'a> {
    view: &'a View<'a>,
    sample: Sample<'a>,
}

impl Hypotheses<'_> {
    /// The best place of a point, alone or on top of a load.
    fn point(&mut self, load: Option<&[f64]>) -> (f64, Fit) {
        let length = self.view.record().length_m;
        let view = self.view;
        let mut at = |x0: f64| (x0, self.sample.fit([Some(&point_profile(view, x0)), load]));
        let step = 0.4 * self.view.settings.distance_m;
        let places = (0..).map(|k| f64::from(k) * step).take_while(|x0| *x0 <= length);
        let mut best = at(0.0);
        for x0 in places.skip(1) {
            best = better(best, at(x0));
        }
        let mut step = 0.5 * step;
        while step > FINE_M {
            for x0 in [best.0 - step, best.0 + step] {
                best = better(best, at(x0.clamp(0.0, length)));
            }
            step *= 0.5;
        }
        best
    }

    /// The best edges of a load, alone or beside a point.
    fn load(&mut self, point: Option<&[f64]>) -> ([f64; 2], Fit) {
        let length = self.view.record().length_m;
        let view = self.view;
        let mut at = |edges: [f64; 2]| (edges, self.sample.fit([point, Some(&load_profile(view, edges))]));
        let part = length / PARTS as f64;
        let mut best = at([0.0, length]);
        for from in 0..PARTS {
            for to in from + 1..=PARTS {
                let edges = [from as f64 * part, to as f64 * part];
                if edges[1] - edges[0] >= LOAD_MIN_M {
                    best = better(best, at(edges));
                }
            }
        }
        let mut step = 0.5 * part;
        while step > FINE_M {
            for (edge, by) in [(0, -step), (0, step), (1, -step), (1, step)] {
                let mut edges = best.0;
                edges[edge] = (edges[edge] + by).clamp(0.0, length);
                if edges[1] - edges[0] >= LOAD_MIN_M {
                    best = better(best, at(edges));
                }
            }
            step *= 0.5;
        }
        best
    }
}

/// Counts of a source of 1 cps at its peak.
fn point_profile(view: &View<'_>, x0: f64) -> Vec<f64> {
    let x = &view.record().x_m;
    let mut rates = vec![0.0; x.len()];
    view.law().rates(x, x0, &mut rates);
    rates.iter_mut().for_each(|rate| *rate *= view.dt_s());
    rates
}

/// Counts of a load that would give 1 cps if it were endless: the law of a flat panel, integrated.
fn load_profile(view: &View<'_>, [from, to]: [f64; 2]) -> Vec<f64> {
    let d = view.settings.distance_m;
    let part = |u: f64| u / (u * u + d * d).sqrt();
    let share = |x: &f64| 0.5 * (part(x - from) - part(x - to)) * view.dt_s();
    view.record().x_m.iter().map(share).collect()
}

fn better<T>(a: (T, Fit), b: (T, Fit)) -> (T, Fit) {
    if b.1.likelihood > a.1.likelihood { b } else { a }
}
