//! Vehicles that wait for a bay.

/// The bays of one port over some days.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    /// How long each vehicle waited for a bay, in min, in the order of arrival.
    pub waits_min: Vec<f64>,
    /// Vehicles that waited, on average over each hour of the day.
    pub waiting: [f64; 24],
}

impl Queue {
    /// First come, first served: vehicles that arrive at these times (s, rising) to `bays` bays for
    /// `minutes` each.
    pub fn new(arrivals_s: &[f64], bays: usize, minutes: f64, days: u64) -> Self {
        let mut free_s = vec![0.0_f64; bays.max(1)];
        let mut queue = Self { waits_min: Vec::with_capacity(arrivals_s.len()), waiting: [0.0; 24] };
        for arrival in arrivals_s {
            // One bay at least.
            let Some(bay) = free_s.iter_mut().min_by(|a, b| a.total_cmp(b)) else { return queue };
            let start = bay.max(*arrival);
            *bay = start + 60.0 * minutes;
            queue.waits_min.push((start - arrival) / 60.0);
            queue.add(*arrival, start, days);
        }
        queue
    }

    /// Spreads one wait over the hours that it lasted.
    fn add(&mut self, from_s: f64, to_s: f64, days: u64) {
        let mut at = from_s;
        while at < to_s {
            let hour = libm::floor(at / 3600.0);
            let end = to_s.min((hour + 1.0) * 3600.0);
            self.waiting[hour as usize % 24] += (end - at) / 3600.0 / days.max(1) as f64;
            at = end;
        }
    }

    /// Mean wait, in min.
    pub fn mean_min(&self) -> f64 {
        self.waits_min.iter().sum::<f64>() / self.waits_min.len().max(1) as f64
    }

    /// The wait that this share of vehicles does not exceed, in min.
    pub fn quantile_min(&self, share: f64) -> f64 {
        let mut sorted = self.waits_min.clone();
        sorted.sort_by(f64::total_cmp);
        let index = libm::ceil(share * sorted.len() as f64) as usize;
        sorted.get(index.saturating_sub(1)).copied().unwrap_or_default()
    }
}
