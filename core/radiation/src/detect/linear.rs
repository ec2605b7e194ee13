//! Small symmetric systems.

/// The lower triangle L of a positive definite matrix H = L L'.
#[derive(Debug, Clone, Copy)]
pub struct Cholesky<const N: usize>([[f64; N]; N]);

impl<const N: usize> Cholesky<N> {
    /// Of the lower triangle of `h`. Pivots are kept above zero, so that a singular matrix gives a large but
    /// finite answer.
    pub fn new(h: &[[f64; N]; N]) -> Self {
        let mut l = [[0.0; N]; N];
        for i in 0..N {
            for j in 0..=i {
                let sum: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
                let rest = h[i][j] - sum;
                l[i][j] = if i == j { rest.max(f64::MIN_POSITIVE.sqrt()).sqrt() } else { rest / l[j][j] };
            }
        }
        Self(l)
    }

    /// L^-1 v. The square of its length is v' H^-1 v.
    pub fn half(&self, v: &[f64; N]) -> [f64; N] {
        let mut y = [0.0; N];
        for i in 0..N {
            let sum: f64 = (0..i).map(|k| self.0[i][k] * y[k]).sum();
            y[i] = (v[i] - sum) / self.0[i][i];
        }
        y
    }

    /// H^-1 v.
    pub fn solve(&self, v: &[f64; N]) -> [f64; N] {
        let mut x = self.half(v);
        for i in (0..N).rev() {
            let sum: f64 = (i + 1..N).map(|k| self.0[k][i] * x[k]).sum();
            x[i] = (x[i] - sum) / self.0[i][i];
        }
        x
    }
}

/// Sum of the products.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Four sums, since the order of additions is fixed and one sum would wait for itself.
    let mut sums = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a4.zip(b4) {
        for k in 0..4 {
            sums[k] += x[k] * y[k];
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
}
