//! One identification of 1 024 channels; the budget is 10 ms, the ambition 2 ms.

use greenlane_radiation::identify::{Detector, Library, NuclideFile, Response, Spectrum, Table, identify};

fn main() {
    divan::main();
}

struct Set {
    library: Library,
    background: Spectrum,
    seen: Spectrum,
}

fn set(name: Option<&str>, counts: f64) -> Set {
    let config = |path: &str| {
        let path = format!("{}/../../configs/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).expect("the tables lie in the tree")
    };
    let nuclides = NuclideFile::parse(&config("nuclides.toml")).expect("the nuclides are right");
    let response = Response::parse(&config("responses/nai.toml")).expect("the response is right");
    let table = Table::parse(&config("responses/nai.table.json")).expect("the table is right");
    let detector = Detector::new(&table, &response, 47.0);
    let edges: Vec<f64> = (0..=1024).map(|channel| 3.0 * f64::from(channel)).collect();
    let shape = |name: &str, shield: usize| {
        let nuclide = nuclides.nuclides.iter().find(|nuclide| nuclide.name == name).expect("it is listed");
        let counts = detector.pulses(&nuclide.emission(15.0, 2880.0, 1.03), shield).rebin(&edges, 1.0);
        let sum: f64 = counts.iter().sum();
        counts.into_iter().map(|bin| bin / sum).collect::<Vec<f64>>()
    };
    let vacant = shape("Th-232", table.shields.len() - 1);
    let mut seen: Vec<f64> = vacant.iter().map(|bin| 2000.0 * bin).collect();
    if let Some(name) = name {
        seen.iter_mut().zip(shape(name, 1)).for_each(|(sum, bin)| *sum += counts * bin);
    }
    let spectrum = |counts| Spectrum::new(edges.clone(), counts, 10.0).expect("it is one");
    let background = spectrum(vacant.iter().map(|bin| 1e6 * bin).collect());
    let seen = spectrum(seen);
    Set { background, seen, library: Library::new(&nuclides, &response, &table, 47.0).expect("it is one") }
}

#[divan::bench]
fn background_only(bencher: divan::Bencher) {
    let set = set(None, 0.0);
    bencher.bench_local(|| identify(&set.seen, Some(&set.background), &set.library));
}

#[divan::bench(args = [800.0, 2000.0, 100_000.0])]
fn shielded_caesium(bencher: divan::Bencher, counts: f64) {
    let set = set(Some("Cs-137"), counts);
    bencher.bench_local(|| identify(&set.seen, Some(&set.background), &set.library));
}

#[divan::bench(args = [800.0, 2000.0, 100_000.0])]
fn radium_with_its_many_lines(bencher: divan::Bencher, counts: f64) {
    let set = set(Some("Ra-226"), counts);
    bencher.bench_local(|| identify(&set.seen, Some(&set.background), &set.library));
}
