//! What the standard in force makes of each device, as the host finds it.

use greenlane_standard::Admission;

use super::Lane;
use crate::layout::Layout;
use crate::notes::Notes;
use crate::{Input, Watched};

impl Lane {
    /// The host has looked at a device's driver. Somebody is told whenever that changes anything.
    pub(super) fn admitted(&mut self, name: &str, admission: Admission, notes: &mut Notes<'_>) {
        let Some(device) = self.devices.get_mut(name) else { return };
        if device.admission.as_ref() == Some(&admission) {
            return;
        }
        match &admission {
            Admission::Admitted { notes: remarks, .. } => {
                for remark in remarks {
                    notes.alert("certificate", format!("{name}: {remark}"), None, Some(name));
                }
            }
            Admission::Restricted { reason } => {
                notes.alert("restricted", format!("{name}: {reason}"), None, Some(name));
            }
            Admission::Refused { reason } => {
                notes.alert("refused", format!("{name}: {reason}"), None, Some(name));
            }
        }
        device.admission = Some(admission);
    }

    /// Every monitor of the standard in force at a second since 1970; none without one.
    pub fn watched(&self, utc_s: i64) -> Vec<Watched> {
        self.monitors.as_ref().map(|monitors| monitors.watched(utc_s)).unwrap_or_default()
    }

    /// Before an input is taken: what it says to the monitors.
    pub(super) fn watch(&mut self, input: &Input, notes: &mut Notes<'_>) {
        if let Some(monitors) = &mut self.monitors {
            monitors.hear(input, notes);
            monitors.look(notes);
        }
    }

    /// After an input: what followed from it, from effect `first` on, says more to them.
    pub(super) fn count(&mut self, first: usize, notes: &mut Notes<'_>) {
        if let (Some(monitors), Some(layout)) = (&mut self.monitors, &self.layout) {
            monitors.follow(first, layout, &self.tracker, notes);
        }
    }

    /// A named person says that a device is well again.
    pub(super) fn serviced(&mut self, who: &str, which: (&str, &str), reason: &str, notes: &mut Notes<'_>) {
        let is_known = self.monitors.as_mut().is_some_and(|m| m.serviced(which, (who, reason), notes));
        if !is_known {
            let text = format!("{who} named a monitor {} of {:?} that is not kept here", which.0, which.1);
            notes.alert("unknown_monitor", text, None, None);
        }
    }

    /// Another standard asks anew.
    pub(super) fn another_standard(&mut self, layout: &Layout) {
        let before = self.layout.as_ref().and_then(|known| known.config.standard.as_ref());
        if before != layout.config.standard.as_ref() {
            self.devices.values_mut().for_each(|device| device.admission = None);
        }
    }
}
