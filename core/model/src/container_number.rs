//! Container numbers after ISO 6346: three letters of owner, one of category, six digits, one check digit.
//!
//! Letters count 10 to 38 without the multiples of 11, weights are 2^i from the left, the sum is taken
//! modulo 11 and then modulo 10. Swap bodies after EN 13044 (ILU) use the same arithmetic with other
//! category letters.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number of the right form with a check digit that fits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ContainerNumber {
    text: String,
    ambiguous_zero: bool,
}

/// Why a text is no container number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContainerNumberError {
    /// Not eleven letters and digits.
    #[error("{0:?} has not the form of four letters and seven digits")]
    Form(String),
    /// The fourth letter is neither U, J, Z (ISO 6346) nor A, B, D, E, K (ILU).
    #[error("{0:?} has no category: the fourth letter must be U, J or Z, or A, B, D, E or K for a swap body")]
    Category(String),
    /// The check digit does not fit.
    #[error("{text:?} has a wrong check digit: {expected} was expected")]
    CheckDigit {
        /// The number as read, without separators.
        text: String,
        /// The digit that would fit.
        expected: u8,
    },
}

impl ContainerNumber {
    /// The eleven characters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The remainder is 10, which is written 0: such a number passes the check more easily by mistake.
    pub fn ambiguous_zero(&self) -> bool {
        self.ambiguous_zero
    }

    /// A swap body after EN 13044 and not a container.
    pub fn is_ilu(&self) -> bool {
        matches!(self.text.as_bytes()[3], b'A' | b'B' | b'D' | b'E' | b'K')
    }
}

impl FromStr for ContainerNumber {
    type Err = ContainerNumberError;

    /// Accepts lower case, and spaces, hyphens, dots and slashes between the parts.
    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let form = || ContainerNumberError::Form(written.chars().take(64).collect());
        let text: String = written
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.' | '/'))
            .map(|c| c.to_ascii_uppercase())
            .take(12)
            .collect();
        let bytes = text.as_bytes();
        if bytes.len() != 11 {
            return Err(form());
        }
        let (remainder, given) = match (remainder(&bytes[..10]), bytes[10]) {
            (Some(r), digit) if digit.is_ascii_digit() => (r, digit - b'0'),
            _ => return Err(form()),
        };
        if !matches!(bytes[3], b'U' | b'J' | b'Z' | b'A' | b'B' | b'D' | b'E' | b'K') {
            return Err(ContainerNumberError::Category(text));
        }
        if remainder % 10 != given {
            return Err(ContainerNumberError::CheckDigit { text, expected: remainder % 10 });
        }
        Ok(Self { ambiguous_zero: remainder == 10, text })
    }
}

/// The check digit that fits four letters and six digits, or `None` when `prefix` has another form.
pub fn expected_check_digit(prefix: &str) -> Option<u8> {
    remainder(prefix.as_bytes()).map(|r| r % 10)
}

/// Weighted sum modulo 11 of four upper-case letters and six digits.
fn remainder(prefix: &[u8]) -> Option<u8> {
    if prefix.len() != 10 {
        return None;
    }
    let mut sum = 0u32;
    for (i, &byte) in prefix.iter().enumerate() {
        let value = match (i, byte) {
            (0..=3, b'A'..=b'Z') => {
                let n = u32::from(byte - b'A');
                // 11, 22 and 33 are left out: one more for each that was passed.
                10 + n + n.div_ceil(10)
            }
            (4.., b'0'..=b'9') => u32::from(byte - b'0'),
            _ => return None,
        };
        sum += value << i;
    }
    u8::try_from(sum % 11).ok()
}

impl fmt::Display for ContainerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<ContainerNumber> for String {
    fn from(number: ContainerNumber) -> String {
        number.text
    }
}

impl TryFrom<String> for ContainerNumber {
    type Error = ContainerNumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALID: [&str; 13] = [
        "CSQU3054383",
        "MSKU9070323",
        "TGHU8913889",
        "HLXU2008419",
        "MSCU6639870",
        "APZU3211393",
        "TEXU3070079",
        "ZEPU0037255",
        "MWCU6059784",
        "CSQU1000080",
        "TEXU1000010",
        "MSKU1000000",
        "CSQU1000140",
    ];
    const REMAINDER_TEN: [&str; 3] = ["TRIU8371510", "TASU1170000", "MSKU1000090"];

    #[test]
    fn published_numbers_are_valid() {
        for text in VALID {
            assert!(text.parse::<ContainerNumber>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_remainder_of_ten_is_flagged() {
        for text in REMAINDER_TEN {
            assert!(text.parse::<ContainerNumber>().is_ok_and(|n| n.ambiguous_zero()), "{text}");
        }
        assert!("MSCU6639870".parse::<ContainerNumber>().is_ok_and(|n| !n.ambiguous_zero()));
    }

    #[test]
    fn published_mistakes_are_named() {
        use ContainerNumberError::{Category, CheckDigit, Form};
        for text in ["CSQU3054384", "TEXU3070070", "MSCU6639871", "MSCU1234567", "TEMU0000000"] {
            assert!(matches!(text.parse::<ContainerNumber>(), Err(CheckDigit { .. })), "{text}");
        }
        assert!(matches!("CSQX3054383".parse::<ContainerNumber>(), Err(Category(_))));
        for text in ["CSQU305438", "C5QU3054383", "CSQU30543B3", "", "CSQU30543830"] {
            assert!(matches!(text.parse::<ContainerNumber>(), Err(Form(_))), "{text}");
        }
    }

    #[test]
    fn the_letter_values_skip_multiples_of_eleven() {
        for (letter, value) in
            [(b'A', 10), (b'B', 12), (b'K', 21), (b'L', 23), (b'U', 32), (b'V', 34), (b'Z', 38)]
        {
            let n = u32::from(letter - b'A');
            assert_eq!(10 + n + n.div_ceil(10), value, "{}", char::from(letter));
        }
    }

    proptest! {
        #[test]
        fn any_prefix_with_its_digit_is_valid_however_written(
            owner in "[A-Z]{3}", category in "[UJZABDEK]", serial in "[0-9]{6}",
        ) {
            let digit = expected_check_digit(&format!("{owner}{category}{serial}")).unwrap();
            let written = format!("{}{} {serial}-{digit}", owner.to_lowercase(), category);
            let number: ContainerNumber = written.parse().unwrap();
            prop_assert_eq!(number.as_str(), format!("{owner}{category}{serial}{digit}"));
            prop_assert_eq!(number.is_ilu(), !"UJZ".contains(&category));
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<ContainerNumber>(&json).unwrap(), number);
        }

        #[test]
        fn a_wrong_digit_is_always_found(serial in "[0-9]{6}", off in 1u8..10) {
            let digit = (expected_check_digit(&format!("CSQU{serial}")).unwrap() + off) % 10;
            let text = format!("CSQU{serial}{digit}");
            prop_assert!(text.parse::<ContainerNumber>().is_err());
        }

        #[test]
        fn hostile_text_never_panics(text in ".{0,40}") {
            let _ = text.parse::<ContainerNumber>();
        }
    }
}
