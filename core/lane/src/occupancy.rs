//! Occupancies from a portal's stream, and from nothing else.

use greenlane_model::units::{CountsPerSecond, MetresPerSecond};
use greenlane_model::{Body, Counts, Observation, Occupancy, OccupancyEnd, Radiation, Stamp};

use crate::OccupancyRecord;

/// What an observation meant for the portal's occupancy.
#[derive(Debug, PartialEq)]
pub(crate) enum Folded {
    /// Nothing that anybody but the fold has to know.
    Counted,
    /// Something is in the portal since then.
    Started(Stamp),
    /// The device raised its own alarm, inside an occupancy or outside of one.
    Alarm(Radiation, Stamp),
    /// The occupancy is over.
    Ended(Box<OccupancyRecord>),
    /// A new one began although the last did not end.
    Restarted(Box<OccupancyRecord>, Stamp),
}

/// Folds one device's stream into occupancies. Costs a few additions a sample.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fold {
    open: Option<Open>,
    /// Samples marked as pre-roll that came before the start was said.
    lead: Window,
    gamma_on: bool,
    neutron_on: bool,
}

#[derive(Debug, Clone)]
struct Open {
    started: Stamp,
    gamma: Window,
    max_neutron: Option<u64>,
    gamma_alarm: bool,
    neutron_alarm: bool,
    speed: Option<MetresPerSecond>,
}

/// The last five samples and the largest sum that five consecutive ones had.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    last: [u64; 5],
    seen: usize,
    max: Option<u64>,
}

impl Window {
    fn push(&mut self, counts: u64) {
        self.last[self.seen % 5] = counts;
        self.seen += 1;
        if self.seen >= 5 {
            let sum = self.last.iter().fold(0_u64, |a, &b| a.saturating_add(b));
            self.max = self.max.max(Some(sum));
        }
    }
}

impl Fold {
    /// Takes the device's next observation.
    pub(crate) fn take(&mut self, said: &Observation) -> Folded {
        match &said.body {
            Body::Gamma(counts) => self.gamma(counts, said.at),
            Body::Neutron(counts) => self.neutron(counts, said.at),
            Body::RadiationAlarm(alarm) => self.verdict(alarm.radiation, alarm.on, said.at),
            Body::Speed(speed) => {
                if let Some(open) = &mut self.open {
                    open.speed = Some(speed.speed);
                }
                Folded::Counted
            }
            Body::Occupancy(Occupancy::Started) => self.start(&said.device, said.at),
            Body::Occupancy(Occupancy::Ended { index, neutron_background_cps, end }) => self
                .close(&said.device, said.at, *end, *index, *neutron_background_cps)
                .map_or(Folded::Counted, Folded::Ended),
            _ => Folded::Counted,
        }
    }

    /// The link or the driver is gone: what was open ends here.
    pub(crate) fn lose(&mut self, device: &str, at: Stamp) -> Option<Box<OccupancyRecord>> {
        self.gamma_on = false;
        self.neutron_on = false;
        self.close(device, at, OccupancyEnd::LinkLost, None, None)
    }

    fn start(&mut self, device: &str, at: Stamp) -> Folded {
        let lead = std::mem::take(&mut self.lead);
        let unended = self.close(device, at, OccupancyEnd::NoEndMessage, None, None);
        self.open = Some(Open {
            started: at,
            gamma: lead,
            max_neutron: None,
            gamma_alarm: self.gamma_on,
            neutron_alarm: self.neutron_on,
            speed: None,
        });
        match unended {
            Some(record) => Folded::Restarted(record, at),
            None => Folded::Started(at),
        }
    }

    fn close(
        &mut self,
        device: &str,
        at: Stamp,
        end: OccupancyEnd,
        index: Option<u32>,
        neutron_background_cps: Option<CountsPerSecond>,
    ) -> Option<Box<OccupancyRecord>> {
        self.lead = Window::default();
        let open = self.open.take()?;
        Some(Box::new(OccupancyRecord {
            device: device.to_owned(),
            index,
            started: open.started,
            ended: at,
            end,
            gamma_alarm: open.gamma_alarm,
            neutron_alarm: open.neutron_alarm,
            max_gamma: open.gamma.max,
            max_neutron: open.max_neutron,
            neutron_background_cps,
            speed_mps: open.speed,
        }))
    }

    fn gamma(&mut self, counts: &Counts, at: Stamp) -> Folded {
        let sum = counts.sum();
        match &mut self.open {
            Some(open) => {
                open.gamma.push(sum);
                let new = counts.alarm && !open.gamma_alarm;
                open.gamma_alarm |= counts.alarm;
                if new { Folded::Alarm(Radiation::Gamma, at) } else { Folded::Counted }
            }
            None => {
                if counts.pre_roll {
                    self.lead.push(sum);
                }
                if counts.alarm { Folded::Alarm(Radiation::Gamma, at) } else { Folded::Counted }
            }
        }
    }

    fn neutron(&mut self, counts: &Counts, at: Stamp) -> Folded {
        let new = match &mut self.open {
            Some(open) => {
                open.max_neutron = open.max_neutron.max(Some(counts.sum()));
                let new = counts.alarm && !open.neutron_alarm;
                open.neutron_alarm |= counts.alarm;
                new
            }
            None => counts.alarm,
        };
        if new { Folded::Alarm(Radiation::Neutron, at) } else { Folded::Counted }
    }

    fn verdict(&mut self, radiation: Radiation, on: bool, at: Stamp) -> Folded {
        match radiation {
            Radiation::Gamma => self.gamma_on = on,
            Radiation::Neutron => self.neutron_on = on,
            Radiation::Isotope => {}
        }
        if !on {
            return Folded::Counted;
        }
        if let Some(open) = &mut self.open {
            open.gamma_alarm |= radiation == Radiation::Gamma;
            open.neutron_alarm |= radiation == Radiation::Neutron;
        }
        Folded::Alarm(radiation, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use greenlane_model::Quality;
    use greenlane_model::units::Seconds;

    fn said(body: Body) -> Observation {
        Observation {
            device: "portal".into(),
            seq: 1,
            epoch: 1,
            at: Stamp::new(1, 1),
            received: Stamp::new(1, 1),
            quality: Quality::Good,
            body,
        }
    }

    fn gamma(counts: &[u32], alarm: bool, pre_roll: bool) -> Observation {
        let interval = Seconds::new(0.2).unwrap();
        said(Body::Gamma(Counts { interval, counts: counts.to_vec(), alarm, pre_roll }))
    }

    fn start() -> Observation {
        said(Body::Occupancy(Occupancy::Started))
    }

    fn end() -> Observation {
        said(Body::Occupancy(Occupancy::Ended {
            index: Some(7),
            neutron_background_cps: None,
            end: OccupancyEnd::Normal,
        }))
    }

    fn ended(fold: &mut Fold) -> OccupancyRecord {
        match fold.take(&end()) {
            Folded::Ended(record) => *record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_largest_five_consecutive_samples_count_pre_roll_included() {
        let mut fold = Fold::default();
        fold.take(&gamma(&[100, 0], false, true));
        fold.take(&start());
        for n in [1, 1, 1, 1] {
            fold.take(&gamma(&[n, 1], false, false));
        }
        fold.take(&gamma(&[0, 0], false, false));
        assert_eq!(ended(&mut fold).max_gamma, Some(108));
    }

    #[test]
    fn four_samples_are_too_few() {
        let mut fold = Fold::default();
        fold.take(&start());
        for _ in 0..4 {
            fold.take(&gamma(&[9], false, false));
        }
        let record = ended(&mut fold);
        assert_eq!((record.max_gamma, record.max_neutron, record.index), (None, None, Some(7)));
    }

    #[test]
    fn background_samples_between_occupancies_do_not_leak_in() {
        let mut fold = Fold::default();
        fold.take(&gamma(&[999], false, false));
        fold.take(&start());
        for _ in 0..5 {
            fold.take(&gamma(&[1], false, false));
        }
        assert_eq!(ended(&mut fold).max_gamma, Some(5));
    }

    #[test]
    fn an_alarm_is_said_once_and_stays() {
        let mut fold = Fold::default();
        fold.take(&start());
        assert_eq!(fold.take(&gamma(&[1], true, false)), Folded::Alarm(Radiation::Gamma, Stamp::new(1, 1)));
        assert_eq!(fold.take(&gamma(&[1], true, false)), Folded::Counted);
        fold.take(&gamma(&[1], false, false));
        assert!(ended(&mut fold).gamma_alarm);
    }

    #[test]
    fn a_second_start_ends_the_first_without_an_end_message() {
        let mut fold = Fold::default();
        fold.take(&start());
        let Folded::Restarted(record, _) = fold.take(&start()) else { panic!("not restarted") };
        assert_eq!(record.end, OccupancyEnd::NoEndMessage);
        assert!(fold.open.is_some());
    }
}
