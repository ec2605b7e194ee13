#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| greenlane_fuzz::yantar::run(bytes));
