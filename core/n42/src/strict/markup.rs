//! The small print of markup: attributes, references, declarations, line ends.

use std::borrow::Cow;

use quick_xml::events::BytesDecl;

use super::lexical::{is_ncname, is_space};
use super::values::shorten;

/// Names and values of a tag, from what follows its own name.
///
/// # Errors
/// In words: what is malformed, or that there are more than `limit`.
pub(super) fn attributes(text: &str, limit: usize) -> Result<Vec<(&str, Cow<'_, str>)>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return Ok(found);
        }
        if found.len() == limit {
            return Err(format!("more than {limit} attributes"));
        }
        let malformed = || format!("an attribute is malformed: {}", shorten(trimmed));
        let (name, value) = trimmed.split_once('=').ok_or_else(malformed)?;
        let name = name.trim_end_matches(is_space);
        let value = value.trim_start_matches(is_space);
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, behind) = quote.and_then(|quote| value[1..].split_once(quote)).ok_or_else(malformed)?;
        let unnamed = name.is_empty() || name.contains(is_space) || name.contains(['"', '\'', '/', '<', '&']);
        if unnamed || value.contains('<') || trimmed.len() == rest.len() {
            return Err(malformed());
        }
        found.push((name, attribute_value(value)?));
        rest = behind;
    }
}

/// References resolved; white space that is written as such becomes a blank (XML 1.0, 3.3.3).
fn attribute_value(raw: &str) -> Result<Cow<'_, str>, String> {
    if !raw.contains(['&', '\t', '\n', '\r']) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut parts = raw.split('&');
    value.push_str(&blanks(parts.next().unwrap_or_default()));
    for part in parts {
        let (name, text) = part.split_once(';').ok_or("a `&` that begins no reference")?;
        value.push(resolve(name)?);
        value.push_str(&blanks(text));
    }
    Ok(Cow::Owned(value))
}

fn blanks(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ")
}

/// The character that `&name;` stands for.
pub(super) fn resolve(name: &str) -> Result<char, String> {
    let named = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    };
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix('x') {
        Some(hex) => code(hex, 16),
        None => code(digits, 10),
    });
    named.or(number).ok_or_else(|| format!("&{}; stands for nothing", shorten(name)))
}

fn code(digits: &str, radix: u32) -> Option<char> {
    let plain = digits.chars().all(|c| c.is_digit(radix));
    let c = plain.then(|| u32::from_str_radix(digits, radix).ok()).flatten().and_then(char::from_u32)?;
    let allowed = c >= ' ' || matches!(c, '\t' | '\n' | '\r');
    (allowed && !matches!(c, '\u{FFFE}' | '\u{FFFF}')).then_some(c)
}

/// Every line end becomes a line feed (XML 1.0, 2.11).
pub(super) fn plain_lines(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => text,
    }
}

/// Whether a processing instruction may have this name.
pub(super) fn is_target(name: &str) -> bool {
    is_ncname(&name.replace(':', "_")) && !name.eq_ignore_ascii_case("xml")
}

/// Version, then perhaps encoding, then perhaps `standalone`.
pub(super) fn is_declaration(declaration: &BytesDecl<'_>) -> bool {
    let content: &str = declaration;
    let Ok(found) = attributes(content.strip_prefix("xml").unwrap_or_default(), 3) else { return false };
    let mut rest = found.iter().map(|(name, value)| (*name, value.as_ref())).peekable();
    let minor =
        rest.next().filter(|(name, _)| *name == "version").and_then(|(_, value)| value.strip_prefix("1."));
    let version = minor.is_some_and(|minor| minor.bytes().all(|byte| byte.is_ascii_digit()));
    rest.next_if(|(name, _)| *name == "encoding");
    rest.next_if(|(name, value)| *name == "standalone" && matches!(*value, "yes" | "no"));
    version && !content.contains('&') && rest.next().is_none()
}
