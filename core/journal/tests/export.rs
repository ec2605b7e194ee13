//! The lines of every export, word by word.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use greenlane_journal::{Class, Entry, Journal, JournalError, Kind, Opening, Reader, export};
use greenlane_model::Stamp;
use tempfile::{TempDir, tempdir};

/// `{"utc": second 0.000000042 of 2026-11-24, 12 h, "mono": "7.000000001"}` and the like.
fn stamp(second: u8) -> String {
    format!(
        r#"{{"utc":"2026-11-24T12:00:{second:02}.000000042Z","mono":"7.000000001","uncertainty_ns":150}}"#
    )
}

fn plain(second: u8) -> String {
    format!(r#""2026-11-24T12:00:{second:02}.000000042Z""#)
}

fn entry(lane: &str, class: Class, kind: &str, body: String) -> Entry {
    Entry { lane: lane.into(), class, at: Stamp::default(), kind: kind.into(), body }
}

fn effect(kind: &str, fields: &str) -> Entry {
    entry("in-04", Class::Effect, kind, format!(r#"{{"effect":"{kind}",{fields}}}"#))
}

fn observation(device: &str, kind: &str, body: &str) -> Entry {
    let (at, received) = (stamp(1), stamp(2));
    let body = format!(
        r#"{{"input":"observation","observation":{{"device":"{device}","seq":3,"epoch":1,"at":{at},"received":{received},"quality":"good","kind":"{kind}","body":{body}}}}}"#
    );
    entry("in-04", Class::Input, "observation", body)
}

fn outcome(lane: &str, command: u64, sent: &str, outcome: &str) -> Entry {
    let body = format!(r#"{{"input":"outcome","command":{command},"sent":{sent},"outcome":{outcome}}}"#);
    entry(lane, Class::Input, "outcome", body)
}

struct Written(TempDir);

impl Written {
    fn new(entries: &[Entry]) -> Self {
        let folder = tempdir().unwrap();
        let opening = Opening { at: Stamp::default(), body: "{}".into() };
        let mut journal = Journal::open(&folder.path().join("site.db"), opening).unwrap();
        journal.append(entries).unwrap();
        journal.close().unwrap();
        Self(folder)
    }

    fn export(&self, kind: Kind, lane: Option<&str>) -> Result<String, JournalError> {
        let reader = Reader::open(&self.0.path().join("site.db")).unwrap();
        let mut out = Vec::new();
        let count = export(&reader, kind, lane, &mut out)?;
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count() as u64, count);
        Ok(text)
    }
}

fn check(kind: Kind, entries: &[Entry], expected: &[String]) {
    let text = Written::new(entries).export(kind, None).unwrap();
    assert_eq!(text.lines().collect::<Vec<_>>(), expected, "{kind}");
}

#[test]
fn passage() {
    let of = |id: &str, left: &str, decision: &str| {
        let fields = format!(
            r#""id":"{id}","lane":"in-04","entered":{entered},"left":{left},"vehicle":{{"kind":"truck","length_m":16.5,"speed_mps":null}},"containers":[{{"number":"CSQU3054383","check":"ok","position":"front","confidence":0.93}}],"radiation":{{"occupancies":[{{"device":"portal","index":null,"started":{entered},"ended":{entered}}}],"device_alarms":[{{"device":"portal","radiation":"gamma","at":{entered}}}],"own_alarms":[],"faults":[]}},"images":[],"decision":{decision},"reasons":["no policy"],"ambiguous":false,"missing":[],"recovered":false,"standard":"no standard in force""#,
            entered = stamp(1)
        );
        effect("passage", &fields)
    };
    let line = |id: &str, left: &str, decision: &str| {
        format!(
            r#"{{"id":"{id}","lane":"in-04","entered":{at},"left":{left},"vehicle":{{"kind":"truck","length_m":16.5,"speed_mps":null}},"containers":[{{"check":"ok","confidence":0.93,"number":"CSQU3054383","position":"front"}}],"radiation":{{"device_alarms":[{{"at":{at},"device":"portal","radiation":"gamma"}}],"faults":[],"occupancies":[{{"device":"portal","ended":{at},"index":null,"started":{at}}}],"own_alarms":[]}},"images":[],"decision":{decision},"reasons":["no policy"],"ambiguous":false,"missing":[],"recovered":false,"standard":"no standard in force"}}"#,
            at = plain(1)
        )
    };
    let entries = [
        of("in-04-000001", "null", "null"),
        of("in-04-000002", "null", "null"),
        of("in-04-000002", &stamp(9), r#""release""#),
        of("in-04-000001", &stamp(8), r#""refer""#),
    ];
    let expected =
        [line("in-04-000001", &plain(8), r#""refer""#), line("in-04-000002", &plain(9), r#""release""#)];
    check(Kind::Passage, &entries, &expected);
}

#[test]
fn occupancy() {
    let (started, ended) = (stamp(1), stamp(5));
    let fields = format!(
        r#""device":"portal","index":17,"started":{started},"ended":{ended},"end":"normal","gamma_alarm":true,"neutron_alarm":false,"max_gamma":2715,"max_neutron":4,"neutron_background_cps":1.25,"speed_mps":2.5"#
    );
    let short = format!(
        r#""device":"portal","started":{started},"ended":{ended},"end":"link_lost","gamma_alarm":false,"neutron_alarm":false"#
    );
    let (started, ended) = (plain(1), plain(5));
    let expected = [
        format!(
            r#"{{"device":"portal","index":17,"started":{started},"ended":{ended},"end":"normal","gamma_alarm":true,"neutron_alarm":false,"max_gamma":2715,"max_neutron":4,"neutron_background_cps":1.25,"speed_mps":2.5}}"#
        ),
        format!(
            r#"{{"device":"portal","index":null,"started":{started},"ended":{ended},"end":"link_lost","gamma_alarm":false,"neutron_alarm":false,"max_gamma":null,"max_neutron":null,"neutron_background_cps":null,"speed_mps":null}}"#
        ),
    ];
    check(Kind::Occupancy, &[effect("occupancy", &fields), effect("occupancy", &short)], &expected);
}

#[test]
fn decision() {
    let fields =
        format!(r#""passage":"in-04-000001","decision":"refer","reasons":["no policy"],"at":{}"#, stamp(4));
    let expected = format!(
        r#"{{"passage":"in-04-000001","decision":"refer","reasons":["no policy"],"at":{}}}"#,
        plain(4)
    );
    check(Kind::Decision, &[effect("decision", &fields)], &[expected]);
}

#[test]
fn fault_tamper_presence_and_pulses_take_their_own_out_of_the_stream() {
    let entries = [
        observation(
            "portal",
            "fault",
            r#"{"code":"gamma_low","severity":"error","on":true,"text":"panel 2"}"#,
        ),
        observation("portal", "tamper", r#"{"on":true}"#),
        observation("io", "presence", r#"{"point":"loop_entry","covered":"yes","snapshot":true}"#),
        observation("io", "pulses", r#"{"point":"wheel","total":9007199254740993,"gained":3}"#),
    ];
    let at = plain(1);
    let written = Written::new(&entries);
    for (kind, expected) in [
        (
            Kind::Fault,
            format!(r#"{{"device":"portal","code":"gamma_low","severity":"error","on":true,"at":{at}}}"#),
        ),
        (Kind::Tamper, format!(r#"{{"device":"portal","on":true,"at":{at}}}"#)),
        (
            Kind::Presence,
            format!(r#"{{"device":"io","point":"loop_entry","covered":"yes","snapshot":true,"at":{at}}}"#),
        ),
        (
            Kind::Pulses,
            format!(r#"{{"device":"io","point":"wheel","total":9007199254740993,"gained":3,"at":{at}}}"#),
        ),
    ] {
        assert_eq!(written.export(kind, None).unwrap(), expected + "\n");
    }
    assert_eq!(written.export(Kind::Fault, Some("in-05")).unwrap(), "");
}

#[test]
fn command_is_joined_with_the_outcome_of_the_same_lane() {
    let ask = |lane: &str, id: u64| {
        let body = format!(
            r#"{{"effect":"command","id":{id},"device":"io","class":"permissive","body":{{"kind":"output","point":"light_green","on":true}}}}"#
        );
        entry(lane, Class::Effect, "command", body)
    };
    let entries = [
        ask("in-04", 1),
        ask("in-05", 1),
        ask("in-04", 2),
        outcome("in-04", 2, &stamp(3), r#"{"outcome":"failed","reason":"link lost"}"#),
        outcome("in-05", 1, "null", r#"{"outcome":"refused","reason":"superseded"}"#),
        outcome("in-04", 99, "null", r#"{"outcome":"done"}"#),
        outcome("in-04", 1, &stamp(4), r#"{"outcome":"done"}"#),
        ask("in-04", 3),
    ];
    let line = |entry: u64, sent: &str, rest: &str| {
        format!(
            r#"{{"device":"io","body":{{"kind":"output","on":true,"point":"light_green"}},"class":"permissive","entry":{entry},"sent":{sent},"outcome":{rest}}}"#
        )
    };
    let expected = [
        line(2, &plain(4), r#""done""#),
        line(3, "null", r#""refused","reason":"superseded""#),
        line(4, &plain(3), r#""failed","reason":"link lost""#),
        line(9, "null", "null"),
    ];
    check(Kind::Command, &entries, &expected);
    let lane = Written::new(&entries).export(Kind::Command, Some("in-05")).unwrap();
    assert_eq!(lane.trim_end(), expected[1]);
}

#[test]
fn observation_is_everything_also_what_nobody_knows_word_by_word() {
    let body = r#"{"z":1.50,"a":[1e3,{"utc":"x","mono":"y"}],"big":123456789012345678901234567890}"#;
    let entries = [observation("nose", "smell", body), observation("portal", "tamper", r#"{"on":true}"#)];
    let line = |entry: u64, device: &str, kind: &str, body: &str| {
        let (at, received) = (plain(1), plain(2));
        format!(
            r#"{{"lane":"in-04","entry":{entry},"device":"{device}","seq":3,"epoch":1,"at":{at},"at_mono":"7.000000001","at_uncertainty_ns":150,"received":{received},"received_mono":"7.000000001","quality":"good","kind":"{kind}","body":{body}}}"#
        )
    };
    let expected = [line(2, "nose", "smell", body), line(3, "portal", "tamper", r#"{"on":true}"#)];
    check(Kind::Observation, &entries, &expected);
}

#[test]
fn a_body_that_is_not_what_its_kind_says_is_named_by_its_entry() {
    for (kind, entry) in [
        (Kind::Passage, effect("passage", r#""lane":"in-04""#)),
        (Kind::Command, effect("command", r#""id":"one""#)),
        (Kind::Observation, entry("in-04", Class::Input, "observation", "not JSON".into())),
        (Kind::Fault, observation("portal", "fault", "7")),
    ] {
        let error = Written::new(&[entry]).export(kind, None).unwrap_err().to_string();
        assert!(error.starts_with("entry 2 cannot be understood"), "{kind}: {error}");
    }
}

#[test]
fn a_word_that_is_no_kind_is_answered_with_those_that_are() {
    let error = "spectrum".parse::<Kind>().unwrap_err().to_string();
    assert!(error.contains("spectrum") && error.contains("passage, occupancy, fault"), "{error}");
    for &kind in Kind::ALL {
        assert_eq!(kind.word().parse::<Kind>(), Ok(kind));
    }
}
