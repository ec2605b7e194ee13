//! Sizes of vehicles and what sensors see of them. Typical sizes, not of a standard.

use greenlane_model::Position;

use crate::vehicle::{Span, VehicleKind};

/// Rear of the cab, in m behind the front.
pub const CAB_M: f64 = 2.3;
/// Front of the load, in m behind the front.
pub(super) const LOAD_M: f64 = 3.1;
const BOX_20_M: f64 = 6.06;
const BOX_40_M: f64 = 12.19;
const BOX_45_M: f64 = 13.72;
/// Gap between two 20 ft boxes, in m.
const INNER_GAP_M: f64 = 0.35;
/// Where the high part of a chassis begins, in m behind the front.
const HIGH_BED_M: f64 = LOAD_M + 2.5;
/// A trailer behind a tow bar, in m.
const TRAILER_M: f64 = 6.5;

/// A vehicle's body.
#[derive(Debug)]
pub(super) struct Body {
    pub length_m: f64,
    pub boxes: Vec<(Position, Span)>,
    pub curtain: Vec<Span>,
    pub loops: Vec<Span>,
}

impl Body {
    /// A body of this kind; `tow_bar_m` adds a tow bar of this length and a trailer, `high_bed_m` a stretch
    /// that loops lose.
    pub(super) fn new(kind: VehicleKind, tow_bar_m: Option<f64>, high_bed_m: Option<f64>) -> Self {
        let boxes = boxes(kind);
        let loaded_to = boxes.last().map_or(0.0, |(_, span)| span.to_m);
        let mut length_m = match kind {
            VehicleKind::Bobtail => 6.2,
            VehicleKind::EmptyChassis => LOAD_M + BOX_40_M + 0.3,
            VehicleKind::Box20 | VehicleKind::Tank => loaded_to + 0.9,
            _ => loaded_to + 0.3,
        };
        let mut holes = Vec::new();
        if let Some(bar) = tow_bar_m {
            holes.push(Span { from_m: length_m, to_m: length_m + bar });
            length_m += bar + TRAILER_M;
        }
        let curtain = without(length_m, &holes);
        if let Some(hole) = high_bed_m.filter(|_| kind != VehicleKind::Bobtail) {
            holes.insert(0, Span { from_m: HIGH_BED_M, to_m: HIGH_BED_M + hole });
        }
        Self { length_m, boxes, curtain, loops: without(length_m, &holes) }
    }

    /// Rear of the load, in m behind the front; `None` without a load.
    pub(super) fn loaded_to_m(&self) -> Option<f64> {
        self.boxes.last().map(|(_, span)| span.to_m)
    }
}

/// Boxes of a kind of vehicle, front first.
fn boxes(kind: VehicleKind) -> Vec<(Position, Span)> {
    let at = |from_m, long| Span { from_m, to_m: from_m + long };
    match kind {
        VehicleKind::Bobtail | VehicleKind::EmptyChassis => Vec::new(),
        VehicleKind::Box20 | VehicleKind::Tank => vec![(Position::Single, at(LOAD_M, BOX_20_M))],
        VehicleKind::Two20 => vec![
            (Position::Front, at(LOAD_M, BOX_20_M)),
            (Position::Rear, at(LOAD_M + BOX_20_M + INNER_GAP_M, BOX_20_M)),
        ],
        VehicleKind::Box40 => vec![(Position::Single, at(LOAD_M, BOX_40_M))],
        VehicleKind::Box45 => vec![(Position::Single, at(LOAD_M, BOX_45_M))],
    }
}

/// What is left of a vehicle of this length without the holes (sorted).
fn without(length_m: f64, holes: &[Span]) -> Vec<Span> {
    let mut from_m = 0.0;
    let mut spans = Vec::new();
    for hole in holes {
        spans.push(Span { from_m, to_m: hole.from_m });
        from_m = hole.to_m.min(length_m);
    }
    spans.push(Span { from_m, to_m: length_m });
    spans
}
