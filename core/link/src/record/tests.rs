use proptest::prelude::*;

use super::*;

fn back(event: &Event, kind: &str, at: Stamp) -> Option<Event> {
    let Record { direction, payload } = Record::of_event(event);
    super::event(WireLine { offset_ns: 0, direction, payload }, kind, at).unwrap()
}

fn events() -> impl Strategy<Value = (&'static str, Event)> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from);
    let word = "[ -~é]{0,20}";
    let answer = prop_oneof![
        prop::collection::vec(any::<u16>(), 0..9).prop_map(OwnedAnswer::Registers),
        prop::collection::vec(any::<bool>(), 0..9).prop_map(OwnedAnswer::Bits),
        Just(OwnedAnswer::Written),
        any::<u8>().prop_map(OwnedAnswer::Exception),
        Just(OwnedAnswer::Timeout),
    ];
    let received = Stamp::new(5_000, 9_000);
    prop_oneof![
        Just(("lines", Event::Connected)),
        word.prop_map(|reason| ("modbus", Event::Lost { reason })),
        (any::<u64>(), word).prop_map(|(bytes, reason)| ("raw", Event::Dropped { bytes, reason })),
        bytes().prop_map(|frame| ("framed", Event::Frame(frame))),
        (any::<u64>(), 0_i64..5_000, answer).prop_map(move |(id, took_ns, answer)| {
            ("modbus", Event::Reply { id, sent: received.shifted(-took_ns), received, answer })
        }),
        (any::<u64>(), word, word, bytes()).prop_map(|(id, content_type, query, body)| {
            ("http_push", Event::Request { id, content_type, query, body })
        }),
        ("/[ -~é\n]{0,20}", "[0-9a-f]{4}", any::<u64>(), bytes(), prop::option::of(bytes())).prop_map(
            |(path, sha256, bytes, head, sidecar)| {
                ("folder", Event::File { path, sha256, bytes, head, sidecar })
            }
        ),
    ]
}

proptest! {
    #[test]
    fn every_event_survives_a_recording((kind, event) in events()) {
        prop_assert_eq!(back(&event, kind, Stamp::new(5_000, 9_000)), Some(event));
    }

    #[test]
    fn hostile_payloads_are_refused_and_never_panic(
        kind in "(lines|modbus|http_push|folder)",
        payload in "(reply|request|file|lost|dropped|connected)?( [0-9a-z,-]{0,22}){0,6}\n?.{0,20}",
        from_device: bool,
    ) {
        let direction = if from_device { Direction::FromDevice } else { Direction::Link };
        let line = WireLine { offset_ns: 0, direction, payload: payload.into_bytes() };
        let _ = super::event(line, &kind, Stamp::new(1, 1));
    }
}
