//! What TCP and serial links have in common: bytes in, frames out; operations in, bytes out.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use greenlane_driver::LinkKind;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::oneshot;

use crate::framing::{Framer, Piece};
use crate::outlet::Outlet;
use crate::{Backoff, Clock, Event, Op, Ops};

/// Reads and writes until either fails; says why. Everything read before that is handed over.
pub async fn pump(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    kind: &LinkKind,
    write_timeout: Duration,
    outlet: &Outlet,
    ops: &mut Ops,
    backoff: &mut Backoff,
) -> String {
    let (reader, writer) = tokio::io::split(stream);
    let (report_failure, write_failed) = oneshot::channel();
    let mut framer = Framer::new(kind);
    tokio::select! {
        reason = read(reader, &mut framer, outlet, backoff, write_failed) => {
            hand_over(framer.finish(), outlet).await;
            reason
        }
        never = write(writer, ops, write_timeout, outlet, report_failure) => match never {},
    }
}

async fn read<S: AsyncRead>(
    mut reader: ReadHalf<S>,
    framer: &mut Framer,
    outlet: &Outlet,
    backoff: &mut Backoff,
    mut write_failed: oneshot::Receiver<String>,
) -> String {
    loop {
        let outcome = tokio::select! {
            outcome = reader.read_buf(framer.space()) => outcome,
            Ok(reason) = &mut write_failed => return reason,
        };
        match outcome {
            Ok(0) => return "the device closed the connection".to_owned(),
            Ok(_) => {}
            Err(error) => return format!("reading failed: {error}"),
        }
        // One stamp for all frames of one read: that is when their last byte is known to have come.
        let at = Clock::now();
        while let Some(piece) = framer.next_piece() {
            let event = match piece {
                Piece::Frame(frame) => {
                    backoff.reset();
                    Event::Frame(frame)
                }
                Piece::Dropped { bytes, reason } => Event::Dropped { bytes, reason: reason.to_owned() },
            };
            outlet.emit(at, 0, event).await;
        }
    }
}

async fn hand_over(rest: Option<Piece>, outlet: &Outlet) {
    if let Some(Piece::Dropped { bytes, reason }) = rest {
        outlet.emit(Clock::now(), 0, Event::Dropped { bytes, reason: reason.to_owned() }).await;
    }
}

/// Writes what is to be sent. Never returns, because that would take the reader down with frames that are
/// read and not handed over: a failure is told to the reader, which ends the connection.
async fn write<S: AsyncWrite>(
    mut writer: WriteHalf<S>,
    ops: &mut Ops,
    timeout: Duration,
    outlet: &Outlet,
    report_failure: oneshot::Sender<String>,
) -> Infallible {
    while let Some((member, op)) = ops.recv().await {
        let Op::Send(bytes) = &op else {
            tracing::warn!("a stream link can only send bytes; ignored {op:?}");
            continue;
        };
        let reason = match tokio::time::timeout(timeout, writer.write_all(bytes)).await {
            Ok(Ok(())) => {
                outlet.sent(Clock::now(), member, &op);
                continue;
            }
            Ok(Err(error)) => format!("writing failed: {error}"),
            Err(_) => format!("the device took nothing for {} ms", timeout.as_millis()),
        };
        let _ = report_failure.send(reason);
        break;
    }
    pending().await
}
