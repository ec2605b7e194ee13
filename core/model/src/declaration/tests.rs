use proptest::prelude::*;

use super::*;

fn declaration(consignments: Vec<Consignment>) -> Declaration {
    Declaration {
        container: "CSQU3054383".parse().unwrap(),
        movement: Movement::Unknown,
        fill: Fill::Full,
        conveyance: None,
        consignments,
        source: "CUSCAR 4711".to_owned(),
        declared: "2026-11-24T12:00:00Z".parse().unwrap(),
    }
}

#[test]
fn a_bill_without_a_consignee_that_goes_on_is_a_transshipment() {
    let onward = Consignment { onward_bill: Some("B2".into()), ..Consignment::default() };
    assert!(declaration(vec![onward.clone()]).is_transshipment());
    let answered = Consignment { consignee: Some("A Trader".into()), ..onward };
    assert!(!declaration(vec![answered.clone()]).is_transshipment());
    let marked = Declaration { movement: Movement::Transshipment, ..declaration(vec![answered]) };
    assert!(marked.is_transshipment());
}

#[test]
fn papers_survive_json_in_every_state() {
    let goods = Goods {
        code: Some("3104.20".parse().unwrap()),
        text: "potash".into(),
        mass_kg: Kilograms::new(20_000.0),
    };
    let position = LoadPosition { from_m: Metres::ZERO, to_m: Metres::new(6.0).unwrap() };
    let consignment = Consignment { goods: vec![goods], position: Some(position), ..Consignment::default() };
    let declared = declaration(vec![consignment]);
    for papers in [
        Papers::Unknown,
        Papers::Stale(declared.clone()),
        Papers::Single(declared.clone()),
        Papers::Several(declared),
    ] {
        let json = serde_json::to_string(&papers).unwrap();
        assert_eq!(serde_json::from_str::<Papers>(&json).unwrap(), papers, "{json}");
    }
}

#[test]
fn a_code_may_be_written_with_dots_and_names_its_heading() {
    let code: HsCode = "3104.20 90".parse().unwrap();
    assert_eq!((code.as_str(), code.heading()), ("31042090", "3104"));
    for wrong in ["310", "31042090123", "3104A", "", "3104-20"] {
        assert!(wrong.parse::<HsCode>().is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn hostile_text_is_refused_without_a_panic(text in ".{0,40}") {
        if let Ok(code) = text.parse::<HsCode>() {
            prop_assert_eq!(code.heading().len(), 4);
        }
        if let Ok(time) = text.parse::<Utc>() {
            prop_assert_eq!(time.to_string().parse::<Utc>().unwrap(), time);
        }
    }

    #[test]
    fn any_time_is_read_as_it_was_written(ns in any::<i64>()) {
        prop_assert_eq!(Utc(ns).to_string().parse::<Utc>().unwrap(), Utc(ns));
    }
}
