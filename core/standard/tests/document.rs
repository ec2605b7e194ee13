//! The examples of docs/standard.md are taken as they stand.

use std::path::Path;

use greenlane_standard::{Resolver, Standard, Waiver};

fn read(path: &str) -> Result<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The TOML blocks of the document.
fn blocks() -> Vec<String> {
    let document = read("docs/standard.md").expect("the document");
    let blocks = document.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_standard_of_the_document_extends_the_house_standard() {
    let find = |name: &str| read(&format!("configs/standards/{name}.toml"));
    let standard = Standard::load(&blocks()[0], &Resolver { text: &find, methods: None });
    let standard = standard.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(standard.requirements["presence/pulse"].number("pulse_ms"), Ok(20.0));
    assert_eq!(standard.requirements["frame/garbage"].loosened.len(), 1);
    assert_eq!(standard.requirements["harbour/horn"].statement(), "The horn is heard at 50 m.");
}

#[test]
fn the_waiver_of_the_document_is_one_that_the_house_standard_allows() {
    let find = |name: &str| read(&format!("configs/standards/{name}.toml"));
    let text = find("greenlane-2026").expect("the house standard");
    let standard = Standard::load(&text, &Resolver { text: &find, methods: None }).expect("it is right");
    let waiver: Waiver = toml::from_str(&blocks()[1]).expect("a waiver");
    assert_eq!(waiver.check(&standard), Ok(()));
}
