//! Whether the evidence of a driver may count towards a release. Where the driver runs is another question, with
//! one exception: what is restricted is also isolated.

use std::collections::BTreeSet;

use greenlane_model::Capability;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::certificate::{Certificate, KitLevel};
use crate::date::Date;
use crate::record::Effect;
use crate::revocation::Revocations;
use crate::standard::Standard;

/// What a site asks for: its `[standard]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Id of the standard in force.
    pub standard: String,
    /// Class that a certificate must have at least: one whose levels contain those of this one.
    pub class: String,
    /// Who is trusted, and as what.
    pub keys: Vec<TrustedKey>,
    /// Roles that must each have signed.
    pub roles: BTreeSet<String>,
    /// What becomes of a driver that is not admitted.
    #[serde(default)]
    pub otherwise: Otherwise,
    /// Days ahead of its end at which a certificate is warned of.
    #[serde(default = "ninety")]
    pub warn_days: i64,
}

/// Somebody whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedKey {
    /// As what.
    pub role: String,
    /// Public key, 64 hexadecimal digits.
    pub key: String,
}

/// What becomes of a driver that is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// It runs isolated, and its evidence counts as missing for a release.
    #[default]
    Restrict,
    /// The lane does not start with it.
    Refuse,
}

/// One driver at the start of a lane, or at a later look.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The standard in force, resolved.
    pub standard: &'a Standard,
    /// BLAKE3 of the file as it was loaded.
    pub plugin_blake3: &'a str,
    /// The driver's model: one file may hold several.
    pub model: &'a str,
    /// Major version of the host's function table.
    pub abi_major: u32,
    /// Capabilities that the lane uses of it.
    pub uses: &'a BTreeSet<Capability>,
    /// Firmware that the device told, when it did.
    pub firmware: Option<&'a str>,
    /// The last list that was read; a list that was lost makes nothing valid again.
    pub revocations: Option<&'a Revocations>,
    /// Today.
    pub today: &'a Date,
}

/// Whether a driver's evidence counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "admission")]
pub enum Admission {
    /// It counts.
    Admitted {
        /// The device is not quite the one that was tested: shown, and the portal's monitors begin degraded.
        is_degraded: bool,
        /// What a person should know: an end that is near, a firmware nobody tried.
        notes: Vec<String>,
    },
    /// It runs isolated and counts as missing for a release.
    Restricted {
        /// One sentence.
        reason: String,
    },
    /// The lane does not start with it.
    Refused {
        /// One sentence.
        reason: String,
    },
}

/// Whether the driver is admitted. `certificate` is the text of the one that its hash was found by, if any.
pub fn admit(policy: &Policy, certificate: Option<&str>, asked: &Asked<'_>) -> Admission {
    let checked = match certificate {
        None => Err(format!("no certificate for {} ({})", asked.model, short(asked.plugin_blake3))),
        Some(text) => Certificate::read(text).and_then(|certificate| {
            check(policy, &certificate, asked)?;
            Ok(certificate)
        }),
    };
    match (checked, policy.otherwise) {
        (Ok(certificate), _) => {
            let (is_degraded, notes) = notes(policy, &certificate, asked);
            Admission::Admitted { is_degraded, notes }
        }
        (Err(reason), Otherwise::Restrict) => Admission::Restricted { reason },
        (Err(reason), Otherwise::Refuse) => Admission::Refused { reason },
    }
}

/// The first reason against it, in one sentence.
fn check(policy: &Policy, certificate: &Certificate, asked: &Asked<'_>) -> Result<(), String> {
    let refuse = |holds: bool, reason: &dyn Fn() -> String| if holds { Ok(()) } else { Err(reason()) };
    let plugin = &certificate.plugin;
    refuse(plugin.blake3 == asked.plugin_blake3, &|| {
        format!("the certificate is for {}, loaded is {}", short(&plugin.blake3), short(asked.plugin_blake3))
    })?;
    refuse(plugin.model == asked.model, &|| format!("the certificate is for {}", plugin.model))?;
    let major = plugin.abi.split('.').next().and_then(|major| major.parse::<u32>().ok());
    refuse(major == Some(asked.abi_major), &|| {
        format!("certified for function table {}, the host has {}", plugin.abi, asked.abi_major)
    })?;
    is_standard(policy, certificate, asked.standard)?;
    is_class(policy, certificate, asked)?;
    is_signed(policy, certificate, asked.revocations)?;
    refuse(certificate.device.kit >= KitLevel::K1, &|| {
        "tested with a capture only, kit K1 is needed".to_owned()
    })?;
    let valid = &certificate.valid;
    refuse(*asked.today >= valid.from, &|| format!("the certificate begins on {}", valid.from))?;
    refuse(*asked.today <= valid.until, &|| format!("the certificate ended on {}", valid.until))?;
    match asked.revocations.and_then(|list| list.of(certificate)) {
        Some(entry) => Err(format!("revoked on {}: {}", entry.date, entry.reason)),
        None => is_untouched(certificate, asked.standard),
    }
}

/// The same standard and major, and not an older version than the one in force.
fn is_standard(policy: &Policy, certificate: &Certificate, standard: &Standard) -> Result<(), String> {
    let (held, force) = (&certificate.standard, &standard.version);
    if held.id != policy.standard {
        return Err(format!("certified for {}, in force is {}", held.id, policy.standard));
    }
    let (old, new) = (numbers(&held.version), numbers(force));
    if old.first() != new.first() || old < new {
        return Err(format!("certified for version {}, in force is {force}", held.version));
    }
    Ok(())
}

/// The class covers the one asked for, and everything that the lane uses was tested.
fn is_class(policy: &Policy, certificate: &Certificate, asked: &Asked<'_>) -> Result<(), String> {
    let levels = |class: &str| asked.standard.levels(class).ok_or_else(|| format!("no class `{class}`"));
    let objections = certificate.objections(asked.standard);
    // A newer certificate may know requirements that this site's standard does not have yet.
    if certificate.standard.version == asked.standard.version
        && let Some(objection) = objections.first()
    {
        return Err(format!("the certificate does not hold what it says: {objection}"));
    }
    if !levels(&certificate.class)?.is_superset(levels(&policy.class)?) {
        return Err(format!("certified for class {}, asked for is {}", certificate.class, policy.class));
    }
    match asked.uses.iter().find(|used| !certificate.plugin.offers.contains(used)) {
        Some(missing) => Err(format!("the lane uses `{missing}`, which was not tested")),
        None => Ok(()),
    }
}

/// Every role that the site asks for has signed with a key that it trusts and that was not revoked.
fn is_signed(
    policy: &Policy,
    certificate: &Certificate,
    revocations: Option<&Revocations>,
) -> Result<(), String> {
    let counts = |role: &String| {
        certificate.signatures.iter().any(|signature| {
            let is_trusted =
                policy.keys.iter().any(|trusted| trusted.role == *role && trusted.key == signature.key);
            let is_revoked = revocations.is_some_and(|list| list.revokes_key(&signature.key));
            signature.role == *role && is_trusted && !is_revoked && certificate.is_signed_by(signature)
        })
    };
    if policy.roles.is_empty() {
        return Err("the site's policy asks for no signature: name at least one role".to_owned());
    }
    match policy.roles.iter().find(|role| !counts(role)) {
        Some(role) => Err(format!("no trusted signature of a {role}")),
        None => Ok(()),
    }
}

/// No erratum since has opened a line again that the certificate rests on.
fn is_untouched(certificate: &Certificate, standard: &Standard) -> Result<(), String> {
    for requirement in standard.requirements.values() {
        let line = certificate.verdicts.get(&requirement.id);
        let rests = line.is_some_and(|line| line.n > 0);
        let later = requirement
            .errata
            .iter()
            .find(|erratum| erratum.effect == Effect::Invalidates && erratum.date > certificate.valid.from);
        if let (true, Some(erratum)) = (rests, later) {
            return Err(format!("an erratum of {} opened `{}` again", erratum.date, requirement.id));
        }
    }
    Ok(())
}

fn notes(policy: &Policy, certificate: &Certificate, asked: &Asked<'_>) -> (bool, Vec<String>) {
    let mut notes = Vec::new();
    let left = certificate.valid.until.days() - asked.today.days();
    if left <= policy.warn_days {
        notes.push(format!("the certificate ends on {}, in {left} days", certificate.valid.until));
    }
    let device = &certificate.device;
    let is_known = |firmware: &str| {
        device.firmware_seen.as_deref() == Some(firmware)
            || device.firmware_declared.iter().any(|known| is_version_of(firmware, known))
    };
    let unknown = asked.firmware.filter(|firmware| !is_known(firmware));
    if let Some(firmware) = unknown {
        notes.push(format!("firmware {firmware} was not declared"));
    }
    match asked.revocations {
        None => notes.push("no list of revocations was ever read".to_owned()),
        Some(list) if list.is_old(asked.today) => {
            notes.push(format!("the list of revocations is of {}", list.issued));
        }
        Some(_) => {}
    }
    (unknown.is_some(), notes)
}

/// `2.4.1` is a version of `2.4`; `2.40` is not.
fn is_version_of(firmware: &str, known: &str) -> bool {
    firmware.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// Enough of a hash for a sentence.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn ninety() -> i64 {
    90
}
