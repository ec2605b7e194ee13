//! The plugin side of the boundary: what [`crate::export_drivers!`] generates calls into here.
//!
//! Every entry catches panics, because one that crosses the boundary ends the whole process.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::time::Duration;

pub use abi_stable;
pub use greenlane_abi as abi;
use greenlane_model::{Body, Outcome, Quality, Stamp};
use serde::{Deserialize, Serialize};

use crate::{Answer, Driver, File, Input, LinkKind, OpenError, Outbox, Point, Request, Sink, log};

/// What a plugin file says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// Version of the plugin's package.
    pub version: String,
    /// Its drivers.
    pub drivers: Vec<DriverInfo>,
}

/// What a driver says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriverInfo {
    /// The word in TOML.
    pub model: String,
    /// The wire it needs.
    pub link: LinkKind,
    /// What its devices can say or do.
    pub offers: Vec<greenlane_model::Capability>,
    /// JSON Schema of its settings.
    pub schema: serde_json::Value,
}

/// Answer of `open` when it worked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Opened {
    /// The points a binding may use.
    pub points: Vec<Point>,
}

/// JSON that stands beside a file's head.
#[derive(Serialize, Deserialize)]
pub struct FileFacts {
    /// Absolute path.
    pub path: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

/// A driver as a value: what the macro lists.
pub struct Export {
    info: fn() -> DriverInfo,
    open: Open,
    model: &'static str,
}

impl Export {
    /// The export of `D`.
    pub const fn of<D: Driver>() -> Self {
        Self { info: info::<D>, open: open::<D>, model: D::MODEL }
    }
}

type Open = fn(&[u8], abi::Host) -> Result<(Box<dyn Handle>, Vec<Point>), OpenError>;

trait Handle: Send {
    fn handle(&mut self, now: Stamp, input: Input<'_>);
    fn host(&self) -> &abi::Host;
}

struct Instance<D> {
    driver: D,
    outbox: Outbox,
    host: abi::Host,
}

// SAFETY: `Host::ctx` may be used from any thread; that is the boundary's promise.
unsafe impl<D: Send> Send for Instance<D> {}

impl<D: Driver> Handle for Instance<D> {
    fn handle(&mut self, now: Stamp, input: Input<'_>) {
        self.driver.handle(now, input, &mut self.outbox);
    }
    fn host(&self) -> &abi::Host {
        &self.host
    }
}

fn info<D: Driver>() -> DriverInfo {
    DriverInfo {
        model: D::MODEL.to_owned(),
        link: D::LINK,
        offers: D::OFFERS.to_vec(),
        schema: schemars::schema_for!(D::Settings).to_value(),
    }
}

fn open<D: Driver>(settings: &[u8], host: abi::Host) -> Result<(Box<dyn Handle>, Vec<Point>), OpenError> {
    let parsed = serde_json::from_slice(settings).map_err(|error| {
        let seen = String::from_utf8_lossy(settings).chars().take(200).collect::<String>();
        OpenError::new("", seen, format!("the settings of {} ({error})", D::MODEL))
    })?;
    let driver = D::open(parsed)?;
    let points = driver.points();
    Ok((Box::new(Instance { driver, outbox: Outbox::new(Across(host)), host }), points))
}

struct Across(abi::Host);

// SAFETY: `Host::ctx` may be used from any thread; that is the boundary's promise.
unsafe impl Send for Across {}

impl Sink for Across {
    fn observe(&mut self, at: Stamp, quality: Quality, body: Body) {
        let Ok(json) = serde_json::to_vec(&body) else { return };
        let quality = match quality {
            Quality::Good => abi::quality::GOOD,
            Quality::Stale => abi::quality::STALE,
            Quality::Bad => abi::quality::BAD,
        };
        let kind = abi::Bytes::of(body.kind().as_bytes());
        // SAFETY: the host outlives this instance, all pointers outlive the call.
        unsafe { (self.0.observe)(self.0.ctx, &stamp_out(at), quality, kind, abi::Bytes::of(&json)) }
    }

    fn request(&mut self, id: u64, request: Request) {
        with_request(&request, |request| {
            // SAFETY: as above.
            unsafe { (self.0.request)(self.0.ctx, id, request) }
        });
    }

    fn send(&mut self, bytes: &[u8]) {
        // SAFETY: as above.
        unsafe { (self.0.send)(self.0.ctx, abi::Bytes::of(bytes)) }
    }

    fn respond(&mut self, id: u64, status: u16, body: &str) {
        // SAFETY: as above.
        unsafe { (self.0.respond)(self.0.ctx, id, status.into(), abi::Bytes::of(body.as_bytes())) }
    }

    fn outcome(&mut self, id: u64, outcome: Outcome) {
        let Ok(json) = serde_json::to_vec(&outcome) else { return };
        // SAFETY: as above.
        unsafe { (self.0.outcome)(self.0.ctx, id, abi::Bytes::of(&json)) }
    }

    fn wake_after(&mut self, after: Duration, token: u64) {
        let ns = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
        // SAFETY: as above.
        unsafe { (self.0.wake_after)(self.0.ctx, ns, token) }
    }
}

fn with_request(request: &Request, call: impl FnOnce(&abi::Request)) {
    use abi::request as kind;
    let read = |kind, unit: u8, address: u16, count: u16| abi::Request {
        kind,
        unit: unit.into(),
        address: address.into(),
        count: count.into(),
        data: abi::Bytes::EMPTY,
    };
    match request {
        &Request::ReadCoils { unit, address, count } => call(&read(kind::READ_COILS, unit, address, count)),
        &Request::ReadDiscreteInputs { unit, address, count } => {
            call(&read(kind::READ_DISCRETE_INPUTS, unit, address, count));
        }
        &Request::ReadHoldingRegisters { unit, address, count } => {
            call(&read(kind::READ_HOLDING_REGISTERS, unit, address, count));
        }
        &Request::ReadInputRegisters { unit, address, count } => {
            call(&read(kind::READ_INPUT_REGISTERS, unit, address, count));
        }
        &Request::WriteCoil { unit, address, on } => {
            let data = abi::Bytes::of(if on { &[1] } else { &[0] });
            call(&abi::Request { data, ..read(kind::WRITE_COIL, unit, address, 1) });
        }
        Request::WriteCoils { unit, address, on } => {
            let bytes: Vec<u8> = on.iter().map(|&on| on.into()).collect();
            let data = abi::Bytes::of(&bytes);
            call(&abi::Request { data, ..read(kind::WRITE_COILS, *unit, *address, 0) });
        }
        Request::WriteRegister { unit, address, value } => {
            let bytes = value.to_ne_bytes();
            let data = abi::Bytes::of(&bytes);
            call(&abi::Request { data, ..read(kind::WRITE_REGISTER, *unit, *address, 1) });
        }
        Request::WriteRegisters { unit, address, values } => {
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
            let data = abi::Bytes::of(&bytes);
            call(&abi::Request { data, ..read(kind::WRITE_REGISTERS, *unit, *address, 0) });
        }
    }
}

fn stamp_out(stamp: Stamp) -> abi::Stamp {
    abi::Stamp { mono_ns: stamp.mono_ns, utc_ns: stamp.utc_ns, uncertainty_ns: stamp.uncertainty_ns }
}

fn stamp_in(stamp: abi::Stamp) -> Stamp {
    Stamp { mono_ns: stamp.mono_ns, utc_ns: stamp.utc_ns, uncertainty_ns: stamp.uncertainty_ns }
}

/// `describe` of the table.
pub fn describe(exports: &'static [Export], version: &str, cache: &'static OnceLock<String>) -> abi::Bytes {
    let json = cache.get_or_init(|| {
        let drivers = exports.iter().map(|e| (e.info)()).collect();
        serde_json::to_string(&Description { version: version.to_owned(), drivers }).unwrap_or_default()
    });
    abi::Bytes::of(json.as_bytes())
}

/// `open` of the table.
///
/// # Safety
/// As the boundary says: pointers valid during the call, `host` until `close`.
pub unsafe fn open_instance(
    exports: &'static [Export],
    model: abi::Bytes,
    settings: abi::Bytes,
    host: *const abi::Host,
    instance: *mut *mut c_void,
) -> i32 {
    // SAFETY: the caller's promise.
    let (host, model, settings) = unsafe { (*host, model.as_slice(), settings.as_slice()) };
    let opened = log::with(&host, || {
        catch_unwind(|| {
            let export = exports.iter().find(|e| e.model.as_bytes() == model);
            let export = export.ok_or_else(|| {
                OpenError::new("", String::from_utf8_lossy(model), "a model of this plugin")
            })?;
            (export.open)(settings, host)
        })
    });
    let tell = |json: String| {
        // SAFETY: the host lives during the call.
        unsafe { (host.opened)(host.ctx, abi::Bytes::of(json.as_bytes())) }
    };
    match opened {
        Ok(Ok((driver, points))) => {
            tell(serde_json::to_string(&Opened { points }).unwrap_or_default());
            // SAFETY: `instance` points to a writable pointer.
            unsafe { *instance = Box::into_raw(Box::new(driver)).cast() };
            0
        }
        Ok(Err(error)) => {
            tell(serde_json::to_string(&error).unwrap_or_default());
            1
        }
        Err(_) => abi::PANICKED,
    }
}

/// `handle` of the table.
///
/// # Safety
/// `instance` comes from [`open_instance`] and is used by one thread at a time.
pub unsafe fn handle_instance(
    instance: *mut c_void,
    now: *const abi::Stamp,
    input: *const abi::Input,
) -> i32 {
    // SAFETY: the caller's promise.
    let (driver, now, input) = unsafe { (&mut *instance.cast::<Box<dyn Handle>>(), stamp_in(*now), *input) };
    let host = *driver.host();
    let handled = log::with(&host, || {
        catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the input's pointers are valid during this call.
            unsafe { with_input(&input, |input| driver.handle(now, input)) }
        }))
    });
    if handled.is_ok() { 0 } else { abi::PANICKED }
}

/// `close` of the table.
///
/// # Safety
/// `instance` comes from [`open_instance`] and is not used afterwards.
pub unsafe fn close_instance(instance: *mut c_void) {
    // SAFETY: the caller's promise.
    let driver = unsafe { Box::from_raw(instance.cast::<Box<dyn Handle>>()) };
    let host = *driver.host();
    // A panic while dropping leaves nothing to save.
    let _ = log::with(&host, || catch_unwind(AssertUnwindSafe(|| drop(driver))));
}

/// Turns a raw input into the typed one; an unknown kind calls nothing.
unsafe fn with_input(raw: &abi::Input, call: impl FnOnce(Input<'_>)) {
    use abi::input as kind;
    // SAFETY: the caller's promise for all three.
    let (a, b, c) = unsafe { (raw.a.as_slice(), raw.b.as_slice(), raw.c.as_slice()) };
    let reply = |answer: Answer<'_>, call: Box<dyn FnOnce(Input<'_>) + '_>| {
        call(Input::Reply { id: raw.id, sent: stamp_in(raw.first), received: stamp_in(raw.second), answer });
    };
    match raw.kind {
        kind::CONNECTED => call(Input::Connected),
        kind::FRAME => call(Input::Frame(a)),
        kind::REPLY_REGISTERS => {
            let values: Vec<u16> = a.chunks_exact(2).map(|p| u16::from_ne_bytes([p[0], p[1]])).collect();
            reply(Answer::Registers(&values), Box::new(call));
        }
        kind::REPLY_BITS => {
            let bits: Vec<bool> = a.iter().map(|&b| b != 0).collect();
            reply(Answer::Bits(&bits), Box::new(call));
        }
        kind::REPLY_WRITTEN => reply(Answer::Written, Box::new(call)),
        kind::REPLY_EXCEPTION => {
            reply(Answer::Exception(u8::try_from(raw.code).unwrap_or(u8::MAX)), Box::new(call));
        }
        kind::REPLY_TIMEOUT => reply(Answer::Timeout, Box::new(call)),
        kind::REQUEST => call(Input::Request { id: raw.id, content_type: text(b), query: text(c), body: a }),
        kind::FILE => {
            let Ok(facts) = serde_json::from_slice::<FileFacts>(b) else { return };
            let sidecar = (raw.code == 1).then_some(c);
            let FileFacts { path, sha256, bytes } = &facts;
            call(Input::File(File { path, sha256, bytes: *bytes, head: a, sidecar }));
        }
        kind::DUE => call(Input::Due { token: raw.id }),
        kind::LOST => call(Input::Lost { reason: text(a) }),
        kind::COMMAND => {
            if let Ok(body) = serde_json::from_slice(a) {
                call(Input::Command { id: raw.id, body: &body });
            }
        }
        _ => {}
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("")
}

/// Makes this library a plugin with the drivers named: `export_drivers!(vm250::Vm250, other::Other);`
#[macro_export]
macro_rules! export_drivers {
    ($($driver:ty),+ $(,)?) => {
        #[cfg(not(panic = "unwind"))]
        compile_error!("a driver must be built with panic = \"unwind\": the host lives in the same process");

        #[doc(hidden)]
        mod greenlane_export {
            use super::*;
            use $crate::export::{Export, abi, abi_stable};

            static EXPORTS: &[Export] = &[$(Export::of::<$driver>()),+];
            static DESCRIPTION: std::sync::OnceLock<String> = std::sync::OnceLock::new();
            static TABLE: abi::DriverTable = abi::DriverTable {
                size: std::mem::size_of::<abi::DriverTable>() as u32,
                major: abi::MAJOR,
                describe,
                open,
                handle,
                close,
            };

            unsafe extern "C" fn describe() -> abi::Bytes {
                $crate::export::describe(EXPORTS, env!("CARGO_PKG_VERSION"), &DESCRIPTION)
            }
            unsafe extern "C" fn open(
                model: abi::Bytes,
                settings: abi::Bytes,
                host: *const abi::Host,
                instance: *mut *mut std::ffi::c_void,
            ) -> i32 {
                // SAFETY: the host keeps the boundary's promise; likewise below.
                unsafe { $crate::export::open_instance(EXPORTS, model, settings, host, instance) }
            }
            unsafe extern "C" fn handle(
                instance: *mut std::ffi::c_void,
                now: *const abi::Stamp,
                input: *const abi::Input,
            ) -> i32 {
                // SAFETY: as above.
                unsafe { $crate::export::handle_instance(instance, now, input) }
            }
            unsafe extern "C" fn close(instance: *mut std::ffi::c_void) {
                // SAFETY: as above.
                unsafe { $crate::export::close_instance(instance) }
            }
            extern "C" fn table() -> *const abi::DriverTable {
                &raw const TABLE
            }

            // What abi_stable's own attribute would write, with paths that need no dependency on it.
            extern "C" fn root() -> abi_stable::library::RootModuleResult {
                abi_stable::library::__call_root_module_loader(module)
            }
            fn module() -> abi::RootRef {
                abi_stable::prefix_type::PrefixTypeTrait::leak_into_prefix(abi::Root { table })
            }
            // The name is `abi_stable::library::ROOT_MODULE_LOADER_NAME`; a test of the host compares them.
            // SAFETY: nothing else in a plugin has this name.
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            // SAFETY: the constructor returns the module whose type stands here.
            static HEADER: abi_stable::library::LibHeader = unsafe {
                abi_stable::library::LibHeader::from_constructor::<abi::RootRef>(
                    root,
                    abi_stable::library::CheckTypeLayout::Yes,
                )
            };
        }
    };
}
