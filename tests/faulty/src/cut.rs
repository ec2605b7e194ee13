//! The line portal on a wire of bytes: a driver that cuts its lines itself, once well and with each fault of
//! doing so.

use greenlane_driver::model::{Body, Capability, Stamp};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox};
use greenlane_tsa::vm250::{Settings, Vm250};

use crate::good::{Good, Said};

/// Longest line.
const LONGEST: usize = 256;

/// How lines are cut. All `false` is right.
pub trait Habit: Send + 'static {
    /// The word in TOML.
    const MODEL: &'static str;
    /// Half a line is kept when the link is lost.
    const KEEPS_HALF: bool = false;
    /// What comes at once is one line.
    const SEGMENT_IS_LINE: bool = false;
    /// CR without LF ends no line.
    const NEEDS_LF: bool = false;
    /// A line that cannot be read takes all that came with it along.
    const THROWS_AWAY: bool = false;
    /// A line without end is kept whole.
    const UNBOUNDED: bool = false;
}

macro_rules! habits {
    ($($name:ident = $model:literal $what:literal $($flaw:ident)?;)+) => {$(
        #[doc = $what]
        pub struct $name;

        impl Habit for $name {
            const MODEL: &'static str = $model;
            $(const $flaw: bool = true;)?
        }
    )+};
}

habits! {
    Right = "faulty.lines" "Lines are cut as they should be.";
    KeepsHalf = "faulty.f13" "Half a line is kept when the link is lost." KEEPS_HALF;
    SegmentIsLine = "faulty.f22" "What comes at once is one line." SEGMENT_IS_LINE;
    NeedsLf = "faulty.f23" "CR without LF ends no line." NEEDS_LF;
    ThrowsAway = "faulty.f24" "A bad line takes all that came with it along." THROWS_AWAY;
    Unbounded = "faulty.f25" "A line without end is kept whole." UNBOUNDED;
}

/// The line portal, cutting its lines with habit `H`.
pub struct Cut<H> {
    good: Good<Vm250>,
    held: Vec<u8>,
    /// The line at work is too long: the rest of it is skipped.
    is_skipping: bool,
    habit: std::marker::PhantomData<H>,
}

impl<H: Habit> Driver for Cut<H> {
    const MODEL: &'static str = H::MODEL;
    const LINK: LinkKind = LinkKind::Raw { max: 4096 };
    const OFFERS: &'static [Capability] = Vm250::OFFERS;
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        let good = Good::new(Vm250::open(settings)?);
        Ok(Self { good, held: Vec::new(), is_skipping: false, habit: std::marker::PhantomData })
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        if let Input::Frame(bytes) = input {
            return self.bytes(now, bytes, out);
        }
        if matches!(input, Input::Lost { .. }) && !H::KEEPS_HALF {
            self.held.clear();
            self.is_skipping = false;
        }
        self.good.handle(now, input).into_iter().for_each(|said| said.pass(out));
    }
}

impl<H: Habit> Cut<H> {
    fn bytes(&mut self, now: Stamp, bytes: &[u8], out: &mut Outbox) {
        if H::SEGMENT_IS_LINE {
            self.line(now, bytes, out);
            return;
        }
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'\r' if H::NEEDS_LF => {}
                b'\r' | b'\n' => {
                    let line = std::mem::take(&mut self.held);
                    let is_good = std::mem::take(&mut self.is_skipping) || self.line(now, &line, out);
                    if H::THROWS_AWAY && !is_good {
                        // The end of this very line may be CR and LF.
                        let rest = bytes.len().saturating_sub(at + 2);
                        if rest > 0 {
                            return;
                        }
                    }
                }
                _ if self.is_skipping => {}
                _ if self.held.len() >= LONGEST && !H::UNBOUNDED => {
                    out.raw(now, "a line without end", &std::mem::take(&mut self.held));
                    self.is_skipping = true;
                }
                _ => self.held.push(byte),
            }
        }
    }

    /// Whether the line could be read.
    fn line(&mut self, now: Stamp, line: &[u8], out: &mut Outbox) -> bool {
        let said = self.good.handle(now, Input::Frame(line));
        let is_raw = |said: &Said| matches!(said, Said::Observe(seen) if matches!(seen.body, Body::Raw(_)));
        let is_good = !said.iter().any(is_raw);
        said.into_iter().for_each(|said| said.pass(out));
        is_good
    }
}
