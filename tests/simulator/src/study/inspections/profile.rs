//! A port: its vehicles, its cargo, its bays. Every number is the file's.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::random::Range;

/// A file of `configs/studies`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Vehicles in each hour of the day, in any unit.
    pub hours: [f64; 24],
    /// Heading of goods that do not radiate.
    pub plain_heading: String,
    /// What drives.
    pub vehicles: Vehicles,
    /// The portal of every lane.
    pub portal: Portal,
    /// The second station.
    pub spectrometer: Spectrometer,
    /// Where vehicles are opened, and by whom.
    pub bays: Bays,
    /// The draw among the explained.
    pub audit: Audit,
    /// What an authority might approve for plastic alone.
    pub shape_rule: Approved,
    /// Drivers after a treatment.
    pub patients: Carried,
    /// Sources that nobody declared.
    pub sources: Carried,
    /// Goods that radiate; all others do not.
    pub goods: Vec<Goods>,
}

/// How far a number can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Of the source that stands beside it.
    Published,
    /// General knowledge.
    Typical,
    /// Set for the study.
    Assumed,
}

/// `[vehicles]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vehicles {
    /// Length, in m.
    pub length_m: Range,
    /// Speed in front of the portal, in km/h.
    pub speed_kmh: Range,
    /// Depth of the shadow.
    pub shadow: Range,
    /// Depth of the gap behind the cab.
    pub gap: Range,
    /// Share with bursts of neutrons from steel or lead.
    pub steel: f64,
    /// True excess of a load over the computed one.
    pub geometry: Range,
    /// Share of the cargo's length that a load takes.
    pub fill: Range,
    /// How certain.
    pub status: Certainty,
    /// What else is known.
    #[serde(default)]
    pub remarks: String,
}

/// `[portal]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portal {
    /// Background of all panels, in cps.
    pub background_cps: f64,
    /// How certain.
    pub status: Certainty,
}

/// `[spectrometer]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spectrometer {
    /// Background, in cps.
    pub background_cps: f64,
    /// Speed past it, in km/h.
    pub speed_kmh: f64,
    /// Energy as read by energy as it is differs from 1 by at most this.
    pub gain_error: f64,
    /// How certain.
    pub status: Certainty,
}

/// `[bays]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bays {
    /// Vehicles that can be opened at once.
    pub count: usize,
    /// Time of one inspection, in min.
    pub inspection_minutes: f64,
    /// Time to look at the record of one that is referred, in min.
    pub review_minutes: f64,
    /// Share of those that are then opened.
    pub referred_opened: f64,
    /// How certain.
    pub status: Certainty,
}

/// `[audit]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Share of the explained.
    pub share: f64,
    /// How certain.
    pub status: Certainty,
}

/// `[shape_rule]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// The headings that it covers.
    pub headings: Vec<String>,
    /// How far the ratio of windows may be off, in standard deviations.
    pub max_ratio_z: f64,
    /// How certain.
    pub status: Certainty,
}

/// `[patients]` and `[sources]`: something small that radiates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// Share of vehicles that carry one.
    pub share: f64,
    /// Rate at its peak in all panels, in cps, evenly in the logarithm.
    pub peak_cps: Range,
    /// Neutrons at their peak in all banks, in cps.
    #[serde(default = "none")]
    pub neutron_cps: Range,
    /// The nuclides that send out neutrons.
    #[serde(default)]
    pub neutrons: Vec<String>,
    /// How often each nuclide, in any unit.
    pub nuclides: BTreeMap<String, f64>,
    /// How certain.
    pub status: Certainty,
}

/// `[[goods]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goods {
    /// What it is.
    pub name: String,
    /// Share of vehicles that carry it.
    pub share: f64,
    /// What it is declared as.
    pub heading: String,
    /// Share of these that are declared as goods that do not radiate.
    pub undeclared: f64,
    /// Mass in one container, in kg.
    pub mass_kg: Range,
    /// Activity.
    pub bq_kg: Activity,
    /// How certain.
    pub status: Certainty,
}

/// Activity of the natural chains, in Bq/kg.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Of K-40.
    pub k: f64,
    /// Of the chain of Ra-226.
    pub ra: f64,
    /// Of the chain of Th-232.
    pub th: f64,
}

const fn none() -> Range {
    Range::new(0.0, 0.0)
}

impl Profile {
    /// From the text of a file.
    ///
    /// # Errors
    /// What is wrong with it: a key, or a number outside its range.
    pub fn parse(text: &str) -> Result<Self, String> {
        let profile: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        profile.check()?;
        Ok(profile)
    }

    /// Whether a study can be made of it.
    ///
    /// # Errors
    /// A number outside its range.
    pub fn check(&self) -> Result<(), String> {
        match self.bad_share().or_else(|| self.bad_range()).or_else(|| self.bad_number()) {
            Some(what) => Err(what),
            None => Ok(()),
        }
    }

    fn bad_share(&self) -> Option<String> {
        let shares = self.goods.iter().map(|goods| (goods.name.as_str(), goods.share));
        let shares = shares.chain(self.goods.iter().map(|goods| (goods.name.as_str(), goods.undeclared)));
        let more = [
            ("vehicles.steel", self.vehicles.steel),
            ("bays.referred_opened", self.bays.referred_opened),
            ("audit.share", self.audit.share),
            ("patients.share", self.patients.share),
            ("sources.share", self.sources.share),
        ];
        if let Some((name, share)) = shares.chain(more).find(|(_, share)| !(0.0..=1.0).contains(share)) {
            return Some(format!("{name}: {share} is no share: from 0 to 1"));
        }
        let all: f64 = self.goods.iter().map(|goods| goods.share).sum();
        if all > 1.0 {
            return Some(format!("the shares of goods add up to {all}: at most 1"));
        }
        None
    }

    fn bad_range(&self) -> Option<String> {
        let all = &self.vehicles;
        let ranges = [
            ("vehicles.length_m", all.length_m, 6.0, 30.0),
            ("vehicles.speed_kmh", all.speed_kmh, 1.0, 60.0),
            ("vehicles.shadow", all.shadow, 0.0, 0.9),
            ("vehicles.gap", all.gap, 0.0, 1.0),
            ("vehicles.geometry", all.geometry, 0.0, 10.0),
            ("vehicles.fill", all.fill, 0.05, 1.0),
            ("patients.peak_cps", self.patients.peak_cps, 1.0, 1e6),
            ("sources.peak_cps", self.sources.peak_cps, 1.0, 1e6),
            ("patients.neutron_cps", self.patients.neutron_cps, 0.0, 1e6),
            ("sources.neutron_cps", self.sources.neutron_cps, 0.0, 1e6),
        ];
        let masses = self.goods.iter().map(|goods| (goods.name.as_str(), goods.mass_kg, 0.0, 1e5));
        let off = ranges.into_iter().chain(masses).find(|(_, range, low, high)| {
            let within = |value: f64| (*low..=*high).contains(&value);
            !within(range.min) || !within(range.max)
        });
        off.map(|(name, _, low, high)| format!("{name}: both ends from {low} to {high}"))
    }

    fn bad_number(&self) -> Option<String> {
        let ranges = [
            ("hours", self.hours.iter().sum(), f64::MIN_POSITIVE, 1e9),
            ("least of hours", self.hours.iter().copied().fold(f64::MAX, f64::min), 0.0, 1e9),
            ("portal.background_cps", self.portal.background_cps, 10.0, 1e5),
            ("spectrometer.background_cps", self.spectrometer.background_cps, 10.0, 1e5),
            ("spectrometer.speed_kmh", self.spectrometer.speed_kmh, 0.5, 30.0),
            ("spectrometer.gain_error", self.spectrometer.gain_error, 0.0, 0.06),
            ("bays.count", self.bays.count as f64, 1.0, 1000.0),
            ("bays.inspection_minutes", self.bays.inspection_minutes, 0.1, 1440.0),
            ("bays.review_minutes", self.bays.review_minutes, 0.0, 1440.0),
        ];
        let off = ranges.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value));
        off.map(|(name, value, low, high)| format!("{name} = {value}: from {low} to {high}"))
    }
}
