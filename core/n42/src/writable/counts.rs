//! Gross counts: windows that the rules take, and spectra for those readers that drop gamma counts.

use std::collections::BTreeMap;

use super::ids::{Ids, Renamed};
use crate::document::{Calibration, Energy, GrossCounts, Spectrum, Windows};
use crate::number::is_plain;
use crate::sums::outer;

/// Upper energy of counts without windows, keV: what portals count is below the line of Tl-208 and its pile-up.
const ALL_KEV: f64 = 3000.0;

/// The windows of a document, in ascending order, and in which order their counts stand.
#[derive(Default)]
pub(super) struct Frames {
    pub windows: Vec<Windows>,
    renamed: Renamed,
    /// By new id: where in `windows`.
    places: BTreeMap<String, usize>,
    /// By old id: the windows in order, and the old place of each.
    order: BTreeMap<String, (Windows, Vec<usize>)>,
    /// By the edges' bits: the calibration of counts that became channels.
    made: BTreeMap<Vec<u64>, String>,
}

impl Frames {
    pub fn new(old: Vec<Windows>, ids: &mut Ids) -> Self {
        let mut frames = Self::default();
        for windows in old {
            let mut order: Vec<usize> = (0..windows.bounds.len()).collect();
            order.sort_by(|one, other| {
                let (one, other) = (windows.bounds[*one], windows.bounds[*other]);
                one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
            });
            let bounds: Vec<_> = order.iter().map(|place| windows.bounds[*place]).collect();
            if bounds.is_empty()
                || bounds.iter().any(|(low, high)| !(*low >= 0.0 && low < high && is_plain(*high)))
            {
                continue;
            }
            let id = ids.take(&windows.id, || "EnergyWindows".to_owned());
            frames.renamed.add(windows.id.clone(), &id);
            frames.places.insert(id.clone(), frames.windows.len());
            frames.windows.push(Windows { id, bounds: bounds.clone() });
            let ordered = (Windows { id: windows.id.clone(), bounds }, order);
            frames.order.entry(windows.id).or_insert(ordered);
        }
        frames
    }

    /// Counts in the order of their windows; those without usable windows are added together. Says whether they
    /// were.
    pub fn arrange(&self, gross: &mut GrossCounts) -> bool {
        let known = gross.windows.as_ref().and_then(|id| self.order.get(id));
        if let Some((windows, order)) = known
            && windows.bounds.len() == gross.counts.len()
        {
            gross.counts = order.iter().map(|place| gross.counts[*place]).collect();
            gross.windows = self.renamed.get(&windows.id).cloned();
            return false;
        }
        gross.windows = None;
        let several = gross.counts.len() != 1;
        gross.counts = vec![gross.counts.iter().sum()];
        several
    }

    /// A spectrum of arranged counts, a channel a window, and whether it says all that the counts say.
    pub fn spectrum(
        &mut self,
        gross: &GrossCounts,
        ids: &mut Ids,
        calibrations: &mut Vec<Calibration>,
    ) -> (Spectrum, bool) {
        let place = gross.windows.as_ref().and_then(|id| self.places.get(id));
        let windows = place.map(|place| &self.windows[*place]);
        let (edges, channels, whole) = channels(&gross.counts, windows);
        let key = edges.iter().map(|edge| edge.to_bits()).collect();
        let calibration = self.made.entry(key).or_insert_with(|| {
            let id = ids.take("", || format!("WindowCalibration-{}", calibrations.len() + 1));
            calibrations.push(Calibration { id: id.clone(), energy: Energy::Boundaries(edges) });
            id
        });
        let spectrum = Spectrum {
            id: String::new(),
            detector: gross.detector.clone(),
            calibration: calibration.clone(),
            live_time_s: gross.live_time_s,
            channels,
        };
        (spectrum, whole)
    }
}

/// Edges and channels of counts. Windows beside each other get a channel each, and what lies between them an empty
/// one; of windows that overlap only the sum is a spectrum.
fn channels(counts: &[f64], windows: Option<&Windows>) -> (Vec<f64>, Vec<f64>, bool) {
    let Some(windows) = windows else {
        return (vec![0.0, ALL_KEV], counts.to_vec(), false);
    };
    let bounds = &windows.bounds;
    if !bounds.is_sorted_by(|one, next| one.1 <= next.0) {
        let low = bounds.iter().map(|bound| bound.0).fold(f64::INFINITY, f64::min);
        let high = bounds.iter().map(|bound| bound.1).fold(0.0, f64::max);
        return (vec![low, high], vec![outer(counts, Some(windows))], false);
    }
    let (mut edges, mut channels) = (Vec::new(), Vec::new());
    for ((low, high), count) in bounds.iter().zip(counts) {
        if edges.last().is_some_and(|last| last < low) {
            channels.push(0.0);
        }
        if edges.last() != Some(low) {
            edges.push(*low);
        }
        edges.push(*high);
        channels.push(*count);
    }
    (edges, channels, true)
}
