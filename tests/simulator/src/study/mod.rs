//! Studies: what the software finds, and how often it is wrong, over many simulated passes.
//!
//! Every pass has a stream of its own from the seed, so that neither the number of threads nor their order
//! changes a result.

pub mod detection;
pub mod identification;
pub mod inspections;

use std::sync::atomic::{AtomicU64, Ordering};

/// The results of `jobs` jobs in their order, on so many threads.
pub fn in_parallel<T: Send>(jobs: u64, threads: usize, job: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let next = AtomicU64::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= jobs {
                return done;
            }
            done.push((index, job(index)));
        }
    };
    let mut done: Vec<(u64, T)> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        // A job that panics ends the study: its seed is in the message.
        started
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
            .collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
