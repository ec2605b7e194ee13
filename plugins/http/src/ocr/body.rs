//! The body of a post as one tree: JSON, XML, form, or one JSON or XML part of a multipart body.

use greenlane_driver::fields::{MAX_VALUES, parse, parse_json, parse_xml, short};
use serde_json::{Map, Value};

/// Most parts in a multipart body.
const MAX_PARTS: usize = 64;
/// Longest boundary after RFC 2046 section 5.1.1.
const MAX_BOUNDARY: usize = 70;

/// A post that was understood as far as its form.
#[derive(Debug, PartialEq)]
pub struct Post {
    /// Its fields.
    pub tree: Value,
    /// Pictures that came with it and were not kept.
    pub images: u64,
}

/// Why a post was not understood.
#[derive(Debug, PartialEq, Eq)]
pub enum PostError {
    /// Its content type is none of those above.
    Unsupported(String),
    /// It is not what its content type says.
    Malformed(String),
}

impl<S: Into<String>> From<S> for PostError {
    fn from(sentence: S) -> Self {
        Self::Malformed(sentence.into())
    }
}

/// Reads a post. A template in the address alone (empty body) is read from the query.
///
/// # Errors
/// A sentence for the sender.
pub fn read(content_type: &str, query: &str, body: &[u8]) -> Result<Post, PostError> {
    let media_type = media_type(content_type);
    let tree = match media_type.as_str() {
        _ if body.is_empty() && !query.is_empty() => form(query.as_bytes())?,
        "application/x-www-form-urlencoded" => form(body)?,
        multipart if multipart.starts_with("multipart/") => return in_parts(content_type, body),
        json if is(json, "json") => parse_json(body)?,
        xml if is(xml, "xml") => parse_xml(body)?,
        // Many cameras say nothing of use; then the first character tells.
        "" | "text/plain" | "application/octet-stream" if begins_like_a_message(body) => parse(body)?,
        _ => {
            let known = "JSON, XML, form and multipart bodies are read";
            return Err(PostError::Unsupported(format!(
                "{:?} is not supported: {known}",
                short(content_type)
            )));
        }
    };
    Ok(Post { tree, images: 0 })
}

fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is(media_type: &str, format: &str) -> bool {
    let subtype = media_type.split_once('/').map_or("", |(_, subtype)| subtype);
    subtype.rsplit('+').next() == Some(format)
}

fn begins_like_a_message(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    matches!(body.trim_ascii_start().first(), Some(b'<' | b'{' | b'['))
}

/// `application/x-www-form-urlencoded` as a table of texts; a name that comes several times is a list.
fn form(body: &[u8]) -> Result<Value, String> {
    let mut fields = Map::new();
    for (n, pair) in body.split(|&b| b == b'&').enumerate() {
        if n > MAX_VALUES {
            return Err(format!("the form holds more than {MAX_VALUES} fields"));
        }
        let mut halves = pair.splitn(2, |&b| b == b'=');
        let name = unescape(halves.next().unwrap_or_default())?;
        let value = Value::from(unescape(halves.next().unwrap_or_default())?);
        match fields.get_mut(&name) {
            None => drop(fields.insert(name, value)),
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(Value::Object(fields))
}

fn unescape(text: &[u8]) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|&b| char::from(b).to_digit(16));
                let value = digit().and_then(|high| Some(high * 16 + digit()?));
                let value = value.and_then(|value| u8::try_from(value).ok());
                value.ok_or("a % in the form is not followed by two hexadecimal digits")?
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| "the form is not UTF-8".into())
}

/// Takes the first JSON or XML part of a multipart body (RFC 2046) and counts the pictures.
fn in_parts(content_type: &str, body: &[u8]) -> Result<Post, PostError> {
    let boundary = boundary(content_type).ok_or_else(|| {
        format!("{:?} names no boundary of 1 to {MAX_BOUNDARY} characters", short(content_type))
    })?;
    let (mut tree, mut images) = (None, 0);
    for part in parts(body, &boundary)? {
        let (head, content) = split_at(part, b"\r\n\r\n").ok_or("a part has no empty line after its head")?;
        let media_type = media_type(&header(head, "content-type"));
        if media_type.starts_with("image/") {
            images += 1;
        } else if tree.is_none() {
            tree = if is(&media_type, "json") {
                Some(parse_json(content)?)
            } else if is(&media_type, "xml") {
                Some(parse_xml(content)?)
            } else if begins_like_a_message(content) {
                Some(parse(content)?)
            } else {
                None
            };
        }
    }
    let tree = tree.ok_or("no part of the body is JSON or XML")?;
    Ok(Post { tree, images })
}

fn boundary(content_type: &str) -> Option<String> {
    let value = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then_some(value.trim())
    })?;
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    (1..=MAX_BOUNDARY).contains(&value.len()).then(|| value.to_owned())
}

/// The parts between the boundaries, each with its head. Devices that leave the last boundary out are
/// forgiven: a JSON or XML part that is cut off shows by itself.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<&'a [u8]>, String> {
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let mut rest = match body.strip_prefix(first.as_bytes()) {
        Some(rest) => rest,
        None => split_at(body, between.as_bytes()).ok_or("the boundary is nowhere in the body")?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") && !rest.trim_ascii().is_empty() {
        if parts.len() == MAX_PARTS {
            return Err(format!("the body has more than {MAX_PARTS} parts"));
        }
        let (part, after) = split_at(rest, between.as_bytes()).unwrap_or((rest, b""));
        parts.push(part);
        rest = after;
    }
    Ok(parts)
}

/// What stands before and after the first `mark`.
fn split_at<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let first = *mark.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|&b| b == first)?;
        if bytes[at..].starts_with(mark) {
            return Some((&bytes[..at], &bytes[at + mark.len()..]));
        }
        from = at + 1;
    }
}

/// The value of one header of a part, empty when it is not there.
fn header(head: &[u8], name: &str) -> String {
    String::from_utf8_lossy(head)
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}
