//! The site of one lane whose devices are all simulated, with the declarations of what drives through it.

use std::path::Path;

use anyhow::Context;
use greenlane_config::Site;
use greenlane_controller::host::Registry;
use greenlane_manifest::{Format, Store};
use greenlane_simulator::{
    Endpoints, LaneLayout, LaneSeed, Scenario, declarations, examined_toml, lane_toml, stations_toml,
};

use crate::places::Places;

/// So many vehicles more than were asked for are declared: those that are on their way when the last one goes.
pub const SURPLUS: usize = 16;

/// A simulated lane before it is started.
pub struct SimulatedSite<'a> {
    /// What drives.
    pub scenario: &'a Scenario,
    /// Of the run.
    pub seed: LaneSeed,
    /// How many vehicles are declared.
    pub vehicles: usize,
    /// When the simulation begins, in ns since 1970.
    pub utc_ns: i64,
}

impl SimulatedSite<'_> {
    /// Writes the lane's file and its declarations into `folder` and reads the site as any other.
    ///
    /// # Errors
    /// When a file cannot be written, or the lane is refused.
    pub fn site(
        &self,
        places: &Places,
        registry: &Registry,
        endpoints: &Endpoints,
        folder: &Path,
    ) -> anyhow::Result<Site> {
        let layout = LaneLayout::of(self.scenario);
        let mut file = lane_toml(&layout, endpoints, self.scenario);
        if !layout.stations.is_empty() {
            let store = folder.join("declarations.sqlite");
            self.declare(&store)?;
            file += &stations_toml(&layout, |_| endpoints.spectrometer.clone(), endpoints.isolation);
            file += &examined_toml(self.scenario, &store);
        }
        let config = folder.join("lane.toml");
        std::fs::write(&config, file)?;
        places.load(&config, registry)
    }

    /// As a shipper's file: what `greenlane manifest import` reads.
    fn declare(&self, store: &Path) -> anyhow::Result<()> {
        let declared = declarations(self.scenario, self.seed, self.vehicles, self.utc_ns);
        let text = serde_json::to_vec(&declared)?;
        let report = Store::create(store)?.import(&mut text.as_slice(), &Format::Json)?;
        let refused = report.refusals.first();
        refused
            .map_or(Ok(()), |note| Err(anyhow::anyhow!("{}", note.what)))
            .context("a declaration was refused")
    }
}
