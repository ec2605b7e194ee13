//! From a line to the wire: cuts, joins, stalls and lost links.

use std::collections::VecDeque;

use super::faults::malform;
use super::{PortalFault, PortalOut};

/// Where lines leave the device.
#[derive(Debug, Default)]
pub(super) struct Outlet {
    malformed: VecDeque<PortalFault>,
    joined: Vec<u8>,
    held: Vec<Vec<u8>>,
    down_until_ns: Option<u64>,
    stalled_until_ns: Option<u64>,
}

impl Outlet {
    /// The next line will be malformed this way.
    pub(super) fn malform_next(&mut self, fault: PortalFault) {
        self.malformed.push_back(fault);
    }

    /// Lines are lost until then.
    pub(super) fn drop_link(&mut self, until_ns: u64, out: &mut Vec<PortalOut>) {
        if self.down_until_ns.is_none() {
            out.push(PortalOut::LinkDown);
        }
        self.down_until_ns = Some(self.down_until_ns.map_or(until_ns, |old| old.max(until_ns)));
        self.held.clear();
        self.joined.clear();
    }

    /// Lines are kept until then.
    pub(super) fn stall(&mut self, until_ns: u64) {
        self.stalled_until_ns = Some(until_ns);
    }

    /// Ends what has lasted long enough.
    pub(super) fn tick(&mut self, now_ns: u64, out: &mut Vec<PortalOut>) {
        if self.down_until_ns.is_some_and(|until| until <= now_ns) {
            self.down_until_ns = None;
            out.push(PortalOut::LinkUp);
        }
        if self.stalled_until_ns.is_some_and(|until| until <= now_ns) {
            self.stalled_until_ns = None;
            for line in std::mem::take(&mut self.held) {
                self.write(line, out);
            }
        }
    }

    /// Sends a line.
    pub(super) fn line(&mut self, line: Vec<u8>, out: &mut Vec<PortalOut>) {
        let counts = line.starts_with(b"G") || line.starts_with(b"N");
        let fault = if counts { self.malformed.pop_front() } else { None };
        match fault {
            Some(PortalFault::Split) => {
                let middle = line.len() / 2;
                self.write(line[..middle].to_vec(), out);
                self.write(line[middle..].to_vec(), out);
            }
            Some(PortalFault::Joined) => self.joined = line,
            Some(fault) => self.write(malform(&fault, line), out),
            None => self.write(line, out),
        }
    }

    fn write(&mut self, line: Vec<u8>, out: &mut Vec<PortalOut>) {
        let mut bytes = std::mem::take(&mut self.joined);
        bytes.extend(line);
        if self.down_until_ns.is_some() {
            return;
        }
        if self.stalled_until_ns.is_some() {
            self.held.push(bytes);
        } else {
            out.push(PortalOut::Bytes(bytes));
        }
    }
}
