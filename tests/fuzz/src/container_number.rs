//! ISO 6346 and ILU numbers.

use greenlane_driver::model::{ContainerNumber, expected_check_digit};

/// Numbers, right and nearly so.
pub fn seeds() -> Vec<Vec<u8>> {
    ["CSQU3054383", "csqu 305438-3", "TGHU1234560", "MSCU 660.047/1", "ABCK1234560"].map(Vec::from).to_vec()
}

/// What is taken is written in eleven characters, is read as itself, and has the digit that we compute.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = expected_check_digit(&text);
    let Ok(number) = text.parse::<ContainerNumber>() else { return };
    let written = number.as_str();
    assert_eq!(written.len(), 11);
    assert_eq!(written.parse().as_ref(), Ok(&number));
    let digit = expected_check_digit(&written[..10]).map(|digit| digit.to_string());
    assert_eq!(digit.as_deref(), Some(&written[10..]));
}
