//! The tables of a lane file and a site file, and their schema: one source for the check and for editors.

use std::path::PathBuf;

use greenlane_lane::{Bind, LaneTable, Policy, Station, TrackerTable};
use greenlane_model::units::Metres;
use greenlane_radiation::detect::Panel;
use greenlane_radiation::explain::Profile;
use greenlane_standard::{Otherwise, Response, TrustedKey};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// A file with one lane.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LaneFile {
    /// The lane itself.
    pub lane: LaneTable,
    /// Places on the lane's axis.
    #[serde(default)]
    pub station: Vec<Station>,
    /// Wires that several devices share.
    #[serde(default)]
    pub link: Vec<LinkTable>,
    /// What is installed in the lane.
    #[serde(default)]
    pub device: Vec<DeviceTable>,
    /// Which device point plays which role.
    #[serde(default)]
    pub bind: Vec<Bind>,
    /// What a release needs. Without it every passage is referred, reason "no policy".
    pub policy: Option<Policy>,
    /// What the tracker assumes of vehicles and sensors.
    #[serde(default)]
    pub tracker: TrackerTable,
    /// Our own tests beside the devices'. Without it only the devices' verdicts count, and an alarm is inspected.
    pub radiation: Option<RadiationTable>,
    /// Where declarations and orders are kept. Without it nobody is asked.
    pub manifest: Option<ManifestTable>,
    /// The standard in force, when this lane is a site of its own. Without it drivers are not asked for
    /// certificates.
    pub standard: Option<StandardTable>,
}

/// `[radiation]`: each key names a file of the tables' folder, or is a path relative to this file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RadiationTable {
    /// What the tests on the counts assume: a file in `configs/radiation`. Without it counts are not tested.
    pub detection: Option<String>,
    /// Where each panel stands, in the portal's own order. Without it the panels are only summed.
    #[serde(default)]
    pub panels: Vec<Panel>,
    /// The detector of the spectroscopic portal: a file in `configs/responses`. Without it spectra are not
    /// looked at.
    pub response: Option<String>,
    /// What declared goods may radiate: a file in `configs/cargo`. Without it no alarm is explained.
    pub expectations: Option<String>,
    /// What the site asks of an explanation.
    #[serde(default)]
    pub profile: Profile,
}

/// `[manifest]`
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestTable {
    /// The file that `greenlane manifest import` writes; relative to this file.
    pub file: PathBuf,
    /// A declaration older than this is stale, in days.
    #[serde(default = "stale")]
    pub stale_days: u32,
    /// Share of explained passages that are inspected all the same, chosen by a keyed draw.
    #[serde(default = "audit")]
    pub audit_share: f64,
}

fn stale() -> u32 {
    30
}

fn audit() -> f64 {
    0.02
}

/// `[standard]`: what drivers must have proven before their evidence counts for a release.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandardTable {
    /// The standard: a name in `configs/standards`, or a `.toml` file relative to this one.
    pub id: String,
    /// Its version, so that another file of the same name is not put in force by mistake.
    pub version: String,
    /// Class that a certificate must have at least, a word of the standard's `mustpass`.
    #[serde(default = "lane_class")]
    pub class: String,
    /// Who is trusted to sign, and as what.
    pub keys: Vec<TrustedKey>,
    /// Roles that must each have signed a certificate.
    pub roles: Vec<String>,
    /// Folder of the certificates, relative to this file.
    #[serde(default = "certificates")]
    pub certificates: PathBuf,
    /// Signed list of what is no longer trusted, relative to this file. Without it nothing is revoked.
    pub revoked: Option<PathBuf>,
    /// What becomes of a driver that is not admitted.
    #[serde(default)]
    pub otherwise: Otherwise,
    /// Days ahead of its end at which a certificate is warned of.
    #[serde(default = "warn")]
    pub warn_days: u32,
    /// Least and greatest background of a gamma panel at this site, in counts per second. Without it only a panel
    /// that counts nothing is out.
    pub background_cps: Option<[f64; 2]>,
    /// The least that is done about a device that slides out of standard; the standard may ask for more.
    #[serde(default)]
    pub when_degraded: Response,
    /// The least that is done about a device that is out of standard; the standard may ask for more.
    #[serde(default)]
    pub when_out: Response,
}

fn lane_class() -> String {
    "lane".to_owned()
}

fn certificates() -> PathBuf {
    "certificates".into()
}

fn warn() -> u32 {
    90
}

/// `[[link]]`: a wire with a name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkTable {
    /// The word that a device's `link` may use instead of a URL.
    pub name: String,
    /// Where the wire leads, e.g. `modbus://192.168.1.20:502`.
    pub url: String,
}

/// `[[device]]`: one installed thing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceTable {
    /// Unique in the site; the word that bindings and records use.
    pub name: String,
    /// The driver, `folder.file`, e.g. `modbus.io`.
    pub model: String,
    /// The wire: a URL, or the name of a `[[link]]`.
    pub link: String,
    /// Where it looks, in m from the entry line. Without it and without `station` it has no place.
    pub at_m: Option<Metres>,
    /// Length of its detection zone along the lane, in m.
    pub length_m: Option<Metres>,
    /// A station's name, instead of `at_m`.
    pub station: Option<String>,
    /// Where its driver runs.
    #[serde(default)]
    pub isolation: Isolation,
    /// The driver's own settings.
    #[serde(default = "nothing")]
    #[allow(dead_code, reason = "for the schema; the check reads them with their places")]
    pub settings: Json,
    /// Reads as stale, then faulty, when it says nothing for longer, in s.
    pub silent_after_s: Option<f64>,
    /// A `.wire` file to record the device's traffic in; relative to this file.
    pub capture: Option<PathBuf>,
}

fn nothing() -> Json {
    json!({})
}

/// Where a device's link and driver run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// In a child process of its own: a crash or a hang touches nothing else.
    #[default]
    Process,
    /// On a thread of the controller.
    None,
}

/// A file that names a site's lanes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteFile {
    /// The site itself.
    pub site: SiteTable,
    /// The standard in force in every lane. Without it drivers are not asked for certificates.
    pub standard: Option<StandardTable>,
}

/// `[site]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteTable {
    /// The site's name.
    pub name: String,
    /// Lane files relative to this one; `*` and `?` stand for letters of a file name.
    pub lanes: Vec<String>,
}

/// What a number of a table may be: table, key, and JSON Schema words.
///
/// The types of the lane carry units, not limits; these are the limits of what a person can have meant. A
/// lane of more than 1 km or a speed above 120 km/h is a slip of the unit.
fn limits() -> Vec<(&'static str, &'static str, Json)> {
    let position = || json!({ "minimum": 0, "maximum": 1000 });
    let zone = || json!({ "minimum": 0, "maximum": 100 });
    let length = || json!({ "exclusiveMinimum": 0, "maximum": 100 });
    let duration = || json!({ "exclusiveMinimum": 0, "maximum": 86_400 });
    let name = || json!({ "minLength": 1, "maxLength": 64 });
    vec![
        ("LaneTable", "name", name()),
        ("LaneTable", "max_speed_kmh", json!({ "exclusiveMinimum": 0, "maximum": 120 })),
        ("LaneTable", "length_m", json!({ "exclusiveMinimum": 0, "maximum": 1000 })),
        ("LaneTable", "scan_lease_ms", json!({ "minimum": 100, "maximum": 60_000 })),
        ("LaneTable", "clear_s", json!({ "minimum": 0, "maximum": 600 })),
        ("Station", "name", name()),
        ("Station", "at_m", position()),
        ("Station", "length_m", zone()),
        ("LinkTable", "name", name()),
        ("LinkTable", "url", json!({ "minLength": 1, "maxLength": 1024 })),
        ("DeviceTable", "name", name()),
        ("DeviceTable", "at_m", position()),
        ("DeviceTable", "length_m", zone()),
        ("DeviceTable", "silent_after_s", duration()),
        ("Bind", "at_m", position()),
        ("Bind", "length_m", zone()),
        ("Policy", "min_confidence", json!({ "minimum": 0, "maximum": 1 })),
        ("Policy", "two_containers_m", length()),
        ("Policy", "wait_s", json!({ "minimum": 0, "maximum": 3600 })),
        ("TrackerTable", "stuck_s", duration()),
        ("TrackerTable", "min_length_m", length()),
        ("TrackerTable", "max_length_m", length()),
        ("TrackerTable", "max_inner_gap_m", zone()),
        ("TrackerTable", "ambiguous_m", zone()),
        ("TrackerTable", "beam_range_m", zone()),
        ("RadiationTable", "panels", json!({ "maxItems": 16 })),
        ("Panel", "lateral_m", json!({ "minimum": -10, "maximum": 10 })),
        ("Panel", "height_m", json!({ "minimum": 0, "maximum": 10 })),
        ("ManifestTable", "stale_days", json!({ "minimum": 1, "maximum": 3650 })),
        ("ManifestTable", "audit_share", json!({ "minimum": 0, "maximum": 1 })),
        ("StandardTable", "id", json!({ "minLength": 1, "maxLength": 256 })),
        ("StandardTable", "keys", json!({ "minItems": 1, "maxItems": 64 })),
        ("StandardTable", "roles", json!({ "minItems": 1, "maxItems": 8 })),
        ("StandardTable", "warn_days", json!({ "maximum": 730 })),
        ("TrustedKey", "key", json!({ "minLength": 64, "maxLength": 64 })),
        ("SiteTable", "name", name()),
        ("SiteTable", "lanes", json!({ "minItems": 1 })),
    ]
}

/// Most tables of each list.
const LISTS: &[(&str, usize)] = &[("station", 256), ("link", 256), ("device", 256), ("bind", 1024)];

/// The schema of one kind of file, limits included.
pub(crate) fn schema_of<T: JsonSchema>() -> Json {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
    let lists = LISTS.iter().map(|(key, most)| (String::new(), *key, json!({ "maxItems": most })));
    let limits = limits().into_iter().map(|(table, key, words)| (format!("/$defs/{table}"), key, words));
    for (table, key, words) in lists.chain(limits) {
        let property = schema.pointer_mut(&format!("{table}/properties/{key}"));
        if let (Some(Json::Object(property)), Json::Object(words)) = (property, words) {
            property.extend(words);
        }
    }
    schema
}
