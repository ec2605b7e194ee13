//! A site with a standard of its own in force, and certificates for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use greenlane_model::Capability;
use greenlane_standard::{
    Certificate, Date, Device, KitLevel, Plugin, Resolver, SEED_RULE, Seed, Standard, StandardFacts, Suite,
    Valid, Verdict, VerdictLine, counts, hash_of, public_key, unverified,
};
use greenlane_system::{Bank, Portal, Running, greenlane, guarded_lane};

const SECRET: [u8; 32] = [7; 32];

const STANDARD: &str = r#"
[standard]
id = "house"
title = "A standard for tests"
version = "1.0.0"
mustpass = { lane = ["L0"] }

[[requirement]]
id = "load/table"
scope = { applies_to = ["any"], subject = "driver", level = "L0", word = "shall" }
text = { title = "T", statement = "S.", rationale = "R." }
source = [{ doc = "house", status = "house" }]
test = { method = "load/table", version = 1, clock = "sim" }
plan = { kind = "each" }
evidence = ["A"]
"#;

/// A folder with a lane, its standard, its certificates and copies of the drivers that it needs.
pub struct SiteFolder {
    folder: tempfile::TempDir,
    pub portal: Portal,
    pub bank: Bank,
    monitors: String,
}

impl SiteFolder {
    /// Portal and lights, both drivers as they were built, no certificate yet.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let site = Self { folder, portal: Portal::open(), bank: Bank::open(|_| {}), monitors: String::new() };
        std::fs::create_dir(site.path("certificates")).expect("a folder");
        std::fs::create_dir(site.path("plugins")).expect("a folder");
        for name in ["tsa", "modbus"] {
            let file = format!("libgreenlane_{name}.so");
            let built = built().join(&file);
            std::fs::copy(&built, site.plugin(name)).unwrap_or_else(|e| panic!("{}: {e}", built.display()));
        }
        site
    }

    /// The same, with these monitors in its standard.
    pub fn watching(monitors: &str) -> Self {
        Self { monitors: monitors.to_owned(), ..Self::new() }
    }

    /// A file of the site.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file of a driver.
    pub fn plugin(&self, name: &str) -> PathBuf {
        self.path("plugins").join(format!("libgreenlane_{name}.so"))
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.path("lane.journal")
    }

    /// A certificate for the portal's driver as its file is now, which holds for so many days more.
    pub fn certify_portal(&self, days: i64) {
        use Capability::{
            Background, Gamma, Health, Neutron, Occupancy, RadiationAlarm, Setup, Speed, Tamper,
        };
        let offers = [Gamma, Neutron, Background, Occupancy, RadiationAlarm, Speed, Setup, Health, Tamper];
        self.certify("tsa", "tsa.vm250", &offers, days);
    }

    /// The same for the driver of the lights.
    pub fn certify_lights(&self, days: i64) {
        use Capability::{Health, Output, Presence, Pulses, Setup};
        self.certify("modbus", "modbus.io", &[Presence, Pulses, Output, Setup, Health], days);
    }

    fn certify(&self, name: &str, model: &str, offers: &[Capability], days: i64) {
        let text = certificate(&self.standard_text(), &self.plugin(name), model, offers, days);
        std::fs::write(self.path("certificates").join(format!("{model}.json")), text).expect("a certificate");
    }

    /// The lane's file; `more` stands in `[standard]`, without which nothing is in force.
    pub fn configure(&self, more: Option<&str>) {
        std::fs::write(self.path("house.toml"), self.standard_text()).expect("a standard");
        let mut text = guarded_lane(&self.portal.link(), &self.bank.link());
        if let Some(more) = more {
            text += &format!(
                "\n[standard]\nid = \"house.toml\"\nversion = \"1.0.0\"\nroles = [\"lab\"]\n\
                 keys = [{{ role = \"lab\", key = \"{}\" }}]\n{more}\n",
                public_key(&SECRET)
            );
        }
        std::fs::write(self.path("lane.toml"), text).expect("a lane file");
    }

    /// Starts the lane.
    pub fn start(&self) -> Running {
        let mut command = greenlane();
        command.arg("--plugins").arg(self.path("plugins"));
        command.arg("run").arg(self.path("lane.toml")).arg("--journal").arg(self.journal());
        command.args(["--for", "5m"]);
        Running::start(command)
    }

    /// How the site stands, by its journal.
    pub fn status(&self, code: i32) -> serde_json::Value {
        let mut command = greenlane();
        command.arg("--plugins").arg(self.path("plugins"));
        command.args(["standard", "status", "--json"]).arg(self.path("lane.toml"));
        command.arg("--journal").arg(self.journal());
        Running::start(command).wait().with(code).json()["lanes"][0].take()
    }

    fn standard_text(&self) -> String {
        format!("{STANDARD}\n{}", self.monitors)
    }
}

/// Where the drivers were built.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a test has an executable");
    let mut folders = test.ancestors().skip(1);
    let found = folders.find(|folder| folder.join("libgreenlane_tsa.so").is_file());
    found.unwrap_or_else(|| panic!("no drivers beside {}: `cargo build` first", test.display())).to_owned()
}

/// What a laboratory would have found of the driver in `file`; it holds for so many days more.
fn certificate(standard: &str, file: &Path, model: &str, offers: &[Capability], days: i64) -> String {
    let resolver = Resolver { text: &|_| Err("none".to_owned()), methods: None };
    let standard = Standard::load(standard, &resolver).expect("a standard");
    let bytes = std::fs::read(file).expect("a driver");
    let verdicts = BTreeMap::from([("load/table".to_owned(), VerdictLine::untried(Verdict::Pass))]);
    let day = |days: i64| Date::of_seconds(jiff::Timestamp::now().as_second() + days * 86_400);
    let mut certificate = Certificate {
        format: 1,
        plugin: Plugin {
            model: model.to_owned(),
            blake3: hash_of(&bytes),
            abi: "1.0".to_owned(),
            bytes: bytes.len() as u64,
            offers: offers.iter().copied().collect(),
        },
        device: Device {
            firmware_declared: Vec::new(),
            firmware_seen: None,
            kit: KitLevel::K1,
            kit_blake3: hash_of(b"kit"),
            kit_author: "somebody else".to_owned(),
        },
        standard: StandardFacts {
            id: standard.id.clone(),
            version: standard.version.clone(),
            blake3: standard.hash().expect("canonical"),
            unverified_limits: unverified(&verdicts, &standard),
        },
        suite: Suite {
            version: "0.1.0".to_owned(),
            blake3: hash_of(b"suite"),
            kill_strict: "1/1".to_owned(),
        },
        mode: "certify".to_owned(),
        class: "lane".to_owned(),
        link: "lines".to_owned(),
        seed: Seed { rule: SEED_RULE.to_owned(), attempt: 1, earlier: Vec::new() },
        declares: BTreeMap::new(),
        settings_blake3: hash_of(b"{}"),
        plan_blake3: hash_of(b"plan"),
        trials_blake3: hash_of(b"trials"),
        waivers: Vec::new(),
        counts: counts(&verdicts),
        verdicts,
        valid: Valid { from: day(days.min(0) - 30), until: day(days) },
        signatures: Vec::new(),
    };
    certificate.sign("lab", &SECRET).expect("canonical");
    certificate.text().expect("canonical")
}
