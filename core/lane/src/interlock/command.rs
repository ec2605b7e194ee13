//! The two classes of command as types: a permission cannot be written as anything else, and needs proof
//! that it will be recorded; a barrier cannot be closed without proof that nothing is under it.

use greenlane_model::{BarrierAction, Class, CommandBody, Covered, SignalAspect};

use crate::device::{Devices, all_read};
use crate::layout::Layout;
use crate::{Bind, Role};

/// A command of known class.
pub(crate) trait Classed {
    const CLASS: Class;
    fn into_body(self) -> CommandBody;
}

/// Takes a permission back.
pub(crate) struct Restrictive(CommandBody);
/// Lets a vehicle move or a beam be asked for.
pub(crate) struct Permissive(CommandBody);
/// Neither.
pub(crate) struct Neutral(CommandBody);

/// The journal can be written.
#[derive(Clone, Copy)]
pub(crate) struct Recorded(());
/// Nothing is under the barrier, and that is known.
#[derive(Clone, Copy)]
pub(crate) struct NothingUnder(());
/// The scanner is ready and every part of its safety chain reads "yes".
#[derive(Clone, Copy)]
pub(crate) struct MayAsk(());

impl Recorded {
    pub(crate) fn when(writable: bool) -> Option<Self> {
        writable.then_some(Self(()))
    }
}

impl NothingUnder {
    /// Every presence under the barrier reads clear, for longer than any gap within a vehicle takes.
    pub(crate) fn when(layout: &Layout, devices: &Devices, now_ns: u64) -> Option<Self> {
        let clear = all_read(layout, devices, Role::BarrierPresence, Covered::No);
        (clear && now_ns >= Self::at_ns(layout, devices)?).then_some(Self(()))
    }

    /// When the gap is over, if all stays clear.
    pub(crate) fn at_ns(layout: &Layout, devices: &Devices) -> Option<u64> {
        let since = layout
            .binds(Role::BarrierPresence)
            .map(|b| devices.get(&b.device)?.since_ns(b.point.as_deref()?))
            .collect::<Option<Vec<u64>>>()?;
        // At walking pace.
        let gap_ns = crate::tracker::span_ns(layout.config.tracker.max_inner_gap_m);
        Some(since.into_iter().max()?.saturating_add(gap_ns))
    }
}

impl MayAsk {
    pub(crate) fn when(layout: &Layout, devices: &Devices) -> Option<Self> {
        let yes = |role| all_read(layout, devices, role, Covered::Yes);
        let cab = layout.binds(Role::CabClear).next().is_none() || yes(Role::CabClear);
        (cab && yes(Role::ScanReady) && yes(Role::ScanInterlock) && yes(Role::ScanEstop)).then_some(Self(()))
    }
}

impl Restrictive {
    pub(crate) fn red_on(bind: &Bind) -> Self {
        Self(switch(bind, true).unwrap_or(CommandBody::Signal { aspect: SignalAspect::Red }))
    }

    /// `None` when the whole device shows one aspect at a time: red is enough there.
    pub(crate) fn green_off(bind: &Bind) -> Option<Self> {
        switch(bind, false).map(Self)
    }

    pub(crate) fn scan_withdraw(bind: &Bind, reason: &str) -> Self {
        Self(switch(bind, false).unwrap_or_else(|| CommandBody::ScanWithdraw { reason: reason.to_owned() }))
    }
}

impl Permissive {
    pub(crate) fn green_on(bind: &Bind, _: Recorded) -> Self {
        Self(switch(bind, true).unwrap_or(CommandBody::Signal { aspect: SignalAspect::Green }))
    }

    /// `None` when the whole device shows one aspect at a time: green is enough there.
    pub(crate) fn red_off(bind: &Bind, _: Recorded) -> Option<Self> {
        switch(bind, false).map(Self)
    }

    pub(crate) fn barrier_open(bind: &Bind, _: Recorded) -> Self {
        Self(switch(bind, true).unwrap_or(CommandBody::Barrier { action: BarrierAction::Open }))
    }

    /// Drops a standing close command before opening.
    pub(crate) fn barrier_close_off(bind: &Bind, _: Recorded) -> Option<Self> {
        switch(bind, false).map(Self)
    }

    pub(crate) fn scan_request(bind: &Bind, passage: &str, lease_ms: u32, _: Recorded, _: MayAsk) -> Self {
        let request = || CommandBody::ScanRequest { passage: passage.to_owned(), lease_ms };
        Self(switch(bind, true).unwrap_or_else(request))
    }
}

impl Neutral {
    pub(crate) fn barrier_close(bind: &Bind, _: NothingUnder) -> Self {
        Self(switch(bind, true).unwrap_or(CommandBody::Barrier { action: BarrierAction::Close }))
    }

    /// A barrier held open by its output falls when that is dropped: the same proof is needed.
    pub(crate) fn barrier_open_off(bind: &Bind, _: NothingUnder) -> Option<Self> {
        switch(bind, false).map(Self)
    }
}

impl Classed for Restrictive {
    const CLASS: Class = Class::Restrictive;
    fn into_body(self) -> CommandBody {
        self.0
    }
}

impl Classed for Permissive {
    const CLASS: Class = Class::Permissive;
    fn into_body(self) -> CommandBody {
        self.0
    }
}

impl Classed for Neutral {
    const CLASS: Class = Class::Neutral;
    fn into_body(self) -> CommandBody {
        self.0
    }
}

fn switch(bind: &Bind, on: bool) -> Option<CommandBody> {
    bind.point.clone().map(|point| CommandBody::Output { point, on })
}
