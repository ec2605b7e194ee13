//! What a lane means as a whole: names, places, bindings, evidence, safety.

use std::collections::BTreeMap;

use greenlane_driver::Point;
use greenlane_lane::{Bind, Evidence};
use greenlane_model::{Capability, units::Metres};

use crate::device::Ready;
use crate::load::place;
use crate::near::{listed, suggest};
use crate::node::Node;
use crate::problem::{Finding, Place};
use crate::roles;
use crate::tables::LaneFile;

/// A lane whose tables have the right shape.
pub(crate) struct Lane<'a> {
    /// With places.
    pub root: &'a Node,
    /// As types; lists in the same order as in `root`.
    pub file: &'a LaneFile,
    /// Goes with the devices; `None` where the driver did not get that far.
    pub ready: &'a [Option<Ready>],
}

/// Tells everything that does not fit together.
pub(crate) fn lane(lane: &Lane<'_>, findings: &mut Vec<Finding>) {
    for list in ["station", "link", "device"] {
        twice(lane, list, findings);
    }
    stations_of_devices(lane, findings);
    positions(lane, findings);
    binds(lane, findings);
    evidence(lane, findings);
    vehicles(lane, findings);
}

/// Lanes of a site share neither their own name nor a device's.
pub(crate) fn shared_names<'a>(lanes: impl Iterator<Item = &'a Node>, findings: &mut Vec<Finding>) {
    let (mut lane_names, mut device_names) = (BTreeMap::new(), BTreeMap::new());
    for root in lanes {
        if let Some(name) = root.get("lane").and_then(|lane| lane.get("name")) {
            let key = "lane.name";
            findings.extend(taken(&mut lane_names, name, key, "lane of this name", "lane of the site"));
        }
        for (index, device) in items(root, "device").iter().enumerate() {
            let Some(name) = device.get("name") else { continue };
            let key = format!("device[{index}].name");
            findings.extend(taken(
                &mut device_names,
                name,
                &key,
                "device of this name",
                "device of the site",
            ));
        }
    }
}

fn taken<'a>(
    known: &mut BTreeMap<&'a str, Place>,
    name: &'a Node,
    key: &str,
    first: &'static str,
    owner: &str,
) -> Option<Finding> {
    let text = name.text()?;
    let Some(earlier) = known.get(text) else {
        known.insert(text, name.at);
        return None;
    };
    let message = format!("the name `{text}` is taken");
    Some(
        Finding::new(name.at, key, message, format!("another name; every {owner} has its own"))
            .also(*earlier, first),
    )
}

fn items<'a>(root: &'a Node, list: &str) -> &'a [Node] {
    root.get(list).map_or(&[], Node::items)
}

fn twice(lane: &Lane<'_>, list: &'static str, findings: &mut Vec<Finding>) {
    let mut known = BTreeMap::new();
    for (index, item) in items(lane.root, list).iter().enumerate() {
        let Some(name) = item.get("name") else { continue };
        let (key, owner) = (format!("{list}[{index}].name"), format!("{list} of the lane"));
        findings.extend(taken(&mut known, name, &key, "first use of the name", &owner));
    }
}

fn stations_of_devices(lane: &Lane<'_>, findings: &mut Vec<Finding>) {
    let known: Vec<&str> = lane.file.station.iter().map(|station| station.name.as_str()).collect();
    let nodes = items(lane.root, "device");
    for (index, (device, node)) in lane.file.device.iter().zip(nodes).enumerate() {
        let Some(station) = &device.station else { continue };
        let (at, key) = (node.place_of("station"), format!("device[{index}].station"));
        if !known.contains(&station.as_str()) {
            let message = format!("there is no station `{station}`");
            findings.push(Finding::new(
                at,
                key,
                message,
                suggest(station, "stations", known.iter().copied()),
            ));
        } else if device.at_m.is_some() {
            let message = format!("`{}` has both `station` and `at_m`", device.name);
            let finding = Finding::new(at, key, message, "keep one of the two");
            findings.push(finding.also(node.place_of("at_m"), "its other place"));
        }
    }
}

/// Nothing lies beyond the lane's end. (Before its entry the schema refuses.)
fn positions(lane: &Lane<'_>, findings: &mut Vec<Finding>) {
    let Some(length) = lane.file.lane.length_m else { return };
    let end = lane.root.get("lane").map_or(lane.root.at, |lane| lane.place_of("length_m"));
    let stations = lane.file.station.iter().map(|station| Some(station.at_m)).collect();
    let devices = lane.file.device.iter().map(|device| device.at_m).collect();
    let binds = lane.file.bind.iter().map(|bind| bind.at_m).collect();
    let lists: [(&str, Vec<Option<Metres>>); 3] =
        [("station", stations), ("device", devices), ("bind", binds)];
    for (list, places) in lists {
        for (index, (at_m, node)) in places.iter().zip(items(lane.root, list)).enumerate() {
            let Some(at_m) = at_m.filter(|at_m| *at_m > length) else { continue };
            let key = format!("{list}[{index}].at_m");
            let message = format!("{at_m} is beyond the end of the lane");
            let finding = Finding::new(node.place_of("at_m"), key, message, format!("0 to {length}"));
            findings.push(finding.also(end, "the lane ends here"));
        }
    }
}

fn binds(lane: &Lane<'_>, findings: &mut Vec<Finding>) {
    let nodes = items(lane.root, "bind");
    for (index, (bind, node)) in lane.file.bind.iter().zip(nodes).enumerate() {
        let key = format!("bind[{index}]");
        let Some(device) = lane.file.device.iter().position(|device| device.name == bind.device) else {
            let known = lane.file.device.iter().map(|device| device.name.as_str());
            let message = format!("there is no device `{}`", bind.device);
            let help = suggest(&bind.device, "devices", known);
            findings.push(Finding::new(node.place_of("device"), format!("{key}.device"), message, help));
            continue;
        };
        findings.extend(conflict(lane, index, node, &key));
        let (at_m, _) = place(&lane.file.device[device], lane.file);
        if bind.role == greenlane_lane::Role::Presence && bind.at_m.is_none() && at_m.is_none() {
            let message = "this presence has no place, so no passage can be found by it";
            let help = format!("add `at_m = ...`, in m from the entry line, here or to `{}`", bind.device);
            findings.push(Finding::new(node.at, format!("{key}.at_m"), message, help));
        }
        if let Some(ready) = &lane.ready[device] {
            findings.extend(capable(bind, node, &key, ready));
            findings.extend(unsafe_output(bind, node, device, ready));
        }
    }
}

/// A point that already plays a role which it cannot play together with this one.
fn conflict(lane: &Lane<'_>, index: usize, node: &Node, key: &str) -> Option<Finding> {
    let bind = &lane.file.bind[index];
    let same = |other: &Bind| {
        let point = other.device == bind.device && other.point == bind.point;
        let apart = roles::shares(other.role) && roles::shares(bind.role) && other.role != bind.role;
        // A whole device plays all roles of its kind.
        point && !apart && (bind.point.is_some() || other.role == bind.role)
    };
    let earlier = lane.file.bind[..index].iter().position(same)?;
    let point = bind.point.as_ref().map_or(bind.device.clone(), |point| format!("{}.{point}", bind.device));
    let word = roles::word(lane.file.bind[earlier].role);
    let message = format!("`{point}` is bound to `{word}` already");
    let finding =
        Finding::new(node.place_of("role"), format!("{key}.role"), message, "another point, or one role");
    Some(finding.also(items(lane.root, "bind")[earlier].place_of("role"), "its other role"))
}

/// The point or the device cannot do what the role asks.
fn capable(bind: &Bind, node: &Node, key: &str, ready: &Ready) -> Option<Finding> {
    let (word, wanted) = (roles::word(bind.role), roles::of_point(bind.role));
    let able = ready.points.iter().filter(|point| point.capability == wanted);
    let able: Vec<&str> = able.map(|point| point.name.as_str()).collect();
    let all = format!("points of `{}` that offer {wanted}", bind.device);
    let Some(name) = &bind.point else {
        let offered = roles::of_device(bind.role);
        if ready.info.offers.contains(&offered) {
            return None;
        }
        let message = format!("`{word}` needs a point: `{}` as a whole offers no {offered}", bind.device);
        let help = format!("add `point = ...`; {}", listed(&all, able));
        return Some(Finding::new(node.place_of("device"), format!("{key}.point"), message, help));
    };
    let (at, key) = (node.place_of("point"), format!("{key}.point"));
    match ready.points.iter().find(|point| point.name == *name) {
        None if ready.points.is_empty() => {
            let message = format!("`{}` offers no points at all", bind.device);
            let help = "a device whose settings name points, or no `point` for the whole device";
            Some(Finding::new(at, key, message, help))
        }
        None => {
            let message = format!("`{}` offers no point `{name}`", bind.device);
            Some(Finding::new(at, key, message, suggest(name, &all, able)))
        }
        Some(Point { capability, .. }) if *capability != wanted => {
            let message = format!("`{word}` needs {wanted}; the point `{name}` is {capability}");
            Some(Finding::new(at, key, message, listed(&all, able)))
        }
        Some(_) => None,
    }
}

/// An output that would give a permission, or close on a vehicle, when the controller is gone. Any driver
/// whose settings have `outputs[]` with `name` and `safe` is understood.
fn unsafe_output(bind: &Bind, node: &Node, device: usize, ready: &Ready) -> Option<Finding> {
    let name = bind.point.as_deref().filter(|_| roles::falls_off(bind.role))?;
    let outputs = ready.node.get("outputs").map_or(&[][..], Node::items);
    let output = outputs.iter().position(|output| output.get("name").and_then(Node::text) == Some(name))?;
    let safe = outputs[output].get("safe").filter(|safe| matches!(safe.to_json().as_str(), Some("on")))?;
    let word = roles::word(bind.role);
    let message = format!("`{name}` plays `{word}` and would switch on when the controller is gone");
    let key = format!("device[{device}].settings.outputs[{output}].safe");
    let finding = Finding::new(safe.at, key, message, "`safe = \"off\"`");
    Some(finding.also(node.place_of("role"), "the role"))
}

/// Evidence that no device can give would refer every passage.
fn evidence(lane: &Lane<'_>, findings: &mut Vec<Finding>) {
    let Some(policy) = &lane.file.policy else { return };
    // Of a device without a driver nothing is known; what is missing is told when it has one.
    if lane.ready.iter().any(Option::is_none) {
        return;
    }
    let nodes = lane.root.get("policy").map_or(&[][..], |policy| items(policy, "require"));
    for (index, (evidence, node)) in policy.require.iter().zip(nodes).enumerate() {
        let wanted = capability(*evidence);
        if lane.ready.iter().flatten().any(|ready| gives(&ready.info.offers, wanted)) {
            continue;
        }
        let word = node.text().unwrap_or_default();
        let message = format!("no device of this lane can give `{word}`: none offers {wanted}");
        let help = format!("a `[[device]]` whose driver offers {wanted}, or take `{word}` out");
        findings.push(Finding::new(node.at, format!("policy.require[{index}]"), message, help));
    }
}

/// What a device offers that gives this evidence. Radiation is one complete occupancy of a portal; counts
/// alone never complete it.
fn capability(evidence: Evidence) -> Capability {
    match evidence {
        Evidence::Radiation => Capability::Occupancy,
        Evidence::Container => Capability::Container,
        Evidence::Image => Capability::Image,
        Evidence::Plate => Capability::Plate,
    }
}

/// A reader's own crops are no image of the vehicle.
fn gives(offers: &[Capability], wanted: Capability) -> bool {
    let reader = offers.contains(&Capability::Container) || offers.contains(&Capability::Plate);
    offers.contains(&wanted) && !(wanted == Capability::Image && reader)
}

fn vehicles(lane: &Lane<'_>, findings: &mut Vec<Finding>) {
    let tracker = &lane.file.tracker;
    if tracker.min_length_m < tracker.max_length_m {
        return;
    }
    let Some(node) = lane.root.get("tracker") else { return };
    let key = if node.get("min_length_m").is_some() { "min_length_m" } else { "max_length_m" };
    let message = format!(
        "the shortest vehicle, {} m, is no shorter than the longest, {} m",
        tracker.min_length_m, tracker.max_length_m
    );
    let help = "`min_length_m` below `max_length_m`";
    findings.push(Finding::new(node.place_of(key), format!("tracker.{key}"), message, help));
}
