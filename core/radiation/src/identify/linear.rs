//! Small dense algebra, and the tail of chi-square.

/// Sums that run beside each other, so that none waits for the addition before.
const LANES: usize = 8;

/// The sum of the products of two columns of one length.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// The sum of the products of a column's square and another.
pub fn dot_square(a: &[f64], weight: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a, weight) = (a.chunks_exact(LANES), weight.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(weight.remainder()).map(|(x, w)| x * x * w).sum();
    for (a, weight) in a.zip(weight) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * a[lane] * weight[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// The lower factor of a symmetric positive matrix, row by row; a little is added to a pivot that is not
/// positive, so that parallel columns do no harm.
pub struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Of a full square matrix of this size.
    pub fn new(mut matrix: Vec<f64>, size: usize) -> Self {
        for row in 0..size {
            for column in 0..=row {
                let (own, other) = (&matrix[row * size..][..column], &matrix[column * size..][..column]);
                let sum = matrix[row * size + column] - dot(own, other);
                let original = matrix[row * size + row];
                matrix[row * size + column] = if row == column {
                    libm::sqrt(sum.max(1e-9 * original.abs() + 1e-30))
                } else {
                    sum / matrix[column * size + column]
                };
            }
        }
        Self { size, lower: matrix }
    }

    /// Solves for this right side, in place.
    pub fn solve(&self, side: &mut [f64]) {
        self.forward(side);
        for row in (0..self.size).rev() {
            let known: f64 = (row + 1..self.size).map(|k| self.lower[k * self.size + row] * side[k]).sum();
            side[row] = (side[row] - known) / self.lower[row * self.size + row];
        }
    }

    /// The first half of a solution: its square is the quadratic form of the inverse.
    pub fn forward(&self, side: &mut [f64]) {
        for row in 0..self.size {
            let known = dot(&self.lower[row * self.size..][..row], &side[..row]);
            side[row] = (side[row] - known) / self.lower[row * self.size + row];
        }
    }

    /// Logarithm of the determinant.
    pub fn log_determinant(&self) -> f64 {
        (0..self.size).map(|row| 2.0 * libm::log(self.lower[row * self.size + row])).sum()
    }
}

/// Chance of a chi-square of this many degrees of freedom above `value` (incomplete gamma function by series
/// and continued fraction, as in Abramowitz and Stegun 6.5.29 and 6.5.31).
pub fn chi_square_tail(value: f64, freedom: f64) -> f64 {
    let (a, x) = (freedom / 2.0, value / 2.0);
    if !(x > 0.0 && a > 0.0) {
        return 1.0;
    }
    let scale = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    let tail = if x < a + 1.0 { 1.0 - scale * series(a, x) } else { scale * fraction(a, x) };
    tail.clamp(0.0, 1.0)
}

fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for n in 1..1000 {
        term *= x / (a + f64::from(n));
        sum += term;
        if term < sum * 1e-15 {
            break;
        }
    }
    sum
}

fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut value = d;
    for n in 1..1000 {
        let step = -f64::from(n) * (f64::from(n) - a);
        b += 2.0;
        d = 1.0 / (step * d + b);
        c = b + step / c;
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}
