//! The one place where links read time.

use greenlane_model::Stamp;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct Clock;

impl Clock {
    /// Now: CLOCK_MONOTONIC for order, CLOCK_REALTIME as the label. The uncertainty is zero: it is that of
    /// an event, which only its source can say.
    pub fn now() -> Stamp {
        let mono = nanoseconds(clock_gettime(ClockId::Monotonic));
        let utc = nanoseconds(clock_gettime(ClockId::Realtime));
        Stamp::new(u64::try_from(mono).unwrap_or(0), utc)
    }
}

fn nanoseconds(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_run_backwards_and_the_label_is_of_this_century() {
        let (first, second) = (Clock::now(), Clock::now());
        assert!(second.mono_ns >= first.mono_ns, "{first:?} {second:?}");
        assert!(first.utc_ns > 946_684_800_000_000_000, "{first:?}");
    }
}
