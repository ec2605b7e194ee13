//! What stands before the containers in either message.

use greenlane_model::{Consignment, ContainerNumber, Fill, Movement, Utc};

use super::Edifact;
use super::fields::{self, Equipment};
use super::syntax::Segment;
use crate::record::{Place, Record, Sink, Statement, kept};

/// A message's number, time and voyage.
pub(super) struct Header {
    kind: String,
    sender: String,
    sent: String,
    reference: String,
    offset_min: i32,
    pub onward_qualifier: Option<String>,
    number: Option<String>,
    dated: Option<Utc>,
    conveyance: Option<String>,
    function: String,
}

impl Header {
    pub fn new(kind: &str, sender: &str, sent: &str, reference: &str, options: &Edifact) -> Self {
        let owned = |text: &str| kept(text).unwrap_or_default();
        Self {
            kind: owned(kind),
            sender: owned(sender),
            sent: owned(sent),
            reference: owned(reference),
            offset_min: options.offset_min,
            onward_qualifier: options.onward_qualifier.clone(),
            number: None,
            dated: None,
            conveyance: None,
            function: String::new(),
        }
    }

    /// `BGM+1001+1004+1225`, `DTM+137:2380:2379`, `TDT+20+...`.
    pub fn segment(&mut self, segment: &Segment) {
        match segment.tag.as_str() {
            "BGM" => {
                self.number = kept(segment.part(1, 0));
                self.function = segment.part(2, 0).to_owned();
            }
            "DTM" if segment.part(0, 0) == "137" => {
                self.dated = fields::date(segment.part(0, 1), self.offset_min);
            }
            "TDT" if self.conveyance.is_none() => self.conveyance = fields::conveyance(segment),
            _ => {}
        }
    }

    /// When it was declared: its own date, or that of the interchange.
    pub fn declared(&self) -> Option<Utc> {
        self.dated.or_else(|| fields::date(&self.sent, self.offset_min))
    }

    /// Kind, sender and number.
    pub fn document(&self) -> String {
        let number = self.number.as_ref().unwrap_or(&self.reference);
        format!("{} {} {number}", self.kind, self.sender)
    }

    /// 1225: 1 takes the document back, 5 replaces all of it; 9 (original) and the others add to it.
    pub fn is_cancelled(&self) -> bool {
        self.function == "1"
    }

    /// Says that the document is taken back or replaced, where it is.
    pub fn announce(&self, place: Place, sink: &mut dyn Sink) {
        if matches!(self.function.as_str(), "1" | "5") {
            let withdrawn =
                self.declared().map(|declared| Record::Withdrawn { document: self.document(), declared });
            sink.take(place, withdrawn.ok_or_else(|| NO_DATE.to_owned()));
        }
    }

    /// What one bill covers in one container.
    pub fn statement(
        &self,
        container: ContainerNumber,
        equipment: &Equipment,
        consignment: Option<Consignment>,
    ) -> Result<Record, String> {
        let Equipment { movement, fill } = *equipment;
        Ok(Record::Consignment(Statement {
            container,
            document: self.document(),
            declared: self.declared().ok_or(NO_DATE)?,
            movement,
            fill,
            conveyance: self.conveyance.clone(),
            consignment,
        }))
    }
}

/// What is wrong when a message has no time.
const NO_DATE: &str = "neither the message (DTM+137) nor the interchange (UNB) says when it was made";

/// Nothing is known of a container that no `EQD` names.
pub(super) const UNKNOWN: Equipment = Equipment { movement: Movement::Unknown, fill: Fill::Unknown };
