//! The device's running mean of its background.

use std::collections::VecDeque;

use rand_chacha::ChaCha12Rng;

use crate::physics::Rates;
use crate::random::poisson;

/// Mean over the last vacant seconds, kept as sums so that a sample costs the same whatever the length.
#[derive(Debug)]
pub(super) struct Background {
    samples: VecDeque<([u32; 4], [u32; 4])>,
    gamma: [u64; 4],
    neutron: [u64; 4],
}

impl Background {
    /// A window of this many seconds, full of draws around these rates.
    pub(super) fn filled(seconds: u16, usual: &Rates, streams: &mut [ChaCha12Rng; 8]) -> Self {
        let mut background = Self { samples: VecDeque::new(), gamma: [0; 4], neutron: [0; 4] };
        for _ in 0..u32::from(seconds) * 5 {
            let gamma = std::array::from_fn(|i| poisson(usual.gamma[i] * 0.2, &mut streams[i]));
            let neutron = std::array::from_fn(|i| poisson(usual.neutron[i] * 0.2, &mut streams[4 + i]));
            background.take_in(gamma, neutron);
        }
        background
    }

    /// A vacant sample; the oldest one goes.
    pub(super) fn add(&mut self, gamma: [u32; 4], neutron: [u32; 4]) {
        if let Some((old_gamma, old_neutron)) = self.samples.pop_front() {
            for i in 0..4 {
                self.gamma[i] -= u64::from(old_gamma[i]);
                self.neutron[i] -= u64::from(old_neutron[i]);
            }
        }
        self.take_in(gamma, neutron);
    }

    fn take_in(&mut self, gamma: [u32; 4], neutron: [u32; 4]) {
        self.samples.push_back((gamma, neutron));
        for i in 0..4 {
            self.gamma[i] += u64::from(gamma[i]);
            self.neutron[i] += u64::from(neutron[i]);
        }
    }

    /// Gamma background of each panel, in cps.
    pub(super) fn gamma_cps(&self) -> [f64; 4] {
        self.mean_cps(&self.gamma)
    }

    /// Neutron background of each bank, in cps.
    pub(super) fn neutron_cps(&self) -> [f64; 4] {
        self.mean_cps(&self.neutron)
    }

    fn mean_cps(&self, sums: &[u64; 4]) -> [f64; 4] {
        let seconds = (self.samples.len() as f64 * 0.2).max(0.2);
        sums.map(|sum| sum as f64 / seconds)
    }
}
