//! Waiting for the end that a user chose.

use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

/// Reads `10s`, `5m`, `1h30m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration =
        text.parse().map_err(|_| format!("{text:?} is no duration such as 10s, 5m or 1h30m"))?;
    Duration::try_from(parsed).map_err(|_| "a duration cannot be negative".into())
}

/// Waits for Ctrl-C, a request to terminate, or the end of `limit`, calling `each` once a second meanwhile.
pub fn until_stopped(limit: Option<Duration>, mut each: impl FnMut()) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("signals cannot be caught")?;
        let end = limit.map(|limit| Instant::now() + limit);
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                () = tokio::time::sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => return Ok(()),
                _ = tick.tick() => each(),
            }
        }
    })
}
