//! The test methods by name: the code that a standard's `test.method` means.

use crate::areas;
use crate::bench::Bench;
use crate::trials::Trials;

/// One test method.
#[derive(Clone, Copy)]
pub struct Method {
    /// Its name in a standard.
    pub name: &'static str,
    /// Runs the cases.
    pub run: fn(&Bench<'_>, &mut Trials<'_>),
}

/// Everything that is built.
pub fn built() -> Vec<Method> {
    [
        areas::base::METHODS,
        areas::load::METHODS,
        areas::life::METHODS,
        areas::frame::METHODS,
        areas::times::METHODS,
        areas::trouble::METHODS,
        areas::data::METHODS,
        areas::out::METHODS,
        areas::presence::METHODS,
        areas::rpm::METHODS,
        areas::identity::METHODS,
    ]
    .concat()
}

/// The method of that name.
pub fn find(name: &str) -> Option<Method> {
    built().into_iter().find(|method| method.name == name)
}

/// Every name that a standard may use: what is built, and what is known to be missing. A requirement whose
/// method is missing is told as "not built", never as passed.
pub fn names() -> Vec<&'static str> {
    let built = built().into_iter().map(|method| method.name);
    let mut names: Vec<_> = built.chain(HOUSE.iter().copied()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The names of the house standard, with those of the chain and of the site, and those not written yet.
const HOUSE: &[&str] = &[
    "assoc/right",
    "cross/gamma-neutron",
    "data/range",
    "data/schema",
    "data/setup",
    "data/unit",
    "data/width",
    "det/pace",
    "det/same",
    "detect/gamma",
    "detect/gamma-curve",
    "detect/mask",
    "detect/neutron",
    "false/gamma",
    "false/neutron",
    "fault/beside-alarm",
    "fault/level",
    "fault/map",
    "flood/fan-out",
    "flood/keys",
    "flood/memory",
    "flood/rate",
    "flood/refused",
    "frame/check",
    "frame/cut",
    "frame/field",
    "frame/fuzz",
    "frame/garbage",
    "frame/line-end",
    "frame/long",
    "frame/split",
    "frame/unknown",
    "idem/repeat",
    "image/depth",
    "image/hash",
    "image/hostile",
    "image/pitch",
    "image/whole",
    "kit/clean",
    "kit/sound",
    "life/bounds",
    "life/lost",
    "life/no-panic",
    "life/open-close",
    "life/snapshot",
    "life/speak-first",
    "life/time",
    "life/wake",
    "load/declares",
    "load/instances",
    "load/manifest",
    "load/product",
    "load/pure",
    "load/sbom",
    "load/table",
    "n42/limits",
    "n42/nuclide",
    "n42/read",
    "n42/write",
    "ocr/check",
    "ocr/confidence",
    "ocr/corrected",
    "ocr/no-read",
    "ocr/through",
    "ocr/two",
    "out/readback",
    "out/stale-command",
    "out/watchdog",
    "plate/text",
    "presence/counter",
    "presence/debounce",
    "presence/edge",
    "presence/pulse",
    "presence/stuck",
    "presence/unknown",
    "rpm/alarm",
    "rpm/back-to-back",
    "rpm/background",
    "rpm/lost-end",
    "rpm/occupancy",
    "rpm/over-range",
    "rpm/pre-roll",
    "rpm/samples",
    "rpm/tamper",
    "scan/i1",
    "scan/i2",
    "scan/i3",
    "scan/i4",
    "scan/i5",
    "scan/i6",
    "scan/i7",
    "scan/i8",
    "scan/i9",
    "set/defaults",
    "set/errors",
    "site/detect",
    "site/false",
    "site/ocr",
    "site/ocr-latency",
    "site/ocr-wrong",
    "site/scan",
    "speed/value",
    "stale/part",
    "stale/silence",
    "time/batch",
    "time/device-clock",
    "time/order",
    "time/true",
    "weight/value",
];
