//! What becomes of one requirement in one run.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::judge::Decision;
use crate::plan::Plan;
use crate::record::{Requirement, Status, Word};
use crate::standard::Standard;

/// The verdict on one requirement. There is never a bare score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It holds, but its limit is general knowledge that nobody has read in the standard.
    PassUnverified,
    /// A `should` that does not hold.
    Warn,
    /// A `shall` that does not hold.
    Fail,
    /// Something it requires failed, so it was not run.
    FailInherited,
    /// It fails, and somebody answers for that until a date.
    Waived,
    /// The driver does not offer what it is about.
    NotSupported,
    /// Offered, but never seen in the run: fails a certification.
    NotTested,
    /// A fault of the suite or of the machine.
    Error,
    /// Outside the class asked for.
    OutOfClass,
    /// Measured, without a verdict.
    Reported,
}

impl Verdict {
    /// Whether a certificate may hold it.
    pub fn certifies(self) -> bool {
        !matches!(self, Self::Fail | Self::FailInherited | Self::NotTested | Self::Error)
    }
}

/// A failure that somebody answers for. It lives in `PRODUCT.toml` or the site's policy, never in a standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The requirement.
    pub requirement: String,
    /// Why it fails.
    pub reason: String,
    /// Where the failure is followed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// Who grants it.
    pub by: String,
    /// The last day on which it holds.
    pub until: Date,
    /// A pass is then an error, so that lists shrink.
    #[serde(default)]
    pub must_fail: bool,
}

impl Waiver {
    /// Whether the standard allows the waiver.
    ///
    /// # Errors
    /// A sentence when there is no such requirement, or when it cannot be waived.
    pub fn check(&self, standard: &Standard) -> Result<(), String> {
        if !standard.requirements.contains_key(&self.requirement) {
            return Err(format!("the waiver for `{}`: no such requirement", self.requirement));
        }
        if standard.unwaivable.contains(&self.requirement) {
            return Err(format!("`{}` cannot be waived", self.requirement));
        }
        Ok(())
    }

    /// The verdict under the waiver. After its day it changes nothing.
    pub fn apply(&self, verdict: Verdict, today: &Date) -> Verdict {
        let holds = *today <= self.until;
        match verdict {
            Verdict::Fail if holds => Verdict::Waived,
            Verdict::Pass | Verdict::PassUnverified if holds && self.must_fail => Verdict::Error,
            other => other,
        }
    }
}

/// The verdict of a requirement whose plan was decided, or not.
pub fn verdict(requirement: &Requirement, decision: Decision) -> Verdict {
    match (decision, requirement.scope.word) {
        (Decision::Undecided, _) => Verdict::NotTested,
        (_, _) if matches!(requirement.plan, Plan::Report { .. }) => Verdict::Reported,
        (Decision::Pass, _) if requirement.status() == Status::Unverified => Verdict::PassUnverified,
        (Decision::Pass, _) => Verdict::Pass,
        (Decision::Fail, Word::Should) => Verdict::Warn,
        (Decision::Fail, Word::Shall) => Verdict::Fail,
    }
}
