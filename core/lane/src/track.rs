//! Where a vehicle was: front and rear over time, from the edges of the sensors it passed.

use crate::layout::Zone;

/// Share of an extrapolated way that a vehicle may be off, to either side. Trucks brake and accelerate
/// between sensors; a wrong guess here only costs a flag, since two vehicles that could both explain a
/// reading are told apart by nothing else.
const DRIFT: f64 = 0.5;
/// The same between two fixes, while the vehicle drove as fast there as before and after.
const STEADY_DRIFT: f64 = 0.25;
/// Beyond a sensor that should have seen it, a vehicle this far, in m, must have slowed down.
const OVERSHOOT_M: f64 = 2.0;

/// One end of a vehicle was here then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fix {
    pub(crate) at_ns: u64,
    pub(crate) x: f64,
}

/// Lowest, likeliest and highest position, in m.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) lo: f64,
    pub(crate) est: f64,
    pub(crate) hi: f64,
}

impl Place {
    fn capped(self, limit: Option<f64>) -> Self {
        match limit {
            Some(x) => Self { lo: self.lo.min(x), est: self.est.min(x), hi: self.hi.min(x) },
            None => self,
        }
    }
}

/// What bounds a position besides the fixes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// In m/s.
    pub(crate) max_speed: f64,
    pub(crate) min_length: f64,
    pub(crate) max_length: f64,
    /// A sensor that reads clear and has not seen the front yet.
    pub(crate) ahead: Option<f64>,
    /// The first sensor that the vehicle still covers: the rear is not beyond it.
    pub(crate) covered: Option<f64>,
}

/// The fixes of one vehicle, each list in order of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Track {
    front: Vec<Fix>,
    rear: Vec<Fix>,
    /// What a device measured, in m/s.
    measured: Option<f64>,
    /// The next sensor that would have seen the front beyond the last fix, in m.
    held: Option<f64>,
    /// What follows from the fields above: asked for at every observation, changed by few.
    length: Option<f64>,
    length_range: Option<(f64, f64)>,
}

impl Track {
    /// The front was there. Fixes that contradict an earlier one are left out.
    pub(crate) fn front_at(&mut self, fix: Fix) {
        push(&mut self.front, fix);
        self.changed();
    }

    /// A device measured this speed, in m/s.
    pub(crate) fn measured(&mut self, speed: f64) {
        self.measured = Some(speed);
        self.changed();
    }

    /// The next sensor that would have seen the front beyond the last fix is at `x`, in m.
    pub(crate) fn held(&mut self, x: Option<f64>) {
        if self.held != x {
            self.held = x;
            self.changed();
        }
    }

    /// The rear was there. One that it reached faster than it can drive was a gap within the vehicle.
    pub(crate) fn rear_at(&mut self, fix: Fix, max_speed: f64) {
        let driven = self.rear.last().and_then(|last| speed_between(*last, fix));
        if driven.is_none_or(|speed| speed <= max_speed) {
            push(&mut self.rear, fix);
            self.changed();
        }
    }

    /// The front was not there after all.
    pub(crate) fn forget_front(&mut self, x: f64) {
        self.front.retain(|f| f.x != x);
        self.changed();
    }

    /// What was taken for the rear there was not.
    pub(crate) fn forget_rear(&mut self, x: f64) {
        self.rear.retain(|f| f.x != x);
        self.changed();
    }

    fn changed(&mut self) {
        self.length_range = self.range_by_edges();
        self.length = self.likely_length();
    }

    pub(crate) fn last_front(&self) -> Option<Fix> {
        self.front.last().copied()
    }

    pub(crate) fn last_rear(&self) -> Option<Fix> {
        self.rear.last().copied()
    }

    /// Mean speed over all fixes of the front (of the rear, when those are longer), in m/s; else as measured.
    pub(crate) fn mean_speed(&self) -> Option<f64> {
        let over = |fixes: &[Fix]| match (fixes.first(), fixes.last()) {
            (Some(a), Some(b)) if b.at_ns > a.at_ns && b.x > a.x => {
                Some((b.x - a.x) / seconds(a.at_ns, b.at_ns))
            }
            _ => None,
        };
        over(&self.front).or_else(|| over(&self.rear)).or(self.measured)
    }

    /// Speed over the latest segment, in m/s.
    pub(crate) fn speed(&self) -> Option<f64> {
        let last = |fixes: &[Fix]| match fixes {
            [.., a, b] => speed_between(*a, *b).map(|v| (b.at_ns, v)),
            _ => None,
        };
        match (last(&self.front), last(&self.rear)) {
            (Some(f), Some(r)) => Some(if r.0 > f.0 { r.1 } else { f.1 }),
            (Some((_, v)), None) | (None, Some((_, v))) => Some(v),
            (None, None) => self.measured,
        }
    }

    /// Fastest mean speed between two neighbouring fixes, in m/s; else as measured.
    pub(crate) fn fastest(&self) -> Option<f64> {
        let pairs = self.front.windows(2).chain(self.rear.windows(2));
        let speeds = pairs.filter_map(|w| speed_between(*w.first()?, *w.get(1)?));
        speeds.chain(self.measured).max_by(f64::total_cmp)
    }

    /// Length by where the front was, or is guessed to have been, when the rear passed a sensor, in m: the
    /// guess over the fastest stretch, where it can hardly have stopped, within what all edges allow.
    pub(crate) fn length(&self) -> Option<f64> {
        self.length
    }

    /// What the edges allow for its length whatever its speed was: at least, and at most, in m.
    pub(crate) fn length_range(&self) -> Option<(f64, f64)> {
        self.length_range
    }

    /// Where the front was, or will be if it goes on.
    pub(crate) fn front(&self, at_ns: u64, bounds: &Bounds) -> Option<Place> {
        let last = *self.front.last()?;
        if at_ns < last.at_ns {
            return Some(self.inside(&self.front, at_ns, bounds));
        }
        let base = match (self.rear.last(), self.length()) {
            (Some(rear), Some(length)) if rear.at_ns > last.at_ns && rear.at_ns <= at_ns => {
                Fix { at_ns: rear.at_ns, x: last.x.max(rear.x + length) }
            }
            _ => last,
        };
        Some(self.beyond(base, at_ns, bounds, bounds.ahead))
    }

    /// Where the rear was, or will be.
    pub(crate) fn rear(&self, at_ns: u64, bounds: &Bounds) -> Option<Place> {
        let front = self.front(at_ns, bounds)?;
        let by_front = match self.length() {
            Some(length) => {
                let length = length.clamp(bounds.min_length, bounds.max_length);
                Place { lo: front.lo - length, est: front.est - length, hi: front.hi - length }
            }
            None => Place {
                lo: front.lo - bounds.max_length,
                est: front.est - (bounds.min_length + bounds.max_length) / 2.0,
                hi: front.hi - bounds.min_length,
            },
        };
        let place = match self.rear.last() {
            Some(last) if at_ns < last.at_ns => {
                let first = self.rear.first().map_or(last.at_ns, |f| f.at_ns);
                if at_ns < first { by_front } else { self.inside(&self.rear, at_ns, bounds) }
            }
            // Never nearer to the front than the vehicle is long, wherever that is held back.
            Some(last) => self.beyond(*last, at_ns, bounds, Some(by_front.hi.max(last.x))),
            None => by_front,
        };
        Some(place.capped(bounds.covered))
    }

    /// How far the vehicle was from `zone` at its best between two times, in m: at least, and likely.
    pub(crate) fn distance(
        &self,
        zone: Zone,
        from_ns: u64,
        to_ns: u64,
        bounds: &Bounds,
    ) -> Option<(f64, f64)> {
        let (front, rear) = (self.front(to_ns, bounds)?, self.rear(from_ns, bounds)?);
        let apart = |front: f64, rear: f64| (zone.from - front).max(rear - zone.to).max(0.0);
        Some((apart(front.hi, rear.lo), apart(front.est, rear.est)))
    }

    fn likely_length(&self) -> Option<f64> {
        let guesses = self.rear.iter().filter_map(|rear| {
            let after = self.front.iter().position(|f| f.at_ns >= rear.at_ns)?;
            let (a, b) = (self.front.get(after.checked_sub(1)?)?, self.front.get(after)?);
            Some((speed_between(*a, *b)?, between(*a, *b, rear.at_ns) - rear.x))
        });
        let guess = guesses.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, length)| length).or_else(|| {
            let (rear, front, speed) = (self.rear.last()?, self.front.last()?, self.speed()?);
            Some(front.x + speed * seconds(front.at_ns, rear.at_ns) - rear.x)
        })?;
        let (least, most) = self.length_range?;
        Some(guess.min(most).max(least))
    }

    fn range_by_edges(&self) -> Option<(f64, f64)> {
        let ranges = self.rear.iter().filter_map(|rear| {
            let after = self.front.iter().position(|f| f.at_ns > rear.at_ns).unwrap_or(self.front.len());
            let before = self.front.get(after.checked_sub(1)?)?;
            let next = self.front.get(after).map(|next| next.x).or(self.held.filter(|x| *x > before.x));
            let most = next.map_or(f64::INFINITY, |x| x - rear.x);
            Some((before.x - rear.x, most))
        });
        ranges.reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)))
    }

    /// Before the last of `fixes`: between two of them, or before the first.
    fn inside(&self, fixes: &[Fix], at_ns: u64, bounds: &Bounds) -> Place {
        let after = fixes.iter().position(|f| f.at_ns > at_ns).unwrap_or(0);
        let Some(b) = fixes.get(after).copied() else { return Place { lo: 0.0, est: 0.0, hi: 0.0 } };
        let Some(a) = after.checked_sub(1).and_then(|i| fixes.get(i)).copied() else {
            let back = seconds(at_ns, b.at_ns);
            let est = b.x - self.mean_speed().unwrap_or(bounds.max_speed / 2.0) * back;
            return Place { lo: b.x - bounds.max_speed * back, est, hi: b.x };
        };
        let est = between(a, b, at_ns);
        let segment = b.x - a.x;
        let drift = if self.steady(a, b) { segment * STEADY_DRIFT } else { segment };
        Place { lo: (est - drift).max(a.x), est, hi: (est + drift).min(b.x) }
    }

    /// After the last fix: driven on from `base`.
    fn beyond(&self, base: Fix, at_ns: u64, bounds: &Bounds, ahead: Option<f64>) -> Place {
        let time = seconds(base.at_ns, at_ns);
        let farthest = base.x + bounds.max_speed * time;
        let Some(speed) = self.speed() else {
            let est = (base.x + farthest) / 2.0;
            return Place { lo: base.x, est, hi: farthest }.capped(ahead);
        };
        let est = base.x + speed * time;
        let drift = DRIFT * speed * time;
        let stopped = ahead.is_some_and(|x| est > x + OVERSHOOT_M);
        let lo = if stopped { base.x } else { est - drift };
        Place { lo, est, hi: (est + drift).min(farthest).max(base.x) }.capped(ahead)
    }

    /// Whether the vehicle drove at about its mean speed from `a` to `b`: it did not stop on the way.
    fn steady(&self, a: Fix, b: Fix) -> bool {
        match (speed_between(a, b), self.mean_speed()) {
            (Some(here), Some(mean)) => {
                (0.67..1.5).contains(&(here / mean))
                    && self.fastest().is_some_and(|fastest| fastest < 1.5 * here)
            }
            _ => false,
        }
    }
}

/// Seconds from one time to a later one; negative the other way round.
pub(crate) fn seconds(from_ns: u64, to_ns: u64) -> f64 {
    if to_ns >= from_ns { (to_ns - from_ns) as f64 / 1e9 } else { -((from_ns - to_ns) as f64 / 1e9) }
}

fn push(fixes: &mut Vec<Fix>, fix: Fix) {
    if fixes.last().is_none_or(|last| fix.at_ns > last.at_ns && fix.x > last.x) {
        fixes.push(fix);
    }
}

fn speed_between(a: Fix, b: Fix) -> Option<f64> {
    let time = seconds(a.at_ns, b.at_ns);
    (time > 0.0).then(|| (b.x - a.x) / time)
}

fn between(a: Fix, b: Fix, at_ns: u64) -> f64 {
    let whole = seconds(a.at_ns, b.at_ns);
    if whole <= 0.0 { b.x } else { a.x + (b.x - a.x) * (seconds(a.at_ns, at_ns) / whole).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds =
        Bounds { max_speed: 5.0, min_length: 3.0, max_length: 26.0, ahead: None, covered: None };

    fn fix(s: f64, x: f64) -> Fix {
        Fix { at_ns: (s * 1e9) as u64, x }
    }

    fn driven() -> Track {
        let mut track = Track::default();
        track.front_at(fix(0.0, 0.0));
        track.front_at(fix(5.0, 10.0));
        track.rear_at(fix(8.0, 0.0), 5.0);
        track
    }

    #[test]
    fn a_steady_vehicle_is_where_its_speed_puts_it() {
        let track = driven();
        assert_eq!(track.speed(), Some(2.0));
        assert_eq!(track.length(), Some(16.0));
        let place = track.front(2_500_000_000, &BOUNDS).unwrap();
        assert_eq!((place.lo, place.est, place.hi), (2.5, 5.0, 7.5));
        assert_eq!(track.rear(10_000_000_000, &BOUNDS).unwrap().est, 4.0);
    }

    #[test]
    fn a_clear_sensor_ahead_holds_the_front_back() {
        let bounds = Bounds { ahead: Some(18.0), ..BOUNDS };
        let place = driven().front(30_000_000_000, &bounds).unwrap();
        assert_eq!((place.est, place.hi), (18.0, 18.0));
        assert!(place.lo <= 16.0, "it may have stopped anywhere: {place:?}");
    }

    #[test]
    fn distance_is_zero_while_the_zone_is_under_the_vehicle() {
        let zone = Zone { from: 5.5, to: 6.5 };
        assert_eq!(driven().distance(zone, 6_000_000_000, 6_000_000_000, &BOUNDS), Some((0.0, 0.0)));
        let (least, likely) = driven().distance(zone, 20_000_000_000, 20_000_000_000, &BOUNDS).unwrap();
        assert!(least < likely && likely > 15.0, "{least} {likely}");
    }
}
