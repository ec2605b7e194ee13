//! Plans that end by themselves: their known figures, exactly, and the risk that simulated campaigns show.

use greenlane_standard::stats::{accepts, decide, lower};
use greenlane_standard::{Decision, Double, Fixed, Plan, Sequential, Sprt};

const TEST: Sprt = Sprt { bad: 0.90, good: 0.99, alpha: 0.05, beta: 0.10 };
const TRUNCATED: Sequential = Sequential::Truncated { test: TEST, n: 89, misses: 3 };
const DOUBLE: Sequential = Sequential::Double(Double {
    first: 31,
    accept: 0,
    reject: 3,
    second: 42,
    total: 2,
    proves: 0.90,
    confidence: 0.95,
});

fn curtailed(n: u32, misses: u32) -> Sequential {
    Sequential::Curtailed(Fixed { n, misses, proves: 0.90, confidence: 0.95 })
}

/// The first trial with `misses` misses at which the plan passes.
fn passes_at(plan: &Sequential, misses: u32) -> u32 {
    (misses + 1..).find(|n| decide(plan, *n, misses) == Decision::Pass).expect("it passes")
}

fn close(value: f64, golden: f64, within: f64) {
    assert!((value - golden).abs() <= within, "{value}, golden {golden}");
}

#[test]
fn walds_test_passes_at_the_known_trials() {
    let sprt = |bad, good| Sequential::Sprt(Sprt { bad, good, ..TEST });
    let row = |bad, good| [0, 1, 2, 3].map(|misses| passes_at(&sprt(bad, good), misses));
    assert_eq!(row(0.90, 0.99), [32, 57, 82, 107]);
    assert_eq!(row(0.90, 0.98), [36, 56, 75, 95]);
    assert_eq!(row(0.95, 0.99), [73, 113, 153, 193]);
    assert_eq!(row(0.99, 0.999), [332, 587, 842, 1098]);
}

#[test]
fn walds_test_has_the_known_risks_and_lengths() {
    let plan = Sequential::Sprt(TEST);
    let (bad, good) = (accepts(&plan, 0.90), accepts(&plan, 0.99));
    close(bad.pass, 0.0455, 5e-5);
    close(good.pass, 0.957, 5e-4);
    close(good.mean_n, 39.0, 0.5);
    close(bad.mean_n, 21.0, 0.5);
    close(bad.pass + bad.fail, 1.0, 1e-9);
}

#[test]
fn the_truncated_test_has_the_known_risks_and_lengths() {
    close(accepts(&TRUNCATED, 0.90).pass, 0.048, 5e-4);
    close(accepts(&TRUNCATED, 0.99).pass, 0.956, 5e-4);
    close(accepts(&TRUNCATED, 0.99).mean_n, 38.7, 0.05);
}

#[test]
fn double_sampling_has_the_known_risks_and_lengths() {
    close(accepts(&DOUBLE, 0.90).pass, 0.0497, 5e-5);
    close(accepts(&DOUBLE, 0.99).pass, 0.969, 5e-4);
    close(accepts(&DOUBLE, 0.99).mean_n, 42.0, 0.5);
}

#[test]
fn a_curtailed_plan_ends_early_for_a_bad_device() {
    for (p, golden) in [(0.5, 4.0), (0.8, 10.0), (0.9, 19.0)] {
        close(accepts(&curtailed(46, 1), p).mean_n, golden, 0.5);
    }
    // Curtailing changes no risk: these are the fixed plans' own.
    for (n, misses, golden) in [(29, 0, 0.75), (46, 1, 0.92), (61, 2, 0.98), (76, 3, 0.993)] {
        close(accepts(&curtailed(n, misses), 0.99).pass, golden, 5e-3);
    }
    for (p, golden) in [(0.95, 0.19), (0.98, 0.66), (0.99, 0.88), (0.995, 0.96), (0.999, 0.998)] {
        close(accepts(&curtailed(60, 1), p).pass, golden, 5e-3);
    }
}

#[test]
fn a_quick_plan_proves_the_same_or_says_that_it_cannot() {
    let fixed = |n, misses, proves| Plan::Fixed(Fixed { n, misses, proves, confidence: 0.95 });
    let quick = fixed(1000, 38, 0.95).quick(300);
    let Plan::Fixed(Fixed { n: 300, misses, .. }) = quick.plan else { panic!("{quick:?}") };
    assert!(!quick.is_underpowered && lower(300, u64::from(300 - misses), 0.95) >= 0.95);
    assert!(lower(300, u64::from(299 - misses), 0.95) < 0.95, "one miss more proves less");
    assert!(fixed(3000, 0, 0.999).quick(300).is_underpowered);
    assert_eq!(fixed(60, 1, 0.9).quick(300).plan, fixed(60, 1, 0.9));
}

/// SplitMix64 (S. Vigna, public domain): enough to draw hits.
struct Draw(u64);

impl Draw {
    fn hits(&mut self, p: f64) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 >= 1.0 - p
    }
}

/// Campaigns out of 100 000 in which the plan passes a device of quality `p`.
fn passes(plan: &Sequential, p: f64) -> u32 {
    let mut draw = Draw(20_261_124);
    let campaign = |_: &u32| {
        let (mut n, mut misses) = (0, 0);
        // An open plan at its own limit of quality can go on for long; nobody would.
        while n < 5_000 {
            n += 1;
            misses += u32::from(!draw.hits(p));
            match decide(plan, n, misses) {
                Decision::Undecided => {}
                decided => return decided == Decision::Pass,
            }
        }
        false
    };
    (0..100_000_u32).filter(campaign).count() as u32
}

#[test]
fn the_simulated_risk_of_each_plan_is_within_its_alpha() {
    let plans = [
        ("29/0", curtailed(29, 0)),
        ("46/1", curtailed(46, 1)),
        ("76/3", curtailed(76, 3)),
        ("SPRT", Sequential::Sprt(TEST)),
        ("truncated", TRUNCATED),
        ("double", DOUBLE),
    ];
    for (name, plan) in plans {
        let found = f64::from(passes(&plan, 0.90)) / 100_000.0;
        let exact = accepts(&plan, 0.90).pass;
        // Four standard errors of 100 000 campaigns.
        assert!((found - exact).abs() < 0.0028, "{name}: simulated {found}, exact {exact}");
        assert!(exact <= 0.05 && found <= 0.0528, "{name}: {found}");
    }
}

#[test]
fn a_claim_that_is_looked_at_after_each_trial_is_seldom_wrong() {
    let plan = Sequential::Anytime { proves: 0.90, confidence: 0.95 };
    // Exactly at 0.90 nothing may be claimed, either way. Followed for 400 trials.
    let mut wrong = 0;
    let mut draw = Draw(7);
    let table: Vec<Vec<Decision>> =
        (0..=400).map(|n| (0..=n).map(|misses| decide(&plan, n, misses)).collect()).collect();
    for _ in 0..100_000 {
        let mut misses = 0;
        wrong += u32::from((1..=400).any(|n: usize| {
            misses += usize::from(!draw.hits(0.90));
            table[n][misses] == Decision::Pass
        }));
    }
    assert!(wrong <= 5_000, "{wrong} of 100 000 claims of p >= 0.90 at p = 0.90");
    assert!(wrong > 500, "{wrong}: the claim would be far too timid");
}
