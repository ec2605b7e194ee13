//! `greenlane study response`: the tables that identification works from.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use greenlane_simulator::transport::{Matter, Recipe, compute};

use crate::End;
use crate::places::Places;

/// Compute the tables of a crystal and of a source's surroundings by photon transport
#[derive(Args)]
pub struct Response {
    /// What to compute, as in configs/responses/nai.recipe.toml
    recipe: PathBuf,
    /// Where to write the tables; NAME.table.json in configs/responses is found by its name
    out: PathBuf,
}

impl Response {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let path = places.configs()?.join("responses").join("cross-sections.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("the cross sections {} cannot be read", path.display()))?;
        let matter = Matter::parse(&text).with_context(|| format!("{} is wrong", path.display()))?;
        let text = std::fs::read_to_string(&self.recipe)
            .with_context(|| format!("the recipe {} cannot be read", self.recipe.display()))?;
        let recipe =
            Recipe::parse(&text).with_context(|| format!("the recipe {} is wrong", self.recipe.display()))?;
        let table = compute(&recipe, &matter, |part| eprintln!("{part}"))?;
        std::fs::write(&self.out, table.to_text())
            .with_context(|| format!("{} cannot be written", self.out.display()))?;
        Ok(End::Ok)
    }
}
