//! CUSCAR, the cargo report to customs: equipment first, then a consignment a bill, whose items say which
//! containers they are in. After UN/EDIFACT directories D.95B to D.21A.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_model::{Consignment, Goods};

use super::cargo::{Item, Split, written};
use super::fields::{self, Equipment};
use super::header::{Header, UNKNOWN};
use super::syntax::Segment;
use crate::record::{GOODS_MAX, Place, Sink, kept};

/// Most containers of one message.
const EQUIPMENT_MAX: usize = 20_000;
/// Most lines of goods of one bill, counted in each container that they are in.
const LINES_MAX: usize = 20_000;

/// A message as far as it has been read.
pub(super) struct Cuscar {
    header: Header,
    announced: bool,
    equipment: BTreeMap<String, (Equipment, Place)>,
    /// Containers that a bill named.
    named: BTreeSet<String>,
    bill: Option<Bill>,
}

/// A consignment as far as it has been read.
struct Bill {
    place: Place,
    consignment: Consignment,
    /// Containers that stand inside the consignment.
    equipment: Vec<String>,
    items: Vec<Item>,
    /// Lines of goods of the items before the last, counted in each of their containers.
    lines: usize,
}

impl Cuscar {
    pub fn new(header: Header) -> Self {
        Self { header, announced: false, equipment: BTreeMap::new(), named: BTreeSet::new(), bill: None }
    }

    pub fn segment(&mut self, segment: &Segment, sink: &mut dyn Sink) {
        if matches!(segment.tag.as_str(), "CNI" | "EQD") && !self.announced {
            self.announced = true;
            self.header.announce(segment.place, sink);
        }
        match segment.tag.as_str() {
            "CNI" => {
                self.close(sink);
                self.bill = Some(Bill::new(segment));
            }
            "EQD" => self.container(segment, sink),
            _ => match &mut self.bill {
                Some(bill) => bill.segment(segment, self.header.onward_qualifier.as_deref()),
                None => self.header.segment(segment),
            },
        }
    }

    pub fn end(&mut self, place: Place, sink: &mut dyn Sink) {
        if !self.announced {
            self.header.announce(place, sink);
        }
        self.close(sink);
        if self.header.is_cancelled() {
            return;
        }
        for (number, (equipment, place)) in &self.equipment {
            if !self.named.contains(number) {
                let container = fields::container(number);
                let announced = container.and_then(|number| self.header.statement(number, equipment, None));
                sink.take(*place, announced);
            }
        }
    }

    fn container(&mut self, segment: &Segment, sink: &mut dyn Sink) {
        if segment.part(0, 0) != "CN" {
            return;
        }
        let number = written(segment.part(1, 0));
        if let Some(bill) = &mut self.bill {
            bill.equipment.push(number.clone());
        }
        if self.equipment.len() < EQUIPMENT_MAX {
            self.equipment.insert(number, (fields::equipment(segment), segment.place));
        } else {
            sink.take(segment.place, Err(format!("more than {EQUIPMENT_MAX} containers in one message")));
        }
    }

    /// The open consignment is complete: a statement for each of its containers.
    fn close(&mut self, sink: &mut dyn Sink) {
        let Some(bill) = self.bill.take() else { return };
        if self.header.is_cancelled() {
            return;
        }
        if bill.is_too_much() {
            sink.take(bill.place, Err(format!("bill {} has too many items or containers", bill.name())));
            return;
        }
        let mut goods: BTreeMap<String, (Place, Vec<Goods>)> = BTreeMap::new();
        for item in &bill.items {
            if item.splits.is_empty() {
                match self.only_container(&bill) {
                    Some(number) => {
                        // As if the item named its only container.
                        let split = Split::whole(number.clone(), item.place);
                        goods
                            .entry(number)
                            .or_insert((item.place, Vec::new()))
                            .1
                            .extend(item.goods(Some(&split)));
                    }
                    None => {
                        let what = format!("an item of bill {} names no container (SGP)", bill.name());
                        sink.take(item.place, Err(what));
                    }
                }
            }
            for split in &item.splits {
                let entry = goods.entry(split.container.clone()).or_insert((split.place, Vec::new()));
                entry.1.extend(item.goods(Some(split)));
            }
        }
        for number in bill.equipment.iter().filter(|_| bill.items.is_empty()) {
            goods.entry(number.clone()).or_insert((bill.place, Vec::new()));
        }
        for (number, (place, goods)) in goods {
            self.state(&bill, &number, place, goods, sink);
        }
    }

    fn state(&mut self, bill: &Bill, number: &str, place: Place, goods: Vec<Goods>, sink: &mut dyn Sink) {
        if goods.len() > GOODS_MAX {
            sink.take(place, Err(format!("more than {GOODS_MAX} lines of goods in {number}")));
            return;
        }
        let consignment = Consignment { goods, ..bill.consignment.clone() };
        let equipment = self.equipment.get(number).map_or(UNKNOWN, |(equipment, _)| equipment.clone());
        let statement = fields::container(number)
            .and_then(|container| self.header.statement(container, &equipment, Some(consignment)))
            .map_err(|why| format!("bill {}: {why}", bill.name()));
        self.named.insert(number.to_owned());
        sink.take(place, statement);
    }

    /// The container of goods that name none: the only one of the consignment, or of the message.
    fn only_container(&self, bill: &Bill) -> Option<String> {
        match &bill.equipment[..] {
            [number] => Some(number.clone()),
            [] if self.equipment.len() == 1 => self.equipment.keys().next().cloned(),
            _ => None,
        }
    }
}

impl Bill {
    /// `CNI+1490+1004`.
    fn new(segment: &Segment) -> Self {
        let consignment = Consignment { bill: kept(segment.part(1, 0)), ..Consignment::default() };
        Self { place: segment.place, consignment, equipment: Vec::new(), items: Vec::new(), lines: 0 }
    }

    fn segment(&mut self, segment: &Segment, onward_qualifier: Option<&str>) {
        // What is too much is refused in the end, and nothing more of it is kept until then.
        if self.is_too_much() {
            return;
        }
        match (segment.tag.as_str(), self.items.last_mut()) {
            ("GID", last) => {
                self.lines += last.map_or(0, |item| lines(item));
                self.items.push(Item::new(segment));
            }
            ("RFF", _) => {
                let (qualifier, number) = (segment.part(0, 0), kept(segment.part(0, 1)));
                if qualifier == "BM" {
                    self.consignment.bill = number.or(self.consignment.bill.take());
                } else if onward_qualifier == Some(qualifier) {
                    self.consignment.onward_bill = number;
                }
            }
            ("NAD", _) if segment.part(0, 0) == "CN" => self.consignment.consignee = fields::party(segment),
            (_, Some(item)) => item.segment(segment),
            _ => {}
        }
    }

    fn is_too_much(&self) -> bool {
        let last = self.items.last();
        self.lines + last.map_or(0, lines) > LINES_MAX || last.is_some_and(|item| item.too_much)
    }

    fn name(&self) -> &str {
        self.consignment.bill.as_deref().unwrap_or("without a number")
    }
}

/// Lines of goods of an item, counted in each of its containers.
fn lines(item: &Item) -> usize {
    let (lines, splits) = item.size();
    lines * splits.max(1)
}
