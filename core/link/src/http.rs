//! HTTP end points: the device posts to us.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::IntoResponse;
use greenlane_driver::LinkKind;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::http_listener::Limited;
use crate::keep::Link;
use crate::outlet::Outlet;
use crate::{Backoff, Clock, Event, Member, Op, Ops};

/// The header with the shared secret.
const SECRET_HEADER: &str = "x-greenlane-secret";

/// An address we listen on, with one path a member.
pub struct Http {
    address: String,
    rules: Arc<Rules>,
}

/// What is the same for every request.
struct Rules {
    /// Path -> member and its largest body.
    paths: BTreeMap<String, (usize, usize)>,
    secret: Option<Vec<u8>>,
    respond_timeout: Duration,
    next_id: AtomicU64,
    open: Mutex<BTreeMap<u64, oneshot::Sender<(u16, String)>>>,
}

impl Http {
    /// Fails with a sentence when the secret's environment variable is not set: an end point that should be
    /// guarded does not open without its guard.
    pub fn new(
        address: String,
        path: &str,
        secret_env: Option<String>,
        members: &[Member],
        respond_timeout: Duration,
    ) -> Result<Self, String> {
        let secret = match secret_env {
            None => None,
            Some(name) => match std::env::var(&name) {
                Ok(secret) if !secret.is_empty() => Some(secret.into_bytes()),
                _ => return Err(format!("the environment variable {name} with the secret is not set")),
            },
        };
        let mut paths = BTreeMap::new();
        for (index, member) in members.iter().enumerate() {
            let path = if member.path.is_empty() { path } else { &member.path };
            if let LinkKind::HttpPush { max } = member.kind {
                paths.insert(path.to_owned(), (index, usize::try_from(max).unwrap_or(usize::MAX)));
            }
        }
        let (next_id, open) = (AtomicU64::new(1), Mutex::default());
        Ok(Self { address, rules: Arc::new(Rules { paths, secret, respond_timeout, next_id, open }) })
    }
}

impl Link for Http {
    type Open = TcpListener;

    async fn open(&self) -> Result<TcpListener, String> {
        TcpListener::bind(&self.address)
            .await
            .map_err(|error| format!("cannot listen on {}: {error}", self.address))
    }

    async fn serve(
        &self,
        open: TcpListener,
        outlet: &Outlet,
        ops: &mut Ops,
        backoff: &mut Backoff,
    ) -> String {
        backoff.reset();
        let desk = Desk { rules: Arc::clone(&self.rules), outlet: outlet.clone() };
        let router = Router::new().fallback(receive).with_state(desk);
        // `axum::serve` leaves its connections running when it is dropped. On its own task, ended by the drop
        // of `_stop`, it closes them: idle ones at once, the others with their answer.
        let (_stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(Limited::new(open), router).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let server = tokio::spawn(async move { server.await });
        tokio::select! {
            outcome = server => format!("the end point stopped: {outcome:?}"),
            () = answer(ops, outlet, &self.rules) => "the end point was closed".to_owned(),
        }
    }
}

#[derive(Clone)]
struct Desk {
    rules: Arc<Rules>,
    outlet: Outlet,
}

/// Gives each answer to the request that waits for it. Never returns.
async fn answer(ops: &mut Ops, outlet: &Outlet, rules: &Rules) {
    while let Some((member, op)) = ops.recv().await {
        outlet.sent(Clock::now(), member, &op);
        let Op::Respond { id, status, body } = op else {
            tracing::warn!("an HTTP end point can only respond; ignored {op:?}");
            continue;
        };
        let waiting = rules.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        // A device that has given up waiting is told nothing; it will post again.
        let _ = waiting.map(|waiting| waiting.send((status, body)));
    }
    std::future::pending().await
}

async fn receive(State(desk): State<Desk>, request: Request) -> axum::response::Response {
    let (member, max) = match admit(&desk.rules, &request) {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.into_response(),
    };
    let handled = tokio::time::timeout(desk.rules.respond_timeout, hand_over(&desk, member, max, request));
    match handled.await {
        Ok(response) => response,
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not recorded in time; post it again").into_response(),
    }
}

/// Which member the request is for and its largest body, judged by its head alone.
fn admit(rules: &Rules, request: &Request) -> Result<(usize, usize), (StatusCode, &'static str)> {
    let path = request.uri().path();
    let &(member, max) =
        rules.paths.get(path).ok_or((StatusCode::NOT_FOUND, "no device posts to this path"))?;
    if !knows_secret(rules, request.headers()) {
        return Err((StatusCode::UNAUTHORIZED, "the x-greenlane-secret header is missing or wrong"));
    }
    if ![Method::POST, Method::PUT].contains(request.method()) {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "post or put"));
    }
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > max as u64) {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than this device may post"));
    }
    Ok((member, max))
}

fn knows_secret(rules: &Rules, headers: &HeaderMap) -> bool {
    let Some(secret) = &rules.secret else { return true };
    let given = headers.get(SECRET_HEADER).map_or(&[][..], |value| value.as_bytes());
    // The time taken depends on the length given only, not on where the first difference is.
    let mut difference = u8::from(given.len() != secret.len());
    for (index, byte) in given.iter().enumerate() {
        difference |= byte ^ secret[index % secret.len()];
    }
    std::hint::black_box(difference) == 0
}

/// Reads the body, hands the request over and waits for its answer.
async fn hand_over(desk: &Desk, member: usize, max: usize, mut request: Request) -> axum::response::Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let query = request.uri().query().unwrap_or("").to_owned();
    DefaultBodyLimit::max(max).apply(&mut request);
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(rejection) => return rejection.into_response(),
    };
    let (ticket, answer) = Ticket::take(&desk.rules);
    let event = Event::Request { id: ticket.id, content_type, query, body };
    desk.outlet.emit(Clock::now(), member, event).await;
    match answer.await {
        Ok((status, body)) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not recorded; post it again").into_response(),
    }
}

/// A place in the list of requests that wait; given back when the request is answered or given up.
struct Ticket<'a> {
    rules: &'a Rules,
    id: u64,
}

impl<'a> Ticket<'a> {
    fn take(rules: &'a Rules) -> (Self, oneshot::Receiver<(u16, String)>) {
        let id = rules.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        rules.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
        (Self { rules, id }, receiver)
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.rules.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
