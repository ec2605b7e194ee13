//! Scanners (and cameras) that drop an image with a sidecar into a folder.
//!
//! The file is referenced and never copied: size and depth come from its first bytes, all else from the
//! sidecar by a field map. The file is the truth; what the sidecar says otherwise is a fault.

pub mod header;
mod map;

use greenlane_driver::fields::{Clock, ClockSettings, Flag, parse};
use greenlane_driver::model::{Body, Capability, FileRef, Image, Outcome, Quality, Severity, Stamp};
use greenlane_driver::{Driver, File, Input, LinkKind, OpenError, Outbox};
use schemars::JsonSchema;
use serde::Deserialize;

use header::{Header, HeaderError};
pub use map::{Axis, LengthUnit, LinePitch, Sidecar, SidecarMap};

/// Settings of `image.folder`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The sidecar's field map: a name in `configs/maps` or a path.
    #[schemars(with = "String", extend("x-greenlane-file" = "maps"))]
    pub map: SidecarMap,
    /// What an image shows when the sidecar does not say it.
    #[serde(default = "scan")]
    pub role: String,
    /// The device's clock.
    #[serde(default)]
    pub clock: ClockSettings,
}

fn scan() -> String {
    "scan".into()
}

/// A folder that images come into.
pub struct Folder {
    map: SidecarMap,
    role: String,
    clock: Clock,
    no_sidecar: Flag,
    bad_sidecar: Flag,
    bad_image: Flag,
    mismatch: Flag,
}

impl Driver for Folder {
    const MODEL: &'static str = "image.folder";
    const LINK: LinkKind = LinkKind::Folder;
    const OFFERS: &'static [Capability] = &[Capability::Image];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        Ok(Self {
            map: settings.map,
            role: settings.role,
            clock: Clock::open(settings.clock)?,
            no_sidecar: Flag::new("no_sidecar", Severity::Warning),
            bad_sidecar: Flag::new("bad_sidecar", Severity::Warning),
            bad_image: Flag::new("bad_image", Severity::Error),
            mismatch: Flag::new("sidecar_mismatch", Severity::Error),
        })
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::File(file) => self.file(now, file, out),
            Input::Command { id, .. } => {
                out.outcome(id, Outcome::Refused("a folder takes no commands".into()));
            }
            Input::Connected
            | Input::Frame(_)
            | Input::Reply { .. }
            | Input::Request { .. }
            | Input::Due { .. }
            | Input::Lost { .. } => {}
        }
    }
}

impl Folder {
    fn file(&mut self, now: Stamp, file: File<'_>, out: &mut Outbox) {
        let (sidecar, acquired) = self.sidecar(now, file, out);
        let header = self.header(now, file, &sidecar, out);
        let good = header.is_some() && sidecar.invalid.is_none();
        // A sidecar that names no size cannot help; 0 says that the size is not known.
        let (width, height, bits) = match header {
            Some(header) => (header.width, header.height, header.bits()),
            None => {
                let said = (sidecar.width_px, sidecar.height_px, sidecar.bits);
                (said.0.unwrap_or(0), said.1.unwrap_or(0), said.2.unwrap_or(0))
            }
        };
        let (width_px, height_px) = match self.map.travel {
            Axis::Width => (width, height),
            Axis::Height => (height, width),
        };
        let image = Image {
            role: sidecar.role.unwrap_or_else(|| self.role.clone()),
            file: FileRef { path: file.path.into(), sha256: file.sha256.into(), bytes: file.bytes },
            width_px,
            height_px,
            bits,
            energies: sidecar.energies,
            line_pitch: sidecar.line_pitch,
            passage: sidecar.passage,
            invalid: sidecar.invalid,
            acquired,
        };
        let at = acquired.map_or(now, |(_, ended)| ended);
        out.observe_as(at, if good { Quality::Good } else { Quality::Bad }, Body::Image(image));
    }

    /// What the sidecar says, and first and last line's time.
    fn sidecar(&mut self, now: Stamp, file: File<'_>, out: &mut Outbox) -> (Sidecar, Option<(Stamp, Stamp)>) {
        let missing = || format!("{} has no sidecar", file.path);
        self.no_sidecar.set(now, file.sidecar.is_none(), missing, out);
        // Where the map says who tells that an image is whole, silence is no "yes".
        let unsaid = || self.map.state.as_ref().map(|_| "no sidecar says that it is whole".to_owned());
        let Some(bytes) = file.sidecar else {
            return (Sidecar { invalid: unsaid(), ..Sidecar::default() }, None);
        };
        let mut sidecar = match parse(bytes) {
            Ok(tree) => self.map.read(&tree),
            Err(sentence) => {
                out.raw(now, sentence.as_str(), bytes);
                Sidecar { complaints: vec![sentence], invalid: unsaid(), ..Sidecar::default() }
            }
        };
        let acquired = self.acquired(now, &mut sidecar, out);
        let complaints = || format!("{}: {}", file.path, sidecar.complaints.join("; "));
        self.bad_sidecar.set(now, !sidecar.complaints.is_empty(), complaints, out);
        (sidecar, acquired)
    }

    fn acquired(&mut self, now: Stamp, sidecar: &mut Sidecar, out: &mut Outbox) -> Option<(Stamp, Stamp)> {
        let mut read = |text: &str| {
            let time = self.clock.read(text, &self.map.time_format);
            time.map_err(|complaint| sidecar.complaints.push(complaint)).ok()
        };
        let started_ns = sidecar.started.as_deref().and_then(&mut read);
        let ended_ns = sidecar.ended.as_deref().and_then(&mut read);
        let (started_ns, ended_ns) = (started_ns?, ended_ns?);
        if ended_ns < started_ns {
            sidecar.complaints.push("the last line comes before the first".into());
            return None;
        }
        // One clock wrote both, so only the end is compared with ours.
        let ended = self.clock.stamp(now, ended_ns, out)?;
        Some((ended.shifted(started_ns.saturating_sub(ended_ns)), ended))
    }

    /// The image's own header, or what stands for it: `None` when neither the file nor the sidecar tells.
    fn header(&mut self, now: Stamp, file: File<'_>, sidecar: &Sidecar, out: &mut Outbox) -> Option<Header> {
        let said = (sidecar.width_px, sidecar.height_px, sidecar.bits);
        let seen = match (header::read(file.head, file.bytes), said) {
            (Ok(header), _) => Ok(header),
            (Err(HeaderError::Beyond), (Some(width), Some(height), Some(bits))) => {
                Ok(Header { width, height, bits_a_sample: bits, samples: 1 })
            }
            (Err(HeaderError::Beyond), _) => {
                Err("its header lies too far behind, and the sidecar has no size")
            }
            (Err(HeaderError::Unreadable(why)), _) => Err(why),
        };
        let why = || format!("{}: {}", file.path, seen.err().unwrap_or_default());
        self.bad_image.set(now, seen.is_err(), why, out);
        let header = seen.ok()?;
        let agree = said.0.is_none_or(|width| width == header.width)
            && said.1.is_none_or(|height| height == header.height)
            && said.2.is_none_or(|bits| bits == header.bits() || bits == header.bits_a_sample);
        let difference = || {
            format!("{}: the file is {header:?}, the sidecar says {said:?} (width, height, bits)", file.path)
        };
        self.mismatch.set(now, !agree, difference, out);
        Some(header)
    }
}
