//! The house rules as plain tests over the files of the tree: `tests/rules`, one file a group of rules.
//!
//! Each failure says file, line and what to do. The rules read the tree itself, never a list of it.
