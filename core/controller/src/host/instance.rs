//! One opened driver: inputs in, what it says out.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use greenlane_abi as abi;
use greenlane_driver::export::{FileFacts, Opened};
use greenlane_driver::{Answer, Input, OpenError, Point, Request};
use greenlane_model::{Outcome, Quality, Stamp};
use serde_json::Value;

use super::Plugin;

/// A driver that says more than this in one call is at fault: what it says waits in memory until it returns.
const MOST_SAID: usize = 65_536;

/// One thing a driver said, in the order it said it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each is the method of the same name on greenlane_driver::Outbox")]
pub enum Out {
    Observe { at: Stamp, quality: Quality, kind: String, json: String },
    Request { id: u64, request: Request },
    Send(Vec<u8>),
    Respond { id: u64, status: u16, body: String },
    Outcome { id: u64, outcome: Outcome },
    WakeAfter { ns: u64, token: u64 },
    Log { level: u32, text: String },
}

/// Why a driver did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] OpenError),
    /// The driver broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Why an instance must not be used again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It panicked; with its last words.
    #[error("the driver panicked: {0}")]
    Panicked(String),
    /// It said too much at once.
    #[error("the driver said more than {MOST_SAID} things at once")]
    Floods,
}

impl Broken {
    /// The code of the fault that this is.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Panicked(_) => "driver_panicked",
            Self::Floods => "driver_floods",
        }
    }
}

/// An opened driver.
pub struct Instance {
    table: &'static abi::DriverTable,
    raw: *mut c_void,
    // Both are reached through raw pointers from the plugin, so they must not move.
    shared: Box<Shared>,
    _host: Box<abi::Host>,
}

// SAFETY: the boundary demands that an instance may move between threads; `handle` takes `&mut self`.
unsafe impl Send for Instance {}

#[derive(Default)]
struct Shared {
    out: Mutex<Vec<Out>>,
    opened: Mutex<String>,
}

impl Shared {
    fn push(&self, out: Out) {
        let mut said = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // One more than may be said shows that there was more.
        if said.len() <= MOST_SAID {
            said.push(out);
        }
    }

    fn take(&self) -> Vec<Out> {
        std::mem::take(&mut self.out.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Instance {
    /// Opens `model` of `plugin`.
    ///
    /// # Errors
    /// See [`OpenFailure`].
    pub fn open(plugin: &Plugin, model: &str, settings: &Value) -> Result<(Self, Vec<Point>), OpenFailure> {
        let shared = Box::<Shared>::default();
        let host = Box::new(host(&shared));
        let settings = settings.to_string();
        let mut raw = std::ptr::null_mut();
        let (model, settings) = (abi::Bytes::of(model.as_bytes()), abi::Bytes::of(settings.as_bytes()));
        // SAFETY: all pointers are valid; `host` lives as long as the instance.
        let code = unsafe { (plugin.table.open)(model, settings, &raw const *host, &raw mut raw) };
        let said = shared.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match code {
            0 if !raw.is_null() => {
                let points = serde_json::from_str::<Opened>(&said).unwrap_or_default().points;
                Ok((Self { table: plugin.table, raw, shared, _host: host }, points))
            }
            abi::PANICKED => Err(Broken::Panicked(last_words(&shared.take())).into()),
            _ => Err(OpenFailure::Settings(serde_json::from_str(&said).unwrap_or_else(|_| {
                OpenError::new("", format!("code {code}"), "settings that the driver opens")
            }))),
        }
    }

    /// Gives the driver one input and appends what it says to `out`.
    ///
    /// # Errors
    /// It panicked or floods. What it had said before is in `out`; the instance must not be used again.
    pub fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Vec<Out>) -> Result<(), Broken> {
        let now = stamp_out(now);
        let code = with_raw(input, |input| {
            // SAFETY: the instance is open, all pointers outlive the call.
            unsafe { (self.table.handle)(self.raw, &raw const now, input) }
        });
        let mut said = self.shared.take();
        let floods = said.len() > MOST_SAID;
        said.truncate(MOST_SAID);
        out.append(&mut said);
        match code {
            abi::PANICKED => Err(Broken::Panicked(last_words(out))),
            _ if floods => Err(Broken::Floods),
            _ => Ok(()),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the instance is open and used no more.
        unsafe { (self.table.close)(self.raw) }
    }
}

/// The plugin's panic hook logs the panic.
fn last_words(said: &[Out]) -> String {
    let last = said.iter().rev().find_map(|o| match o {
        Out::Log { text, .. } => Some(text.clone()),
        _ => None,
    });
    last.unwrap_or_default()
}

fn stamp_out(stamp: Stamp) -> abi::Stamp {
    abi::Stamp { mono_ns: stamp.mono_ns, utc_ns: stamp.utc_ns, uncertainty_ns: stamp.uncertainty_ns }
}

const ZERO: abi::Stamp = abi::Stamp { mono_ns: 0, utc_ns: 0, uncertainty_ns: 0 };

fn with_raw(input: Input<'_>, call: impl FnOnce(&abi::Input) -> i32) -> i32 {
    use abi::input as kind;
    let raw = |kind, id, a: &[u8]| abi::Input {
        kind,
        code: 0,
        id,
        first: ZERO,
        second: ZERO,
        a: abi::Bytes::of(a),
        b: abi::Bytes::EMPTY,
        c: abi::Bytes::EMPTY,
    };
    match input {
        Input::Connected => call(&raw(kind::CONNECTED, 0, &[])),
        Input::Frame(bytes) => call(&raw(kind::FRAME, 0, bytes)),
        Input::Reply { id, sent, received, answer } => {
            let (first, second) = (stamp_out(sent), stamp_out(received));
            with_answer(answer, |kind, code, a| call(&abi::Input { code, first, second, ..raw(kind, id, a) }))
        }
        Input::Request { id, content_type, query, body } => {
            let (b, c) = (abi::Bytes::of(content_type.as_bytes()), abi::Bytes::of(query.as_bytes()));
            call(&abi::Input { b, c, ..raw(kind::REQUEST, id, body) })
        }
        Input::File(file) => {
            let facts =
                FileFacts { path: file.path.to_owned(), sha256: file.sha256.to_owned(), bytes: file.bytes };
            let facts = serde_json::to_vec(&facts).unwrap_or_default();
            let (b, c) = (abi::Bytes::of(&facts), abi::Bytes::of(file.sidecar.unwrap_or_default()));
            call(&abi::Input { code: file.sidecar.is_some().into(), b, c, ..raw(kind::FILE, 0, file.head) })
        }
        Input::Due { token } => call(&raw(kind::DUE, token, &[])),
        Input::Lost { reason } => call(&raw(kind::LOST, 0, reason.as_bytes())),
        Input::Command { id, body } => {
            let json = serde_json::to_vec(body).unwrap_or_default();
            call(&raw(kind::COMMAND, id, &json))
        }
    }
}

fn with_answer(answer: Answer<'_>, call: impl FnOnce(u32, u32, &[u8]) -> i32) -> i32 {
    use abi::input as kind;
    match answer {
        Answer::Registers(values) => {
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
            call(kind::REPLY_REGISTERS, 0, &bytes)
        }
        Answer::Bits(bits) => {
            let bytes: Vec<u8> = bits.iter().map(|&b| b.into()).collect();
            call(kind::REPLY_BITS, 0, &bytes)
        }
        Answer::Written => call(kind::REPLY_WRITTEN, 0, &[]),
        Answer::Exception(code) => call(kind::REPLY_EXCEPTION, code.into(), &[]),
        Answer::Timeout => call(kind::REPLY_TIMEOUT, 0, &[]),
    }
}

/// The callbacks. Each only appends to a list under a short lock, so none blocks.
fn host(shared: &Shared) -> abi::Host {
    abi::Host {
        size: u32::try_from(size_of::<abi::Host>()).unwrap_or(u32::MAX),
        major: abi::MAJOR,
        ctx: (&raw const *shared).cast_mut().cast(),
        observe,
        request,
        send,
        respond,
        outcome,
        wake_after,
        log,
        opened,
    }
}

/// # Safety
/// `ctx` is the pointer given in [`host`], whose target lives as long as the instance.
unsafe fn shared<'a>(ctx: *mut c_void) -> &'a Shared {
    // SAFETY: the caller's promise.
    unsafe { &*ctx.cast::<Shared>() }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

unsafe extern "C" fn observe(
    ctx: *mut c_void,
    at: *const abi::Stamp,
    quality: u32,
    kind: abi::Bytes,
    json: abi::Bytes,
) {
    // SAFETY: pointers are valid during the call, by the boundary's promise; likewise below.
    let (shared, at, kind, json) = unsafe { (shared(ctx), *at, kind.as_slice(), json.as_slice()) };
    let quality = match quality {
        abi::quality::GOOD => Quality::Good,
        abi::quality::STALE => Quality::Stale,
        // A quality we do not know is no good one.
        _ => Quality::Bad,
    };
    let at = Stamp { mono_ns: at.mono_ns, utc_ns: at.utc_ns, uncertainty_ns: at.uncertainty_ns };
    shared.push(Out::Observe { at, quality, kind: text(kind), json: text(json) });
}

unsafe extern "C" fn request(ctx: *mut c_void, id: u64, request: *const abi::Request) {
    // SAFETY: as above.
    let (shared, raw) = unsafe { (shared(ctx), *request) };
    // SAFETY: as above.
    match typed_request(&raw, unsafe { raw.data.as_slice() }) {
        Some(request) => shared.push(Out::Request { id, request }),
        None => shared.push(Out::Log {
            level: abi::level::ERROR,
            text: format!("a request of kind {} that cannot be made was ignored", raw.kind),
        }),
    }
}

fn typed_request(raw: &abi::Request, data: &[u8]) -> Option<Request> {
    use abi::request as kind;
    let unit = u8::try_from(raw.unit).ok()?;
    let address = u16::try_from(raw.address).ok()?;
    let count = u16::try_from(raw.count).ok()?;
    let values = || data.chunks_exact(2).map(|p| u16::from_ne_bytes([p[0], p[1]])).collect::<Vec<_>>();
    Some(match raw.kind {
        kind::READ_COILS => Request::ReadCoils { unit, address, count },
        kind::READ_DISCRETE_INPUTS => Request::ReadDiscreteInputs { unit, address, count },
        kind::READ_HOLDING_REGISTERS => Request::ReadHoldingRegisters { unit, address, count },
        kind::READ_INPUT_REGISTERS => Request::ReadInputRegisters { unit, address, count },
        kind::WRITE_COIL => Request::WriteCoil { unit, address, on: *data.first()? != 0 },
        kind::WRITE_REGISTER => Request::WriteRegister { unit, address, value: *values().first()? },
        kind::WRITE_COILS => {
            Request::WriteCoils { unit, address, on: data.iter().map(|&b| b != 0).collect() }
        }
        kind::WRITE_REGISTERS => Request::WriteRegisters { unit, address, values: values() },
        _ => return None,
    })
}

unsafe extern "C" fn send(ctx: *mut c_void, bytes: abi::Bytes) {
    // SAFETY: as above.
    let (shared, bytes) = unsafe { (shared(ctx), bytes.as_slice()) };
    shared.push(Out::Send(bytes.to_vec()));
}

unsafe extern "C" fn respond(ctx: *mut c_void, id: u64, status: u32, body: abi::Bytes) {
    // SAFETY: as above.
    let (shared, body) = unsafe { (shared(ctx), body.as_slice()) };
    shared.push(Out::Respond { id, status: u16::try_from(status).unwrap_or(500), body: text(body) });
}

unsafe extern "C" fn outcome(ctx: *mut c_void, id: u64, json: abi::Bytes) {
    // SAFETY: as above.
    let (shared, json) = unsafe { (shared(ctx), json.as_slice()) };
    let outcome = serde_json::from_slice(json)
        .unwrap_or_else(|e| Outcome::Failed(format!("the driver gave an outcome that cannot be read ({e})")));
    shared.push(Out::Outcome { id, outcome });
}

unsafe extern "C" fn wake_after(ctx: *mut c_void, ns: u64, token: u64) {
    // SAFETY: as above.
    unsafe { shared(ctx) }.push(Out::WakeAfter { ns, token });
}

unsafe extern "C" fn log(ctx: *mut c_void, level: u32, line: abi::Bytes) {
    // SAFETY: as above.
    let (shared, line) = unsafe { (shared(ctx), line.as_slice()) };
    shared.push(Out::Log { level, text: text(line) });
}

unsafe extern "C" fn opened(ctx: *mut c_void, json: abi::Bytes) {
    // SAFETY: as above.
    let (shared, json) = unsafe { (shared(ctx), json.as_slice()) };
    *shared.opened.lock().unwrap_or_else(PoisonError::into_inner) = text(json);
}
