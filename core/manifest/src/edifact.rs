//! Interchanges of UN/EDIFACT with CUSCAR and COPARN messages; other messages are passed over.
//!
//! A message counts as a whole: one that is cut, or has fewer segments than its end says, is undone. Within a
//! whole message a bad consignment is refused and the others stay.

mod cargo;
mod coparn;
mod cuscar;
mod fields;
mod header;
mod syntax;

use std::io::{self, BufRead};

use crate::record::{Place, Sink};
use coparn::Coparn;
use cuscar::Cuscar;
use header::Header;
use syntax::{Segment, Segments};

/// What an interchange does not say of itself.
#[derive(Debug, Clone, Default)]
pub struct Edifact {
    /// What the sender's clock is ahead of UTC, in minutes: messages name no zone.
    pub offset_min: i32,
    /// Qualifier of the reference that names the onward bill; senders differ, and none is certain.
    pub onward_qualifier: Option<String>,
}

/// Reads an interchange into `sink`.
///
/// # Errors
/// When the file cannot be read.
pub fn read(bytes: &mut dyn BufRead, options: &Edifact, sink: &mut dyn Sink) -> io::Result<()> {
    let mut segments = Segments::new(bytes);
    let mut interchange = Interchange { options, sender: String::new(), sent: String::new(), open: None };
    let mut last = Place { line: 1, segment: None };
    while let Some(segment) = segments.next()? {
        match segment {
            Ok(segment) => {
                last = segment.place;
                interchange.segment(&segment, sink);
            }
            Err(trouble) => {
                last = trouble.place;
                interchange.damaged(trouble.place, trouble.what, sink);
            }
        }
    }
    if let Some(open) = interchange.open.take() {
        sink.undo(last, format!("message {} has no end (UNT): it may be cut", open.reference));
    }
    Ok(())
}

struct Interchange<'a> {
    options: &'a Edifact,
    sender: String,
    sent: String,
    open: Option<Open>,
}

/// A message that has begun.
struct Open {
    reference: String,
    segments: u64,
    damage: Option<(Place, String)>,
    meaning: Meaning,
}

enum Meaning {
    Cuscar(Box<Cuscar>),
    Coparn(Box<Coparn>),
    Other,
}

impl Interchange<'_> {
    fn segment(&mut self, segment: &Segment, sink: &mut dyn Sink) {
        match segment.tag.as_str() {
            "UNB" => {
                self.sender = segment.part(1, 0).to_owned();
                self.sent = format!("{}{}", segment.part(3, 0), segment.part(3, 1));
            }
            "UNH" => self.begin(segment, sink),
            "UNT" => self.end(segment, sink),
            "UNG" | "UNE" | "UNZ" => {}
            _ => match &mut self.open {
                Some(open) => {
                    open.segments += 1;
                    match &mut open.meaning {
                        Meaning::Cuscar(cuscar) => cuscar.segment(segment, sink),
                        Meaning::Coparn(coparn) => coparn.segment(segment, sink),
                        Meaning::Other => {}
                    }
                }
                None => sink.take(segment.place, Err(format!("{} stands outside any message", segment.tag))),
            },
        }
    }

    fn begin(&mut self, segment: &Segment, sink: &mut dyn Sink) {
        if let Some(open) = self.open.take() {
            sink.undo(segment.place, format!("message {} has no end (UNT): it may be cut", open.reference));
        }
        let kind = segment.part(1, 0);
        let header = Header::new(kind, &self.sender, &self.sent, segment.part(0, 0), self.options);
        let meaning = match kind {
            "CUSCAR" => Meaning::Cuscar(Box::new(Cuscar::new(header))),
            "COPARN" => Meaning::Coparn(Box::new(Coparn::new(header))),
            other => {
                let other: String = other.chars().take(16).collect();
                sink.warn(
                    segment.place,
                    format!("{other:?} messages are passed over: CUSCAR and COPARN are read"),
                );
                Meaning::Other
            }
        };
        sink.begin();
        let reference = segment.part(0, 0).chars().take(32).collect();
        self.open = Some(Open { reference, segments: 1, damage: None, meaning });
    }

    fn end(&mut self, segment: &Segment, sink: &mut dyn Sink) {
        let Some(mut open) = self.open.take() else {
            sink.take(segment.place, Err("UNT without a message".to_owned()));
            return;
        };
        if let Some((place, what)) = open.damage {
            sink.undo(place, format!("message {}: {what}", open.reference));
            return;
        }
        let counted = open.segments + 1;
        match segment.part(0, 0).trim().parse::<u64>() {
            Ok(said) if said > counted => {
                let what = format!(
                    "message {} has {counted} segments, its end says {said}: some are missing",
                    open.reference
                );
                sink.undo(segment.place, what);
                return;
            }
            Ok(said) if said == counted => {}
            _ => {
                let said: String = segment.part(0, 0).chars().take(16).collect();
                let what =
                    format!("message {} has {counted} segments, its end says {said:?}", open.reference);
                sink.warn(segment.place, what);
            }
        }
        match &mut open.meaning {
            Meaning::Cuscar(cuscar) => cuscar.end(segment.place, sink),
            Meaning::Coparn(coparn) => coparn.end(segment.place, sink),
            Meaning::Other => {}
        }
        sink.keep();
    }

    fn damaged(&mut self, place: Place, what: String, sink: &mut dyn Sink) {
        match &mut self.open {
            Some(open) => {
                open.segments += 1;
                open.damage.get_or_insert((place, what));
            }
            None => sink.take(place, Err(what)),
        }
    }
}
