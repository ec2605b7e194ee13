//! What the scanner writes beside an image.

use jiff::Timestamp;
use serde_json::json;

use crate::scenario::Sidecar;

/// Facts about one image.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub number: u64,
    pub started_utc_ns: i64,
    pub ended_utc_ns: i64,
    pub width: u32,
    pub height: u32,
    pub pitch_mm: f64,
    pub fault: Option<&'static str>,
}

impl Facts {
    pub(super) fn image_name(&self) -> String {
        format!("scan-{:06}.png", self.number)
    }

    pub(super) fn sidecar_name(&self, form: Sidecar) -> String {
        let ending = match form {
            Sidecar::Xml => "xml",
            Sidecar::Json => "json",
        };
        format!("scan-{:06}.{ending}", self.number)
    }

    pub(super) fn write(&self, form: Sidecar) -> Vec<u8> {
        match form {
            Sidecar::Xml => self.xml().into_bytes(),
            Sidecar::Json => self.json().into_bytes(),
        }
    }

    fn state(&self) -> &'static str {
        if self.fault.is_none() { "complete" } else { "invalid" }
    }

    fn json(&self) -> String {
        json!({
            "scan": format!("S{:06}", self.number),
            "image": self.image_name(),
            "state": self.state(),
            "reason": self.fault,
            "role": "scan",
            "started_ms": self.started_utc_ns / 1_000_000,
            "ended_ms": self.ended_utc_ns / 1_000_000,
            "width_px": self.width,
            "height_px": self.height,
            "bits": 16,
            "energies": 1,
            "line_pitch_m": self.pitch_mm / 1000.0,
        })
        .to_string()
    }

    fn xml(&self) -> String {
        let reason = self.fault.map_or_else(String::new, |reason| format!("  <Reason>{reason}</Reason>\n"));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Scan id=\"S{:06}\">\n  <Start>{}</Start>\n  \
             <End>{}</End>\n  <Image role=\"scan\" file=\"{}\" width=\"{}\" height=\"{}\" bits=\"16\"/>\n  \
             <Energies>1</Energies>\n  <LinePitch>{}</LinePitch>\n  <State>{}</State>\n{reason}</Scan>\n",
            self.number,
            time(self.started_utc_ns),
            time(self.ended_utc_ns),
            self.image_name(),
            self.width,
            self.height,
            self.pitch_mm,
            self.state(),
        )
    }
}

fn time(utc_ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(utc_ns)).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}
