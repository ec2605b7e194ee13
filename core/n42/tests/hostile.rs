//! Files made to hurt: a clear error, never a panic, and never more memory than the limits allow.

use greenlane_n42::{LIMITS, Part, Problem, ReadError, read, visit};

const START: &str = "<RadInstrumentData xmlns=\"http://physics.nist.gov/N42/2011/N42\">";

fn problem(text: &str) -> Problem {
    refused(text.as_bytes()).problem
}

fn refused(bytes: &[u8]) -> ReadError {
    match read(bytes) {
        Ok(reading) => panic!("{:?}", reading.repairs),
        Err(error) => {
            assert_eq!(visit(bytes, drop).err().as_ref(), Some(&error), "both readers agree");
            error
        }
    }
}

fn spectrum(data: &str) -> String {
    format!(
        "{START}<RadMeasurement><Spectrum><ChannelData compressionCode=\"CountedZeroes\">{data}</ChannelData>\
         </Spectrum></RadMeasurement></RadInstrumentData>"
    )
}

#[test]
fn what_is_no_n42_is_named_so() {
    for text in ["", "hello", "<html><body/></html>", "\0\0\0", "<RadInstrument/>"] {
        assert_eq!(problem(text), Problem::NotN42, "{text:?}");
    }
    assert_eq!(refused(b"\n\n<a></a>\n").line, 4);
}

#[test]
fn broken_xml_is_named_with_its_line() {
    let error = refused(format!("{START}\n\n<Remark></Creator></RadInstrumentData>").as_bytes());
    assert!(matches!(error.problem, Problem::Xml(_)), "{error}");
    assert_eq!(error.line, 3);
    assert!(matches!(problem("</RadInstrumentData>"), Problem::Xml(_)));
}

#[test]
fn entities_are_neither_defined_nor_used() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    assert_eq!(problem(&format!("{bomb}{START}</RadInstrumentData>")), Problem::DocumentType);
    let used = format!("{START}<Remark>&xxe;</Remark></RadInstrumentData>");
    assert_eq!(problem(&used), Problem::Entity("xxe".to_owned()));
}

#[test]
fn utf_16_is_named() {
    let utf_16: Vec<u8> = START.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refused(&utf_16).problem, Problem::Encoding);
    assert_eq!(refused(&[b"\xff\xfe", utf_16.as_slice()].concat()).problem, Problem::Encoding);
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| {
        let (open, close) = ("<a>".repeat(depth - 1), "</a>".repeat(depth - 1));
        format!("{START}{open}{close}</RadInstrumentData>")
    };
    assert!(read(nested(LIMITS.depth).as_bytes()).is_ok());
    assert_eq!(problem(&nested(LIMITS.depth + 1)), Problem::TooDeep);
    assert_eq!(problem(&"<a>".repeat(1_000_000)), Problem::TooDeep);
}

#[test]
fn channels_are_limited_packed_or_not() {
    let channels = |data: &str| {
        read(spectrum(data).as_bytes())
            .map(|reading| reading.documents[0].measurements[0].spectra[0].channels.len())
    };
    assert_eq!(channels("0 65536"), Ok(65_536));
    assert_eq!(channels(&"1 ".repeat(65_536)), Ok(65_536));
    for data in ["0 65537", "1 0 65536", "0 1e99", "0 -1", "0 65535 1 1", &"1 ".repeat(65_537)] {
        let data: String = data.chars().take(200_000).collect();
        assert!(
            matches!(problem(&spectrum(&data)), Problem::TooMany { .. }),
            "{}",
            &data[..9.min(data.len())]
        );
    }
}

#[test]
fn zeroes_that_are_counted_a_thousandfold_are_limited_together() {
    let bomb = "<Spectrum><ChannelData compressionCode=\"CountedZeroes\">0 65536</ChannelData></Spectrum>";
    let one = format!("<RadMeasurement>{}</RadMeasurement>", bomb.repeat(300));
    let all = format!("{START}{}</RadInstrumentData>", one.repeat(3));
    let problem = read(all.as_bytes()).expect_err("held whole it would be 470 MB").problem;
    assert!(matches!(problem, Problem::TooMany { what: "numbers in one document", .. }), "{problem}");
}

#[test]
fn part_by_part_a_long_file_holds_one_measurement_at_a_time() {
    let packed = "<Spectrum><ChannelData compressionCode=\"CountedZeroes\">0 65536</ChannelData></Spectrum>";
    let one = format!("<RadMeasurement>{packed}</RadMeasurement>");
    let all = format!("{START}{}</RadInstrumentData>", one.repeat(600));
    let mut measurements = 0;
    let summary =
        visit(all.as_bytes(), |part| measurements += usize::from(matches!(part, Part::Measurement(_))));
    assert_eq!(summary.map(|summary| summary.documents), Ok(1));
    assert_eq!(measurements, 600);
    assert!(read(all.as_bytes()).is_err(), "held whole it would be 300 MB");
}

#[test]
fn values_ids_and_namespaces_are_limited() {
    let all =
        format!("{START}<RadMeasurement>{}</RadMeasurement></RadInstrumentData>", "<x/>".repeat(1 << 20));
    assert!(matches!(problem(&all), Problem::TooMany { what: "values in one document", .. }));
    let long = format!("{START}<RadMeasurement id=\"{}\"/></RadInstrumentData>", "x".repeat(257));
    assert!(matches!(problem(&long), Problem::TooMany { what: "bytes in an attribute", .. }));
    let declared: String = (0..257).map(|number| format!(" xmlns:n{number}=\"urn:{number}\"")).collect();
    let all = format!("{START}<a{declared}/></RadInstrumentData>");
    assert!(matches!(problem(&all), Problem::TooMany { what: "namespaces", .. }));
}

#[test]
fn a_file_beyond_64_mib_is_not_begun() {
    let bytes = vec![b' '; LIMITS.bytes + 1];
    assert_eq!(refused(&bytes).problem, Problem::TooLarge(LIMITS.bytes + 1));
}

#[test]
fn references_that_would_multiply_are_left_as_groups() {
    let measurements = "<RadMeasurement id=\"m\" radMeasurementGroupReferences=\"g\"/>".repeat(2000);
    let results = "<AnalysisResults radMeasurementGroupReferences=\"g\"/>".repeat(2000);
    let all = format!("{START}{measurements}{results}</RadInstrumentData>");
    let document = read(all.as_bytes()).expect("it is long and right").documents.remove(0);
    let left = document.results.iter().filter(|analysis| !analysis.groups.is_empty()).count();
    assert!((1000..2000).contains(&left), "{left}");
}

#[test]
fn the_older_dialect_has_the_same_limits() {
    let readings = "<Spectrum Detector=\"d\"><ChannelData>1</ChannelData></Spectrum>";
    let many: String = (0..5000).map(|number| readings.replace("\"d\"", &format!("\"d{number}\""))).collect();
    let all = format!("<N42InstrumentData><Measurement>{many}</Measurement></N42InstrumentData>");
    assert!(matches!(problem(&all), Problem::TooMany { what: "readings in one slice of time", .. }));
    let (open, close) = ("<SpectrumMeasurement>".repeat(60), "</SpectrumMeasurement>".repeat(60));
    let deep = format!("<N42InstrumentData><Measurement>{open}{close}</Measurement></N42InstrumentData>");
    assert!(read(deep.as_bytes()).is_ok());
}
