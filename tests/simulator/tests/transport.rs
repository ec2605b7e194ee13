//! The transport against what is known without it.

use greenlane_simulator::transport::{Matter, Recipe, Table, compute};

fn config(name: &str) -> String {
    let path = format!("{}/../../configs/responses/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn matter() -> Matter {
    Matter::parse(&config("cross-sections.toml")).expect("our own file")
}

fn recipe(histories: u32, step: f64) -> Recipe {
    let mut recipe = Recipe::parse(&config("nai.recipe.toml")).expect("our own file");
    (recipe.histories, recipe.step) = (histories, step);
    recipe.shields.retain(|shield| ["bare", "lead 0.8 cm", "water 8 cm"].contains(&shield.name.as_str()));
    recipe
}

/// Share of the detected pulses that hold the full energy, in the row nearest to this energy.
fn full_share(table: &Table, kev: f64) -> f64 {
    let nearest = |a: &&f64, b: &&f64| (*a - kev).abs().total_cmp(&(*b - kev).abs());
    let nearest = table.energies_kev.iter().min_by(nearest).expect("a table has rows");
    let row =
        table.energies_kev.iter().position(|energy| energy == nearest).expect("it was taken from there");
    let row = &table.detector.rows[row];
    let other: u32 = row.continuum.iter().sum::<u32>() + row.x_escape + row.escapes.iter().sum::<u32>();
    f64::from(row.full) / f64::from(row.full + other)
}

#[test]
fn attenuation_is_that_of_the_published_tables() {
    let matter = matter();
    // Without coherent scattering, 1/cm: Hubbell and Seltzer, to 5 %.
    for (material, kev, wanted) in
        [("lead", 661.7, 1.19), ("iron", 661.7, 0.575), ("water", 661.7, 0.0857), ("NaI", 661.7, 0.275)]
    {
        let found: f64 = matter.material(material).unwrap().attenuation(kev).iter().sum();
        assert!((found / wanted - 1.0).abs() < 0.05, "{material}: {found} for {wanted}");
    }
    assert!(matter.material("unobtainium").is_err());
}

#[test]
fn full_energy_shares_of_a_5_cm_cube_are_reproduced() {
    let table = compute(&recipe(3000, 1.1), &matter(), |_| ()).unwrap();
    // Reference shares of an independent computation of the same cube; rows are up to 5 % away in energy.
    for (kev, wanted) in [(60.0, 0.893), (140.0, 0.963), (657.0, 0.493), (1330.0, 0.314), (2612.0, 0.204)] {
        let found = full_share(&table, kev);
        assert!((found - wanted).abs() < 0.035, "{kev} keV: {found} for {wanted}");
    }
}

#[test]
fn a_shield_scatters_down_and_never_up() {
    let table = compute(&recipe(1000, 1.1), &matter(), |_| ()).unwrap();
    let bare = &table.shields[0];
    assert!(bare.rows.iter().all(|row| row.direct == 1.0 && row.scattered.is_empty()));
    for shield in &table.shields[1..] {
        for (row, leak) in shield.rows.iter().enumerate() {
            assert!((0.0..=1.0).contains(&leak.direct));
            assert!(leak.scattered.len() <= row + 1, "{}: row {row}", shield.name);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_table() {
    let (recipe, matter) = (recipe(50, 1.2), matter());
    let text = compute(&recipe, &matter, |_| ()).unwrap().to_text();
    assert_eq!(text, compute(&recipe, &matter, |_| ()).unwrap().to_text());
    assert!(serde_json::from_str::<Table>(&text).is_ok());
}
