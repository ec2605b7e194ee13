//! Codes: the words of an enumeration in the schema.

/// The word for `value`. Each enumeration names all its values.
pub(crate) fn name<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, other)| *other == value).map_or("", |(name, _)| name)
}

/// What a word means, and whether it was written as the schema has it.
pub(crate) fn value<T: Copy>(names: &[(&'static str, T)], word: &str) -> Option<(T, bool)> {
    if let Some((_, value)) = names.iter().find(|(name, _)| *name == word) {
        return Some((*value, true));
    }
    names.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, value)| (*value, false))
}
