//! Text as the schema takes it and the reader gives it back.

/// Free text; none when nothing is left of it.
pub(super) fn free(text: &str) -> Option<String> {
    let plain = text.replace("\r\n", "\n").replace(['\r', '\u{a0}'], " ");
    let legal = |c: char| if is_legal(c) { c } else { char::REPLACEMENT_CHARACTER };
    let text: String = plain.chars().map(legal).collect();
    let text = text.trim_ascii();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Text on one line; none when nothing is left of it.
pub(super) fn line(text: &str) -> Option<String> {
    let text = free(text)?;
    Some(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

/// What XML 1.0 can carry, and the reader does not change.
fn is_legal(c: char) -> bool {
    c == '\n' || c == '\t' || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

/// Cleans optional text in place.
pub(super) fn clean(text: &mut Option<String>) {
    *text = text.take().and_then(|text| free(&text));
}

/// Cleans remarks in place.
pub(super) fn clean_all(texts: &mut Vec<String>) {
    *texts = texts.iter().filter_map(|text| free(text)).collect();
}
