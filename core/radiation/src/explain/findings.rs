//! What an explanation says.

use std::fmt;

use greenlane_model::units::CountsPerSecond;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer, with all that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The answer.
    pub verdict: Verdict,
    /// Explained, and drawn for inspection all the same.
    pub audit_drawn: bool,
    /// Every rule that fired and every condition that was looked at, in the order of [`Rule`].
    pub findings: Vec<Finding>,
    /// Which declared headings account for which nuclide.
    pub matches: Vec<Match>,
    /// The largest point source that detection would have missed at 95 %, in counts per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_95_cps: Option<CountsPerSecond>,
}

/// The answer, the strictest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// No alarm, and nothing else to account for.
    #[default]
    NothingToExplain,
    /// The papers account for all of it.
    Explained,
    /// A person must look.
    CannotTell,
    /// Inspect.
    NotExplained,
}

/// One rule or condition with its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Which.
    pub rule: Rule,
    /// What it does to the verdict.
    pub effect: Effect,
    /// Why, for a person.
    pub says: String,
}

/// What a finding does to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A condition is met.
    Met,
    /// Explained, and to be inspected all the same.
    Audit,
    /// At most `CANNOT_TELL`.
    AtMostCannotTell,
    /// `NOT_EXPLAINED`.
    NotExplained,
}

/// The rules that nobody can switch off, then the conditions that an explanation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Rule {
    /// A neutron alarm.
    R1,
    /// Special nuclear material, or lines that only it shows.
    R2,
    /// An industrial nuclide.
    R3,
    /// Something unknown, or more than a detector can count.
    R4,
    /// More than the declared goods can give.
    R5,
    /// A point-like part.
    R6,
    /// No usable papers, or papers that do not say what lies where it radiates.
    R7,
    /// A degraded input.
    R8,
    /// The detector cannot name nuclides.
    R9,
    /// Drawn for audit.
    R10,
    /// Every nuclide is K-40 or of the radium or thorium chain, and firmly named.
    P1,
    /// The declared headings account for every one.
    P2,
    /// The excess is spread over the load.
    P3,
    /// It is as high as the declared mass makes it.
    P4,
    /// No image shows anything at the same place.
    P5,
    /// It is known how large a point source would have been missed.
    P6,
    /// A load declared to radiate does.
    P7,
}

/// Which declared headings account for a nuclide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Match {
    /// The nuclide.
    pub nuclide: String,
    /// The headings, in order; none when nothing that was declared accounts for it.
    pub headings: Vec<String>,
}

impl Effect {
    /// The mildest verdict that it leaves.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Met | Self::Audit => Verdict::Explained,
            Self::AtMostCannotTell => Verdict::CannotTell,
            Self::NotExplained => Verdict::NotExplained,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingToExplain => "nothing to explain",
            Self::Explained => "EXPLAINED",
            Self::CannotTell => "CANNOT TELL",
            Self::NotExplained => "NOT EXPLAINED",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.says)
    }
}
