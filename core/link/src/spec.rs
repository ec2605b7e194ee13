//! A link as written in a lane file: one URL.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use greenlane_driver::LinkKind;
use serialport::{DataBits, Parity, StopBits};

use crate::Member;
use crate::capture::kind_word;
use crate::url::{Parts, SpecError, host_and_port};

/// A link, parsed and checked. Nothing is opened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkSpec {
    /// `tcp://host:port`: we connect to the device.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// `serial:///dev/ttyS0?baud=9600&parity=none&data=8&stop=1`
    Serial(SerialLine),
    /// `modbus://host:port?timeout_ms=200`: Modbus TCP.
    ModbusTcp {
        /// `host:port`.
        address: String,
        /// Longest wait for an answer.
        timeout: Duration,
    },
    /// `modbus+rtu:///dev/ttyUSB0?baud=19200&parity=even&timeout_ms=200`: Modbus RTU.
    ModbusRtu {
        /// The line.
        line: SerialLine,
        /// Longest wait for an answer.
        timeout: Duration,
    },
    /// `http://addr:port/path?secret_env=NAME`: the device posts to us.
    Http {
        /// `addr:port` to listen on.
        address: String,
        /// Path of every member that names none of its own; `/` when none is written.
        path: String,
        /// Environment variable with the secret that devices send in `x-greenlane-secret`.
        secret_env: Option<String>,
    },
    /// `folder:///dir?settle_ms=500&sidecar=required&existing=skip`
    Folder(FolderSpec),
    /// `replay:///file.wire?speed=1`
    Replay {
        /// The recording.
        path: PathBuf,
        /// How fast.
        speed: Speed,
    },
}

/// Settings of a serial line. Baud and parity are site settings: no maker's default is assumed beyond
/// 9600 8N1 for plain lines and 19200 8E1 (the Modbus standard's default) for RTU.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of any serial line")]
pub struct SerialLine {
    pub path: String,
    pub baud: u32,
    pub parity: Parity,
    pub data: DataBits,
    pub stop: StopBits,
}

/// A watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderSpec {
    /// The folder.
    pub path: PathBuf,
    /// A file is complete when its size and time have not changed for this long.
    pub settle: Duration,
    /// What goes with a file.
    pub sidecar: Sidecar,
    /// What becomes of files that lie there at the start.
    pub existing: Existing,
}

/// Whether a file comes with a sidecar of the same stem (`.xml` or `.json`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sidecar {
    /// A file is complete only with it.
    Required,
    /// It is handed over when it is there by the time the file is complete.
    Optional,
    /// There is none; `.xml` and `.json` are files like any other.
    None,
}

/// What becomes of files that lie in the folder at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They are not handed over, unless they still change.
    Skip,
    /// They are handed over.
    Read,
}

/// How fast a recording is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// So many times real time.
    Times(f64),
    /// As fast as it is taken.
    Max,
}

/// `Times` is finite and positive: see [`LinkSpec::from_str`].
impl Eq for Speed {}

impl LinkSpec {
    /// Whether these members can live on this link; the error names the member and what it needs.
    pub fn accepts(&self, members: &[Member]) -> Result<(), SpecError> {
        let scheme = self.scheme();
        for member in members {
            if !self.carries(&member.kind) {
                let (kind, wants) = (kind_word(&member.kind), schemes_for(&member.kind));
                let name = &member.name;
                return Err(SpecError(format!(
                    "device {name:?} needs a {kind} link ({wants}), and {scheme}:// is none"
                )));
            }
        }
        match self {
            Self::ModbusTcp { .. } | Self::ModbusRtu { .. } => Ok(()),
            Self::Http { path, .. } => one_path_each(path, members),
            _ if members.len() == 1 => Ok(()),
            _ => Err(SpecError(format!(
                "a {scheme} link belongs to one device, and {} use it; give each its own",
                members.len()
            ))),
        }
    }

    fn scheme(&self) -> &'static str {
        match self {
            Self::Tcp { .. } => "tcp",
            Self::Serial(_) => "serial",
            Self::ModbusTcp { .. } => "modbus",
            Self::ModbusRtu { .. } => "modbus+rtu",
            Self::Http { .. } => "http",
            Self::Folder(_) => "folder",
            Self::Replay { .. } => "replay",
        }
    }

    fn carries(&self, kind: &LinkKind) -> bool {
        match self {
            Self::Replay { .. } => true,
            _ => schemes_for(kind).split(' ').any(|scheme| scheme == self.scheme()),
        }
    }
}

impl FromStr for LinkSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let mut parts = Parts::split(text)?;
        let spec = match parts.scheme {
            "tcp" => Self::Tcp { address: host_and_port(parts.rest)? },
            "serial" => Self::Serial(serial_line(&mut parts, 9600, Parity::None)?),
            "modbus" => {
                Self::ModbusTcp { address: host_and_port(parts.rest)?, timeout: request_timeout(&mut parts)? }
            }
            "modbus+rtu" => Self::ModbusRtu {
                line: serial_line(&mut parts, 19200, Parity::Even)?,
                timeout: request_timeout(&mut parts)?,
            },
            "http" => http(&mut parts)?,
            "folder" => Self::Folder(folder(&mut parts)?),
            "replay" => Self::Replay { path: absolute(parts.rest)?, speed: speed(&mut parts)? },
            other => {
                return Err(SpecError(format!(
                    "{other}:// is no link; there are tcp, serial, modbus, modbus+rtu, http, folder, replay"
                )));
            }
        };
        parts.finish()?;
        Ok(spec)
    }
}

fn schemes_for(kind: &LinkKind) -> &'static str {
    match kind {
        LinkKind::Lines { .. }
        | LinkKind::Framed { .. }
        | LinkKind::Delimited { .. }
        | LinkKind::Raw { .. } => "tcp serial replay",
        LinkKind::Modbus => "modbus modbus+rtu replay",
        LinkKind::HttpPush { .. } => "http replay",
        LinkKind::Folder => "folder replay",
    }
}

fn one_path_each(own: &str, members: &[Member]) -> Result<(), SpecError> {
    let mut taken = BTreeSet::new();
    for member in members {
        let path = if member.path.is_empty() { own } else { &member.path };
        if !path.starts_with('/') {
            return Err(SpecError(format!(
                "the path {path:?} of device {:?} must begin with /",
                member.name
            )));
        }
        if !taken.insert(path) {
            return Err(SpecError(format!(
                "device {:?} posts to {path}, which another device has; give each its own path",
                member.name
            )));
        }
    }
    Ok(())
}

fn request_timeout(parts: &mut Parts<'_>) -> Result<Duration, SpecError> {
    Ok(Duration::from_millis(parts.number("timeout_ms", 1..=60_000, 200)?))
}

fn serial_line(parts: &mut Parts<'_>, baud: u32, parity: Parity) -> Result<SerialLine, SpecError> {
    let path = absolute(parts.rest)?.display().to_string();
    let parities = [("none", Parity::None), ("even", Parity::Even), ("odd", Parity::Odd)];
    let data = [("8", DataBits::Eight), ("7", DataBits::Seven)];
    let stop = [("1", StopBits::One), ("2", StopBits::Two)];
    Ok(SerialLine {
        path,
        baud: parts.number("baud", 50..=4_000_000, baud)?,
        parity: if parity == Parity::Even {
            parts.word("parity", &[parities[1], parities[0], parities[2]])?
        } else {
            parts.word("parity", &parities)?
        },
        data: parts.word("data", &data)?,
        stop: parts.word("stop", &stop)?,
    })
}

fn http(parts: &mut Parts<'_>) -> Result<LinkSpec, SpecError> {
    let (address, path) = match parts.rest.find('/') {
        Some(slash) => parts.rest.split_at(slash),
        None => (parts.rest, "/"),
    };
    let secret_env = parts.text("secret_env").map(str::to_owned);
    if secret_env.as_deref() == Some("") {
        return Err(SpecError("secret_env must name an environment variable that holds the secret".into()));
    }
    Ok(LinkSpec::Http { address: host_and_port(address)?, path: path.to_owned(), secret_env })
}

fn folder(parts: &mut Parts<'_>) -> Result<FolderSpec, SpecError> {
    let sidecar = [("required", Sidecar::Required), ("optional", Sidecar::Optional), ("none", Sidecar::None)];
    Ok(FolderSpec {
        path: absolute(parts.rest)?,
        settle: Duration::from_millis(parts.number("settle_ms", 1..=600_000, 500)?),
        sidecar: parts.word("sidecar", &sidecar)?,
        existing: parts.word("existing", &[("skip", Existing::Skip), ("read", Existing::Read)])?,
    })
}

fn speed(parts: &mut Parts<'_>) -> Result<Speed, SpecError> {
    match parts.text("speed") {
        None => Ok(Speed::Times(1.0)),
        Some("max") => Ok(Speed::Max),
        Some(text) => {
            text.parse().ok().filter(|times| (0.001..=1e6).contains(times)).map(Speed::Times).ok_or_else(
                || SpecError(format!("speed={text} must be max or a number from 0.001 to 1000000")),
            )
        }
    }
}

fn absolute(text: &str) -> Result<PathBuf, SpecError> {
    if text.starts_with('/') && text.len() > 1 {
        Ok(PathBuf::from(text))
    } else {
        Err(SpecError(format!("{text:?} must be an absolute path, so three slashes: folder:///data/in")))
    }
}
