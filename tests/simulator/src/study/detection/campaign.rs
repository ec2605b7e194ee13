//! Many passes.

use greenlane_radiation::detect::{Detection, Pass, PassRecord, Settings, detect};
use rand_chacha::ChaCha12Rng;

use super::pass::{Lane, Scene};
use crate::random::{LaneSeed, Purpose};
use crate::study::in_parallel;

/// Passes of one stream of chance.
const CHUNK: u64 = 1000;

/// Passes of one lane.
#[derive(Debug)]
pub struct Campaign<'a> {
    /// The lane.
    pub lane: &'a Lane,
    /// Passes.
    pub passes: u64,
    /// Seed of the study.
    pub seed: u64,
    /// Number of this campaign: another one has other chance.
    pub number: u64,
    /// Threads.
    pub threads: usize,
}

impl Campaign<'_> {
    /// What `keep` takes of each pass, in their order.
    pub fn detect<T: Send>(
        &self,
        settings: &Settings,
        scene: impl Fn(&mut ChaCha12Rng) -> Scene + Sync,
        keep: impl Fn(&Detection) -> T + Sync,
    ) -> Vec<T> {
        self.run(scene, |_, record| {
            // The lane writes nothing that is out of range.
            let pass = Pass::try_from(record).expect("a simulated pass is a pass");
            keep(&detect(&pass, settings))
        })
    }

    /// The same on the bare record.
    pub fn run<T: Send>(
        &self,
        scene: impl Fn(&mut ChaCha12Rng) -> Scene + Sync,
        keep: impl Fn(&Scene, PassRecord) -> T + Sync,
    ) -> Vec<T> {
        let chunk = |index: u64| {
            let seed = LaneSeed { seed: self.seed, lane: self.number };
            let mut rng = seed.stream(Purpose::Study, index);
            let passes = CHUNK.min(self.passes - index * CHUNK);
            let pass = |_| {
                let scene = scene(&mut rng);
                keep(&scene, self.lane.pass(&scene, &mut rng))
            };
            (0..passes).map(pass).collect::<Vec<T>>()
        };
        in_parallel(self.passes.div_ceil(CHUNK), self.threads, chunk).into_iter().flatten().collect()
    }
}
