//! How a unit in a child process and the controller talk: length-prefixed frames over a socket pair.
//!
//! A frame is its length (u32, little end first), a tag and a payload: JSON, or for an observation (most of
//! the traffic) fixed fields followed by kind and JSON body as they are.

use std::io::{Error, ErrorKind, Result};

use greenlane_model::{Quality, Stamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::Report;

/// No frame is longer, in bytes.
pub(super) const MAX_FRAME: usize = 16 << 20;
const JSON: u8 = 0;
const OBSERVED: u8 = 1;

/// Appends one frame that holds `value` as JSON.
pub(super) fn write_json(buffer: &mut Vec<u8>, value: &impl Serialize) {
    frame(buffer, JSON, |buffer| {
        // Our own types have no map with other keys than strings, so this cannot fail.
        let _ = serde_json::to_writer(buffer, value);
    });
}

/// Appends one frame that holds `report`.
pub(super) fn write_report(buffer: &mut Vec<u8>, report: &Report) {
    let Report::Observed { device, at, received, quality, kind, json } = report else {
        return write_json(buffer, report);
    };
    frame(buffer, OBSERVED, |buffer| {
        buffer.extend(device.to_le_bytes());
        write_stamp(buffer, *at);
        write_stamp(buffer, *received);
        buffer.push(match quality {
            Quality::Good => 0,
            Quality::Stale => 1,
            Quality::Bad => 2,
        });
        buffer.extend(u32::try_from(kind.len()).unwrap_or(0).to_le_bytes());
        buffer.extend(kind.as_bytes());
        buffer.extend(json.as_bytes());
    });
}

/// Reads frames.
pub(super) struct Frames<R> {
    from: R,
    frame: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub fn new(from: R) -> Self {
        Self { from, frame: Vec::new() }
    }

    /// The next report; `None` at the end.
    pub async fn report(&mut self) -> Result<Option<Report>> {
        match self.next().await? {
            Some(OBSERVED) => read_observed(&self.frame).ok_or_else(garbled).map(Some),
            Some(_) => self.json().map(Some),
            None => Ok(None),
        }
    }

    /// The next frame as JSON; `None` at the end.
    pub async fn value<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        match self.next().await? {
            Some(_) => self.json().map(Some),
            None => Ok(None),
        }
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.frame).map_err(|e| Error::new(ErrorKind::InvalidData, e))
    }

    /// Reads one frame's payload and returns its tag.
    async fn next(&mut self) -> Result<Option<u8>> {
        let length = match self.from.read_u32_le().await {
            Ok(length) => length as usize,
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(e) => return Err(e),
        };
        if length == 0 || length > MAX_FRAME {
            return Err(garbled());
        }
        let tag = self.from.read_u8().await?;
        self.frame.resize(length - 1, 0);
        self.from.read_exact(&mut self.frame).await?;
        Ok(Some(tag))
    }
}

fn garbled() -> Error {
    Error::new(ErrorKind::InvalidData, "a frame that cannot be read")
}

fn frame(buffer: &mut Vec<u8>, tag: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = buffer.len();
    buffer.extend([0; 4]);
    buffer.push(tag);
    fill(buffer);
    let length = u32::try_from(buffer.len() - start - 4).unwrap_or(u32::MAX);
    buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

fn write_stamp(buffer: &mut Vec<u8>, stamp: Stamp) {
    buffer.extend(stamp.mono_ns.to_le_bytes());
    buffer.extend(stamp.utc_ns.to_le_bytes());
    buffer.extend(stamp.uncertainty_ns.to_le_bytes());
}

fn read_observed(mut frame: &[u8]) -> Option<Report> {
    let device = u32::from_le_bytes(take(&mut frame)?);
    let mut stamp = || {
        Some(Stamp {
            mono_ns: u64::from_le_bytes(take(&mut frame)?),
            utc_ns: i64::from_le_bytes(take(&mut frame)?),
            uncertainty_ns: u64::from_le_bytes(take(&mut frame)?),
        })
    };
    let (at, received) = (stamp()?, stamp()?);
    let quality = match take::<1>(&mut frame)? {
        [0] => Quality::Good,
        [1] => Quality::Stale,
        _ => Quality::Bad,
    };
    let length = u32::from_le_bytes(take(&mut frame)?) as usize;
    let (kind, json) = frame.split_at_checked(length)?;
    let kind = String::from_utf8(kind.to_vec()).ok()?;
    let json = String::from_utf8(json.to_vec()).ok()?;
    Some(Report::Observed { device, at, received, quality, kind, json })
}

fn take<const N: usize>(frame: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = frame.split_first_chunk::<N>()?;
    *frame = rest;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<Result<Option<Report>>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut frames = Frames::new(bytes);
            let mut reports = Vec::new();
            loop {
                let report = frames.report().await;
                let end = !matches!(report, Ok(Some(_)));
                reports.push(report);
                if end {
                    return reports;
                }
            }
        })
    }

    #[test]
    fn reports_survive_the_pipe() {
        let reports = [
            Report::Observed {
                device: 3,
                at: Stamp { mono_ns: 1, utc_ns: -2, uncertainty_ns: 3 },
                received: Stamp::new(4, 5),
                quality: Quality::Stale,
                kind: "gamma".into(),
                json: r#"{"x":"ü"}"#.into(),
            },
            Report::AckWanted { id: 7 },
        ];
        let mut buffer = Vec::new();
        reports.iter().for_each(|r| write_report(&mut buffer, r));
        let read: Vec<_> = read(&buffer).into_iter().filter_map(|r| r.unwrap()).collect();
        assert_eq!(read, reports);
    }

    #[test]
    fn a_hostile_pipe_is_an_error_and_no_panic() {
        for bytes in
            [&b"\xff\xff\xff\xff"[..], b"\0\0\0\0", b"\x03\0\0\0\x01ab", b"\x02\0\0\0\0x", b"\x09\0\0\0\x01"]
        {
            assert!(read(bytes).last().unwrap().is_err(), "{bytes:?}");
        }
    }
}
