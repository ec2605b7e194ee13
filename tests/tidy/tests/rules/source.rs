//! Just enough of Rust's grammar: where comments and literals are, and where functions begin and end.

use std::ops::Range;

/// A function with a body.
#[derive(Debug, PartialEq)]
pub struct Function<'a> {
    pub name: &'a str,
    /// Of the word `fn`, from 1.
    pub line: usize,
    /// From the word `fn` to the closing brace, both counted.
    pub lines: usize,
}

/// The same text with comments and literals blanked, line for line and byte for byte.
pub fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        match blank_end(bytes, at) {
            Some(end) => {
                let end = end.min(bytes.len());
                code.extend(bytes[at..end].iter().map(|byte| if *byte == b'\n' { '\n' } else { ' ' }));
                at = end;
            }
            None => {
                code.push(if bytes[at].is_ascii() { char::from(bytes[at]) } else { ' ' });
                at += 1;
            }
        }
    }
    code
}

/// `code` with each item behind `#[cfg(test)]` blanked.
pub fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = code.as_bytes().to_vec();
    for (start, _) in code.match_indices(MARK) {
        let end = item_end(code, start + MARK.len());
        kept[start..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// The functions in `code`, nested ones too.
pub fn functions(code: &str) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    for at in words(code, "fn") {
        let name = code[at + 2..].trim_start();
        let name = &name[..name.find(|c: char| !is_word(c)).unwrap_or(name.len())];
        let body = item_end(code, at);
        if !name.is_empty() && code.as_bytes().get(body - 1) == Some(&b'}') {
            let lines = code[at..body].matches('\n').count() + 1;
            found.push(Function { name, line: line_of(code, at), lines });
        }
    }
    found
}

/// Where `word` stands in `text`, with no letter, digit or underscore beside it.
pub fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// The line of a byte, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Behind the item that begins at or after `start`: its closing brace, or its semicolon.
fn item_end(code: &str, start: usize) -> usize {
    let mut braces = 0_usize;
    let mut brackets = 0_usize;
    for (offset, byte) in code.as_bytes()[start..].iter().enumerate() {
        match byte {
            b'{' => braces += 1,
            b'}' => braces = braces.saturating_sub(1),
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        if braces == 0 && brackets == 0 && matches!(byte, b'}' | b';') {
            return start + offset + 1;
        }
    }
    code.len()
}

/// The end of the comment or literal that begins at `at`, if one does.
fn blank_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    match rest {
        [b'/', b'/', ..] => Some(at + position(rest, b"\n").unwrap_or(rest.len())),
        [b'/', b'*', ..] => Some(at + comment_length(rest)),
        [b'"', ..] => Some(at + quoted_length(rest, b'"')),
        [b'\'', b'\\', ..] => Some(at + quoted_length(rest, b'\'')),
        [b'\'', ..] => character(rest).map(|range| at + range.end),
        [b'r', ..] => raw_length(rest).map(|length| at + length),
        _ => None,
    }
}

/// `/* */` may be nested.
fn comment_length(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted_length(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// `'x'`; a lifetime is none.
fn character(rest: &[u8]) -> Option<Range<usize>> {
    let end = 1 + position(rest.get(1..)?, b"'")?;
    let inner = std::str::from_utf8(&rest[1..end]).ok()?;
    (inner.chars().count() == 1).then_some(0..end + 1)
}

/// `r"..."` and `r#"..."#`, with `b` or `c` before them too.
fn raw_length(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    let start = 1 + hashes;
    if rest.get(start) != Some(&b'"') {
        return None;
    }
    let end = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let body = &rest[start + 1..];
    Some(start + 1 + position(body, &end).map_or(body.len(), |at| at + end.len()))
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_and_the_lines_stay() {
        let text = "a /* x /* y */ z */ b // c\n\"d \\\" e\" f 'g' '\\'' 'h r#\"i \" j\"# k br\"l\" 'é' m";
        let code = code(text);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "b", "f", "'h", "k", "b", "m"]);
        assert_eq!(code.len(), text.len());
        assert_eq!(code.lines().count(), 2);
    }

    #[test]
    fn a_function_is_counted_from_its_word_to_its_brace() {
        let text =
            "trait T { fn none(&self, a: [u8; 4]); }\nfn one(f: fn(u8) -> u8) -> [u8; 2] {\n\"}\"; }\n";
        assert_eq!(functions(&code(text)), [Function { name: "one", line: 2, lines: 2 }]);
    }

    #[test]
    fn what_stands_behind_cfg_test_is_left_out() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c() } }\n#[cfg(test)]\nmod d;\nfn e() {}";
        let kept = without_tests(&code(text));
        assert_eq!(kept.split_whitespace().collect::<Vec<_>>(), ["fn", "a()", "{}", "fn", "e()", "{}"]);
    }
}
