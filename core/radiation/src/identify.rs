//! Which nuclides a spectrum shows.
//!
//! ```text
//! identify(&Spectrum, Option<&Spectrum>, &Library) -> Identification
//! Spectrum::new(edges_kev, counts, live_s), Spectrum::polynomial(coefficients, counts, live_s)
//! Library::new(&NuclideFile, &Response, &Table, threshold_kev)        once a detector, takes a moment
//! Identification { status, nuclides[], groups[], gain, gain_anchored, fit_p, net, background, library }
//! Identification::all(), Identification::gravest()
//! ```
//!
//! Poisson likelihood of the counts in bins of equal steps in the root of the energy, with a background of
//! free scale, a common gain, and for each nuclide a mixture of surroundings that its photons may have come
//! through. Names are chosen forwards and dropped backwards. Templates are computed, never measured, so their
//! own error is a part of the fit, and a name needs structure that no smooth shape can explain.
//!
//! Invariants: what cannot be told apart is reported as a group, never as its harmless member; few counts are
//! "insufficient", never "natural"; a detector without lines names nothing.

mod deposit;
mod fit;
mod frame;
mod hypothesis;
mod library;
mod linear;
mod nuclides;
mod pilot;
mod response;
mod select;
mod spectrum;
mod verdict;

pub use deposit::{Detector, Pulses};
pub use library::{Library, LibraryError};
pub use nuclides::{Bremsstrahlung, Class, Nuclide, NuclideFile};
pub use response::{Resolution, Response, ResponseError, Table};
pub use spectrum::{CHANNELS_MAX, Spectrum, SpectrumError, threshold_kev};
pub use verdict::{Group, Identification, Named, Status};

/// What a spectrum says, beside a background that the same detector measured without a vehicle; without one,
/// the library's idea of a background is used, which is a poor one.
pub fn identify(foreground: &Spectrum, background: Option<&Spectrum>, library: &Library) -> Identification {
    if !library.capable {
        return Identification::not_capable(library);
    }
    let frame = frame::Frame::new(foreground, background, library);
    verdict::verdict(&frame, &select::select(&frame))
}
