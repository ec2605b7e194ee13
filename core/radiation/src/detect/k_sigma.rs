//! Counts in windows of several widths against the background.

use super::outcome::{TestName, TestResult};
use super::stretch::{Stretch, Travel};
use super::{View, rate};

/// Excess of `counts` in `live_s` over a background rate that was itself counted for `background_live_s`, in
/// standard deviations: (F - B T) / sqrt(B T (1 + T / Tb)).
pub fn deviations(counts: f64, background_cps: f64, live_s: f64, background_live_s: f64) -> f64 {
    let mean = background_cps * live_s;
    (counts - mean) / (mean * (1.0 + live_s / background_live_s)).sqrt()
}

/// What a Poisson count of this mean needs beyond `normal` deviations to be as rare as those (first term of
/// the Cornish-Fisher expansion: the skewness is 1 / sqrt(mean)).
pub fn skewed(normal: f64, mean: f64) -> f64 {
    normal + (normal * normal - 1.0) / (6.0 * mean.sqrt())
}

/// The window that is farthest above its threshold.
pub(super) fn test(view: &View<'_>) -> Option<TestResult> {
    let normal = view.per_sample(view.settings.threshold(TestName::KSigma)?);
    let travel = Travel::new(&view.record().x_m);
    let counts = travel.running(&view.counts);
    let live_s = |stretch: &Stretch| stretch.samples() as f64 * view.dt_s();
    let over = |stretch: &Stretch| {
        let z = deviations(stretch.sum(&counts), view.background, live_s(stretch), view.background_live_s);
        (z, skewed(normal, view.background * live_s(stretch)))
    };
    let margin = |stretch: &Stretch| {
        let (z, threshold) = over(stretch);
        z - threshold
    };
    let best = travel.best(&view.widths_m(), margin)?;
    let (statistic, threshold) = over(&best);
    Some(TestResult {
        test: TestName::KSigma,
        statistic,
        threshold,
        alarm: statistic > threshold,
        x0_m: Some(best.middle_m(&travel)),
        window_m: Some(best.length_m(&travel)),
        window_s: Some(live_s(&best)),
        missed_95_cps: missed(view, normal),
    })
}

/// The worst place's rate, in the window around it that does best.
fn missed(view: &View<'_>, normal: f64) -> Option<f64> {
    view.worst_place(|place| {
        let mean = view.background * place.live_s;
        let sigma = (mean * (1.0 + place.live_s / view.background_live_s)).sqrt();
        (rate::surely_above(mean + skewed(normal, mean) * sigma) - place.expected) / place.reach
    })
}
