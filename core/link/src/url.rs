//! Taking a link's URL apart.

use std::collections::BTreeMap;
use std::str::FromStr;

/// A link's URL cannot be used: one sentence that says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SpecError(pub String);

/// Longest URL that is looked at.
const MAX_BYTES: usize = 4096;

/// A URL in its parts: `scheme://rest?key=value&key=value`. Keys are taken one by one; whatever is left at
/// [`Parts::finish`] is refused.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Before `://`.
    pub scheme: &'a str,
    /// Between `://` and `?`.
    pub rest: &'a str,
    query: BTreeMap<&'a str, &'a str>,
    known: Vec<&'static str>,
}

impl<'a> Parts<'a> {
    /// Splits `text`.
    pub fn split(text: &'a str) -> Result<Self, SpecError> {
        if text.len() > MAX_BYTES || text.chars().any(char::is_control) {
            return Err(SpecError(format!(
                "a link is at most {MAX_BYTES} bytes without control characters, e.g. tcp://10.0.0.5:1601"
            )));
        }
        let (scheme, after) = text.split_once("://").ok_or_else(|| {
            SpecError(format!("{text:?} has no scheme; write e.g. tcp://10.0.0.5:1601 or folder:///data/in"))
        })?;
        let (rest, pairs) = after.split_once('?').unwrap_or((after, ""));
        let mut query = BTreeMap::new();
        for pair in pairs.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| SpecError(format!("{pair:?} after `?` is not written key=value")))?;
            if query.insert(key, value).is_some() {
                return Err(SpecError(format!("`{key}` is given twice; keep one")));
            }
        }
        Ok(Self { scheme, rest, query, known: Vec::new() })
    }

    /// Takes the text of `key`, when it is there.
    pub fn text(&mut self, key: &'static str) -> Option<&'a str> {
        self.known.push(key);
        self.query.remove(key)
    }

    /// Takes `key` as a number within `range`, or `default`.
    pub fn number<T>(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<T>,
        default: T,
    ) -> Result<T, SpecError>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.text(key) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            SpecError(format!(
                "{key}={text} must be a whole number from {} to {}",
                range.start(),
                range.end()
            ))
        })
    }

    /// Takes `key` as one of `words`, or the first of them.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Result<T, SpecError> {
        let Some(text) = self.text(key) else { return Ok(words[0].1) };
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            SpecError(format!("{key}={text} must be one of {}", all.join(", ")))
        })
    }

    /// Refuses any key that nobody took.
    pub fn finish(self) -> Result<(), SpecError> {
        let Some(key) = self.query.keys().next() else { return Ok(()) };
        let scheme = self.scheme;
        Err(SpecError(if self.known.is_empty() {
            format!("`{key}` is not known; a {scheme} link takes nothing after `?`")
        } else {
            format!("`{key}` is not known; a {scheme} link takes {}", self.known.join(", "))
        }))
    }
}

/// `host:port` with a port from 1 to 65535; IPv6 hosts in brackets.
pub fn host_and_port(text: &str) -> Result<String, SpecError> {
    let wrong = || SpecError(format!("{text:?} must be host:port, e.g. 10.0.0.5:502 or [fd00::5]:502"));
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_is_right = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        }
    };
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    if !host_is_right || !digits || !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err(wrong());
    }
    Ok(text.to_owned())
}
