//! Hands a plugin's `tracing` lines and panics to the host. Each plugin has statics of its own, so the
//! controller's subscriber would never see them.

use std::cell::Cell;
use std::fmt::{Debug, Write};
use std::sync::Once;

use greenlane_abi as abi;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Level, Metadata, Subscriber};

thread_local! {
    /// The host of the driver that runs on this thread right now.
    static HOST: Cell<Option<abi::Host>> = const { Cell::new(None) };
}

/// Runs `work` with everything logged in it going to `host`.
pub(crate) fn with<T>(host: &abi::Host, work: impl FnOnce() -> T) -> T {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only where the driver runs inside a test that has a subscriber already.
        let _ = tracing::subscriber::set_global_default(ToHost);
        std::panic::set_hook(Box::new(|info| tell(abi::level::ERROR, &format!("panic: {info}"))));
    });
    let before = HOST.replace(Some(*host));
    let result = work();
    HOST.set(before);
    result
}

fn tell(level: u32, text: &str) {
    if let Some(host) = HOST.get() {
        // SAFETY: the host lives while one of its drivers runs; that is when HOST is set.
        unsafe { (host.log)(host.ctx, level, abi::Bytes::of(text.as_bytes())) }
    }
}

struct ToHost;

impl Subscriber for ToHost {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        let level = match *event.metadata().level() {
            Level::ERROR => abi::level::ERROR,
            Level::WARN => abi::level::WARN,
            Level::INFO => abi::level::INFO,
            Level::DEBUG => abi::level::DEBUG,
            Level::TRACE => abi::level::TRACE,
        };
        tell(level, &line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{space}{value:?}"),
            name => write!(self.0, "{space}{name}={value:?}"),
        };
    }
}
