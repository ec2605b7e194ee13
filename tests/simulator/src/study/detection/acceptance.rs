//! The goals that detection is accepted by, measured on the reference pass.

use greenlane_radiation::detect::{Detection, Pass, PassRecord, Settings, Shadow, TestName, detect};
use rand_chacha::ChaCha12Rng;

use super::curve::{Study, anywhere, only};
use super::{Lane, Population, Scene, Share, Source};

/// What a goal is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// A share of passes.
    Share(Share),
    /// Any other number.
    Number(f64),
}

/// One goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// What is measured.
    pub what: String,
    /// The measurement.
    pub measured: Measured,
    /// What it must reach.
    pub must: Option<f64>,
    /// What it should reach.
    pub ambitious: Option<f64>,
    /// Whether less is better.
    pub at_most: bool,
}

/// Rounded means of the reference pass with a source of 250 cps 8 m behind the front under a shadow of 0.15,
/// and the statistic of a second, independent computation with exact sums.
const VECTOR: [u32; 30] = [
    181, 181, 181, 180, 179, 174, 167, 161, 158, 157, 159, 163, 172, 187, 202, 198, 181, 168, 162, 158, 157,
    157, 160, 166, 173, 178, 180, 181, 181, 181,
];
const STATISTIC: f64 = 6.480_856_911_956;

/// Passes without a source for each with one.
const NULLS: u64 = 50;

/// False alarms of the comparison points; the operating point has fewer.
const COMPARED: f64 = 1e-3;

impl Study<'_> {
    /// All goals of detection but the time it takes.
    pub fn goals(&self) -> Vec<Goal> {
        let mut goals = vec![self.vector()];
        goals.extend(self.against_limit());
        goals.extend(self.over_the_mix());
        goals.extend(self.on_panels());
        goals
    }

    fn vector(&self) -> Goal {
        let record = PassRecord {
            dt_s: 0.2,
            counts: VECTOR.iter().map(|n| vec![*n]).collect(),
            x_m: Lane::reference().positions(1.0, None),
            background_cps: vec![903.0],
            length_m: 16.5,
            ..PassRecord::default()
        };
        let pass = Pass::try_from(record).expect("the reference pass is a pass");
        let statistic = statistic(&detect(&pass, self.settings), TestName::LikelihoodRatio);
        Goal::at_most(
            "golden vector, likelihood ratio: error",
            (statistic - STATISTIC).abs(),
            Some(1e-4),
            1e-9,
        )
    }

    /// Detection of 250 cps anywhere under any shadow, over the limit's, each with a threshold of its own.
    fn against_limit(&self) -> Vec<Goal> {
        let limit = self.limit(30_000, 250.0, COMPARED).value();
        let shadow = Shadow {
            depth_sd: 0.05,
            level_sd: 1e-6,
            gap_sd: 1e-6,
            ramp_sd: 1e-6,
            speed_sd: 1e-6,
            ..self.settings.shadow.clone()
        };
        let site = Settings { shadow, background_live_s: 1e6, ..self.settings.clone() };
        let rules = [
            ("profile fit", self.settings, TestName::ProfileFit, Some(0.95)),
            ("ratio, site whose shadows are known", &site, TestName::LikelihoodRatio, None),
            ("ratio, robust", self.settings, TestName::LikelihoodRatio, None),
        ];
        let goal = |(name, settings, test, must): (&str, &Settings, TestName, Option<f64>)| {
            let null = |rng: &mut ChaCha12Rng| Population::Nominal.draw(rng);
            let source = |rng: &mut ChaCha12Rng| anywhere(250.0, rng);
            let (share, _) = self.own(31_000, &Lane::reference(), settings, test, null, source);
            Goal::at_least(
                format!("R1, 250 cps over limit {limit:.3}: {name}"),
                share.value() / limit,
                must,
                0.98,
            )
        };
        rules.into_iter().map(goal).collect()
    }

    /// One threshold for everything that the portal is not told.
    fn over_the_mix(&self) -> Vec<Goal> {
        let test = TestName::LikelihoodRatio;
        let nulls = Study { runs: self.runs * NULLS, ..*self };
        let parts = nulls.false_alarms_alone(32_000, test, COMPARED);
        let all: Share = parts.iter().map(|(_, share)| *share).sum();
        let mut goals = vec![Goal::at_most(
            "false alarms over the mix, one threshold",
            Measured::Share(all),
            Some(1e-3),
            1e-3,
        )];
        if let Some((part, share)) = parts.iter().max_by(|a, b| a.1.value().total_cmp(&b.1.value())) {
            goals.push(Goal::at_most(format!("  worst part: {part}"), Measured::Share(*share), None, 1e-3));
        }
        let settings = only(self.settings, test, COMPARED);
        for (index, (peak, must, ambitious)) in
            [(250.0, 0.70, 0.85), (300.0, 0.90, 0.97)].into_iter().enumerate()
        {
            let lane = Lane::reference();
            let campaign = self.campaign(&lane, 33_000 + index as u64);
            let found = campaign.detect(&settings, |rng| anywhere(peak, rng), |detection| detection.alarm);
            let share = Share::of(&found, |alarm| *alarm);
            let what = format!("same threshold, {peak} cps anywhere, any shadow");
            goals.push(Goal::at_least(what, Measured::Share(share), Some(must), ambitious));
        }
        goals
    }

    /// Four panels: a source near one, and what the centre loses when both tests share the budget.
    fn on_panels(&self) -> Vec<Goal> {
        let lane = Lane::full();
        let null = |_: &mut ChaCha12Rng| Scene::default();
        let at = |place_m| {
            let source = Some(Source { peak_cps: 250.0, x0_m: 8.0, place_m });
            move |_: &mut ChaCha12Rng| Scene { source, ..Scene::default() }
        };
        let own = |number, test, place| self.own(number, &lane, self.settings, test, null, at(place));
        let near = own(34_000, TestName::Panels, [-1.25, 0.8]).0;
        let (panels, panels_half) = own(35_000, TestName::Panels, [0.0, 1.4]);
        let (sum, sum_half) = own(35_000, TestName::LikelihoodRatio, [0.0, 1.4]);
        // Both at half the budget find at least what the better one finds.
        let loss = sum.value() - sum_half.value().max(panels_half.value());
        vec![
            Goal::at_least("4 panels, 250 cps at y -1.25 m", Measured::Share(near), Some(0.85), 0.93),
            Goal::at_least("  in the centre: panels", Measured::Share(panels), None, 0.75),
            Goal::at_most("  in the centre: loss of both at half budget", loss, None, 0.03),
        ]
    }

    /// Detections at the threshold that passes without a source exceed in 1e-3, and in half of that.
    fn own(
        &self,
        number: u64,
        lane: &Lane,
        settings: &Settings,
        test: TestName,
        null: impl Fn(&mut ChaCha12Rng) -> Scene + Sync,
        source: impl Fn(&mut ChaCha12Rng) -> Scene + Sync,
    ) -> (Share, Share) {
        let settings = only(settings, test, COMPARED);
        let take = |detection: &Detection| statistic(detection, test);
        let nulls = Study { runs: self.runs * NULLS, ..*self };
        let mut without = nulls.campaign(lane, number).detect(&settings, null, take);
        without.sort_by(|a, b| b.total_cmp(a));
        let with = self.campaign(lane, number + 1).detect(&settings, source, take);
        let found = |share: f64| {
            let threshold = without.get((share * without.len() as f64) as usize).copied();
            Share::of(&with, |statistic| threshold.is_some_and(|threshold| *statistic > threshold))
        };
        (found(COMPARED), found(0.5 * COMPARED))
    }
}

impl Goal {
    /// More is better.
    pub fn at_least(
        what: impl Into<String>,
        measured: impl Into<Measured>,
        must: Option<f64>,
        ambitious: f64,
    ) -> Self {
        Self {
            what: what.into(),
            measured: measured.into(),
            must,
            ambitious: Some(ambitious),
            at_most: false,
        }
    }

    /// Less is better.
    pub fn at_most(
        what: impl Into<String>,
        measured: impl Into<Measured>,
        must: Option<f64>,
        ambitious: f64,
    ) -> Self {
        Self { what: what.into(), measured: measured.into(), must, ambitious: Some(ambitious), at_most: true }
    }

    /// Whether the measurement reaches this.
    pub fn reaches(&self, goal: f64) -> bool {
        let value = self.measured.value();
        if self.at_most { value <= goal } else { value >= goal }
    }
}

impl Measured {
    /// The number or the share.
    pub fn value(self) -> f64 {
        match self {
            Self::Share(share) => share.value(),
            Self::Number(number) => number,
        }
    }
}

impl From<f64> for Measured {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

fn statistic(detection: &Detection, test: TestName) -> f64 {
    detection.tests.iter().find(|result| result.test == test).map_or(f64::NEG_INFINITY, |r| r.statistic)
}
