//! What importers of manifests give, kept, and what must hold of it.

use greenlane_manifest::{GOODS_MAX, Place, Record, Sink, TEXT_MAX};

/// Everything that came, in order.
#[derive(Debug, Default, PartialEq)]
pub struct Records {
    /// What was taken.
    pub taken: Vec<Record>,
    /// What was refused.
    pub refused: Vec<(Place, String)>,
    warnings: Vec<(Place, String)>,
    message: Option<usize>,
}

impl Records {
    /// Every record is within its limits, and there are no more of them than `bytes` can say.
    pub(crate) fn hold(&self, bytes: usize) {
        assert!(self.message.is_none(), "a message is kept or undone");
        assert!(self.refused.len() + self.warnings.len() <= bytes + 1);
        for record in &self.taken {
            let (Record::Consignment(statement) | Record::Goods(statement)) = record else { continue };
            let Some(consignment) = &statement.consignment else { continue };
            assert!(consignment.goods.len() <= GOODS_MAX);
            let texts =
                [&consignment.bill, &consignment.consignee, &consignment.onward_bill, &statement.conveyance];
            let goods = consignment.goods.iter().map(|goods| &goods.text);
            assert!(texts.into_iter().flatten().chain(goods).all(|text| text.chars().count() <= TEXT_MAX));
            let masses = consignment.goods.iter().filter_map(|goods| goods.mass_kg);
            assert!(masses.into_iter().all(|mass| (0.0..=1e9).contains(&mass.value())));
        }
    }
}

impl Sink for Records {
    fn take(&mut self, place: Place, record: Result<Record, String>) {
        match record {
            Ok(record) => self.taken.push(record),
            Err(what) => self.refused.push((place, what)),
        }
    }

    fn begin(&mut self) {
        self.message = Some(self.taken.len());
    }

    fn keep(&mut self) {
        self.message = None;
    }

    fn undo(&mut self, place: Place, why: String) {
        if let Some(before) = self.message.take() {
            self.taken.truncate(before);
        }
        self.refused.push((place, why));
    }

    fn warn(&mut self, place: Place, what: String) {
        self.warnings.push((place, what));
    }
}
