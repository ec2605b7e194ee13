//! Draws a vehicle as a scanner would see it: steel in front of air, line by line, 16 bits a pixel.

use crate::traffic::CAB_M;
use crate::vehicle::{Span, VehicleKind};

/// Height of the picture, in m above the road.
const TOP_M: f64 = 4.5;
/// Unattenuated beam.
const AIR: f64 = 60_000.0;
/// Steel that takes half of the beam away, in cm (about 6 MV).
const HALF_CM: f64 = 2.3;
/// Size of a block of cargo, in m.
const BLOCK_M: f64 = 1.2;

/// What the scanner knows of a vehicle that it draws.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Silhouette {
    pub index: u64,
    pub kind: VehicleKind,
    pub length_m: f64,
    pub boxes: Vec<Span>,
}

/// One line: which of the silhouettes, how far behind its front, beam on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub vehicle: u16,
    pub behind_m: f32,
    pub exposed: bool,
}

/// An image that is drawn when its bytes are wanted, since drawing takes longer than a tick of the world.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub(super) lines: Vec<Line>,
    pub(super) vehicles: Vec<Silhouette>,
    pub(super) rows: u32,
    pub(super) texture: u64,
    pub(super) drawn: bool,
}

impl Picture {
    /// Lines, in px.
    pub fn width(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    /// Detectors, in px.
    pub fn height(&self) -> u32 {
        self.rows
    }

    /// The PNG file, or only its head when images are not drawn.
    pub fn png(&self) -> Vec<u8> {
        let pixels = self.drawn.then(|| self.pixels());
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width().max(1), self.rows.max(1));
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Sixteen);
        encoder.set_compression(png::Compression::Fast);
        // Writing into memory fails only for a wrong size, and the size is made here.
        if let Ok(mut writer) = encoder.write_header()
            && let Some(pixels) = pixels
            && let Err(error) = writer.write_image_data(&pixels)
        {
            tracing::error!(%error, "image not written");
        }
        file
    }

    fn pixels(&self) -> Vec<u8> {
        let width = self.lines.len();
        let mut pixels = vec![0u8; width * self.rows as usize * 2];
        for (x, line) in self.lines.iter().enumerate() {
            let vehicle = self.vehicles.get(usize::from(line.vehicle)).filter(|_| line.exposed);
            let Some(vehicle) = vehicle else { continue };
            for y in 0..self.rows as usize {
                let height_m = TOP_M * (1.0 - (y as f64 + 0.5) / f64::from(self.rows));
                let steel_cm = thickness_cm(vehicle, f64::from(line.behind_m), height_m, self.texture);
                let at = y * width + x;
                let noise = f64::from((mixed(self.texture ^ at as u64) & 0x3f) as u32);
                // The cast saturates.
                let value = (AIR * libm::exp2(-steel_cm / HALF_CM) + noise) as u16;
                pixels[2 * at..2 * at + 2].copy_from_slice(&value.to_be_bytes());
            }
        }
        pixels
    }
}

/// Steel in the beam `behind_m` metres behind the front, `height_m` above the road, in cm.
fn thickness_cm(vehicle: &Silhouette, behind_m: f64, height_m: f64, texture: u64) -> f64 {
    let mut steel = wheels_cm(vehicle, behind_m, height_m);
    if (0.7..1.1).contains(&height_m) {
        steel += 1.6;
    }
    if behind_m < CAB_M && (0.5..3.2).contains(&height_m) {
        steel += if height_m < 1.5 { 6.0 } else { 0.4 };
    }
    for (number, span) in vehicle.boxes.iter().enumerate() {
        let inside = (span.from_m..span.to_m).contains(&behind_m) && (1.2..3.8).contains(&height_m);
        if inside {
            steel += box_cm(vehicle, number, behind_m - span.from_m, span.to_m - behind_m, height_m, texture);
        }
    }
    steel
}

fn box_cm(
    vehicle: &Silhouette,
    number: usize,
    from_front: f64,
    from_rear: f64,
    height_m: f64,
    texture: u64,
) -> f64 {
    let tank = vehicle.kind == VehicleKind::Tank;
    let post = from_front.min(from_rear) < 0.12 || !(1.35..3.68).contains(&height_m);
    if post {
        return 1.2;
    }
    if tank {
        let off_axis = (height_m - 2.5).abs();
        return if off_axis < 1.1 { 1.0 + 4.0 * libm::sqrt(1.21 - off_axis * off_axis) } else { 0.0 };
    }
    let block = (from_front / BLOCK_M) as u64 * 7 + ((height_m - 1.2) / 0.6) as u64 + 101 * number as u64;
    0.4 + (mixed(texture ^ block) >> 60) as f64 * 0.35
}

fn wheels_cm(vehicle: &Silhouette, behind_m: f64, height_m: f64) -> f64 {
    let rear = vehicle.length_m;
    let axles = [1.4, 4.6, 5.9, rear - 3.6, rear - 2.3, rear - 1.0];
    let radius = |axle: f64| (behind_m - axle) * (behind_m - axle) + (height_m - 0.5) * (height_m - 0.5);
    if axles.into_iter().any(|axle| radius(axle) < 0.25) { 3.0 } else { 0.0 }
}

/// Scatters a number over all 64 bits.
fn mixed(number: u64) -> u64 {
    let scattered = (number ^ (number >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (scattered ^ (scattered >> 29)).wrapping_mul(0xD1B5_4A32_D192_ED03)
}
