//! The gate between the journal and the devices: what is permissive waits here for its commit, and does not
//! leave when something restrictive went out after it was asked for.

use std::sync::{Arc, Mutex, PoisonError};

/// One lane's gate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<u64>>);

/// How many restrictions had gone out when a permission was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pass(u64);

impl Gate {
    /// A pass for a permission asked for now.
    pub fn pass(&self) -> Pass {
        Pass(*self.lock())
    }

    /// Sends something restrictive; every pass given out before is void from now on.
    pub fn restrict<T>(&self, send: impl FnOnce() -> T) -> T {
        let mut restrictions = self.lock();
        *restrictions += 1;
        send()
    }

    /// Sends something permissive, unless its pass is void.
    pub fn permit<T>(&self, pass: Pass, send: impl FnOnce() -> T) -> Option<T> {
        let restrictions = self.lock();
        (*restrictions == pass.0).then(send)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_overtaken_by_a_restriction_never_leaves() {
        let gate = Gate::default();
        let early = gate.pass();
        assert_eq!(gate.permit(early, || "green"), Some("green"));
        gate.restrict(|| ());
        assert_eq!(gate.permit(early, || "green"), None);
        assert_eq!(gate.permit(gate.pass(), || "green"), Some("green"));
    }
}
