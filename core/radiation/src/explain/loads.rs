//! What the papers say lies where.

use std::collections::BTreeSet;

use greenlane_model::{Consignment, Goods, Papers};

use super::{Cargo, Chain, Expectations, Facts, Match, NamedNuclide, NuclideClass, Row, Span};

/// The declared loads of a vehicle, and which of them an excess concerns.
pub(super) struct Loads<'a> {
    /// The containers that the excess lies over; all of them when it is not known where it lies.
    pub cargo: Vec<&'a Cargo>,
    /// Their consignments.
    pub loads: Vec<Load<'a>>,
    /// Every consignment of the vehicle.
    pub all: Vec<Load<'a>>,
    full_load_kg: f64,
}

/// One consignment in its place.
#[derive(Clone)]
pub(super) struct Load<'a> {
    pub cargo: &'a Cargo,
    /// Where it lies: its declared place; the whole container when it is alone in it; else not known.
    pub span: Option<Span>,
    pub lines: Vec<Line<'a>>,
}

/// A line of goods with what is expected of it.
#[derive(Clone)]
pub(super) struct Line<'a> {
    pub goods: &'a Goods,
    /// The row that speaks of these goods.
    pub row: Option<&'a Row>,
    /// Excess over background of a full container of them; 0 where no alarm may be put down to them.
    pub full_excess: f64,
}

/// How high an excess the papers let one expect.
#[derive(Clone, Copy)]
pub(super) struct Expected {
    /// The most, also where a mass is missing.
    pub at_most: f64,
    /// With the declared masses; none when one is missing.
    pub declared: Option<f64>,
}

impl<'a> Loads<'a> {
    pub fn of(facts: &'a Facts, table: &'a Expectations) -> Self {
        let reference = table.reference();
        let core = facts.shape.spread.map(|spread| spread.shrunk(reference.position_margin_m));
        let concerned = |span: Option<Span>| match (span, core) {
            (Some(span), Some(core)) => span.overlaps(core),
            _ => true,
        };
        let all: Vec<Load<'a>> = facts.cargo.iter().flat_map(|cargo| loads(cargo, table)).collect();
        Self {
            cargo: facts.cargo.iter().filter(|cargo| concerned(Some(cargo.span))).collect(),
            loads: all
                .iter()
                .filter(|load| concerned(Some(load.cargo.span)) && concerned(load.span))
                .cloned()
                .collect(),
            all,
            full_load_kg: reference.full_load_kg,
        }
    }

    /// The excess that the concerned loads let one expect.
    pub fn expected(&self) -> Expected {
        expected(&self.loads, self.full_load_kg)
    }

    /// The excess that the vehicle's loads let one expect where they are.
    pub fn expected_of_all(&self) -> Expected {
        expected(&self.all, self.full_load_kg)
    }

    /// Headings of the concerned loads that may account for `chain`.
    pub fn explaining(&self, chain: Chain) -> impl Iterator<Item = (&'a str, &'a Row)> {
        self.loads.iter().flat_map(move |load| load.explaining(chain))
    }

    /// The length that the loads take up which may account for all of `chains`, in m.
    pub fn explaining_length(&self, chains: &BTreeSet<Chain>) -> f64 {
        extents(self.loads.iter().filter(|load| load.explains_all(chains)))
            .iter()
            .map(|(_, length)| length)
            .sum()
    }

    /// All declared headings of the concerned loads.
    pub fn headings(&self) -> BTreeSet<&'a str> {
        self.loads.iter().flat_map(|load| &load.lines).filter_map(Line::heading).collect()
    }

    pub fn matches(&self, facts: &Facts) -> Vec<Match> {
        let mut matches: Vec<Match> = Vec::new();
        for nuclide in facts.identification.all() {
            if matches.iter().all(|known| known.nuclide != nuclide.name) {
                let chain = nuclide.chain();
                let headings: BTreeSet<&str> =
                    chain.iter().flat_map(|&chain| self.explaining(chain)).map(|(h, _)| h).collect();
                let headings = headings.into_iter().map(str::to_owned).collect();
                matches.push(Match { nuclide: nuclide.name.clone(), headings });
            }
        }
        matches
    }
}

impl<'a> Load<'a> {
    pub fn explaining(&self, chain: Chain) -> impl Iterator<Item = (&'a str, &'a Row)> {
        let lines = self.lines.iter().filter_map(|line| Some((line.heading()?, line.row?)));
        lines.filter(move |(_, row)| row.explains.contains(&chain)).collect::<Vec<_>>().into_iter()
    }

    /// Whether this load alone may account for every one of `chains`; of none, for anything at all.
    pub fn explains_all(&self, chains: &BTreeSet<Chain>) -> bool {
        if chains.is_empty() {
            return [Chain::K, Chain::Ra, Chain::Th]
                .iter()
                .any(|&chain| self.explaining(chain).next().is_some());
        }
        chains.iter().all(|&chain| self.explaining(chain).next().is_some())
    }
}

impl<'a> Line<'a> {
    pub fn heading(&self) -> Option<&'a str> {
        self.goods.code.as_ref().map(|code| code.heading())
    }
}

impl super::Identification {
    /// Everything named, members of groups as if they were there.
    pub(super) fn all(&self) -> impl Iterator<Item = &NamedNuclide> {
        self.nuclides.iter().chain(self.groups.iter().flatten())
    }

    /// The natural chains among them.
    pub(super) fn chains(&self) -> BTreeSet<Chain> {
        self.all().filter_map(NamedNuclide::chain).collect()
    }
}

impl NamedNuclide {
    /// The natural chain that it belongs to; none for anything that is not of class `norm`.
    pub(super) fn chain(&self) -> Option<Chain> {
        (self.class == NuclideClass::Norm).then(|| Chain::of(&self.name)).flatten()
    }
}

impl Span {
    fn ends(self) -> (f64, f64) {
        let (a, b) = (self.from_m.value(), self.to_m.value());
        (a.min(b), a.max(b))
    }

    pub(super) fn length(self) -> f64 {
        let (from, to) = self.ends();
        to - from
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        let ((a, b), (c, d)) = (self.ends(), other.ends());
        a <= d && c <= b
    }

    pub(super) fn holds(self, at: f64) -> bool {
        let (from, to) = self.ends();
        (from..=to).contains(&at)
    }

    /// Shorter by `margin` at both ends, at least its middle.
    fn shrunk(self, margin: f64) -> Self {
        let (from, to) = self.ends();
        let margin = margin.min((to - from) / 2.0);
        Self::between(from + margin, to - margin)
    }

    /// Longer by `margin` at both ends.
    fn grown(self, margin: f64) -> Self {
        let (from, to) = self.ends();
        Self::between(from - margin, to + margin)
    }

    fn between(from: f64, to: f64) -> Self {
        use greenlane_model::units::Metres;
        // Sums of metres on a vehicle; one that overflows is at the front.
        Self { from_m: Metres::new(from).unwrap_or_default(), to_m: Metres::new(to).unwrap_or_default() }
    }
}

/// Whether `spans`, each longer by `margin` at both ends, leave nothing of `whole` uncovered.
pub(super) fn cover(spans: impl Iterator<Item = Span>, whole: Span, margin: f64) -> bool {
    let mut spans: Vec<(f64, f64)> = spans.map(|span| span.grown(margin).ends()).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut reached, end) = whole.ends();
    for (from, to) in spans {
        if from <= reached {
            reached = reached.max(to);
        }
    }
    reached >= end
}

/// A number for a person.
pub(super) fn number(x: f64) -> String {
    match x {
        x if !x.is_finite() => "no number".to_owned(),
        x if x.abs() >= 10.0 => format!("{x:.0}"),
        x => format!("{x:.2}"),
    }
}

fn loads<'a>(cargo: &'a Cargo, table: &'a Expectations) -> Vec<Load<'a>> {
    let (Papers::Single(declaration) | Papers::Several(declaration)) = &cargo.papers else {
        return Vec::new();
    };
    let alone = declaration.consignments.len() == 1;
    let load = |consignment: &'a Consignment| Load {
        cargo,
        span: place(cargo.span, consignment).or(alone.then_some(cargo.span)),
        lines: consignment.goods.iter().map(|goods| line(goods, table)).collect(),
    };
    declaration.consignments.iter().map(load).collect()
}

fn place(container: Span, consignment: &Consignment) -> Option<Span> {
    let position = consignment.position?;
    let (front, rear) = container.ends();
    let at = |metres: f64| (front + metres).clamp(front, rear);
    Some(Span::between(at(position.from_m.value()), at(position.to_m.value())))
}

fn line<'a>(goods: &'a Goods, table: &'a Expectations) -> Line<'a> {
    let row = goods.code.as_ref().and_then(|code| table.row(code.heading()));
    let row = row.filter(|row| row.covers(goods));
    let counts = row.filter(|row| !row.weak && !row.never);
    Line { goods, row, full_excess: counts.map_or(0.0, |row| table.full_excess(row)) }
}

fn expected(loads: &[Load<'_>], full_load_kg: f64) -> Expected {
    let lines = || loads.iter().flat_map(|load| &load.lines);
    let masses: Option<Vec<f64>> =
        lines().map(|line| line.goods.mass_kg.map(|mass| mass.value().max(0.0))).collect();
    let Some(masses) = masses else {
        // Whatever the missing masses are, the mixture is no stronger than its strongest goods.
        let strongest = lines().map(|line| line.full_excess).fold(0.0, f64::max);
        return Expected { at_most: strongest, declared: None };
    };
    let room = full_load_kg * containers(loads);
    let whole = masses.iter().sum::<f64>().max(room).max(1.0);
    let excess = lines().zip(&masses).map(|(line, mass)| line.full_excess * mass / whole).sum();
    Expected { at_most: excess, declared: Some(excess) }
}

/// How many containers the loads fill by their length.
fn containers(loads: &[Load<'_>]) -> f64 {
    let share = |(cargo, length): (&Cargo, f64)| {
        let whole = cargo.span.length();
        if whole > 0.0 { length / whole } else { 1.0 }
    };
    extents(loads.iter()).into_iter().map(share).sum()
}

/// The length that the loads take up in each container: all of it where their place is not known.
fn extents<'a>(loads: impl Iterator<Item = &'a Load<'a>>) -> Vec<(&'a Cargo, f64)> {
    let mut extents: Vec<(&Cargo, f64)> = Vec::new();
    for load in loads {
        let length = load.span.unwrap_or(load.cargo.span).length();
        match extents.iter_mut().find(|(cargo, _)| std::ptr::eq(*cargo, load.cargo)) {
            Some((cargo, sum)) => *sum = (*sum + length).min(cargo.span.length()),
            None => extents.push((load.cargo, length)),
        }
    }
    extents
}
