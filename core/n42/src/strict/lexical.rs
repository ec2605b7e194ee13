//! The forms of the text types: names, identifiers, binary data, white space.

use std::borrow::Cow;

/// White space as XML has it: no other blank counts.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// White space made single and taken from the ends.
pub(crate) fn collapse(text: &str) -> Cow<'_, str> {
    let single = !text.contains(['\t', '\n', '\r']) && !text.contains("  ");
    if single {
        return Cow::Borrowed(text.trim_matches(' '));
    }
    let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

/// A name without colon, as XML 1.0 (fifth edition) has it.
pub(crate) fn is_ncname(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(starts_name) && chars.all(|c| starts_name(c) || continues_name(c))
}

fn starts_name(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn continues_name(c: char) -> bool {
    matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Digits with at most one point and an optional sign: at least one digit, and nothing else.
pub(super) fn anchored_digits(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0
}

pub(super) fn uuid(text: &str) -> bool {
    let mut parts = text.split('-');
    let lengths = [8, 4, 4, 4, 12];
    let fits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    lengths.iter().all(|length| parts.next().is_some_and(|part| fits(part, *length)))
        && parts.next().is_none()
}

/// The pattern `[\w\d ]*[\w\d\S]+[\w\d ]*`: something that is no blank, no white space but the space, and all
/// characters that do not belong to words within one run without a blank.
pub(super) fn non_blank(text: &str) -> bool {
    let outside = |c: char| !is_word(c) && c != ' ';
    match (text.find(outside), text.rfind(outside)) {
        (Some(first), Some(last)) => {
            let behind = text[last..].chars().next().map_or(0, char::len_utf8);
            !text[first..last + behind].contains(is_space)
        }
        _ => text.contains(|c| c != ' '),
    }
}

/// `\w` of XML Schema: no punctuation, separator or control character. Symbols such as `+` and `$` belong to
/// it, `_` does not. Punctuation of scripts other than those of Europe and East Asia is taken for letters.
fn is_word(c: char) -> bool {
    let punctuation = match c {
        '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => false,
        '\0'..='\u{7F}' => !c.is_ascii_alphanumeric(),
        _ => {
            matches!(c, '\u{80}'..='\u{A1}' | '\u{A7}' | '\u{AB}' | '\u{AD}' | '\u{B6}'..='\u{B7}' | '\u{BB}'
            | '\u{BF}' | '\u{1680}' | '\u{2000}'..='\u{2043}' | '\u{2045}'..='\u{2051}'
            | '\u{2053}'..='\u{206F}' | '\u{207D}'..='\u{207E}' | '\u{208D}'..='\u{208E}'
            | '\u{2308}'..='\u{230B}' | '\u{2329}'..='\u{232A}' | '\u{2768}'..='\u{2775}'
            | '\u{27E6}'..='\u{27EF}' | '\u{2983}'..='\u{2998}' | '\u{2E00}'..='\u{2E4F}'
            | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301F}' | '\u{3030}'
            | '\u{303D}' | '\u{30A0}' | '\u{30FB}' | '\u{E000}'..='\u{F8FF}' | '\u{FE30}'..='\u{FE61}'
            | '\u{FE63}' | '\u{FE68}' | '\u{FE6A}'..='\u{FE6B}' | '\u{FEFF}'..='\u{FF03}'
            | '\u{FF05}'..='\u{FF0A}' | '\u{FF0C}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF1B}'
            | '\u{FF1F}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF3D}' | '\u{FF3F}' | '\u{FF5B}' | '\u{FF5D}'
            | '\u{FF5F}'..='\u{FF65}' | '\u{FFF9}'..='\u{FFFB}' | '\u{F0000}'..='\u{10FFFF}')
        }
    };
    !punctuation
}

/// Groups of four characters of the alphabet, and no bits left over before the padding. Other characters are
/// passed over, as RFC 2045 has it.
pub(super) fn base64(text: &str) -> bool {
    let (mut count, mut padding, mut last) = (0u64, 0u32, 0u8);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if padding < 2 => {
                padding += 1;
                count += 1;
                continue;
            }
            b'=' => return false,
            _ => continue,
        };
        if padding > 0 {
            return false;
        }
        count += 1;
        last = value;
    }
    let left_over = match padding {
        0 => 0,
        1 => last & 0b11,
        _ => last & 0b1111,
    };
    count.is_multiple_of(4) && u64::from(padding) <= count / 2 && left_over == 0
}

pub(super) fn hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A reference that a lenient reader takes: escapes complete, one `#`, a scheme that is a name, brackets only
/// about a host or in the fragment, a port of digits. Blanks and letters of other scripts count as escaped.
pub(super) fn uri(text: &str) -> bool {
    let (reference, fragment) = text.split_once('#').unwrap_or((text, ""));
    let escaped = text.split('%').skip(1).all(|rest| {
        let pair = rest.as_bytes().get(..2);
        pair.is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
    });
    let first = &reference[..reference.find(['/', '?']).unwrap_or(reference.len())];
    let (scheme, rest) = match first.split_once(':') {
        Some((scheme, _)) => (scheme, &reference[scheme.len() + 1..]),
        None => ("a", reference),
    };
    let (host, rest) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len())),
        None => ("", rest),
    };
    let bracket = rest.contains(['[', ']']);
    escaped && !fragment.contains('#') && !bracket && is_scheme(scheme) && is_authority(host)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// `user@host:port`, where all but the host may be missing.
fn is_authority(text: &str) -> bool {
    let (user, host) = text.split_once('@').unwrap_or(("", text));
    let (name, port) = match host.strip_prefix('[').map(|literal| literal.split_once(']')) {
        Some(Some((_, ""))) => ("", None),
        Some(Some((_, behind))) => ("", Some(behind.strip_prefix(':').unwrap_or_default())),
        Some(None) => return false,
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    !user.contains(['[', ']']) && !name.contains(['[', ']', '@']) && port.is_none_or(digits)
}
