//! The test methods, one module an area of the standard.

pub mod base;
pub mod data;
pub mod frame;
pub mod identity;
pub mod life;
pub mod load;
pub mod out;
pub mod presence;
pub mod rpm;
pub mod times;
pub mod trouble;

use crate::bench::Bench;
use crate::trials::{Miss, Trials};

/// What must hold in every run: judged by what all runs so far have shown.
fn watched(bench: &Bench<'_>, trials: &mut Trials<'_>, requirement: &str, expected: &str) {
    trials.each("the whole run", |_| {
        bench.clean()?;
        let watch = bench.watch();
        let Some((n, examples)) = watch.violations(requirement) else { return Ok(()) };
        let mut miss = Miss::new(format!("{expected}; {n} times it was not so in {} runs", watch.runs));
        miss.trace = examples.iter().map(|example| format!("    {example}\n")).collect();
        Err(miss)
    });
}
