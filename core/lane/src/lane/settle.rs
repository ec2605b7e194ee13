//! After every input that changed something: decide, move lights and barrier, publish, ask to be woken.

use greenlane_model::Severity;

use super::Lane;
use crate::interlock::Scene;
use crate::layout::{Layout, Zone};
use crate::monitor::Monitors;
use crate::notes::Notes;
use crate::science::Science;
use crate::tracker::{Tracker, span_ns};
use crate::visit::Visit;
use crate::{Effect, admission, decision, evidence};

/// While a vehicle drives towards a place that no sensor watches, it is looked at this often.
const LOOK_NS: u64 = 250_000_000;

impl Lane {
    pub(super) fn settle(&mut self, notes: &mut Notes<'_>) {
        self.revisit_orphans(notes);
        let Some(layout) = self.layout.take() else { return };
        self.impair(&layout);
        self.tracker.age(&layout, notes.now, notes);
        self.tracker.resolve_contests(&layout);
        self.tracker.doubt_neighbours(&layout);
        self.ask(&layout, notes);
        self.decide(&layout, notes);
        let scene = Scene { layout: &layout, devices: &self.devices, tracker: &self.tracker };
        self.interlock.hold(self.monitors.as_ref().is_some_and(Monitors::holds));
        self.interlock.update(&scene, notes);
        self.publish(&layout, notes);
        self.ask_to_be_woken(&layout, notes);
        self.layout = Some(layout);
    }

    /// Vehicles whose evidence a device in trouble still owes.
    fn impair(&mut self, layout: &Layout) {
        let troubles: Vec<(String, String)> =
            self.device_trouble().map(|(device, trouble)| (device.to_owned(), trouble)).collect();
        for (device, trouble) in troubles {
            let portal = layout.sensor(&device, None);
            let sensor = layout.sensors.iter().any(|s| s.device == device);
            let needed = evidence::devices(layout).any(|d| d == device);
            for visit in &mut self.tracker.visits {
                let done = match portal {
                    Some(s) => visit.spans.get(s).is_some_and(|s| s.passed()),
                    None => visit.has_set(&device),
                };
                if done || visit.spans.last().is_some_and(|s| s.passed()) {
                    continue;
                }
                visit.fault(&device, &trouble, Severity::Error);
                if needed || sensor {
                    visit.doubt(format!("{device} was in trouble while it was in the lane: {trouble}"));
                }
            }
        }
    }

    fn decide(&mut self, layout: &Layout, notes: &mut Notes<'_>) {
        let now_ns = notes.now.mono_ns;
        let policy = layout.config.policy.as_ref();
        let numbers: Vec<u64> = self.tracker.all().map(|v| v.number).collect();
        for number in numbers {
            self.note_passed(layout, number, now_ns);
            let Some(visit) = self.tracker.visit(number) else { continue };
            if visit.passage.decision.is_some() {
                visit.measure(layout);
                continue;
            }
            let Some(passed_ns) = visit.passed_ns else { continue };
            let complete = policy.is_none_or(|p| evidence::missing(layout, p, visit).is_empty());
            let late = evidence::overdue(policy, passed_ns, now_ns);
            let asked = visit.asked.is_some() && !visit.answered;
            if !(late || complete && visit.contests.is_empty() && !asked) {
                continue;
            }
            self.tracker.give_up_contests(number);
            self.tracker.doubt_readings(layout, number, now_ns);
            let Some(visit) = self.tracker.visit(number) else { continue };
            if visit.shifted {
                visit.beside_ambiguous(
                    "it came behind one that could not be told apart and did not drive steadily",
                );
            }
            visit.measure(layout);
            explain(self.science.as_ref(), visit);
            let objections = || {
                let mut all = admission::unproven(layout, &self.devices);
                all.extend(self.monitors.iter().flat_map(|monitors| monitors.objections(layout)));
                all
            };
            decision::decide(layout, visit, &objections, notes);
        }
        // What this input, or the decision of another vehicle, left doubtful about one that was decided before.
        for visit in self.tracker.all_mut().filter(|v| v.passage.decision.is_some() && v.dirty) {
            explain(self.science.as_ref(), visit);
            decision::decide(layout, visit, &Vec::new, notes);
        }
    }

    /// Notes since when the vehicle is past everything that the policy needs.
    fn note_passed(&mut self, layout: &Layout, number: u64, now_ns: u64) {
        let Some(visit) = self.tracker.all().find(|v| v.number == number) else { return };
        if visit.passed_ns.is_some() || visit.split_of.is_some() && visit.passage.left.is_none() {
            return;
        }
        let passed = if visit.passage.recovered {
            Some(now_ns)
        } else {
            evidence::passed_ns(layout, visit, now_ns, |zone| {
                rear_past(&self.tracker, layout, visit, zone, now_ns)
            })
        };
        if let Some(visit) = self.tracker.visit(number) {
            visit.passed_ns = passed;
        }
    }

    /// Asks the host for the papers of every vehicle whose numbers are new.
    fn ask(&mut self, layout: &Layout, notes: &mut Notes<'_>) {
        let wanted = layout.config.papers || matches!(&self.science, Some(Ok(science)) if science.explains());
        if !wanted {
            return;
        }
        for visit in self.tracker.all_mut().filter(|v| v.confirmed && v.passage.decision.is_none()) {
            let containers = visit.readable();
            if visit.asked.as_ref() == Some(&containers) {
                continue;
            }
            let plates = visit.passage.plates.iter().filter_map(|p| p.text.clone()).collect();
            let passage = visit.passage.id.clone();
            visit.answered = false;
            visit.asked = Some(containers.clone());
            notes.effects.push(Effect::Ask { passage, containers, plates });
        }
    }

    fn publish(&mut self, layout: &Layout, notes: &mut Notes<'_>) {
        for visit in self.tracker.all_mut().filter(|v| v.dirty && v.confirmed) {
            visit.dirty = false;
            if visit.passage.decision.is_none() || visit.passage.standard.is_empty() {
                visit.passage.standard = layout.config.standard_in_force();
            }
            notes.effects.push(Effect::Passage(Box::new(visit.passage.clone())));
        }
    }

    fn ask_to_be_woken(&mut self, layout: &Layout, notes: &mut Notes<'_>) {
        let now_ns = notes.now.mono_ns;
        let scene = Scene { layout, devices: &self.devices, tracker: &self.tracker };
        let wait_ns = span_ns(layout.config.policy.as_ref().map_or(0.0, |p| p.wait_s));
        let undecided = self.tracker.all().filter(|v| v.passage.decision.is_none());
        let decisions = undecided.filter_map(|v| match v.passed_ns {
            Some(passed) => Some((passed.saturating_add(wait_ns), "evidence is no longer waited for")),
            None => {
                driving_past(layout, v).then_some((now_ns.saturating_add(LOOK_NS), "a vehicle drives on"))
            }
        });
        let orphans = self.orphans.iter().map(|o| (o.until_ns, "evidence without a vehicle"));
        let tracker = self.tracker.next_ns(layout);
        // What is due by now was looked at in this step; it waits for something else.
        let all = decisions.chain(orphans).chain(tracker).chain(self.interlock.next_ns(&scene));
        let Some((at, reason)) = all.filter(|(at, _)| *at > now_ns).min() else { return };
        let asked = self.wake_ns.is_some_and(|wake| wake > now_ns && wake <= at);
        if !asked {
            self.wake_ns = Some(at);
            notes.effects.push(Effect::WakeAt { mono_ns: at, reason: reason.to_owned() });
        }
    }
}

/// Compares what was measured with the papers, when either has changed.
fn explain(science: Option<&Result<Science, String>>, visit: &mut Visit) {
    if !std::mem::take(&mut visit.unexplained) {
        return;
    }
    match science {
        Some(Ok(science)) => visit.passage.radiation.explanation = science.explain(&visit.passage),
        Some(Err(why)) => visit.doubt(format!("our own tests could not be made: {why}")),
        None => {}
    }
}

/// Since when the vehicle's rear is past a place: by a sensor at it or behind it, else by its speed.
fn rear_past(tracker: &Tracker, layout: &Layout, visit: &Visit, zone: Zone, now_ns: u64) -> Option<u64> {
    evidence::rear_seen_past(layout, visit, zone).or_else(|| {
        let bounds = visit.bounds(layout, |s| tracker.is_clear(s));
        let rear = visit.track.rear(now_ns, &bounds)?;
        let guess = visit.track.last_rear().is_some() && rear.est >= zone.to;
        (guess && !will_tell(layout, visit, zone)).then_some(now_ns)
    })
}

/// Whether the vehicle covers a sensor so close behind the place that its rear is at the place or just past
/// it: that sensor will tell, and a vehicle that stops there is not taken for one that drives on.
fn will_tell(layout: &Layout, visit: &Visit, zone: Zone) -> bool {
    let shortest = layout.config.tracker.min_length_m;
    layout.sensors.iter().zip(&visit.spans).any(|(sensor, span)| {
        let behind = sensor.zone.to - zone.to;
        span.covering() && !sensor.is_portal() && (0.0..shortest).contains(&behind)
    })
}

/// Whether time alone may bring the vehicle past a place that is needed: its rear has left a sensor and no
/// sensor behind the place has seen it.
fn driving_past(layout: &Layout, visit: &Visit) -> bool {
    visit.passage.left.is_none()
        && visit.track.last_rear().is_some_and(|rear| evidence::places(layout).any(|z| z.to > rear.x))
}
