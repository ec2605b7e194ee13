use std::time::Duration;

use greenlane_driver::LinkKind;
use greenlane_link::{Existing, LinkSpec, Member, Sidecar, Speed};
use proptest::prelude::*;

use crate::{lines, member, spec};

fn refusal(url: &str) -> String {
    match url.parse::<LinkSpec>() {
        Err(error) => error.to_string(),
        Ok(spec) => panic!("{url} was taken for {spec:?}"),
    }
}

#[test]
fn every_scheme_is_read_with_its_defaults() {
    assert_eq!(spec("tcp://portal-1.lan:1601"), LinkSpec::Tcp { address: "portal-1.lan:1601".into() });
    assert_eq!(spec("tcp://[fd00::5]:1601"), LinkSpec::Tcp { address: "[fd00::5]:1601".into() });
    let timeout = Duration::from_millis(200);
    assert_eq!(
        spec("modbus://10.0.0.5:502"),
        LinkSpec::ModbusTcp { address: "10.0.0.5:502".into(), timeout }
    );
    let LinkSpec::Serial(line) = spec("serial:///dev/ttyS0") else { panic!() };
    assert_eq!(
        format!("{line:?}"),
        "SerialLine { path: \"/dev/ttyS0\", baud: 9600, parity: None, data: Eight, stop: One }"
    );
    let LinkSpec::ModbusRtu { line, timeout } = spec("modbus+rtu:///dev/ttyUSB0?stop=2&timeout_ms=900")
    else {
        panic!()
    };
    assert_eq!(timeout, Duration::from_millis(900));
    assert_eq!(
        format!("{line:?}"),
        "SerialLine { path: \"/dev/ttyUSB0\", baud: 19200, parity: Even, data: Eight, stop: Two }"
    );
    let LinkSpec::Folder(folder) = spec("folder:///data/in?existing=read") else { panic!() };
    assert_eq!((folder.sidecar, folder.existing), (Sidecar::Required, Existing::Read));
    assert_eq!(folder.settle, Duration::from_millis(500));
    let http =
        LinkSpec::Http { address: "0.0.0.0:8080".into(), path: "/".into(), secret_env: Some("S".into()) };
    assert_eq!(spec("http://0.0.0.0:8080?secret_env=S"), http);
    let LinkSpec::Replay { speed, .. } = spec("replay:///a.wire?speed=max") else { panic!() };
    assert_eq!(speed, Speed::Max);
}

#[test]
fn a_refusal_is_one_sentence_with_what_would_be_right() {
    let cases = [
        ("10.0.0.5:1601", "has no scheme; write e.g. tcp://10.0.0.5:1601"),
        ("udp://10.0.0.5:1601", "udp:// is no link; there are tcp, serial, modbus"),
        ("tcp://10.0.0.5", "must be host:port, e.g. 10.0.0.5:502"),
        ("tcp://10.0.0.5:0", "must be host:port"),
        ("tcp://10.0.0.5:70000", "must be host:port"),
        ("tcp://10.0.0.5:+16", "must be host:port"),
        ("tcp://fd00::5:502", "must be host:port, e.g. 10.0.0.5:502 or [fd00::5]:502"),
        ("tcp://10.0.0.5:1601?baud=9600", "`baud` is not known; a tcp link takes nothing after `?`"),
        (
            "serial:///dev/ttyS0?speed=9600",
            "`speed` is not known; a serial link takes baud, parity, data, stop",
        ),
        ("serial:///dev/ttyS0?baud=fast", "baud=fast must be a whole number from 50 to 4000000"),
        ("serial:///dev/ttyS0?parity=mark", "parity=mark must be one of none, even, odd"),
        ("serial:///dev/ttyS0?baud=1200&baud=9600", "`baud` is given twice; keep one"),
        ("serial:///dev/ttyS0?baud", "\"baud\" after `?` is not written key=value"),
        ("folder://data/in", "must be an absolute path, so three slashes"),
        ("folder:///in?settle_ms=0", "settle_ms=0 must be a whole number from 1 to 600000"),
        ("replay:///a.wire?speed=NaN", "speed=NaN must be max or a number"),
        ("replay:///a.wire?speed=-1", "speed=-1 must be max or a number"),
        ("http://0.0.0.0:8080/ocr?secret_env=", "secret_env must name an environment variable"),
        ("tcp://a\n:1", "without control characters"),
    ];
    for (url, expected) in cases {
        let seen = refusal(url);
        assert!(seen.contains(expected), "{url}: {seen}");
    }
}

#[test]
fn a_link_takes_only_devices_that_fit_it() {
    let camera = |name: &str, path: &str| Member {
        name: name.into(),
        path: path.into(),
        kind: LinkKind::HttpPush { max: 1 },
    };
    let cases = [
        (
            "modbus://a:502",
            vec![lines()],
            "device \"device\" needs a lines link (tcp serial replay), and modbus:// is none",
        ),
        ("tcp://a:1", vec![member(LinkKind::Modbus)], "needs a modbus link"),
        (
            "folder:///in",
            vec![member(LinkKind::Folder), member(LinkKind::Folder)],
            "belongs to one device, and 2 use it",
        ),
        ("tcp://a:1", vec![], "belongs to one device, and 0 use it"),
        (
            "http://a:1/x",
            vec![camera("a", ""), camera("b", "/x")],
            "device \"b\" posts to /x, which another device has",
        ),
        ("http://a:1", vec![camera("a", "x")], "must begin with /"),
    ];
    for (url, members, expected) in cases {
        let seen = spec(url).accepts(&members).expect_err(url).to_string();
        assert!(seen.contains(expected), "{url}: {seen}");
    }
    spec("http://a:1").accepts(&[camera("a", "/a"), camera("b", "/b")]).unwrap();
    spec("modbus+rtu:///dev/x").accepts(&[member(LinkKind::Modbus), member(LinkKind::Modbus)]).unwrap();
    spec("replay:///x.wire").accepts(&[member(LinkKind::Folder)]).unwrap();
}

proptest! {
    #[test]
    fn hostile_text_is_refused_or_read_and_never_panics(
        scheme in "(tcp|serial|modbus|modbus\\+rtu|http|folder|replay)?",
        rest in "(://)?[/\\[\\]:a-f0-9%é.]{0,20}(\\?([a-z_]{0,10}=?[0-9a-z.+-]{0,8}&?){0,4})?",
    ) {
        if let Err(error) = format!("{scheme}{rest}").parse::<LinkSpec>() {
            prop_assert!(!error.to_string().is_empty());
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn any_text_at_all_never_panics(text in ".{0,60}") {
        let _ = text.parse::<LinkSpec>();
    }
}
