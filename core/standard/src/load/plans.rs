//! A plan as it is written, checked: one that does not prove what it states is refused.

use super::file::WrittenPlan;
use crate::plan::{Double, Fixed, Plan, Sequential, Sprt};
use crate::stats::{accepts, lower};

/// Most trials of a plan; more is a slip of the pen.
const TRIALS_MAX: u32 = 10_000_000;

/// Most trials and misses of a plan whose every state is followed: beyond what anybody drives through a lane.
const FOLLOWED_TRIALS_MAX: u32 = 20_000;
const FOLLOWED_MISSES_MAX: u32 = 1_000;

/// Bounds are compared after rounding in the last digits.
const ROUNDING: f64 = 1e-9;

/// The checked plan.
///
/// # Errors
/// A sentence: a key that is missing or does not belong to the kind, or what the plan really proves.
pub fn plan(mut written: WrittenPlan) -> Result<Plan, String> {
    let plan = read(&mut written)?;
    let left = [
        ("n", written.n.is_some()),
        ("misses", written.misses.is_some()),
        ("proves", written.proves.is_some()),
        ("confidence", written.confidence.is_some()),
        ("rule", written.rule.is_some()),
        ("bad", written.bad.is_some()),
        ("good", written.good.is_some()),
        ("alpha", written.alpha.is_some()),
        ("beta", written.beta.is_some()),
        ("first", written.first.is_some()),
        ("accept", written.accept.is_some()),
        ("reject", written.reject.is_some()),
        ("second", written.second.is_some()),
        ("total", written.total.is_some()),
    ];
    if let Some((key, _)) = left.into_iter().find(|(_, is_left)| *is_left) {
        return Err(format!("a plan of kind `{}` has no `{key}`", written.kind));
    }
    Ok(plan)
}

/// Takes the keys of the kind out of `written`.
fn read(written: &mut WrittenPlan) -> Result<Plan, String> {
    match written.kind.as_str() {
        "each" if written.n.is_none() => Ok(Plan::Each { random: None }),
        "each" => Ok(Plan::Each { random: Some(fixed(written)?) }),
        "fixed" => fixed(written).map(Plan::Fixed),
        "seq" => sequential(written).map(Plan::Seq),
        "any" => Ok(Plan::Any),
        "report" => Ok(Plan::Report { n: trials("n", &mut written.n)? }),
        other => Err(format!("`{other}` is none of each, fixed, seq, any, report")),
    }
}

fn sequential(written: &mut WrittenPlan) -> Result<Sequential, String> {
    let rule = need("rule", &mut written.rule)?;
    match rule.as_str() {
        "curtailed" => fixed(written).map(Sequential::Curtailed),
        "sprt" => sprt(written).map(Sequential::Sprt),
        "truncated" => truncated(written),
        "double" => double(written).map(Sequential::Double),
        "anytime" => Ok(Sequential::Anytime {
            proves: probability("proves", &mut written.proves)?,
            confidence: probability("confidence", &mut written.confidence)?,
        }),
        other => Err(format!("`{other}` is none of curtailed, sprt, truncated, double, anytime")),
    }
}

fn fixed(written: &mut WrittenPlan) -> Result<Fixed, String> {
    let fixed = Fixed {
        n: trials("n", &mut written.n)?,
        misses: need("misses", &mut written.misses)?,
        proves: probability("proves", &mut written.proves)?,
        confidence: probability("confidence", &mut written.confidence)?,
    };
    if fixed.misses >= fixed.n {
        return Err(format!("{} misses in {} trials prove nothing", fixed.misses, fixed.n));
    }
    let proven = lower(fixed.n.into(), (fixed.n - fixed.misses).into(), fixed.confidence);
    if proven + ROUNDING < fixed.proves {
        return Err(format!(
            "{} trials with {} misses prove p >= {proven:.6} at {}, not {}",
            fixed.n, fixed.misses, fixed.confidence, fixed.proves
        ));
    }
    Ok(fixed)
}

fn sprt(written: &mut WrittenPlan) -> Result<Sprt, String> {
    let test = Sprt {
        bad: probability("bad", &mut written.bad)?,
        good: probability("good", &mut written.good)?,
        alpha: probability("alpha", &mut written.alpha)?,
        beta: probability("beta", &mut written.beta)?,
    };
    if test.bad >= test.good {
        return Err(format!("`bad` {} is not below `good` {}", test.bad, test.good));
    }
    Ok(test)
}

fn truncated(written: &mut WrittenPlan) -> Result<Sequential, String> {
    let test = sprt(written)?;
    let n = trials("n", &mut written.n)?;
    let misses = need("misses", &mut written.misses)?;
    let plan = Sequential::Truncated { test, n, misses };
    followed(n, misses)?;
    risk_within(&plan, test.bad, test.alpha)?;
    Ok(plan)
}

fn double(written: &mut WrittenPlan) -> Result<Double, String> {
    let double = Double {
        first: trials("first", &mut written.first)?,
        accept: need("accept", &mut written.accept)?,
        reject: need("reject", &mut written.reject)?,
        second: trials("second", &mut written.second)?,
        total: need("total", &mut written.total)?,
        proves: probability("proves", &mut written.proves)?,
        confidence: probability("confidence", &mut written.confidence)?,
    };
    if !(double.accept < double.reject && double.accept <= double.total) {
        return Err("`accept` must be below `reject`, and not above `total`".to_owned());
    }
    followed(double.first.saturating_add(double.second), double.total.max(double.reject))?;
    risk_within(&Sequential::Double(double), double.proves, 1.0 - double.confidence)?;
    Ok(double)
}

fn followed(n: u32, misses: u32) -> Result<(), String> {
    if n > FOLLOWED_TRIALS_MAX || misses > FOLLOWED_MISSES_MAX {
        return Err(format!(
            "at most {FOLLOWED_TRIALS_MAX} trials and {FOLLOWED_MISSES_MAX} misses are followed"
        ));
    }
    Ok(())
}

/// Refuses a plan that passes a device of probability `p` more often than `alpha`.
fn risk_within(plan: &Sequential, p: f64, alpha: f64) -> Result<(), String> {
    let risk = accepts(plan, p).pass;
    if risk > alpha + ROUNDING {
        return Err(format!("the plan passes a device of p = {p} with risk {risk:.6}, stated is {alpha:.6}"));
    }
    Ok(())
}

fn need<T>(key: &str, value: &mut Option<T>) -> Result<T, String> {
    value.take().ok_or_else(|| format!("the plan has no `{key}`"))
}

fn trials(key: &str, value: &mut Option<u32>) -> Result<u32, String> {
    let n = need(key, value)?;
    if !(1..=TRIALS_MAX).contains(&n) {
        return Err(format!("`{key}` {n} is not within 1 and {TRIALS_MAX}"));
    }
    Ok(n)
}

fn probability(key: &str, value: &mut Option<f64>) -> Result<f64, String> {
    let p = need(key, value)?;
    if !(p > 0.0 && p < 1.0) {
        return Err(format!("`{key}` {p} is not between 0 and 1"));
    }
    Ok(p)
}
