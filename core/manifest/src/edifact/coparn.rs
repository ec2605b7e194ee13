//! COPARN, the announcement of containers by a line: goods first, then each container with its booking, mass
//! and description. After UN/EDIFACT directories D.95B to D.21A.

use greenlane_model::units::Kilograms;
use greenlane_model::{Consignment, Fill, Goods};

use super::cargo::{Item, written};
use super::fields::{self, Equipment};
use super::header::Header;
use super::syntax::Segment;
use crate::record::{Place, Sink, kept};

/// Most items of one message, with their codes and containers.
const SIZE_MAX: usize = crate::GOODS_MAX;

/// A message as far as it has been read.
pub(super) struct Coparn {
    header: Header,
    announced: bool,
    /// Booking or bill, and consignee, of all containers.
    common: Consignment,
    items: Vec<Item>,
    /// Items, codes and containers so far.
    size: usize,
    container: Option<Announced>,
}

/// A container as far as it has been read.
struct Announced {
    place: Place,
    number: String,
    equipment: Equipment,
    own: Consignment,
    text: Option<String>,
    mass: Option<Kilograms>,
}

impl Coparn {
    pub fn new(header: Header) -> Self {
        Self {
            header,
            announced: false,
            common: Consignment::default(),
            items: Vec::new(),
            size: 0,
            container: None,
        }
    }

    pub fn segment(&mut self, segment: &Segment, sink: &mut dyn Sink) {
        match (segment.tag.as_str(), &mut self.container) {
            ("EQD", _) => {
                if !self.announced {
                    self.announced = true;
                    self.header.announce(segment.place, sink);
                }
                self.close(sink);
                self.container = (segment.part(0, 0) == "CN").then(|| Announced::new(segment));
            }
            ("GID", None) if self.size < SIZE_MAX => {
                self.size += 1;
                self.items.push(Item::new(segment));
            }
            ("GID", None) => {
                sink.take(
                    segment.place,
                    Err(format!("more than {SIZE_MAX} items, codes or containers of goods")),
                );
            }
            (_, Some(container)) => container.segment(segment),
            ("RFF" | "NAD", None) => refer(&mut self.common, segment),
            ("CST" | "PIA" | "SGP", None) if self.size >= SIZE_MAX => {}
            ("FTX" | "CST" | "PIA" | "MEA" | "SGP", None) => {
                if let Some(item) = self.items.last_mut() {
                    let before = item.size();
                    item.segment(segment);
                    let after = item.size();
                    self.size += after.0 - before.0 + after.1 - before.1;
                }
            }
            _ => self.header.segment(segment),
        }
    }

    pub fn end(&mut self, place: Place, sink: &mut dyn Sink) {
        if !self.announced {
            self.header.announce(place, sink);
        }
        self.close(sink);
    }

    fn close(&mut self, sink: &mut dyn Sink) {
        let Some(container) = self.container.take() else { return };
        if self.header.is_cancelled() {
            return;
        }
        if container.number.is_empty() {
            let what = "a container without a number: nothing can be kept of it until it has one (EQD, 8260)";
            sink.take(container.place, Err(what.to_owned()));
            return;
        }
        let goods = self.goods(&container);
        let empty = container.equipment.fill == Fill::Empty && goods.is_empty();
        let own = container.own;
        let consignment = Consignment {
            bill: own.bill.or_else(|| self.common.bill.clone()),
            consignee: own.consignee.or_else(|| self.common.consignee.clone()),
            goods,
            ..Consignment::default()
        };
        let statement = fields::container(&container.number).and_then(|number| {
            self.header.statement(number, &container.equipment, (!empty).then_some(consignment))
        });
        sink.take(container.place, statement);
    }

    /// The items that name this container or none; of one line, the container's mass is the line's.
    fn goods(&self, container: &Announced) -> Vec<Goods> {
        let mut goods = Vec::new();
        for item in &self.items {
            let mut named = item.splits.iter().filter(|split| split.container == container.number);
            match named.next() {
                Some(split) => goods.extend(item.goods(Some(split))),
                None if item.splits.is_empty() => goods.extend(item.goods(None)),
                None => {}
            }
        }
        if goods.is_empty() {
            let text = container.text.clone().map(|text| Goods { text, ..Goods::default() });
            goods.extend(text);
        }
        if let [line] = &mut goods[..] {
            line.mass_kg = line.mass_kg.or(container.mass);
            if line.text.is_empty() {
                line.text = container.text.clone().unwrap_or_default();
            }
        }
        goods
    }
}

impl Announced {
    fn new(segment: &Segment) -> Self {
        Self {
            place: segment.place,
            number: written(segment.part(1, 0)),
            equipment: fields::equipment(segment),
            own: Consignment::default(),
            text: None,
            mass: None,
        }
    }

    fn segment(&mut self, segment: &Segment) {
        match segment.tag.as_str() {
            "RFF" | "NAD" => refer(&mut self.own, segment),
            "FTX" if segment.part(0, 0) == "AAA" => self.text = fields::free_text(segment),
            "MEA" => self.mass = fields::gross(segment).or(self.mass),
            _ => {}
        }
    }
}

/// The bill before the booking, and the consignee.
fn refer(consignment: &mut Consignment, segment: &Segment) {
    match (segment.tag.as_str(), segment.part(0, 0)) {
        ("RFF", "BM") => consignment.bill = kept(segment.part(0, 1)),
        ("RFF", "BN") if consignment.bill.is_none() => consignment.bill = kept(segment.part(0, 1)),
        ("NAD", "CN") => consignment.consignee = fields::party(segment),
        _ => {}
    }
}
