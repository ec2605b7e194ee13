//! A point source in front of a flat panel.

use std::f64::consts::PI;

/// A flat rectangular detector standing beside the lane, its face along the lane's axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Panel {
    /// Size along the lane, in m.
    pub along_m: f64,
    /// Size upwards, in m.
    pub high_m: f64,
    /// Middle, in m above the road.
    pub height_m: f64,
    /// Face, in m from the lane's middle; positive for the master pillar.
    pub lateral_m: f64,
}

/// Solid angle of a rectangle `along` x `high` seen from `distance` metres before its plane, the viewer
/// moved by (`x`, `y`) from the axis through its middle; in steradian. Exact for any position.
///
/// Sum over the four corners of sx * sy * atan(X Y / (d sqrt(d2 + X2 + Y2))).
pub fn solid_angle_sr(along: f64, high: f64, distance: f64, x: f64, y: f64) -> f64 {
    let mut sum = 0.0;
    for sx in [-1.0, 1.0] {
        for sy in [-1.0, 1.0] {
            let (cx, cy) = (sx * 0.5 * along - x, sy * 0.5 * high - y);
            let root = libm::sqrt(distance * distance + cx * cx + cy * cy);
            sum += sx * sy * libm::atan(cx * cy / (distance * root));
        }
    }
    sum
}

/// Count rate of one panel, in cps: photons a second x efficiency x share of the full sphere.
///
/// `along_m` is from the panel to the source along the lane, `lateral_m` and `height_m` where the source is.
pub fn point_rate_cps(
    panel: &Panel,
    photons_per_s: f64,
    efficiency: f64,
    along_m: f64,
    lateral_m: f64,
    height_m: f64,
) -> f64 {
    // A source cannot come nearer to the face than a vehicle's wall.
    let distance = (panel.lateral_m - lateral_m).abs().max(0.3);
    let angle = solid_angle_sr(panel.along_m, panel.high_m, distance, along_m, height_m - panel.height_m);
    photons_per_s * efficiency * angle / (4.0 * PI)
}

/// Count rate of one of four neutron banks, in cps, the source `distance_m` from its plane and `along_m`
/// along the lane.
///
/// All four together give 21.6 cps for 20 000 n/s at 2 m (2.5 cps a nanogram of Cf-252); inverse square.
pub fn neutron_rate_cps(neutrons_per_s: f64, distance_m: f64, along_m: f64) -> f64 {
    let per_neutron = 21.6 / 20_000.0 / 4.0;
    neutrons_per_s * per_neutron * 4.0 / (distance_m * distance_m + along_m * along_m)
}
