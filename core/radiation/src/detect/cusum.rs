//! The cumulative sum over time: the one test that needs no position.

use super::outcome::{TestName, TestResult};
use super::rate;
use super::view::View;

/// S = max(0, S + n ln(1 + e) - e m), m what the fitted shadow leaves of the background and e the excess that
/// it is made for; in units of log-likelihood, so that the threshold fits any rate.
pub(super) fn test(view: &View<'_>) -> Option<TestResult> {
    let threshold =
        view.settings.threshold(TestName::Cusum)? * view.rest_of_model_error() + view.more_samples();
    let excess = view.settings.cusum.excess;
    let gain = libm::log1p(excess);
    let background = view.background * view.dt_s();
    let (mut sum, mut from) = (0.0, 0);
    let mut best = (0.0, 0, 0);
    for (i, (n, share)) in view.counts.iter().zip(&view.null.classes[0].share).enumerate() {
        if sum <= 0.0 {
            (sum, from) = (0.0, i);
        }
        sum += n * gain - excess * background * share;
        if sum > best.0 {
            best = (sum, from, i);
        }
    }
    let (statistic, from, to) = best;
    let x = &view.record().x_m;
    let place = (statistic > 0.0).then(|| 0.5 * (x[from] + x[to]));
    let path = x[from..=to].windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    Some(TestResult {
        test: TestName::Cusum,
        statistic,
        threshold,
        alarm: statistic > threshold,
        x0_m: place,
        window_m: place.map(|_| path),
        window_s: place.map(|_| (to - from + 1) as f64 * view.dt_s()),
        missed_95_cps: view.worst_place(|around| {
            let counts = (threshold + excess * around.expected) / gain;
            let reach = around.reach - excess / gain * around.taken;
            if reach > 0.0 { (rate::surely_above(counts) - around.expected) / reach } else { f64::INFINITY }
        }),
    })
}
