//! Stretches of the vehicle: samples ordered by where the vehicle stood, not by when.

/// Samples in order of position.
#[derive(Debug)]
pub struct Travel {
    order: Vec<usize>,
    x: Vec<f64>,
}

/// Samples from one place in that order up to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    from: usize,
    to: usize,
}

impl Travel {
    /// Of the positions of the samples, in m.
    pub fn new(x: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..x.len()).collect();
        order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
        let x = order.iter().map(|i| x[*i]).collect();
        Self { order, x }
    }

    /// Running sums of a number of each sample, from 0.
    pub fn running(&self, values: &[f64]) -> Vec<f64> {
        let mut sum = 0.0;
        let rest = self.order.iter().map(|i| {
            sum += values[*i];
            sum
        });
        std::iter::once(0.0).chain(rest).collect()
    }

    /// The stretch with the greatest `margin`, of all that are as long as one of the widths.
    pub fn best(&self, widths_m: &[f64], margin: impl Fn(&Stretch) -> f64) -> Option<Stretch> {
        let mut best: Option<(f64, Stretch)> = None;
        for width in widths_m {
            let mut to = 0;
            for from in 0..self.x.len() {
                while self.x.get(to).is_some_and(|x| x - self.x[from] < *width) {
                    to += 1;
                }
                let stretch = Stretch { from, to };
                let margin = margin(&stretch);
                if best.is_none_or(|(most, _)| margin > most) {
                    best = Some((margin, stretch));
                }
            }
        }
        best.map(|(_, stretch)| stretch)
    }
}

impl Stretch {
    /// Number of samples; at least 1.
    pub fn samples(&self) -> usize {
        self.to - self.from
    }

    /// The sum over it, of running sums.
    pub fn sum(&self, running: &[f64]) -> f64 {
        running[self.to] - running[self.from]
    }

    /// What was in front of the panels half way, in m behind the front.
    pub fn middle_m(&self, travel: &Travel) -> f64 {
        0.5 * (travel.x[self.from] + travel.x[self.to - 1])
    }

    /// Its length in m: as if each sample covered as much as the mean of its neighbours' distance.
    pub fn length_m(&self, travel: &Travel) -> f64 {
        let between = travel.x[self.to - 1] - travel.x[self.from];
        if self.samples() > 1 { between * self.samples() as f64 / (self.samples() - 1) as f64 } else { 0.0 }
    }
}
