//! One form of JSON for one content: keys sorted, no blanks, whole numbers and text only. What is hashed and
//! signed has this form, so that anybody's program makes the same bytes of it.

use serde::Serialize;
use serde_json::Value;

/// Deepest nesting that is written or read; hostile documents have no end of it.
const DEPTH_MAX: usize = 32;

/// A value without canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no canonical form: {0}")]
pub struct NotCanonical(pub String);

/// The canonical text of anything that serde writes.
///
/// # Errors
/// When it holds a number that is not whole, or nests deeper than 32.
pub fn canonical<T: Serialize>(content: &T) -> Result<String, NotCanonical> {
    let value = serde_json::to_value(content).map_err(|error| NotCanonical(error.to_string()))?;
    let mut text = String::new();
    write(&value, &mut text, 0)?;
    Ok(text)
}

/// BLAKE3 of the canonical text, as 64 hexadecimal digits.
///
/// # Errors
/// As [`canonical`].
pub fn hash<T: Serialize>(content: &T) -> Result<String, NotCanonical> {
    Ok(hash_of(canonical(content)?.as_bytes()))
}

/// BLAKE3 of bytes, as 64 hexadecimal digits.
pub fn hash_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn write(value: &Value, text: &mut String, depth: usize) -> Result<(), NotCanonical> {
    if depth > DEPTH_MAX {
        return Err(NotCanonical(format!("it nests deeper than {DEPTH_MAX}")));
    }
    match value {
        Value::Number(number) if !(number.is_i64() || number.is_u64()) => {
            return Err(NotCanonical(format!("{number} is not whole: write it as decimal text")));
        }
        Value::Array(list) => {
            text.push('[');
            for (index, value) in list.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                write(value, text, depth + 1)?;
            }
            text.push(']');
        }
        Value::Object(object) => {
            text.push('{');
            let mut keys: Vec<&String> = object.keys().collect();
            keys.sort_unstable();
            for (index, key) in keys.into_iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(&object[key], text, depth + 1)?;
            }
            text.push('}');
        }
        plain => text.push_str(&plain.to_string()),
    }
    Ok(())
}
