//! The flight of one photon and of all that it sets free, through one geometry.

use rand::{Rng, RngExt};

use super::matter::{ELECTRON_KEV, Material};

/// A vector in centimetres, or a unit vector.
pub type Direction = [f64; 3];

/// Below this a photon stops where it is, keV.
const STOP_KEV: f64 = 10.0;
/// A step past a boundary, so that the next region is found, cm.
const PAST_CM: f64 = 1e-7;

/// A photon on its way.
#[derive(Debug, Clone, Copy)]
pub struct Photon {
    /// Where it is, cm.
    pub position: [f64; 3],
    /// Where it goes.
    pub direction: Direction,
    /// Its energy, keV.
    pub energy_kev: f64,
    /// Whether it has touched nothing since the source.
    pub direct: bool,
}

/// What a photon flies through.
pub trait Geometry {
    /// The material here and how far it reaches in this direction, cm; none outside of everything.
    fn ahead(&self, position: [f64; 3], direction: Direction) -> Option<(&Material, f64)>;
}

/// A box of crystal from the origin to its size; its face is x = 0.
pub struct Crystal<'a> {
    /// What it is made of.
    pub material: &'a Material,
    /// Depth, width and height, cm.
    pub size_cm: [f64; 3],
}

impl Geometry for Crystal<'_> {
    fn ahead(&self, position: [f64; 3], direction: Direction) -> Option<(&Material, f64)> {
        let mut reach = f64::INFINITY;
        for axis in 0..3 {
            if !(0.0..=self.size_cm[axis]).contains(&position[axis]) {
                return None;
            }
            let wall = if direction[axis] > 0.0 { self.size_cm[axis] } else { 0.0 };
            if direction[axis] != 0.0 {
                reach = reach.min((wall - position[axis]) / direction[axis]);
            }
        }
        Some((self.material, reach))
    }
}

/// Spheres around the origin, from inside out: material and outer radius in cm.
pub struct Spheres<'a> {
    /// Each layer.
    pub layers: Vec<(&'a Material, f64)>,
}

impl Geometry for Spheres<'_> {
    fn ahead(&self, position: [f64; 3], direction: Direction) -> Option<(&Material, f64)> {
        let square = dot(position, position);
        let layer = self.layers.iter().position(|(_, outer)| square < outer * outer)?;
        let along = dot(position, direction);
        let outer = self.layers[layer].1;
        let out = -along + libm::sqrt(along * along - square + outer * outer);
        let inner = if layer == 0 { 0.0 } else { self.layers[layer - 1].1 };
        let under = along * along - square + inner * inner;
        let reach = if along < 0.0 && under > 0.0 { -along - libm::sqrt(under) } else { out };
        Some((self.layers[layer].0, reach.max(0.0)))
    }
}

/// Everything at x > 0.
pub struct HalfSpace<'a> {
    /// What fills it.
    pub material: &'a Material,
}

impl Geometry for HalfSpace<'_> {
    fn ahead(&self, position: [f64; 3], direction: Direction) -> Option<(&Material, f64)> {
        if position[0] < 0.0 {
            return None;
        }
        let reach = if direction[0] < 0.0 { -position[0] / direction[0] } else { f64::INFINITY };
        Some((self.material, reach))
    }
}

/// Follows a photon and its successors; each that escapes is told to `escaped`. Returns what was left behind,
/// keV.
pub fn fly(
    geometry: &impl Geometry,
    photon: Photon,
    rng: &mut impl Rng,
    mut escaped: impl FnMut(&Photon),
) -> f64 {
    let mut waiting = vec![photon];
    let mut left = 0.0;
    while let Some(mut photon) = waiting.pop() {
        left += photon.energy_kev;
        match next_collision(geometry, &mut photon, rng) {
            Some(material) => left -= collide(material, photon, rng, &mut waiting),
            None => {
                left -= photon.energy_kev;
                escaped(&photon);
            }
        }
    }
    left
}

/// Moves the photon to its next collision and says in what; none when it escapes first.
fn next_collision<'g>(
    geometry: &'g impl Geometry,
    photon: &mut Photon,
    rng: &mut impl Rng,
) -> Option<&'g Material> {
    let mut depth = -libm::log(1.0 - rng.random::<f64>());
    loop {
        let (material, reach) = geometry.ahead(photon.position, photon.direction)?;
        let attenuation: f64 = material.attenuation(photon.energy_kev).iter().sum();
        let flight = depth / attenuation;
        if flight < reach {
            photon.move_by(flight);
            return Some(material);
        }
        depth -= reach * attenuation;
        photon.move_by(reach + PAST_CM);
    }
}

/// One collision: puts what goes on into `waiting` and returns its energy, keV.
fn collide(material: &Material, photon: Photon, rng: &mut impl Rng, waiting: &mut Vec<Photon>) -> f64 {
    let [captured, scattered, pair] = material.attenuation(photon.energy_kev);
    let kind = rng.random::<f64>() * (captured + scattered + pair);
    let before = waiting.len();
    if kind < captured {
        if let Some(shell) = material.capturer(photon.energy_kev, rng.random())
            && rng.random::<f64>() < shell.x_ray_chance(photon.energy_kev)
        {
            waiting.push(photon.again(shell.x_ray_kev, isotropic(rng)));
        }
    } else if kind < captured + scattered {
        let (energy_kev, cosine) = compton(photon.energy_kev, rng);
        waiting.push(photon.again(energy_kev, turned(photon.direction, cosine, rng)));
    } else {
        let one = isotropic(rng);
        waiting.push(photon.again(ELECTRON_KEV, one));
        waiting.push(photon.again(ELECTRON_KEV, one.map(|part| -part)));
    }
    waiting.retain(|photon| photon.energy_kev > STOP_KEV);
    waiting[before.min(waiting.len())..].iter().map(|photon| photon.energy_kev).sum()
}

impl Photon {
    fn move_by(&mut self, distance: f64) {
        for (place, part) in self.position.iter_mut().zip(self.direction) {
            *place += distance * part;
        }
    }

    fn again(self, energy_kev: f64, direction: Direction) -> Self {
        Self { energy_kev, direction, direct: false, ..self }
    }
}

/// Energy and cosine after a Compton scatter, sampled from Klein-Nishina by composition and rejection
/// (Butcher and Messel).
fn compton(energy_kev: f64, rng: &mut impl Rng) -> (f64, f64) {
    let k = energy_kev / ELECTRON_KEV;
    let least = 1.0 / (1.0 + 2.0 * k);
    let first = -libm::log(least);
    let second = (1.0 - least * least) / 2.0;
    loop {
        let share = if rng.random::<f64>() * (first + second) < first {
            libm::exp(-first * rng.random::<f64>())
        } else {
            libm::sqrt(least * least + (1.0 - least * least) * rng.random::<f64>())
        };
        let away = (1.0 - share) / (k * share);
        let accept = 1.0 - share * away * (2.0 - away) / (1.0 + share * share);
        if rng.random::<f64>() < accept {
            return (share * energy_kev, 1.0 - away);
        }
    }
}

/// Any direction, all equally likely.
pub(super) fn isotropic(rng: &mut impl Rng) -> Direction {
    let cosine = 2.0 * rng.random::<f64>() - 1.0;
    turned([0.0, 0.0, 1.0], cosine, rng)
}

fn turned(from: Direction, cosine: f64, rng: &mut impl Rng) -> Direction {
    let angle = 2.0 * std::f64::consts::PI * rng.random::<f64>();
    let sine = libm::sqrt((1.0 - cosine * cosine).max(0.0));
    // Any axis that is not along the direction gives a pair of perpendiculars.
    let axis = if from[2].abs() < 0.9 { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] };
    let one = unit(cross(from, axis));
    let two = cross(from, one);
    let (a, b) = (sine * libm::cos(angle), sine * libm::sin(angle));
    unit([0, 1, 2].map(|i| cosine * from[i] + a * one[i] + b * two[i]))
}

fn dot(a: Direction, b: Direction) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Direction, b: Direction) -> Direction {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: Direction) -> Direction {
    let length = libm::sqrt(dot(a, a));
    a.map(|part| part / length)
}
