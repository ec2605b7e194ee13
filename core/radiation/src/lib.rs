//! Radiation as pure functions: count statistics, detection, nuclide identification, explanation.
