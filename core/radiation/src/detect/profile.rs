//! A point source and a shadow of known shape, fitted together by least squares.

use super::linear::dot;
use super::outcome::{TestName, TestResult};
use super::rate;
use super::view::View;

/// z(x0) = y.p' / |p'|, y = (c - b) / sqrt(b), p' the source's profile less its projection on the shadow.
pub(super) fn test(view: &View<'_>) -> Option<TestResult> {
    let threshold = view.settings.threshold(TestName::ProfileFit)? * view.model_error();
    let background = view.background * view.dt_s();
    let root = background.sqrt();
    let y: Vec<f64> = view.counts.iter().map(|c| (c - background) / root).collect();
    let shadow: Vec<f64> = view.classes[0].shadow().collect();
    let covered = dot(&shadow, &shadow).max(f64::MIN_POSITIVE);
    let shadowed = dot(&shadow, &y) / covered;
    let mut rates = vec![0.0; y.len()];
    let (mut best, mut least) = ((f64::NEG_INFINITY, 0.0), f64::INFINITY);
    for &x0 in &view.x0 {
        view.law().rates(&view.record().x_m, x0, &mut rates);
        let along = dot(&shadow, &rates);
        let square = (dot(&rates, &rates) - along * along / covered).max(1e-12);
        let z = (dot(&y, &rates) - shadowed * along) / square.sqrt();
        if z > best.0 {
            best = (z, x0);
        }
        least = least.min(square);
    }
    let window = 2.0 * view.settings.distance_m;
    let near = view.record().x_m.iter().filter(|x| (*x - best.1).abs() <= 0.5 * window).count();
    // A source of 1 cps adds dt / sqrt(b) of its profile to y.
    let unit = view.dt_s() / root * least.sqrt();
    Some(TestResult {
        test: TestName::ProfileFit,
        statistic: best.0,
        threshold,
        alarm: best.0 > threshold,
        x0_m: Some(best.1),
        window_m: Some(window),
        window_s: Some(near as f64 * view.dt_s()),
        missed_95_cps: rate::told((threshold + rate::ONE_SIDED_95) / unit),
    })
}
