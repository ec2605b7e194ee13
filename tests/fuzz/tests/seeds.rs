//! What is right is right: a seed that is refused at its first byte leads a fuzzer nowhere.

use std::path::PathBuf;

use greenlane_driver::model::ContainerNumber;
use greenlane_fuzz as fuzz;

type Seeds = Vec<Vec<u8>>;

fn all() -> Vec<(&'static str, Seeds)> {
    vec![
        ("configuration", fuzz::configuration::seeds()),
        ("container_number", fuzz::container_number::seeds()),
        ("csv", fuzz::csv::seeds()),
        ("edifact", fuzz::edifact::seeds()),
        ("framing", fuzz::framing::seeds()),
        ("http_ocr", fuzz::http_ocr::seeds()),
        ("image_folder", fuzz::image_folder::seeds()),
        ("modbus_io", fuzz::modbus_io::seeds()),
        ("n42", fuzz::n42::seeds()),
        ("rs350", fuzz::rs350::seeds()),
        ("vm250", fuzz::vm250::seeds()),
        ("wire_file", fuzz::wire_file::seeds()),
        ("yantar", fuzz::yantar::seeds()),
    ]
}

/// With `GREENLANE_SEEDS` also writes them there, a folder a target, as libFuzzer's first corpus.
#[test]
fn every_target_has_seeds() {
    for (target, seeds) in all() {
        assert!(seeds.len() >= 3 && seeds.iter().all(|seed| !seed.is_empty()), "{target}");
        let Some(folder) = std::env::var_os("GREENLANE_SEEDS") else { continue };
        // Tests run in their crate's folder; the word comes from the root.
        let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let folder = root.join(folder).join(target);
        std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for (number, seed) in seeds.iter().enumerate() {
            let file = folder.join(format!("seed-{number}"));
            std::fs::write(&file, seed).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
    }
}

#[test]
fn the_seeds_of_posts_recordings_and_numbers_are_taken() {
    for seed in fuzz::http_ocr::seeds() {
        assert_eq!(fuzz::http_ocr::answer(&seed), 200, "{}", seed.escape_ascii());
    }
    for seed in fuzz::wire_file::seeds() {
        assert!(fuzz::wire_file::read(&seed).is_ok(), "{}", seed.escape_ascii());
    }
    let numbers = fuzz::container_number::seeds();
    let is_right = |seed: &&Vec<u8>| String::from_utf8_lossy(seed).parse::<ContainerNumber>().is_ok();
    assert!(numbers.iter().filter(is_right).count() >= 3);
}

#[test]
fn the_seeds_of_configurations_are_loaded_but_for_what_they_name() {
    for (number, seed) in fuzz::configuration::seeds().iter().enumerate() {
        let problems = fuzz::configuration::problems(seed);
        let missing =
            |text: &str| ["cannot be read", "matches no", "no file"].iter().any(|no| text.contains(no));
        assert!(problems.iter().all(|problem| missing(&problem.message)), "{number}: {problems:?}");
    }
}

#[test]
fn the_seeds_of_manifests_give_records() {
    for seed in fuzz::edifact::seeds() {
        assert!(fuzz::edifact::read(&seed, 64).taken.len() >= 2, "{}", seed.escape_ascii());
    }
    for seed in fuzz::csv::seeds() {
        assert!(fuzz::csv::read(&seed, 64).is_some_and(|records| !records.taken.is_empty()));
    }
}
