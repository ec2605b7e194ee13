//! The one loop that keeps a link open.

use std::time::Duration;

use crate::outlet::Outlet;
use crate::{Backoff, Ops};

/// A link that is opened, used until it fails, and opened again.
pub trait Link: Sync {
    /// What opening gives.
    type Open: Send;

    /// Opens it once, in bounded time. The error is a sentence.
    fn open(&self) -> impl Future<Output = Result<Self::Open, String>> + Send;

    /// Uses it until it fails; says why in a sentence. Resets `backoff` at the first valid frame.
    fn serve(
        &self,
        open: Self::Open,
        outlet: &Outlet,
        ops: &mut Ops,
        backoff: &mut Backoff,
    ) -> impl Future<Output = String> + Send;
}

/// Keeps `link` open for ever. An outage is said once, however many attempts it takes.
pub async fn keep(link: &impl Link, outlet: &Outlet, mut ops: Ops) {
    let mut backoff = Backoff::default();
    let mut outage_said = false;
    loop {
        match link.open().await {
            Ok(open) => {
                outlet.connected().await;
                let reason = link.serve(open, outlet, &mut ops, &mut backoff).await;
                outlet.lost(&reason).await;
            }
            Err(reason) if outage_said => tracing::debug!("still down: {reason}"),
            Err(reason) => outlet.lost(&reason).await,
        }
        outage_said = true;
        rest(backoff.pause(), &mut ops).await;
    }
}

/// Takes operations that nobody can act on, so that the queue never fills. Never returns.
pub async fn discard(ops: &mut Ops) {
    while let Some((_, op)) = ops.recv().await {
        tracing::debug!("void: {op:?}");
    }
    std::future::pending().await
}

/// Waits `pause` while nothing can be sent: what a driver still asks before it knows of the loss is void.
async fn rest(pause: Duration, ops: &mut Ops) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = discard(ops) => {}
    }
}
