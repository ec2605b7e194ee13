//! The two forms of camera message.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::scenario::Dialect;

/// Interim messages precede the final one and may differ from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// More may come.
    Interim,
    /// The last word.
    Final,
}

/// One number, or a no-read when `text` is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Number of the event; interim and final message of a number share it.
    pub event: u64,
    /// The vehicle; `None` for one of the next lane.
    pub vehicle: Option<u64>,
    /// When the number was seen, in ns since 1970.
    pub utc_ns: i64,
    /// What was read.
    pub text: String,
    /// ISO size and type code.
    pub size_type: &'static str,
    /// 0 to 1.
    pub confidence: f64,
}

/// HTTP bodies for these messages, each with the vehicle it is about: one a number in the Vaxtor form, one
/// for all in the Carmen form.
pub(super) fn bodies(dialect: Dialect, messages: &[Message], phase: Phase) -> Vec<(Option<u64>, Vec<u8>)> {
    match dialect {
        Dialect::Vaxtor => {
            messages.iter().map(|one| (one.vehicle, vaxtor(one, phase).to_string().into_bytes())).collect()
        }
        Dialect::Carmen => messages
            .first()
            .map(|first| (first.vehicle, carmen(first, messages).to_string().into_bytes()))
            .into_iter()
            .collect(),
    }
}

/// The template variables of the Vaxtor container reader, each between quotes as its HTTP template writes
/// them. `confidence_code`: 1 nothing verified, 3 owner and check digit verified; `time`: milliseconds since
/// 1970 (an assumption); `event` and `phase` are this camera's own additions.
fn vaxtor(message: &Message, phase: Phase) -> Value {
    let text = if message.text.is_empty() { "unknown" } else { &message.text };
    let verified = if text.parse::<greenlane_model::ContainerNumber>().is_ok() { "3" } else { "1" };
    json!({
        "container": text,
        "size_type": message.size_type,
        "confidence": percent(message.confidence).to_string(),
        "confidence_code": verified,
        "time": (message.utc_ns / 1_000_000).to_string(),
        "processing_ms": "85",
        "event": format!("{:08}", message.event),
        "phase": match phase { Phase::Interim => "interim", Phase::Final => "final" },
    })
}

/// The answer form of Carmen Cloud: text and overall score, no check-digit field.
fn carmen(first: &Message, messages: &[Message]) -> Value {
    // A box that was seen beside one that could be read is listed without a text (an assumption).
    let any = messages.iter().any(|one| !one.text.is_empty());
    let seen = messages.iter().filter(|_| any);
    let codes: Vec<Value> = seen
        .map(|one| {
            let confidence = percent(one.confidence);
            json!({
                "code": one.text,
                "confidence": confidence,
                "imageResults": [{ "found": !one.text.is_empty(), "text": one.text, "confidence": confidence }],
            })
        })
        .collect();
    json!({
        "id": format!("{:08}", first.event),
        "timestamp": time(first.utc_ns),
        "data": { "codes": codes },
    })
}

fn percent(confidence: f64) -> u32 {
    // Confidence lies in 0 to 1.
    libm::round(confidence * 100.0) as u32
}

fn time(utc_ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(utc_ns)).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}
