//! From a path to a site.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use greenlane_lane::{Bind, DeviceInLane, LaneConfig};
use greenlane_model::units::Metres;
use serde_json::Value as Json;

use crate::checks::{self, Lane};
use crate::device::{self, Ready};
use crate::node::Node;
use crate::problem::{Finding, MAX_PROBLEMS, Place, Problem};
use crate::source::{Named, Sources};
use crate::tables::{DeviceTable, LaneFile, ManifestTable, SiteFile, schema_of};
use crate::{DeviceSetup, Drivers, LaneSetup, Site, StandardSetup, radiation, shape, standard};

/// Most lanes of a site.
const MAX_LANES: usize = 256;

/// Reads and checks a lane file or a site file. `tables` is the `configs` folder, whose subfolders hold the
/// files that driver settings refer to by name.
///
/// # Errors
/// Everything that one step found wrong, at most a hundred problems; never empty.
pub fn load(path: &Path, drivers: &dyn Drivers, tables: &Path) -> Result<Site, Vec<Problem>> {
    let lane_schema = schema_of::<LaneFile>();
    let mut loader = Loader { drivers, tables, lane_schema, sources: Sources::default() };
    let loaded = loader.file(path);
    loaded.map_err(|findings| {
        let told = findings.into_iter().take(MAX_PROBLEMS);
        told.map(|finding| finding.attach(loader.sources.files())).collect()
    })
}

struct Loader<'a> {
    drivers: &'a dyn Drivers,
    tables: &'a Path,
    lane_schema: Json,
    sources: Sources,
}

/// A lane and where its names stand.
struct Loaded {
    setup: LaneSetup,
    root: Node,
}

impl Loader<'_> {
    fn file(&mut self, path: &Path) -> Result<Site, Vec<Finding>> {
        let root = self.sources.read(path, None)?;
        let (name, lanes) = match (root.entry("site"), root.entry("lane")) {
            (Some(site), Some(lane)) => {
                let message = "a file is a site or a lane, not both";
                let help = "move `[lane]` to a file of its own and name that in `lanes`";
                return Err(vec![Finding::new(lane.key, "lane", message, help).also(site.key, "the site")]);
            }
            (Some(_), None) => self.site(path, &root)?,
            (None, _) => {
                let lane = self.lane(path, root)?;
                (lane.setup.config.lane.name.clone(), vec![lane])
            }
        };
        let lanes: Vec<LaneSetup> = lanes.into_iter().map(|lane| lane.setup).collect();
        let folder = lanes.iter().find_map(|lane| Some(lane.standard.as_ref()?.folder.clone()));
        let files = self.sources.files().iter().map(|(path, _)| path.clone());
        let files = files.chain(folder).collect();
        Ok(Site { name, lanes, hash: self.sources.hash(), files })
    }

    fn site(&mut self, path: &Path, root: &Node) -> Result<(String, Vec<Loaded>), Vec<Finding>> {
        let schema = schema_of::<SiteFile>();
        let findings = shape::check(root, &schema, &schema, "");
        if !findings.is_empty() {
            return Err(findings);
        }
        let file: SiteFile = typed(root)?;
        let (mut lanes, mut findings) = (Vec::new(), Vec::new());
        for (path, named) in self.lane_files(path, root, &file.site.lanes)? {
            match self.sources.read(&path, Some(named)).and_then(|root| self.lane(&path, root)) {
                Ok(lane) => lanes.push(lane),
                Err(more) => findings.extend(more),
            }
        }
        checks::shared_names(lanes.iter().map(|lane| &lane.root), &mut findings);
        let table = file.standard.as_ref();
        let standard = standard::read(root, table, self.tables, &mut self.sources, &mut findings);
        let standard = standard.map(Arc::new);
        for lane in &mut lanes {
            if let Some(own) = lane.root.entry("standard") {
                let message = "a lane of a site has no standard of its own";
                let help = "move `[standard]` to the site's file: it is in force in every lane";
                findings.push(Finding::new(own.key, "standard", message, help));
            }
            lane.setup.put_in_force(standard.clone());
        }
        if findings.is_empty() { Ok((file.site.name, lanes)) } else { Err(findings) }
    }

    /// The files that `lanes` names, each once, without the site's own.
    fn lane_files(
        &self,
        site: &Path,
        root: &Node,
        patterns: &[String],
    ) -> Result<Vec<(PathBuf, Named)>, Vec<Finding>> {
        let (mut files, mut findings): (Vec<(PathBuf, Named)>, _) = (Vec::new(), Vec::new());
        let nodes = root.get("site").and_then(|site| site.get("lanes")).map_or(&[][..], Node::items);
        for (index, (pattern, item)) in patterns.iter().zip(nodes).enumerate() {
            let named = Named { at: item.at, key: format!("site.lanes[{index}]") };
            let mut found = matching(self.sources.folder(item.at), pattern);
            found.retain(|path| !is_same(path, site));
            if found.is_empty() {
                let message = format!("no file matches `{pattern}`");
                let help = "lane files relative to this one, e.g. `in-*.toml`; `*` only in the file's name";
                findings.push(Finding::new(named.at, named.key, message, help));
                continue;
            }
            let new = found.into_iter().filter(|path| !files.iter().any(|(known, _)| known == path));
            let new: Vec<_> = new.map(|path| (path, named.clone())).collect();
            files.extend(new);
            if files.len() > MAX_LANES {
                let message = format!("`{pattern}` brings more than {MAX_LANES} lanes");
                findings.push(Finding::new(named.at, named.key, message, "a narrower pattern, or two sites"));
                break;
            }
        }
        if findings.is_empty() { Ok(files) } else { Err(findings) }
    }

    fn lane(&mut self, path: &Path, root: Node) -> Result<Loaded, Vec<Finding>> {
        let mut findings = shape::check(&root, &self.lane_schema, &self.lane_schema, "");
        let shapely = findings.is_empty();
        let devices = root.get("device").map_or(&[][..], Node::items);
        let mut ready = Vec::new();
        for (index, device) in devices.iter().enumerate() {
            let path = format!("device[{index}]");
            match device::ready(device, &path, self.drivers, self.tables, &mut self.sources) {
                Ok(one) => ready.push(Some(one)),
                Err(more) => {
                    findings.extend(more);
                    ready.push(None);
                }
            }
        }
        if !shapely {
            return Err(findings);
        }
        let file: LaneFile = typed(&root)?;
        let urls = device::urls(&root, &file, &ready, (self.drivers, &self.sources), &mut findings);
        checks::lane(&Lane { root: &root, file: &file, ready: &ready }, &mut findings);
        let radiation = file
            .radiation
            .as_ref()
            .and_then(|table| radiation::tables(&root, table, self.tables, &mut self.sources, &mut findings));
        let table = file.standard.as_ref();
        let standard = standard::read(&root, table, self.tables, &mut self.sources, &mut findings);
        if !findings.is_empty() {
            return Err(findings);
        }
        let homes = devices.iter().map(|device| self.sources.folder(device.place_of("capture")));
        let homes = homes.map(Path::to_owned).collect();
        let manifest = file.manifest.clone().map(|table| {
            let at = root.get("manifest").map_or(root.at, |node| node.place_of("file"));
            ManifestTable { file: self.sources.folder(at).join(&table.file), ..table }
        });
        let mut setup = setup(path, file, ready.into_iter().flatten().collect(), urls, homes);
        setup.config.radiation = radiation;
        setup.config.papers = manifest.is_some();
        setup.manifest = manifest;
        setup.put_in_force(standard.map(Arc::new));
        Ok(Loaded { setup, root })
    }
}

/// Puts a checked lane together. `ready`, `urls` and `homes` (folders of the files) go with the devices.
fn setup(
    path: &Path,
    file: LaneFile,
    ready: Vec<Ready>,
    urls: Vec<String>,
    homes: Vec<PathBuf>,
) -> LaneSetup {
    let places: Vec<_> = file.device.iter().map(|device| place(device, &file)).collect();
    let in_lane = file.device.iter().zip(&ready).zip(&places);
    let in_lane: Vec<DeviceInLane> = in_lane
        .map(|((device, ready), (at_m, length_m))| DeviceInLane {
            name: device.name.clone(),
            at_m: *at_m,
            length_m: *length_m,
            offers: ready.info.offers.clone(),
        })
        .collect();
    let binds = file.bind.into_iter().map(|bind| placed(bind, &in_lane)).collect();
    let devices = file.device.into_iter().zip(ready).zip(urls).zip(homes).zip(places);
    let devices = devices.map(|((((device, ready), link), home), (at_m, length_m))| DeviceSetup {
        name: device.name,
        model: device.model,
        link,
        isolation: device.isolation,
        settings: ready.settings,
        at_m,
        length_m,
        silent_after_s: device.silent_after_s,
        capture: device.capture.map(|path| home.join(path)),
    });
    let devices = devices.collect();
    let config = LaneConfig {
        lane: file.lane,
        stations: file.station,
        devices: in_lane,
        binds,
        policy: file.policy,
        tracker: file.tracker,
        radiation: None,
        papers: false,
        standard: None,
    };
    LaneSetup { config, devices, manifest: None, standard: None, file: path.to_owned() }
}

impl LaneSetup {
    fn put_in_force(&mut self, standard: Option<Arc<StandardSetup>>) {
        self.config.standard = standard.as_ref().map(|standard| standard.in_force.clone());
        self.standard = standard;
    }
}

/// Where a device looks and how long its zone is: its own word, else its station's.
pub(crate) fn place(device: &DeviceTable, file: &LaneFile) -> (Option<Metres>, Metres) {
    let named = |name: &String| file.station.iter().find(|station| station.name == *name);
    let station = device.station.as_ref().and_then(named);
    let at = device.at_m.or(station.map(|station| station.at_m));
    (at, device.length_m.or(station.map(|station| station.length_m)).unwrap_or(Metres::ZERO))
}

/// A binding without a place of its own has its device's.
fn placed(bind: Bind, devices: &[DeviceInLane]) -> Bind {
    let device = devices.iter().find(|device| device.name == bind.device && bind.at_m.is_none());
    match device {
        Some(DeviceInLane { at_m: Some(at_m), length_m, .. }) => {
            Bind { at_m: Some(*at_m), length_m: bind.length_m.or(Some(*length_m)), ..bind }
        }
        _ => bind,
    }
}

/// The tables as types. The shape has been checked, so a refusal here is a gap between schema and type; it
/// is told at the top of the file.
fn typed<T: serde::de::DeserializeOwned>(root: &Node) -> Result<T, Vec<Finding>> {
    serde_json::from_value(root.to_json()).map_err(|error| {
        let help = "see `greenlane schema` for every key";
        vec![Finding::new(Place::top(root.at.file), "", error.to_string(), help)]
    })
}

/// Files whose path matches: wildcards in the last part only. In order of their names.
fn matching(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let (below, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    let folder =
        if pattern.starts_with('/') { PathBuf::from(format!("/{below}")) } else { folder.join(below) };
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
    let files = std::fs::read_dir(listed).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let mut found: Vec<PathBuf> =
        names.filter(|other| matches(name.as_bytes(), other.as_bytes())).map(|n| folder.join(n)).collect();
    found.retain(|path| path.is_file());
    found.sort();
    found
}

fn is_same(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// `*` stands for any letters, `?` for one. Goes back to the last `*` only, so it takes no more than the
/// product of both lengths.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, n));
                p += 1;
            }
            Some(letter) if *letter == b'?' || *letter == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((after, taken)) => {
                    star = Some((after, taken + 1));
                    (p, n) = (after, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}
