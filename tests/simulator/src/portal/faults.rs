//! Faults and malformed input that a portal can be told to produce.

use crate::scenario::PortalSetup;

/// A fault, or another thing that somebody does to a portal.
#[derive(Debug, Clone, PartialEq)]
pub enum PortalFault {
    /// The next end of an occupancy has too few fields.
    ShortEnd,
    /// The next end of an occupancy is not sent at all.
    NoEnd,
    /// The next end of an occupancy repeats the last index.
    SameIndex,
    /// An empty line.
    BlankLine,
    /// `"unterminated,quote`.
    UnterminatedQuote,
    /// SG3 without the rest of the setup.
    LoneSetup,
    /// The next count line carries one or two time stamps as daily files do.
    TrailingTimes(u8),
    /// The next count line has a field too many.
    ExtraField,
    /// The next count line has a field too few.
    MissingField,
    /// The next count line has letters in a field.
    NonDigits,
    /// The next count line has seven digits in a field.
    LongNumber,
    /// The next line arrives in two pieces.
    Split,
    /// The next two lines arrive in one piece.
    Joined,
    /// The next line has only LF.
    OnlyLineFeed,
    /// A background line in the middle of an occupancy.
    BackgroundInside,
    /// Somebody changes the settings; the setup is sent again. The length of the background stays.
    Setup(PortalSetup),
    /// Case opened or closed.
    Tamper(bool),
    /// A panel counts nothing until told otherwise.
    DeadPanel(usize, bool),
    /// This many count lines at once, as after a stall on the way.
    Burst(u32),
    /// The link is down for this long, in ns: lines are lost.
    LinkDrop(u64),
    /// The stream stands still for this long, in ns: lines come late, none is lost.
    Stall(u64),
    /// Power is off for this long, in ns: state, background and index start anew.
    Restart(u64),
}

/// Malforms a count line as the fault says; other faults leave it as it is.
pub(super) fn malform(fault: &PortalFault, line: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&line).trim_end().to_owned();
    let cut = text.rfind(',').map_or("", |at| &text[..at]);
    let text = match fault {
        PortalFault::TrailingTimes(1) => format!("{text},12-00-00.961"),
        PortalFault::TrailingTimes(_) => format!("{text},12-00-00.961,16-00-00.961"),
        PortalFault::ExtraField => format!("{text},000001"),
        PortalFault::MissingField | PortalFault::ShortEnd => cut.to_owned(),
        PortalFault::NonDigits => format!("{cut},00x0!1"),
        PortalFault::LongNumber => format!("{cut},1234567"),
        PortalFault::OnlyLineFeed => return format!("{text}\n").into_bytes(),
        _ => return line,
    };
    format!("{text}\r\n").into_bytes()
}
