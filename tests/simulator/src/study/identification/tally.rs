//! Right and wrong, counted.

use greenlane_radiation::identify::{Class, Identification, Status};

/// What was there.
#[derive(Debug, Clone, Copy)]
pub struct Truth<'a> {
    /// The nuclide's name.
    pub name: &'a str,
    /// What it is used as.
    pub class: Class,
}

/// How often what was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Spectra.
    pub runs: u64,
    /// The right name and no other, told apart from all others.
    pub exact: u64,
    /// The right name alone, or in a group.
    pub contained: u64,
    /// A name that was not there, told apart from all others.
    pub wrong: u64,
    /// Any name or group at all.
    pub named: u64,
    /// Status `unknown`.
    pub unknown: u64,
    /// Status `identified`, and every name is natural or medical.
    pub harmless: u64,
    /// A name of special nuclear material, told apart from all others.
    pub snm: u64,
}

impl Tally {
    /// One more spectrum.
    pub fn add(&mut self, truth: Option<Truth<'_>>, said: &Identification) {
        let right = |name: &str| truth.is_some_and(|truth| truth.name == name);
        let alone = said.groups.is_empty() && said.nuclides.len() == 1;
        let is_harmless = said.status == Status::Identified && said.gravest() <= Some(Class::Medical);
        self.runs += 1;
        self.exact += u64::from(alone && right(&said.nuclides[0].name));
        self.contained += u64::from(said.all().any(|named| right(&named.name)));
        self.wrong += u64::from(said.nuclides.iter().any(|named| !right(&named.name)));
        self.named += u64::from(said.all().next().is_some());
        self.unknown += u64::from(said.status == Status::Unknown);
        self.harmless += u64::from(is_harmless);
        self.snm += u64::from(said.nuclides.iter().any(|named| named.class == Class::Snm));
    }

    /// Both together.
    pub fn with(self, other: Self) -> Self {
        Self {
            runs: self.runs + other.runs,
            exact: self.exact + other.exact,
            contained: self.contained + other.contained,
            wrong: self.wrong + other.wrong,
            named: self.named + other.named,
            unknown: self.unknown + other.unknown,
            harmless: self.harmless + other.harmless,
            snm: self.snm + other.snm,
        }
    }
}
