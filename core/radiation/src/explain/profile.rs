//! What a site may set. Nothing here reaches R1 to R8.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of a site.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ProfileText", into = "ProfileText")]
#[schemars(with = "ProfileText")]
pub struct Profile {
    text: ProfileText,
}

/// As a site writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ProfileText {
    /// Least test statistic at which a nuclide counts as firmly named, 16 to 1000. Unverified: 25 is about one
    /// false name in 10 000 spectra by extrapolation from simulations with 2 000 background counts.
    min_ts: f64,
    /// Least share of the explaining load's length over which an excess must be spread, 0.3 to 1. Unverified.
    min_cover: f64,
    /// Expected excess over background from which a declared load that shows nothing is a mismatch, 0.1 to 10.
    /// Unverified.
    strong_excess: f64,
    /// What an authority approved for lanes that cannot name nuclides. Without it they never explain.
    #[serde(skip_serializing_if = "Option::is_none")]
    shape_rule: Option<ShapeRule>,
}

/// A rule for lanes that cannot name nuclides, approved in writing: goods of these headings, spread over the
/// load, of the declared strength and neither softer nor harder than the background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShapeRule {
    /// Who approved it.
    pub approved_by: String,
    /// The document that says so.
    pub document: String,
    /// Headings of the Harmonised System that it covers, four digits each.
    pub headings: Vec<String>,
    /// How far the window ratio may be off, in standard deviations, above 0 and at most 3.
    pub max_ratio_z: f64,
}

/// A profile that is no profile.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{key} = {seen}: {expected}")]
pub struct ProfileError {
    /// The key.
    pub key: &'static str,
    /// What stands there.
    pub seen: String,
    /// What would be right.
    pub expected: &'static str,
}

impl Profile {
    pub(super) fn min_ts(&self) -> f64 {
        self.text.min_ts
    }

    pub(super) fn min_cover(&self) -> f64 {
        self.text.min_cover
    }

    pub(super) fn strong_excess(&self) -> f64 {
        self.text.strong_excess
    }

    /// What an authority approved for lanes that cannot name nuclides.
    pub fn shape_rule(&self) -> Option<&ShapeRule> {
        self.text.shape_rule.as_ref()
    }

    /// The same profile with another shape rule, or none.
    ///
    /// # Errors
    /// When the rule has no headings, no approval or a limit out of range.
    pub fn with_shape_rule(mut self, rule: Option<ShapeRule>) -> Result<Self, ProfileError> {
        self.text.shape_rule = rule;
        self.text.try_into()
    }
}

impl Default for ProfileText {
    fn default() -> Self {
        Self { min_ts: 25.0, min_cover: 0.5, strong_excess: 0.5, shape_rule: None }
    }
}

impl TryFrom<ProfileText> for Profile {
    type Error = ProfileError;

    fn try_from(text: ProfileText) -> Result<Self, ProfileError> {
        let within = |key, value: f64, low: f64, high: f64, expected| {
            let right = (low..=high).contains(&value);
            right.then_some(()).ok_or(ProfileError { key, seen: value.to_string(), expected })
        };
        within("min_ts", text.min_ts, 16.0, 1000.0, "from 16 to 1000")?;
        within("min_cover", text.min_cover, 0.3, 1.0, "from 0.3 to 1")?;
        within("strong_excess", text.strong_excess, 0.1, 10.0, "from 0.1 to 10")?;
        if let Some(rule) = &text.shape_rule {
            within("shape_rule.max_ratio_z", rule.max_ratio_z, f64::MIN_POSITIVE, 3.0, "above 0, at most 3")?;
            let heading = |h: &&String| h.len() != 4 || !h.bytes().all(|byte| byte.is_ascii_digit());
            if rule.headings.is_empty() || rule.headings.iter().any(|h| heading(&h)) {
                let seen = format!("{:?}", rule.headings);
                let expected = "one heading at least, four digits each";
                return Err(ProfileError { key: "shape_rule.headings", seen, expected });
            }
            if rule.approved_by.trim().is_empty() || rule.document.trim().is_empty() {
                let seen = format!("{:?} in {:?}", rule.approved_by, rule.document);
                let expected = "who approved it (approved_by), in which document (document)";
                return Err(ProfileError { key: "shape_rule", seen, expected });
            }
        }
        Ok(Self { text })
    }
}

impl From<Profile> for ProfileText {
    fn from(profile: Profile) -> Self {
        profile.text
    }
}
