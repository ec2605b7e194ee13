//! The likelihood ratio on the sum of the panels, and on each panel with where it stands.

use super::law::PointLaw;
use super::model::{Block, Null};
use super::outcome::{TestName, TestResult};
use super::rate;
use super::ratio::{Found, Place, Search};
use super::view::View;

/// Neighbouring places see nearly the same counts: about e of them stand for one (a source of 250 cps in
/// the reference pass gives T = 6.48 at 4.51 deviations).
const NEIGHBOURS_LN: f64 = 1.0;

/// A panel with less background than this cannot be told from a dead one, in cps.
const PANEL_MIN_CPS: f64 = 1.0;

/// On panels every second place is tried: simulations show no loss.
const EVERY: usize = 2;

/// On the sum.
pub(super) fn sum(view: &View<'_>) -> Option<(TestResult, Found)> {
    let threshold = view.settings.threshold(TestName::LikelihoodRatio)? * view.rest_of_model_error();
    let amplitudes = view.amplitudes();
    let (laws, places) = ([view.law()], [Place { laws: vec![0], peak: 1.0 }]);
    let search = search(view, &view.x0, &amplitudes, &laws, &places);
    let found = search.scan(&view.blocks, &view.null);
    Some((result(view, TestName::LikelihoodRatio, threshold, &found, search.trials()), found))
}

/// On each panel.
pub(super) fn panels(view: &View<'_>) -> Option<TestResult> {
    let threshold = view.settings.threshold(TestName::Panels)? * view.rest_of_model_error();
    let record = view.record();
    let alive = record.background_cps.iter().all(|cps| *cps >= PANEL_MIN_CPS);
    if record.panels.len() < 2 || !alive || view.settings.source.places.is_empty() {
        return None;
    }
    let shadow = &view.settings.shadow;
    let classes = shadow.low_high.map(|shade| view.classes[0].shaded(shade));
    let block = |(index, cps): (usize, &f64)| Block {
        counts: record.counts.iter().map(|row| f64::from(row[index])).collect(),
        background: cps * view.dt_s(),
        class: usize::from(record.panels[index].height_m >= shadow.level_m),
    };
    let blocks: Vec<_> = record.background_cps.iter().enumerate().map(block).collect();
    let (laws, places) = geometry(view);
    let amplitudes = view.amplitudes();
    let x0: Vec<f64> = view.x0.iter().step_by(EVERY).copied().collect();
    let search = search(view, &x0, &amplitudes, &laws, &places);
    let found = search.scan(&blocks, &Null::fit(&classes, &blocks, &view.prior));
    Some(result(view, TestName::Panels, threshold, &found, search.trials()))
}

fn search<'a>(
    view: &'a View<'_>,
    x0: &'a [f64],
    amplitudes: &'a [f64],
    laws: &'a [PointLaw],
    places: &'a [Place],
) -> Search<'a> {
    Search { x: &view.record().x_m, dt_s: view.dt_s(), x0, amplitudes, laws, places }
}

/// The laws that occur, each once, and the places that refer to them.
fn geometry(view: &View<'_>) -> (Vec<PointLaw>, Vec<Place>) {
    let mut laws: Vec<PointLaw> = Vec::new();
    let place = |[lateral, height]: &[f64; 2]| {
        let each = view.record().panels.iter().map(|panel| {
            // A source is never nearer to a panel than the vehicle's wall.
            let beside = (panel.lateral_m - lateral).abs().max(0.3);
            let law = PointLaw::beside(beside, panel.height_m - height, view.settings.exponent);
            laws.iter().position(|known| *known == law).unwrap_or_else(|| {
                laws.push(law);
                laws.len() - 1
            })
        });
        let each: Vec<usize> = each.collect();
        each
    };
    let indices: Vec<Vec<usize>> = view.settings.source.places.iter().map(place).collect();
    let peak = |indices: &Vec<usize>| indices.iter().map(|law| laws[*law].peak()).sum();
    let places = indices.into_iter().map(|indices| Place { peak: peak(&indices), laws: indices }).collect();
    (laws, places)
}

fn result(view: &View<'_>, test: TestName, threshold: f64, found: &Found, trials: usize) -> TestResult {
    // The best window of a point source is 2 d long for a flat panel.
    let window = 2.0 * view.settings.distance_m;
    let near = view.record().x_m.iter().filter(|x| (*x - found.x0_m).abs() <= 0.5 * window).count();
    let trials = (libm::log(trials as f64) - NEIGHBOURS_LN).max(0.0);
    let needed = (2.0 * (threshold + trials).max(0.0)).sqrt() + rate::ONE_SIDED_95;
    TestResult {
        test,
        statistic: found.statistic,
        threshold,
        alarm: found.statistic > threshold,
        x0_m: Some(found.x0_m),
        window_m: Some(window),
        window_s: Some(near as f64 * view.dt_s()),
        missed_95_cps: rate::told(needed / found.information_min.sqrt()),
    }
}
