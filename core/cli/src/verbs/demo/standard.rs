//! `greenlane demo --standard`: the demo's site with a standard in force. Every driver is certified on the spot but
//! the portal's, so that nothing is released. The certificates are true, for a standard that asks for little: the
//! suite runs what it asks for, and a key that is made for this demo signs.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use greenlane_config::Site;
use greenlane_conformance::bench::{Bench, Mode};
use greenlane_conformance::kit::Kit;
use greenlane_conformance::results::certify::{Earned, certify};
use greenlane_conformance::results::{Attempt, Machine, plan_file, sessions};
use greenlane_conformance::suite::{self, Selection, Waivers};
use greenlane_controller::host::Registry;
use greenlane_link::Clock;
use greenlane_simulator::device;
use greenlane_standard::{Date, Standard, hash_of, public_key};

use crate::places::{Places, executable};
use crate::verbs::conform::standards;

/// What is in force.
const STANDARD: &str = "demo";
/// What the demo signs as.
const ROLE: &str = "demo";
/// Class of the certificates.
const CLASS: &str = "demo";

/// The device whose driver goes without a certificate.
pub const UNCERTIFIED: &str = device::PORTAL;

/// Puts the standard in force at a site whose lane file lies in `folder`.
pub fn put_in_force(
    site: &Site,
    places: &Places,
    registry: &Registry,
    folder: &Path,
) -> anyhow::Result<Site> {
    let standard = standards::load(places, STANDARD)?;
    let mut secret = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut secret).context("no random numbers for a key")?;
    let certificates = folder.join("certificates");
    std::fs::create_dir_all(&certificates)?;
    let devices = || site.lanes.iter().flat_map(|lane| &lane.devices);
    let without: BTreeSet<&str> =
        devices().filter(|d| d.name == UNCERTIFIED).map(|d| d.model.as_str()).collect();
    let models: BTreeSet<&str> = devices().map(|d| d.model.as_str()).collect();
    for model in models.difference(&without) {
        let text = certificate(places, registry, &standard, model, &secret)?;
        std::fs::write(certificates.join(format!("{model}.json")), text)?;
        eprintln!("{model} is certified for {STANDARD}, class {CLASS}");
    }
    eprintln!("{UNCERTIFIED} has no certificate: nothing will be released");
    let file = &site.lanes.first().context("a demo has a lane")?.file;
    let table = format!(
        "\n[standard]\nid = {STANDARD:?}\nversion = {:?}\nclass = {CLASS:?}\nroles = [{ROLE:?}]\n\
         keys = [{{ role = {ROLE:?}, key = {:?} }}]\n",
        standard.version,
        public_key(&secret)
    );
    let text = std::fs::read_to_string(file)? + &table;
    std::fs::write(file, text)?;
    places.load(file, registry)
}

/// Runs what the class asks for and signs what came of it.
fn certificate(
    places: &Places,
    registry: &Registry,
    standard: &Standard,
    model: &str,
    secret: &[u8; 32],
) -> anyhow::Result<String> {
    let (plugin, info) = registry.find(model).with_context(|| format!("no driver for {model}"))?;
    let configs = places.configs()?;
    let root = configs.parent().unwrap_or(&configs);
    let kit = Kit::find(root, model).with_context(|| format!("no kit for {model} in {}", root.display()))?;
    let kit = Kit::load(&kit, &configs.join("maps"))?;
    let bench = Bench::new(plugin, info, &kit, Mode::Certify);
    let levels = standard.levels(CLASS).with_context(|| format!("no class {CLASS}"))?;
    let asked = standard.requirements.values().filter(|r| levels.contains(&r.scope.level));
    let only = asked.map(|requirement| requirement.id.clone()).collect();
    let selection = Selection { only, ..Selection::default() };
    let planned = suite::plan(standard, &bench, &selection);
    let today = Date::of_seconds(Clock::now().utc_ns / 1_000_000_000);
    let attempt = Attempt::unkept();
    let plan = plan_file(&bench, standard, &planned, &selection, &attempt, today.clone())?;
    let sessions = sessions(&bench, &plan.standard.blake3, attempt.number);
    let waivers = Waivers { list: kit.product.waiver.clone(), today };
    let lines = suite::run(&bench, &planned, &selection, sessions, &waivers, &mut |_| {});
    let machine = Machine::now(hash_of(&std::fs::read(executable()?)?), &plugin.path);
    let abi = format!("{}.0", greenlane_abi::MAJOR);
    let Earned { certificate, refused } = certify(&bench, standard, &plan, &lines, &machine, &abi)?;
    let mut certificate = certificate.with_context(|| {
        let why = refused.get(CLASS).map(|why| why.join("; ")).unwrap_or_default();
        format!("{model} earns no certificate of class {CLASS}: {why}")
    })?;
    certificate.sign(ROLE, secret)?;
    Ok(certificate.text()?)
}
