//! What each model does.

use std::time::Duration;

use greenlane_driver::Outbox;
use greenlane_driver::model::Stamp;

use crate::{Settings, gamma};

/// One way to misbehave.
pub trait Misdeed: Send + 'static {
    /// The word in TOML.
    const MODEL: &'static str;

    /// While the driver opens.
    fn open(_settings: &Settings) {}

    /// When it is told to, and at every timer it asked for then.
    fn act(_now: Stamp, _out: &mut Outbox) {}
}

/// Does nothing wrong.
pub struct Fine;

impl Misdeed for Fine {
    const MODEL: &'static str = "rogue.fine";
}

/// Panics.
pub struct Panic;

impl Misdeed for Panic {
    const MODEL: &'static str = "rogue.panic";

    fn act(_: Stamp, _: &mut Outbox) {
        panic!("told to");
    }
}

/// Panics while it opens, until the cure is there.
pub struct PanicOnOpen;

impl Misdeed for PanicOnOpen {
    const MODEL: &'static str = "rogue.panic_on_open";

    fn open(settings: &Settings) {
        assert!(settings.cure.as_ref().is_some_and(|cure| cure.exists()), "no cure yet");
    }
}

/// Writes where nothing is.
pub struct Segfault;

impl Misdeed for Segfault {
    const MODEL: &'static str = "rogue.segfault";

    fn act(_: Stamp, _: &mut Outbox) {
        // SAFETY: none; that is the misdeed. Page zero is never mapped.
        unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) };
    }
}

/// Ends its process.
pub struct Abort;

impl Misdeed for Abort {
    const MODEL: &'static str = "rogue.abort";

    fn act(_: Stamp, _: &mut Outbox) {
        std::process::abort();
    }
}

/// Never returns.
pub struct Hang;

impl Misdeed for Hang {
    const MODEL: &'static str = "rogue.hang";

    fn act(_: Stamp, _: &mut Outbox) {
        loop {
            std::thread::park();
        }
    }
}

/// Says a thousand things, and again as soon as it may, for ever.
pub struct Flood;

impl Misdeed for Flood {
    const MODEL: &'static str = "rogue.flood";

    fn act(now: Stamp, out: &mut Outbox) {
        (0..1000).for_each(|n| out.observe(now, gamma(n)));
        out.wake_after(Duration::ZERO, 1);
    }
}

/// Says a hundred thousand things at once.
pub struct Gush;

impl Misdeed for Gush {
    const MODEL: &'static str = "rogue.gush";

    fn act(now: Stamp, out: &mut Outbox) {
        (0..100_000).for_each(|n| out.observe(now, gamma(n)));
    }
}
