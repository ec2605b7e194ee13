//! One test after the other, since each starts threads and processes of its own.

use std::panic::catch_unwind;
use std::process::ExitCode;

/// A test and its name.
pub type Test = (&'static str, fn());

/// The tests named.
#[macro_export]
macro_rules! tests {
    ($($module:ident :: $test:ident),+ $(,)?) => {
        &[$((concat!(stringify!($module), "::", stringify!($test)), $module::$test as fn())),+]
    };
}

/// Runs those whose name contains a word of the command line; all without one.
pub fn run(tests: &[Test]) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let mut failed = Vec::new();
    for (name, test) in tests.iter().filter(|(name, _)| wanted(name)) {
        eprintln!("test {name} ...");
        if catch_unwind(test).is_err() {
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        eprintln!("all passed");
        return ExitCode::SUCCESS;
    }
    eprintln!("failed:\n    {}", failed.join("\n    "));
    ExitCode::FAILURE
}
