//! What each role asks of the point or device that plays it.

use greenlane_lane::Role;
use greenlane_model::Capability;

/// What a point must be able to do to play a role.
pub(crate) fn of_point(role: Role) -> Capability {
    match role {
        Role::SignalRed | Role::SignalGreen | Role::BarrierOpen | Role::BarrierClose | Role::ScanRequest => {
            Capability::Output
        }
        Role::Presence
        | Role::BarrierIsOpen
        | Role::BarrierIsClosed
        | Role::BarrierPresence
        | Role::ScanReady
        | Role::ScanBeamOn
        | Role::ScanValid
        | Role::ScanInterlock
        | Role::ScanEstop
        | Role::CabClear => Capability::Presence,
    }
}

/// What a device must offer to play a role as a whole, without a point.
pub(crate) fn of_device(role: Role) -> Capability {
    match role {
        Role::Presence | Role::BarrierPresence | Role::CabClear => Capability::Presence,
        Role::SignalRed | Role::SignalGreen => Capability::Signal,
        Role::BarrierOpen | Role::BarrierClose | Role::BarrierIsOpen | Role::BarrierIsClosed => {
            Capability::Barrier
        }
        Role::ScanRequest
        | Role::ScanReady
        | Role::ScanBeamOn
        | Role::ScanValid
        | Role::ScanInterlock
        | Role::ScanEstop => Capability::Scan,
    }
}

/// One loop may be a presence, the one under the barrier, and the proof that the cab is past the beam. Every
/// other role wants a point for itself.
pub(crate) fn shares(role: Role) -> bool {
    matches!(role, Role::Presence | Role::BarrierPresence | Role::CabClear)
}

/// Outputs that must fall off when nobody drives them: they let a vehicle go, close on it or ask for X-rays.
pub(crate) fn falls_off(role: Role) -> bool {
    matches!(role, Role::SignalGreen | Role::BarrierClose | Role::ScanRequest)
}

/// The word in TOML.
pub(crate) fn word(role: Role) -> String {
    // A unit variant always becomes a JSON string.
    serde_json::to_value(role).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
