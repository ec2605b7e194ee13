//! The house rules as plain tests.
