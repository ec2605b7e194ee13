//! `greenlane study detection|identification|inspections`: how far the software can be trusted, in numbers.

mod detection;
mod identification;
mod inspections;
mod response;

use clap::Subcommand;

use crate::End;
use crate::places::Places;

/// Simulate many passes and tell how often the software is right.
#[derive(Subcommand)]
pub enum Study {
    Detection(detection::Detection),
    Identification(identification::Identification),
    Inspections(inspections::Inspections),
    Response(response::Response),
}

impl Study {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        match self {
            Self::Detection(study) => study.run(),
            Self::Identification(study) => study.run(places),
            Self::Inspections(study) => study.run(places),
            Self::Response(study) => study.run(places),
        }
    }
}
