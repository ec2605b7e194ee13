//! Neutrons: a sequential test, with a rule against bursts.

use super::law::PointLaw;
use super::outcome::{TestName, TestResult};
use super::pass::NeutronCounts;
use super::rate;
use super::view::View;
use crate::poisson;

/// What one interval adds to the log-likelihood ratio of a mean `with` against a mean `without`:
/// n ln(with / without) - (with - without).
pub fn increment(counts: f64, without: f64, with: f64) -> f64 {
    counts * libm::log(with / without) - (with - without)
}

/// How much one test found, and where.
struct Best {
    statistic: f64,
    threshold: f64,
    from: usize,
    to: usize,
}

/// The sequential test needs evidence in two intervals, or in two banks: steel and lead send out bursts of
/// neutrons, which fill one interval. One interval alone counts if it is farther out than any burst.
pub(super) fn test(view: &View<'_>) -> Option<TestResult> {
    let allowance = view.settings.allowance(TestName::Neutron)?;
    let counts = view.record().neutron.as_ref().filter(|neutron| !neutron.counts.is_empty())?;
    let neutron = &view.settings.neutron;
    let banks: f64 = counts.background_cps.iter().sum();
    let without = banks.max(neutron.background_min_cps) * counts.interval_s;
    let with = without + neutron.excess_cps * counts.interval_s;
    // A run that begins at a given interval crosses h by chance with at most e^-h (Wald).
    let threshold = libm::log(counts.counts.len() as f64 / allowance.max(1e-300));
    let sequence = sequence(counts, without, with, threshold);
    let single = single(counts, without, neutron.single_interval);
    let share = |best: &Best| best.statistic / best.threshold;
    let best = if share(&single) > share(&sequence).max(1.0) { single } else { sequence };
    let x = positions(view, counts);
    let reached = best.statistic > 0.0 && best.to < x.len();
    let stretch = &x[best.from.min(x.len())..(best.to + 1).min(x.len())];
    let path: f64 = stretch.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    Some(TestResult {
        test: TestName::Neutron,
        statistic: best.statistic,
        threshold: best.threshold,
        alarm: best.statistic > best.threshold,
        x0_m: reached.then(|| stretch.iter().sum::<f64>() / stretch.len() as f64),
        window_m: reached.then_some(path),
        window_s: (best.statistic > 0.0).then(|| (best.to + 1 - best.from) as f64 * counts.interval_s),
        missed_95_cps: missed(view, &x, without, with, threshold),
    })
}

/// The greatest sum, floored at 0, for which the rule against bursts is met.
fn sequence(counts: &NeutronCounts, without: f64, with: f64, threshold: f64) -> Best {
    let mut best = Best { statistic: 0.0, threshold, from: 0, to: 0 };
    let banks: f64 = counts.background_cps.iter().sum();
    let (mut sum, mut from, mut intervals, mut witnesses) = (0.0, 0, 0, 0_u32);
    for (i, row) in counts.counts.iter().enumerate() {
        if sum <= 0.0 {
            (sum, from, intervals, witnesses) = (0.0, i, 0, 0);
        }
        let total: f64 = row.iter().map(|n| f64::from(*n)).sum();
        let gained = increment(total, without, with);
        sum += gained;
        intervals += usize::from(gained > 0.0);
        for (bank, n) in row.iter().enumerate() {
            let part = if banks > 0.0 { counts.background_cps[bank] / banks } else { 1.0 / row.len() as f64 };
            let evidence = part > 0.0 && increment(f64::from(*n), without * part, with * part) > 0.0;
            witnesses |= u32::from(evidence) << bank.min(31);
        }
        if sum > best.statistic && (intervals >= 2 || witnesses.count_ones() >= 2) {
            best = Best { statistic: sum, threshold, from, to: i };
        }
    }
    best
}

/// The interval that is farthest out: -ln P(X >= n).
fn single(counts: &NeutronCounts, without: f64, probability: f64) -> Best {
    let total = |row: &Vec<u32>| row.iter().fold(0_u32, |sum, n| sum.saturating_add(*n));
    let most = counts.counts.iter().enumerate().max_by_key(|(_, row)| total(row));
    let (at, n) = most.map_or((0, 0), |(at, row)| (at, total(row)));
    let tail = poisson::upper_tail(n, without).max(f64::MIN_POSITIVE);
    Best { statistic: -libm::log(tail), threshold: -libm::log(probability), from: at, to: at }
}

/// Where the front was, on average, in each interval that gamma samples cover.
fn positions(view: &View<'_>, counts: &NeutronCounts) -> Vec<f64> {
    let record = view.record();
    let index = |s: f64| (libm::round(s / record.dt_s) as usize).min(record.x_m.len());
    let mean = |i: usize| {
        let (from, to) = (index(i as f64 * counts.interval_s), index((i + 1) as f64 * counts.interval_s));
        let part = record.x_m.get(from..to).filter(|part| !part.is_empty())?;
        Some(part.iter().sum::<f64>() / part.len() as f64)
    };
    (0..counts.counts.len()).map_while(mean).collect()
}

/// Peak rate in all banks, by inverse squares, of the least source that up to four intervals in a row show.
fn missed(view: &View<'_>, x: &[f64], without: f64, with: f64, threshold: f64) -> Option<f64> {
    let interval_s = view.record().neutron.as_ref()?.interval_s;
    let law = PointLaw::new(view.settings.distance_m, 1.0);
    let gain = libm::log(with / without);
    let mut rates = vec![0.0; x.len()];
    let mut worst = 0.0_f64;
    for &x0 in &view.x0 {
        law.rates(x, x0, &mut rates);
        let mut least = f64::INFINITY;
        for length in 2..=4 {
            let intervals = length as f64;
            let counts = (threshold + intervals * (with - without)) / gain;
            let needed = (rate::surely_above(counts) - intervals * without).max(0.0);
            let reach = rates.windows(length).map(|part| part.iter().sum::<f64>()).fold(0.0, f64::max);
            least = least.min(if reach > 0.0 { needed / (reach * interval_s) } else { f64::INFINITY });
        }
        worst = worst.max(least);
    }
    rate::told(worst)
}
