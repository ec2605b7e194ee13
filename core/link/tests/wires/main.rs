//! The links over real loopback sockets, pseudo-terminals and folders, and their text forms.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod folder;
mod framing;
mod http;
mod modbus;
mod pty;
mod replay;
mod rtu;
mod serial;
mod spec;
mod stream;
mod wire_file;

use std::path::PathBuf;
use std::time::Duration;

use greenlane_driver::LinkKind;
use greenlane_link::{Event, LinkSpec, Member, Options, Stamped, Wire, open};

/// A guard against waiting for ever; no test depends on its length.
const GUARD: Duration = Duration::from_secs(20);

fn spec(url: &str) -> LinkSpec {
    url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn member(kind: LinkKind) -> Member {
    Member { name: "device".into(), path: String::new(), kind }
}

fn lines() -> Member {
    member(LinkKind::Lines { max: 256 })
}

fn open_one(url: &str, member: Member) -> Wire {
    open(spec(url), vec![member], Options::default())
}

fn captured(path: PathBuf) -> Options {
    Options { captures: vec![Some(path)], ..Options::default() }
}

async fn next(wire: &mut Wire) -> Stamped {
    tokio::time::timeout(GUARD, wire.events.recv())
        .await
        .expect("nothing came from the wire")
        .expect("the wire ended")
}

async fn next_event(wire: &mut Wire) -> Event {
    next(wire).await.event
}

async fn all_events(wire: &mut Wire) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(stamped) = tokio::time::timeout(GUARD, wire.events.recv()).await.expect("no end came") {
        events.push(stamped.event);
    }
    events
}

fn frame(text: &str) -> Event {
    Event::Frame(text.as_bytes().to_vec().into())
}

fn is_lost(event: &Event) -> bool {
    matches!(event, Event::Lost { .. })
}
