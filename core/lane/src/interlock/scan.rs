//! The scan request: a lease that stands only while everything about the scanner reads "yes".

use greenlane_model::ScanState;

use super::command::{MayAsk, Permissive, Recorded, Restrictive};
use super::{Interlock, Scene};
use crate::Role;
use crate::layout::{Layout, Zone};
use crate::notes::Notes;
use crate::visit::Visit;

/// What was asked of the scanner.
#[derive(Debug, Clone, Default)]
pub(super) struct ScanRequest {
    standing: Option<Lease>,
    /// The newest visit that was scanned, or whose request was taken back. Asking again for the same vehicle
    /// would be a decision that a person has to take.
    done: u64,
    /// The visit that the beam came on for last.
    beamed: Option<u64>,
}

#[derive(Debug, Clone)]
struct Lease {
    number: u64,
    passage: String,
    renew_ns: u64,
}

impl ScanRequest {
    pub(super) fn renew_ns(&self) -> Option<u64> {
        self.standing.as_ref().map(|l| l.renew_ns)
    }
}

impl Interlock {
    /// The passage that a scan is asked for now.
    pub(crate) fn scanning(&self) -> Option<&str> {
        self.scan.standing.as_ref().map(|l| l.passage.as_str())
    }

    /// The beam came on, for whoever a request stands.
    pub(crate) fn beam_began(&mut self) {
        if let Some(lease) = &self.scan.standing {
            self.scan.beamed = Some(lease.number);
        }
    }

    /// The visit that a word of the scanner on a scan is about.
    pub(crate) fn scanned(&self) -> Option<u64> {
        self.scan.beamed
    }

    pub(super) fn update_scan(&mut self, scene: &Scene<'_>, notes: &mut Notes<'_>) {
        if scene.layout.binds(Role::ScanRequest).next().is_none() {
            return;
        }
        let may_ask = MayAsk::when(scene.layout, scene.devices);
        let recorded = Recorded::when(self.writable && !self.held);
        if let Some(lease) = self.scan.standing.clone() {
            let over = if self.held {
                Some("the standard in force holds the lane")
            } else if recorded.is_none() {
                Some("the journal cannot be written")
            } else if may_ask.is_none() && !scanned(scene) {
                Some("the scanner's chain does not read yes")
            } else {
                ended(scene, lease.number)
            };
            if let Some(reason) = over {
                self.withdraw(scene.layout, reason, notes);
            }
        }
        let (Some(may_ask), Some(recorded)) = (may_ask, recorded) else { return };
        let now_ns = notes.now.mono_ns;
        let due = match &self.scan.standing {
            Some(lease) if now_ns < lease.renew_ns => None,
            Some(lease) => Some((lease.number, lease.passage.clone())),
            None => next(scene, self.scan.done).map(|v| (v.number, v.passage.id.clone())),
        };
        let Some((number, passage)) = due else { return };
        let lease_ms = scene.layout.config.lane.scan_lease_ms.max(2);
        for bind in scene.layout.binds(Role::ScanRequest) {
            let request = Permissive::scan_request(bind, &passage, lease_ms, recorded, may_ask);
            self.send(bind, "scan request", request, notes);
        }
        let renew_ns = now_ns.saturating_add(u64::from(lease_ms) * 500_000);
        if scene.layout.binds(Role::ScanBeamOn).next().is_none() {
            self.scan.beamed = Some(number);
        }
        self.scan.standing = Some(Lease { number, passage, renew_ns });
    }

    /// Takes a standing request back, at once.
    pub(super) fn withdraw(&mut self, layout: &Layout, reason: &str, notes: &mut Notes<'_>) {
        let Some(lease) = self.scan.standing.take() else { return };
        self.scan.done = self.scan.done.max(lease.number);
        for bind in layout.binds(Role::ScanRequest) {
            self.send(bind, "scan withdraw", Restrictive::scan_withdraw(bind, reason), notes);
        }
    }
}

/// The next vehicle to scan: the foremost not past the scanner, once it is at the last sensor before it.
fn next<'a>(scene: &Scene<'a>, done: u64) -> Option<&'a Visit> {
    let zone = zone(scene.layout);
    let visit = scene.tracker.visits.iter().find(|v| !past(scene.layout, v, zone))?;
    let before = scene.layout.sensors.iter().rposition(|s| zone.is_none_or(|z| s.zone.from <= z.from));
    let near = visit.spans.iter().skip(before.unwrap_or(0)).any(|s| s.reached());
    let fresh =
        visit.number > done && !visit.reversing && !visit.passage.recovered && visit.split_of.is_none();
    (near && fresh && visit.confirmed && visit.passage.images.is_empty()).then_some(visit)
}

/// Why a standing request is over.
fn ended(scene: &Scene<'_>, number: u64) -> Option<&'static str> {
    let Some(visit) = scene.tracker.visits.iter().find(|v| v.number == number) else {
        return Some("the vehicle left the lane");
    };
    if visit.reversing {
        return Some("the vehicle went backwards");
    }
    if !visit.passage.images.is_empty() || scanned(scene) {
        return Some("the scan is complete");
    }
    past(scene.layout, visit, zone(scene.layout)).then_some("the vehicle is past the scanner")
}

/// Whether a scanner that says its state has finished or given up.
fn scanned(scene: &Scene<'_>) -> bool {
    use ScanState::{Aborted, Complete, Delivered, Fault, Invalid, Offline};
    scene.layout.binds(Role::ScanRequest).any(|bind| {
        let state = scene.devices.get(&bind.device).and_then(|d| d.scan.as_ref()).map(|s| s.state);
        matches!(state, Some(Complete | Delivered | Invalid | Aborted | Fault | Offline))
    })
}

/// Where the scanner stands.
fn zone(layout: &Layout) -> Option<Zone> {
    let bind = layout.binds(Role::ScanRequest).next()?;
    let own = bind.at_m.map(|at| Zone { from: at.value(), to: at.value() });
    let scanner = || layout.scanners().find_map(|d| layout.zone(&d.name));
    own.or_else(|| layout.zone(&bind.device)).or_else(scanner)
}

fn past(layout: &Layout, visit: &Visit, zone: Option<Zone>) -> bool {
    let Some(zone) = zone else { return false };
    layout.sensors.iter().zip(&visit.spans).any(|(s, span)| span.passed() && s.zone.to >= zone.to)
}
