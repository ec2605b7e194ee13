//! Detection: passes of a reference lane with and without a source, disturbed in ways that the tests are not
//! told of, and the limits that no test can beat.

mod acceptance;
mod campaign;
mod curve;
mod limits;
mod nothing;
mod pass;
mod population;

pub use acceptance::{Goal, Measured};
pub use campaign::Campaign;
pub use curve::{Cell, Study, anywhere, only};
pub use limits::{Averaged, Known};
pub use nothing::{Calibration, FalseAlarms};
pub use pass::{Lane, Scene, Source};
pub use population::{MIX, Population, drawn_shadow};

/// k of n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub k: u64,
    /// Of how many.
    pub n: u64,
}

impl Share {
    /// How many of these fulfil it.
    pub fn of<T>(all: &[T], fulfils: impl Fn(&T) -> bool) -> Self {
        Self { k: all.iter().filter(|one| fulfils(one)).count() as u64, n: all.len() as u64 }
    }

    /// The share, 0 to 1.
    pub fn value(self) -> f64 {
        self.k as f64 / self.n.max(1) as f64
    }
}

impl std::iter::Sum for Share {
    fn sum<I: Iterator<Item = Self>>(shares: I) -> Self {
        shares.fold(Self { k: 0, n: 0 }, |a, b| Self { k: a.k + b.k, n: a.n + b.n })
    }
}
