//! Draws a vehicle as a scanner would see it: steel in front of air, line by line, 16 bits a pixel.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha12Rng;

use super::{Line, Silhouette};
use crate::traffic::CAB_M;
use crate::vehicle::VehicleKind;

/// Height of the picture, in m above the road.
const TOP_M: f64 = 4.5;
/// Unattenuated beam.
const AIR: f64 = 60_000.0;
/// Steel that takes half of the beam away, in cm (about 6 MV).
const HALF_CM: f64 = 2.3;
/// Size of a block of cargo, in m.
const BLOCK_M: f64 = 1.2;

/// The PNG file of these lines.
pub(super) fn drawn(lines: &[Line], vehicles: &[Silhouette], rows: u32, rng: &mut ChaCha12Rng) -> Vec<u8> {
    let width = lines.len();
    let texture: u64 = rng.random();
    let mut pixels = vec![0u8; width * rows as usize * 2];
    for (x, line) in lines.iter().enumerate() {
        let vehicle = vehicles.get(usize::from(line.vehicle)).filter(|_| line.exposed);
        for y in 0..rows as usize {
            let height_m = TOP_M * (1.0 - (y as f64 + 0.5) / f64::from(rows));
            let value = match vehicle {
                Some(vehicle) => {
                    let steel_cm = thickness_cm(vehicle, f64::from(line.behind_m), height_m, texture);
                    let mean = AIR * libm::exp2(-steel_cm / HALF_CM);
                    // Flat noise of the size of a few counts; the low bits of a random word are enough.
                    mean + f64::from(rng.next_u32() & 0x3f)
                }
                None => 0.0,
            };
            // The cast saturates.
            let at = (y * width + x) * 2;
            pixels[at..at + 2].copy_from_slice(&(value as u16).to_be_bytes());
        }
    }
    encode(u32::try_from(width).unwrap_or(u32::MAX), rows, Some(&pixels))
}

/// Only the head of a PNG file of this size.
pub(super) fn header(width: u32, height: u32) -> Vec<u8> {
    encode(width, height, None)
}

fn encode(width: u32, height: u32, pixels: Option<&[u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width.max(1), height.max(1));
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    encoder.set_compression(png::Compression::Fast);
    // Writing into memory fails only for a wrong size, and the size is made here.
    if let Ok(mut writer) = encoder.write_header()
        && let Some(pixels) = pixels
        && let Err(error) = writer.write_image_data(pixels)
    {
        tracing::error!(%error, "image not written");
    }
    file
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
    let mixed = (texture ^ block.wrapping_mul(0x9E37_79B9_7F4A_7C15)).rotate_left(29);
    0.4 + (mixed.wrapping_mul(0xD1B5_4A32_D192_ED03) >> 60) as f64 * 0.35
}

fn wheels_cm(vehicle: &Silhouette, behind_m: f64, height_m: f64) -> f64 {
    let rear = vehicle.length_m;
    let axles = [1.4, 4.6, 5.9, rear - 3.6, rear - 2.3, rear - 1.0];
    let radius = |axle: f64| (behind_m - axle) * (behind_m - axle) + (height_m - 0.5) * (height_m - 0.5);
    if axles.into_iter().any(|axle| radius(axle) < 0.25) { 3.0 } else { 0.0 }
}
