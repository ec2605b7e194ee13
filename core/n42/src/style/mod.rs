//! Three ways to write the same occupancy: every sample, one record a second, or what programs want that read one
//! foreground and one background.

mod rase;
mod second;

use crate::writable::Writable;

/// How fine the measurements of a written document are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Every sample, as it was measured.
    #[default]
    Sample,
    /// Samples shorter than a second are added up to seconds.
    Second,
    /// One summed foreground first, one summed background second, both of one detector with a polynomial
    /// calibration and without counted zeroes: programs like RASE read nothing else. Neutrons, gross counts,
    /// alarms and nuclides are left out.
    Rase,
}

/// A document that cannot be written in a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StyleError {
    /// There is no gamma spectrum that a polynomial can calibrate.
    #[error("no gamma spectrum has 7 channels or more, which this style needs")]
    NoSpectrum,
    /// Spectra cannot be brought to one energy scale.
    #[error("a calibration does not ascend, so its spectrum cannot be added to others")]
    Calibration,
}

impl Style {
    /// The document in this style.
    ///
    /// # Errors
    /// [`StyleError`], for [`Style::Rase`] only.
    pub fn apply(self, document: &Writable) -> Result<Writable, StyleError> {
        let styled = match self {
            Self::Sample => return Ok(document.clone()),
            Self::Second => second::of(document.document()),
            Self::Rase => rase::of(document.document())?,
        };
        // It has a UUID already.
        Ok(Writable::new(styled, [0; 16]).0)
    }

    /// The document in this style as XML.
    ///
    /// # Errors
    /// As [`Style::apply`].
    pub fn write(self, document: &Writable) -> Result<String, StyleError> {
        Ok(self.apply(document)?.write_packed(self != Self::Rase))
    }
}
