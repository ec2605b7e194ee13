//! `greenlane schema`: what an editor needs to complete and check a lane file.

use clap::Args;

use crate::End;
use crate::places::Places;

/// Print the JSON Schema of lane and site files, with the settings of every installed driver.
#[derive(Args)]
pub struct Schema {}

impl Schema {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let schema = greenlane_config::schema(places.registry()?);
        println!("{}", serde_json::to_string_pretty(&schema)?);
        Ok(End::Ok)
    }
}
