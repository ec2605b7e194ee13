use super::*;

#[test]
fn nothing() {
    assert!(true);
}
