//! Our own look at what portals measured, beside the devices' verdicts: tests on the counts, names for the
//! spectra, and whether the papers explain an alarm. Adds alarms and never cancels one.

mod explain;
mod samples;

use std::sync::Arc;

use greenlane_model::{Radiation, Stamp};
use greenlane_radiation::detect::{Detection, NeutronCounts, Pass, PassRecord, Settings, detect};
use greenlane_radiation::explain::{Expectations, Profile, own_alarms};
use greenlane_radiation::identify::{
    Identification, Library, NuclideFile, Response, Spectrum, Table, identify,
};
use serde::{Deserialize, Serialize};

pub(crate) use samples::Samples;
use samples::{Series, Summed};

use crate::RadiationTables;

/// Length of a vehicle that could not be measured, in m: a tractor with a semitrailer in Europe.
pub(crate) const UNMEASURED_M: f64 = 16.5;
/// Shortest and longest vehicle that the tests take, in m.
const LENGTH_M: (f64, f64) = (2.0, 60.0);
/// Farthest from the portal that a front may be said to be, in m.
const REACH_M: f64 = 900.0;

/// What our tests said of one occupancy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// Which portal.
    pub device: String,
    /// When the occupancy began.
    pub started: Stamp,
    /// Every test on the counts, with the combined verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<Detection>,
    /// Gamma background of all panels before it, in cps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_cps: Option<f64>,
    /// What its spectra show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identification: Option<Identification>,
    /// Why something could not be done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

/// The tables of a lane, read.
#[derive(Clone)]
pub(crate) struct Science {
    settings: Option<Settings>,
    tables: Arc<RadiationTables>,
    library: Option<Arc<Library>>,
    expectations: Option<Arc<Expectations>>,
    profile: Profile,
}

/// An occupancy to be examined.
pub(crate) struct Measured<'a> {
    pub(crate) device: &'a str,
    pub(crate) started: Stamp,
    pub(crate) samples: &'a Samples,
    /// Of the vehicle, in m, when it could be measured.
    pub(crate) length_m: Option<f64>,
    /// How far the front was past the portal at a time of the monotonic clock, in m.
    pub(crate) front_m: &'a dyn Fn(u64) -> f64,
}

impl Science {
    /// Reads the tables of a configuration.
    ///
    /// # Errors
    /// Which table cannot be read, and why.
    pub(crate) fn new(tables: &RadiationTables) -> Result<Self, String> {
        let settings = tables.detection.as_deref().map(Settings::parse).transpose();
        let settings = settings.map_err(|e| format!("detection: {e}"))?;
        let library = match &tables.identification {
            None => None,
            Some(texts) => {
                let nuclides = NuclideFile::parse(&texts.nuclides).map_err(|e| format!("nuclides: {e}"))?;
                let response = Response::parse(&texts.response).map_err(|e| format!("response: {e}"))?;
                let table = Table::parse(&texts.table).map_err(|e| format!("table of the crystal: {e}"))?;
                // A lane's detector is known: its response names its threshold.
                let library = Library::new(&nuclides, &response, &table, 0.0);
                Some(Arc::new(library.map_err(|e| format!("nuclides: {e}"))?))
            }
        };
        let expectations = tables.expectations.as_deref().map(Expectations::parse).transpose();
        let expectations = expectations.map_err(|e| format!("expectations: {e:?}"))?.map(Arc::new);
        let (tables, profile) = (Arc::new(tables.clone()), tables.profile.clone());
        Ok(Self { settings, tables, library, expectations, profile })
    }

    /// Whether alarms are compared with the papers.
    pub(crate) fn explains(&self) -> bool {
        self.expectations.is_some()
    }

    /// All tests on one occupancy.
    pub(crate) fn examine(&self, measured: &Measured<'_>) -> Examination {
        let mut without = Vec::new();
        let detection = self.detection(measured).unwrap_or_else(|why| {
            without.push(why);
            None
        });
        let identification = self.identification(measured.samples).unwrap_or_else(|why| {
            without.push(why);
            None
        });
        let background = measured.samples.background.as_ref().and_then(|b| b.gamma_cps.as_ref());
        Examination {
            device: measured.device.to_owned(),
            started: measured.started,
            detection,
            background_cps: background.map(|panels| panels.iter().map(|cps| cps.value()).sum()),
            identification,
            without,
        }
    }

    fn detection(&self, measured: &Measured<'_>) -> Result<Option<Detection>, String> {
        let Some(settings) = &self.settings else { return Ok(None) };
        let gamma = &measured.samples.gamma;
        if gamma.counts.is_empty() {
            return Ok(None);
        }
        if gamma.uneven {
            return Err("its samples differ in length or in panels, or are too many".to_owned());
        }
        let background = measured.samples.background.as_ref();
        let panels = background.and_then(|b| b.gamma_cps.as_ref()).ok_or("no background was measured")?;
        let front = |at: &u64| (measured.front_m)(*at).clamp(-REACH_M, REACH_M);
        let record = PassRecord {
            dt_s: gamma.interval_s,
            counts: gamma.counts.clone(),
            x_m: gamma.at_ns.iter().map(front).collect(),
            background_cps: panels.iter().map(|cps| cps.value()).collect(),
            length_m: measured.length_m.unwrap_or(UNMEASURED_M).clamp(LENGTH_M.0, LENGTH_M.1),
            background_live_s: None,
            panels: if self.tables.panels.len() == panels.len() {
                self.tables.panels.clone()
            } else {
                Vec::new()
            },
            windows: None,
            neutron: neutron(measured.samples),
        };
        let pass = Pass::try_from(record).map_err(|error| error.to_string())?;
        Ok(Some(detect(&pass, settings)))
    }

    fn identification(&self, samples: &Samples) -> Result<Option<Identification>, String> {
        let Some(library) = &self.library else { return Ok(None) };
        let Some(foreground) = Summed::total(samples.foreground.values()) else { return Ok(None) };
        let spectrum = |sum: Summed| {
            Spectrum::polynomial(&sum.calibration_kev, sum.counts, sum.live_s).map_err(|e| e.to_string())
        };
        let vacant = samples.vacant.iter().filter(|(name, _)| samples.foreground.contains_key(*name));
        let vacant = Summed::total(vacant.map(|(_, sum)| sum)).map(spectrum).transpose()?;
        Ok(Some(identify(&spectrum(foreground)?, vacant.as_ref(), library)))
    }
}

impl std::fmt::Debug for Science {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Science").field("profile", &self.profile).finish_non_exhaustive()
    }
}

impl Examination {
    /// The kinds of radiation that our tests raise an alarm for.
    pub(crate) fn alarms(&self) -> Vec<Radiation> {
        own_alarms(self.detection.as_ref(), self.identification.as_ref())
    }
}

fn neutron(samples: &Samples) -> Option<NeutronCounts> {
    let Series { counts, interval_s, uneven, .. } = &samples.neutron;
    let banks = counts.first().filter(|_| !uneven)?.len();
    let background = samples.background.as_ref().and_then(|b| b.neutron_cps.as_ref());
    let cps = background.filter(|b| b.len() == banks)?.iter().map(|cps| cps.value()).collect();
    Some(NeutronCounts { interval_s: *interval_s, counts: counts.clone(), background_cps: cps })
}
