//! Lane and site files, checked against the real drivers.

use std::io::Write;
use std::path::Path;

use greenlane_aspect::yantar::Yantar;
use greenlane_config::{DriverInfo, Drivers, Problem};
use greenlane_driver::{Bench, Driver, LinkKind, OpenError, Point};
use greenlane_http::ocr::Ocr;
use greenlane_image::folder::Folder;
use greenlane_link::LinkSpec;
use greenlane_mock::any::Any;
use greenlane_modbus::io::Io;
use greenlane_rsi::rs350::Rs350;
use greenlane_tsa::vm250::Vm250;
use serde_json::Value;

/// The lane files that are installed with the program.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        include_str!("../../../configs/lanes/in-04.toml"),
        include_str!("../../../configs/lanes/full.toml"),
        include_str!("../../../configs/lanes/portal-only.toml"),
        include_str!("../../../configs/lanes/site.toml"),
        include_str!("../../../configs/lanes/spectroscopic.toml"),
        "include = [\"other.toml\"]\n[lane]\nname = \"x\"\nmax_speed_kmh = 17 # km/h\n",
    ]
    .map(Vec::from)
    .to_vec()
}

/// Loaded, or refused with reasons whose places exist.
///
/// # Panics
/// Also when no temporary file can be written.
pub fn run(bytes: &[u8]) {
    let problems = problems(bytes);
    assert!(problems.len() <= 100, "{} problems", problems.len());
    for problem in &problems {
        assert!(problem.text.get(problem.span.clone()).is_some(), "{problem:?}");
        assert!(!problem.message.is_empty() && !problem.help.is_empty(), "{problem:?}");
        assert!(problem.line() > 0 && problem.column() > 0, "{problem:?}");
        assert!(problem.message.len() < 10_000 && problem.key.len() < 10_000, "{problem:?}");
    }
}

/// What is wrong with a configuration; nothing when it is loaded.
///
/// # Panics
/// When it is refused without a reason, or no temporary file can be written.
pub fn problems(bytes: &[u8]) -> Vec<Problem> {
    let file = tempfile::Builder::new().suffix(".toml").tempfile();
    let mut file = file.unwrap_or_else(|error| panic!("no temporary file: {error}"));
    file.write_all(bytes).unwrap_or_else(|error| panic!("no room for a temporary file: {error}"));
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    match greenlane_config::load(file.path(), &Linked, &tables) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            problems
        }
    }
}

/// The drivers themselves, without the boundary.
struct Linked;

/// What is asked of one driver.
type Asked = (DriverInfo, fn(&Value) -> Result<Vec<Point>, OpenError>);

impl Drivers for Linked {
    fn models(&self) -> Vec<String> {
        all().into_iter().map(|(info, _)| info.model).collect()
    }

    fn describe(&self, model: &str) -> Option<DriverInfo> {
        asked(model).map(|(info, _)| info)
    }

    fn open(&self, model: &str, settings: &Value) -> Result<Vec<Point>, OpenError> {
        let (_, open) = asked(model).ok_or_else(|| OpenError::new("", model, "a model with a driver"))?;
        open(settings)
    }

    fn check_link(&self, url: &str) -> Result<(), String> {
        url.parse::<LinkSpec>().map(drop).map_err(|error| error.to_string())
    }
}

fn asked(model: &str) -> Option<Asked> {
    all().into_iter().find(|(info, _)| info.model == model)
}

fn all() -> [Asked; 7] {
    [of::<Vm250>(), of::<Yantar>(), of::<Rs350>(), of::<Io>(), of::<Ocr>(), of::<Folder>(), of::<Any>()]
}

fn of<D: Driver>() -> Asked {
    let link: LinkKind = D::LINK;
    let schema = schemars::schema_for!(D::Settings).to_value();
    let info = DriverInfo { model: D::MODEL.to_owned(), link, offers: D::OFFERS.to_vec(), schema };
    (info, |settings| Ok(Bench::<D>::open(settings.clone())?.driver.points()))
}
