//! Analyses: what they refer to, alarms with detectors, nuclides with a confidence.

use super::{Making, source, text};
use crate::document::{Alarm, AlarmCategory, Analysis, Category, Nuclide};
use crate::number::is_plain;
use crate::repair::Rule;

impl Making {
    /// An analysis of measurements or of derived data; of everything, when it does not say. None when there is
    /// nothing that it could be of.
    pub(super) fn analysis(&mut self, old: Analysis, everything: &[String]) -> Option<Analysis> {
        let mut new =
            Analysis { id: old.id.map(|id| self.ids.take(&id, String::new)), ..Analysis::default() };
        new.measurements = self.measurements.all(&old.measurements);
        if new.measurements.is_empty() {
            new.derived = self.derived.all(&old.derived);
        }
        if new.measurements.is_empty() && new.derived.is_empty() {
            new.measurements = self.references(everything.to_vec());
        }
        if new.measurements.len() + new.derived.len() < old.measurements.len() + old.derived.len()
            || new.measurements.is_empty() && new.derived.is_empty()
        {
            self.notes.add(Rule::LeftOut, 0);
        }
        if new.measurements.is_empty() && new.derived.is_empty() {
            return None;
        }
        new.remarks = old.remarks;
        text::clean_all(&mut new.remarks);
        new.algorithm = old.algorithm.and_then(|text| text::free(&text));
        new.creator = old.creator.and_then(|text| text::free(&text));
        new.versions = source::versions(old.versions);
        new.result = old.result.and_then(|text| text::free(&text));
        new.confidence_percent = old.confidence_percent.filter(|percent| (0.0..=100.0).contains(percent));
        new.alarms = old.alarms.into_iter().map(|alarm| self.alarm(alarm)).collect();
        new.nuclides = old.nuclides.into_iter().filter_map(|nuclide| self.nuclide(nuclide)).collect();
        Some(new)
    }

    fn alarm(&mut self, mut alarm: Alarm) -> Alarm {
        alarm.detectors = self.detectors.renamed.all(&alarm.detectors);
        if alarm.detectors.is_empty() {
            let category = match alarm.category {
                AlarmCategory::Neutron => Some(Category::Neutron),
                AlarmCategory::Gamma | AlarmCategory::Isotope => Some(Category::Gamma),
                AlarmCategory::Alpha => Some(Category::Alpha),
                AlarmCategory::Beta => Some(Category::Beta),
                AlarmCategory::Other => None,
            };
            let counting = self.detectors.counting(category);
            alarm.detectors = self.references(counting);
        }
        alarm.at = alarm.at.map(|time| self.in_zone(time));
        text::clean(&mut alarm.description);
        if alarm.category == AlarmCategory::Other {
            alarm.description.get_or_insert_with(|| "unknown".to_owned());
        }
        alarm
    }

    fn nuclide(&mut self, mut nuclide: Nuclide) -> Option<Nuclide> {
        let Some(name) = text::line(&nuclide.name) else {
            self.notes.add(Rule::LeftOut, 0);
            return None;
        };
        nuclide.name = name;
        nuclide.activity_kbq = nuclide.activity_kbq.filter(|activity| is_plain(*activity));
        text::clean(&mut nuclide.confidence);
        text::clean(&mut nuclide.category);
        let percent = nuclide.confidence_percent.take();
        nuclide.confidence_percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
        if nuclide.confidence_percent.is_none() && nuclide.confidence.is_none() {
            nuclide.confidence = Some("not stated".to_owned());
        }
        Some(nuclide)
    }
}
