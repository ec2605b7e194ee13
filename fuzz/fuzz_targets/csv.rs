#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| greenlane_fuzz::csv::run(bytes));
