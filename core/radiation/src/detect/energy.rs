//! Low energies against high energies: soft sources change the ratio, a shadow hardly does.

use super::k_sigma::skewed;
use super::outcome::{TestName, TestResult};
use super::stretch::{Stretch, Travel};
use super::view::View;

/// z = (L - R H) / sqrt(L + R2 H), R the background's ratio of low to high counts, and in the denominator what
/// vehicles without a source differ by, `ratio_sd` of R H.
pub fn ratio_deviations(soft: f64, hard: f64, ratio: f64, ratio_sd: f64) -> f64 {
    let spread = ratio_sd * ratio * hard;
    let variance = soft + ratio * ratio * hard + spread * spread;
    if variance > 0.0 { (soft - ratio * hard) / variance.sqrt() } else { 0.0 }
}

/// The stretch that is softest.
pub(super) fn test(view: &View<'_>) -> Option<TestResult> {
    let normal = view.per_sample(view.settings.threshold(TestName::EnergyWindows)?);
    let windows = view.record().windows.as_ref()?;
    let ratio = windows.background_soft_cps / windows.background_hard_cps;
    let travel = Travel::new(&view.record().x_m);
    let running = |counts: &[u32]| {
        let counts: Vec<f64> = counts.iter().map(|n| f64::from(*n)).collect();
        travel.running(&counts)
    };
    let (soft, hard) = (running(&windows.soft), running(&windows.hard));
    let over = |stretch: &Stretch| {
        let z =
            ratio_deviations(stretch.sum(&soft), stretch.sum(&hard), ratio, view.settings.windows.ratio_sd);
        let mean = windows.background_soft_cps * stretch.samples() as f64 * view.dt_s();
        (z, skewed(normal, mean))
    };
    let margin = |stretch: &Stretch| {
        let (z, threshold) = over(stretch);
        z - threshold
    };
    let best = travel.best(&view.widths_m(), margin)?;
    let (statistic, threshold) = over(&best);
    Some(TestResult {
        test: TestName::EnergyWindows,
        statistic,
        threshold,
        alarm: statistic > threshold,
        x0_m: Some(best.middle_m(&travel)),
        window_m: Some(best.length_m(&travel)),
        window_s: Some(best.samples() as f64 * view.dt_s()),
        // How soft a source is decides, and that is not known.
        missed_95_cps: None,
    })
}
