//! Files that mean harm: no panic, an end, and a verdict.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod strict_support;

use std::time::Duration;
#[allow(clippy::disallowed_types, reason = "a test of speed needs a clock")]
use std::time::Instant;

use greenlane_n42::rules;
use greenlane_n42::strict::{self, Extension, Violation};
use proptest::prelude::*;
use strict_support::Dice;
use strict_support::WIDE;
use strict_support::mutate::mutant;
use strict_support::tree::Element;

const ROOT: &str = "<RadInstrumentData xmlns=\"http://physics.nist.gov/N42/2011/N42\"";
const NOW: i64 = 1_590_969_600;

/// Violations of a file, once the rules have been asked about it too.
fn check(bytes: &[u8]) -> Vec<Violation> {
    let names = rules::check(bytes, NOW);
    assert!(names.len() <= 57);
    let violations = strict::check(bytes);
    assert!(violations.len() <= 20);
    violations
}

/// The only violation of a text, which says `words`.
fn refused(text: &str, words: &str) {
    let violations = check(text.as_bytes());
    let last = violations.last().unwrap();
    assert!(last.text.contains(words), "{last:?}");
    assert_eq!(rules::check(text.as_bytes(), NOW), Vec::<&str>::new());
}

proptest! {
    #[test]
    fn any_bytes_get_a_verdict(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!check(&bytes).is_empty());
        let _ = Extension::read(&bytes);
    }

    #[test]
    fn any_markup_gets_a_verdict(text in "([<>/&;=\"'! ?a:\\-\\[\\]]|<a>|</a>|<!--|-->|<!\\[CDATA\\[|]]>|xmlns|&#x|é){0,60}") {
        check(text.as_bytes());
        check(format!("{ROOT}>{text}</RadInstrumentData>").as_bytes());
        check(format!("{ROOT} {text}/>").as_bytes());
        let _ = Extension::read(text.as_bytes());
    }

    #[test]
    fn a_damaged_document_gets_a_verdict(seed in any::<u64>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let root = Element::parse(WIDE);
        let mut bytes = mutant(&root, &["Spectrum", "id"], &mut Dice(seed)).into_bytes();
        check(&bytes);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        check(&bytes);
        bytes.truncate(at);
        prop_assert!(!check(&bytes).is_empty());
    }

    #[test]
    fn a_value_of_any_text_gets_a_verdict(value in "\\PC{0,20}|[-+.0-9eEINFaN:TZPYMDHS]{0,20}") {
        let value = value.replace(['<', '&'], "+");
        for element in ["StartDateTime", "LiveTimeDuration", "LatitudeValue", "TotalCountData", "NuclideName",
            "MultimediaFileURI", "BinaryBase64Object", "BinaryHexObject", "MultimediaFileSizeValue"] {
            let document = format!("<{element} xmlns=\"http://physics.nist.gov/N42/2011/N42\">{value}</{element}>");
            let twice = [check(document.as_bytes()), check(document.as_bytes())];
            prop_assert_eq!(&twice[0], &twice[1]);
        }
    }
}

#[test]
fn entities_and_document_types_are_refused() {
    refused(&format!("<!DOCTYPE a>{ROOT}/>"), "document type");
    refused(
        &format!("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>{ROOT}>&b;</RadInstrumentData>"),
        "document type",
    );
    refused(&format!("{ROOT}><Remark>&b;</Remark></RadInstrumentData>"), "&b; stands for nothing");
    refused(&format!("{ROOT} id=\"&b;\"/>"), "&b; stands for nothing");
}

#[test]
fn depth_and_numbers_are_limited() {
    refused(&("<a>".repeat(65) + &"</a>".repeat(65)), "more than 64 deep");
    let deepest = "<a>".repeat(64) + &"</a>".repeat(64);
    assert!(!check(deepest.as_bytes()).iter().any(|violation| violation.text.contains("deep")));
    let attributes: String = (0..129).map(|at| format!(" a{at}=''")).collect();
    refused(&format!("<a{attributes}/>"), "more than 128 attributes");
    let prefixes: String = (0..64).map(|at| format!(" xmlns:a{at}='a'")).collect();
    refused(&format!("<a{prefixes}/>"), "namespace declarations");
    let wrong = "<x/>".repeat(1000);
    assert_eq!(check(format!("{ROOT}>{wrong}</RadInstrumentData>").as_bytes()).len(), 20);
}

#[test]
fn a_file_of_more_than_64_mib_is_not_read() {
    let mut bytes = vec![b' '; (64 << 20) + 1];
    assert!(strict::check(&bytes)[0].text.contains("longer than"));
    bytes.pop();
    assert!(strict::check(&bytes)[0].text.contains("ends before"));
}

#[test]
fn encodings_are_told_apart() {
    let remark = "<Remark xmlns=\"http://physics.nist.gov/N42/2011/N42\">\u{e9}</Remark>";
    let units: Vec<u16> = remark.encode_utf16().collect();
    let big = [0xFE, 0xFF].into_iter().chain(units.iter().flat_map(|unit| unit.to_be_bytes()));
    let little = [0xFF, 0xFE].into_iter().chain(units.iter().flat_map(|unit| unit.to_le_bytes()));
    assert_eq!(check(&big.collect::<Vec<u8>>()), []);
    assert_eq!(check(&little.clone().collect::<Vec<u8>>()), []);
    assert_eq!(check(&little.chain([b'x']).collect::<Vec<u8>>()).len(), 1);
    let latin: Vec<u8> =
        format!("<?xml version='1.0' encoding='ISO-8859-1'?>{remark}").chars().map(|c| c as u8).collect();
    assert_eq!(check(&latin), []);
    assert_eq!(check(&latin[latin.len() - remark.chars().count()..]).len(), 1);
    assert_eq!(check(format!("\u{feff}{remark}").as_bytes()), []);
    refused(&format!("<?xml version='1.0' encoding='koi8-r'?>{remark}"), "encoding");
}

#[test]
fn the_line_of_a_violation_is_where_the_tag_or_text_ends() {
    let lines = WIDE.replacen("<StartDateTime>2020-01-02T03:04:05Z", "<StartDateTime>yesterday", 1);
    let expected = 1 + lines[..lines.find("yesterday").unwrap()].matches('\n').count() as u64;
    assert_eq!(strict::check(lines.as_bytes())[0].line, expected);
}

#[test]
fn an_add_in_schema_that_is_not_understood_is_refused() {
    let schema = |inner: &str| {
        let text = format!(
            "<s:schema xmlns:s='http://www.w3.org/2001/XMLSchema' xmlns:n='http://physics.nist.gov/N42/2011/N42' \
             targetNamespace='urn:a'>{inner}</s:schema>"
        );
        Extension::read(text.as_bytes())
    };
    let place = "substitutionGroup='n:RadMeasurementExtension'";
    assert_eq!(schema(&format!("<s:element name='a' type='s:double' {place}/>")).unwrap().len(), 1);
    for inner in [
        "<s:complexType name='a'/>".to_owned(),
        "<s:element name='a' type='s:double'/>".to_owned(),
        format!("<s:element name='a' type='n:double' {place}/>"),
        format!("<s:element name='a' {place}><s:simpleType/></s:element>"),
    ] {
        assert!(schema(&inner).is_err(), "{inner}");
    }
}

/// Shapes of two megabytes, each of which takes minutes where time grows with the square of the length.
#[test]
#[allow(clippy::disallowed_types, reason = "a test of speed needs a clock")]
fn time_grows_with_the_length_and_no_faster() {
    const LENGTH: usize = 2 << 20;
    let filled = |piece: &str| piece.repeat(LENGTH / piece.len());
    let numbered =
        |piece: fn(usize) -> String| (0..LENGTH / piece(1000).len()).map(piece).collect::<String>();
    let attributes: String = (0..127).map(|at| format!(" a{at}=''")).collect();
    let prefixes: String = (0..60).map(|at| format!(" xmlns:a{at}='a'")).collect();
    let names = numbered(|at| format!(" n{at}"));
    let shapes = [
        format!("<Remark>{}</Remark>", filled("&amp;")),
        format!("<Remark>{}</Remark>", filled("<![CDATA[]]>")),
        format!("<Remark>{}</Remark>", filled("<!---->")),
        format!("<EnergyValues>{}</EnergyValues>", filled("1 ")),
        format!("<EnergyValues>{}</EnergyValues>", filled("<EnergyValues>1</EnergyValues>")),
        format!("<a>{}</a>", filled(&format!("<a{attributes}/>"))),
        format!("<a{prefixes}>{}</a>", filled("<b:a/>")),
        format!("<a b='{}'/>", filled("&#32;")),
        format!("<a {}>", filled("b ")),
        format!("<a {}", filled("<a ")),
        format!("<a>{}", filled("&")),
        format!("<!--{}", filled("-")),
        format!("<RadAlarm radDetectorInformationReferences='{names}'/>"),
        format!(
            "<RadMeasurement>{}</RadMeasurement>",
            numbered(|at| format!("<RadMeasurementGroup id='i{at}'/>"))
        ),
        format!(
            "<RadMeasurement>{}</RadMeasurement>",
            numbered(|at| format!("<Spectrum radDetectorInformationReference='d{at}'/>"))
        ),
        filled("<a>"),
        filled("</a>"),
    ];
    for shape in shapes {
        let within = format!("{ROOT}>{shape}</RadInstrumentData>");
        let start = Instant::now();
        check(within.as_bytes());
        check(shape.as_bytes());
        assert!(start.elapsed() < Duration::from_secs(20), "{}", &within[..200]);
    }
}
