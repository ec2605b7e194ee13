//! The frozen function table between the controller and its drivers: the whole binary interface.
//!
//! Frames and registers cross as (kind, stamps, pointer, length); settings, commands and observations cross
//! as JSON, so that the vocabulary can grow without a change here. C and C++ drivers see the same table in
//! `greenlane_driver.h`; a test compiles that header and compares every size and offset.
//!
//! Invariants: nothing in this file changes within one major version. No callback blocks, and each may be
//! called from any thread. All pointers are valid only during the call that carries them, except the
//! [`Host`] given to `open`, which lives until `close` returns.

use std::ffi::c_void;

use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::sabi_types::VersionStrings;

/// Major version of the boundary. A driver of another major is refused.
pub const MAJOR: u32 = 1;
/// The symbol a C or C++ driver exports: a function without arguments returning `*const DriverTable`.
pub const SYMBOL: &str = "greenlane_driver_table";
/// The header for C and C++.
pub const HEADER: &str = include_str!("../greenlane_driver.h");

/// Bytes that belong to the caller.
#[repr(C)]
#[derive(Debug, Clone, Copy, StableAbi)]
pub struct Bytes {
    /// First byte; may be null when `len` is 0.
    pub ptr: *const u8,
    /// How many.
    pub len: usize,
}

impl Bytes {
    /// No bytes.
    pub const EMPTY: Self = Self { ptr: std::ptr::null(), len: 0 };

    /// Borrows `bytes`.
    pub const fn of(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes.
    ///
    /// # Safety
    /// `ptr` must point to `len` readable bytes that outlive `'a`, or `len` must be 0.
    pub const unsafe fn as_slice<'a>(self) -> &'a [u8] {
        if self.len == 0 || self.ptr.is_null() {
            return &[];
        }
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
}

/// A point in time, see `greenlane_model::Stamp`.
#[repr(C)]
#[derive(Debug, Clone, Copy, StableAbi)]
pub struct Stamp {
    /// Nanoseconds of the monotonic clock.
    pub mono_ns: u64,
    /// Nanoseconds since 1970, UTC.
    pub utc_ns: i64,
    /// Half-width in nanoseconds.
    pub uncertainty_ns: u64,
}

/// Values of [`Input::kind`]. A driver ignores one it does not know.
#[allow(missing_docs, reason = "each is the variant of the same name in greenlane_driver::Input")]
pub mod input {
    pub const CONNECTED: u32 = 1;
    /// `a` = the frame.
    pub const FRAME: u32 = 2;
    /// `id`, `first` = sent, `second` = received, `a` = u16 values in native order.
    pub const REPLY_REGISTERS: u32 = 3;
    /// As above, `a` = one byte a bit, 0 or 1.
    pub const REPLY_BITS: u32 = 4;
    pub const REPLY_WRITTEN: u32 = 5;
    /// `code` = the exception.
    pub const REPLY_EXCEPTION: u32 = 6;
    pub const REPLY_TIMEOUT: u32 = 7;
    /// `id`, `a` = body, `b` = content type, `c` = query.
    pub const REQUEST: u32 = 8;
    /// `a` = head, `b` = JSON {path, sha256, bytes}, `c` = sidecar, `code` = 1 when there is one.
    pub const FILE: u32 = 9;
    /// `id` = token.
    pub const DUE: u32 = 10;
    /// `a` = reason.
    pub const LOST: u32 = 11;
    /// `id`, `a` = JSON of the command's body.
    pub const COMMAND: u32 = 12;
}

/// One input. What each field means depends on `kind`, see [`input`].
#[repr(C)]
#[derive(Debug, Clone, Copy, StableAbi)]
pub struct Input {
    /// One of [`input`].
    pub kind: u32,
    /// Exception code, or a flag.
    pub code: u32,
    /// Of a request, command or timer.
    pub id: u64,
    /// Sent.
    pub first: Stamp,
    /// Received.
    pub second: Stamp,
    /// First piece of bytes; may be aligned to 2 only for registers.
    pub a: Bytes,
    /// Second.
    pub b: Bytes,
    /// Third.
    pub c: Bytes,
}

/// Values of [`Request::kind`]: the Modbus function codes.
#[allow(missing_docs, reason = "the names are the protocol's")]
pub mod request {
    pub const READ_COILS: u32 = 1;
    pub const READ_DISCRETE_INPUTS: u32 = 2;
    pub const READ_HOLDING_REGISTERS: u32 = 3;
    pub const READ_INPUT_REGISTERS: u32 = 4;
    pub const WRITE_COIL: u32 = 5;
    pub const WRITE_REGISTER: u32 = 6;
    pub const WRITE_COILS: u32 = 15;
    pub const WRITE_REGISTERS: u32 = 16;
}

/// A request of a driver to its device.
#[repr(C)]
#[derive(Debug, Clone, Copy, StableAbi)]
pub struct Request {
    /// One of [`request`].
    pub kind: u32,
    /// Modbus unit.
    pub unit: u32,
    /// First address, zero-based.
    pub address: u32,
    /// How many, for a read.
    pub count: u32,
    /// For a write: u16 values in native order, or one byte a coil.
    pub data: Bytes,
}

/// Values of `level` in [`Host::log`].
#[allow(missing_docs, reason = "the names say it")]
pub mod level {
    pub const ERROR: u32 = 1;
    pub const WARN: u32 = 2;
    pub const INFO: u32 = 3;
    pub const DEBUG: u32 = 4;
    pub const TRACE: u32 = 5;
}

/// Values of `quality` in [`Host::observe`].
#[allow(missing_docs, reason = "the names say it")]
pub mod quality {
    pub const GOOD: u32 = 0;
    pub const STALE: u32 = 1;
    pub const BAD: u32 = 2;
}

/// The host's side, one for each opened driver.
#[repr(C)]
#[derive(Debug, Clone, Copy, StableAbi)]
pub struct Host {
    /// `sizeof` this struct in the host.
    pub size: u32,
    /// [`MAJOR`] of the host.
    pub major: u32,
    /// To be given back in every call.
    pub ctx: *mut c_void,
    /// (ctx, at, quality, kind, JSON body)
    pub observe: unsafe extern "C" fn(*mut c_void, *const Stamp, u32, Bytes, Bytes),
    /// (ctx, id, request)
    pub request: unsafe extern "C" fn(*mut c_void, u64, *const Request),
    /// (ctx, bytes)
    pub send: unsafe extern "C" fn(*mut c_void, Bytes),
    /// (ctx, id, HTTP status, body)
    pub respond: unsafe extern "C" fn(*mut c_void, u64, u32, Bytes),
    /// (ctx, command id, JSON outcome)
    pub outcome: unsafe extern "C" fn(*mut c_void, u64, Bytes),
    /// (ctx, nanoseconds, token)
    pub wake_after: unsafe extern "C" fn(*mut c_void, u64, u64),
    /// (ctx, level, text)
    pub log: unsafe extern "C" fn(*mut c_void, u32, Bytes),
    /// (ctx, JSON) What `open` has to say: `{"points": [..]}` when it returns 0, else
    /// `{"pointer": .., "seen": .., "expected": ..}`.
    pub opened: unsafe extern "C" fn(*mut c_void, Bytes),
}

/// What `open` and `handle` return when the driver panicked inside: the instance must not be used again.
pub const PANICKED: i32 = -2;

/// The driver library's side.
#[repr(C)]
#[derive(Debug, Clone, Copy, StableAbi)]
pub struct DriverTable {
    /// `sizeof` this struct in the driver.
    pub size: u32,
    /// [`MAJOR`] of the driver.
    pub major: u32,
    /// JSON `{"version": .., "drivers": [{"model", "link", "offers", "schema"}]}`, static.
    pub describe: unsafe extern "C" fn() -> Bytes,
    /// (model, JSON settings, host, out instance) -> 0, or another number after `Host::opened` was told why.
    pub open: unsafe extern "C" fn(Bytes, Bytes, *const Host, *mut *mut c_void) -> i32,
    /// (instance, now, input) -> 0 or [`PANICKED`].
    pub handle: unsafe extern "C" fn(*mut c_void, *const Stamp, *const Input) -> i32,
    /// (instance)
    pub close: unsafe extern "C" fn(*mut c_void),
}

/// What `abi_stable` checks deeply when a Rust driver is loaded. Never changes.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RootRef)))]
#[sabi(missing_field(panic))]
pub struct Root {
    /// The table.
    #[sabi(last_prefix_field)]
    pub table: extern "C" fn() -> *const DriverTable,
}

impl RootModule for RootRef {
    abi_stable::declare_root_module_statics! {RootRef}

    const BASE_NAME: &'static str = "greenlane_driver";
    const NAME: &'static str = "greenlane_driver";
    const VERSION_STRINGS: VersionStrings = abi_stable::package_version_strings!();
}
