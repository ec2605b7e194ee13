//! A change of a rate, found while it goes on.

use serde::{Deserialize, Serialize};

/// A change of the rate of misses from a usual to a bad one: S = max(1, S) times the likelihood ratio, so that a
/// good year does not hide a bad week. An e-detector: without a change the mean number of trials to a level is
/// at least that level (Shin, Ramdas and Rinaldo 2023).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Change {
    ln_s: f64,
}

impl Change {
    /// One trial.
    pub fn trial(&mut self, is_hit: bool, usual: f64, bad: f64) {
        let ratio = if is_hit { (1.0 - bad) / (1.0 - usual) } else { bad / usual };
        self.ln_s = self.ln_s.max(0.0) + libm::log(ratio);
    }

    /// Whether S has reached `level`.
    pub fn has_reached(&self, level: f64) -> bool {
        self.ln_s >= libm::log(level)
    }
}
