//! Packed reads: one request for neighbouring points.

use greenlane_driver::model::Stamp;

use super::map::Place;

/// What a read value belongs to: the index in the list of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Input(usize),
    Counter(usize),
    Output(usize),
}

impl Owner {
    pub fn input(self) -> Option<usize> {
        if let Self::Input(i) = self { Some(i) } else { None }
    }
}

/// One point to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub place: Place,
    /// Bits or registers it takes.
    pub len: u16,
    pub owner: Owner,
}

/// One request of every poll.
#[derive(Debug)]
pub(super) struct Read {
    pub place: Place,
    pub count: u16,
    pub items: Vec<Item>,
    /// For sentences and as the subject of faults.
    pub label: String,
    /// The last good one.
    pub last: Option<Stamp>,
    /// Bad ones since.
    pub misses: u32,
}

/// Puts neighbours into one request, as far as the protocol's limits and the map's holes allow. Points of
/// one block have no hole between them. No item is ever split, so a 32-bit counter is never torn.
pub(super) fn plan(mut items: Vec<Item>, across_holes: bool) -> Vec<Read> {
    items.sort_by_key(|item| (item.place, item.len));
    let mut groups: Vec<(Place, u16, Vec<Item>)> = Vec::new();
    for item in items {
        let end = u32::from(item.place.address) + u32::from(item.len);
        if let Some((place, count, members)) = groups.last_mut() {
            let reach = u32::from(place.address) + u32::from(*count);
            let span = end.max(reach) - u32::from(place.address);
            let hole = u32::from(item.place.address) > reach;
            let inside = members.last().is_some_and(|last| same_block(last.owner, item.owner));
            if place.table == item.place.table
                && span <= place.table.limit()
                && (!hole || inside || across_holes)
            {
                // At most 2000, the largest limit.
                *count = span as u16;
                members.push(item);
                continue;
            }
        }
        groups.push((item.place, item.len, vec![item]));
    }
    groups.into_iter().map(|(place, count, items)| Read::new(place, count, items)).collect()
}

impl Read {
    fn new(place: Place, count: u16, items: Vec<Item>) -> Self {
        Self { place, count, items, label: place.read_label(count), last: None, misses: 0 }
    }

    /// Forgets what an earlier connection read.
    pub fn forget(&mut self) {
        self.last = None;
        self.misses = 0;
    }
}

fn same_block(a: Owner, b: Owner) -> bool {
    std::mem::discriminant(&a) == std::mem::discriminant(&b)
}
