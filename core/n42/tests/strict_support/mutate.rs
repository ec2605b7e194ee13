//! Changes such as bad exporters and bad lines make.

use super::Dice;
use super::tree::{Element, Node};

/// Texts that some type takes and another does not.
const VALUES: [&str; 71] = [
    "",
    " ",
    "0",
    "-0",
    "1",
    " 1 ",
    "-1",
    "0.2",
    "1e3",
    "1e",
    "1E-400",
    ".5",
    "5.",
    "+7",
    "INF",
    "-INF",
    "NaN",
    "nan",
    "1,5",
    "1 2",
    "1 2 3",
    "0 0 0",
    "-1 -2 -3",
    "1 x 3",
    "100",
    "100.1",
    "90.5",
    "-181",
    "180",
    "abc",
    "a b",
    "a, b",
    "a, b, c",
    "&amp;",
    "&lt;x&gt;",
    "&#65;",
    "&#10;",
    "\u{e9}\u{e8}",
    "true",
    "TRUE",
    "yes",
    "false",
    "PT1S",
    "PT0S",
    "-PT1S",
    "PT",
    "P1D",
    "P1Y2M3DT4H5M6.7S",
    "PT1.5M",
    " PT1S",
    "2020-01-01T00:00:00",
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:00+08:00",
    "2020-01-01T00:00:00.25-07:00",
    "2020-13-01T00:00:00Z",
    "2020-01-01",
    "2999-01-01T00:00:00Z",
    "2020-02-30T00:00:00Z",
    "2020-01-01T24:00:00Z",
    "2020-01-01 00:00:00",
    "2020-01-01T00:00:00+0800",
    "None",
    "CountedZeroes",
    "Foreground",
    "Gamma",
    "GAMMA",
    "Other",
    "01234567-89ab-cdef-0123-456789abcdef",
    "QUJD",
    "0aFf",
    "http://a:b/c",
];

/// Pieces that do not belong into a document, or only in some places.
const PIECES: [&str; 22] = [
    "<",
    ">",
    "&",
    "&foo;",
    "]]>",
    "<!-- c -->",
    "<!-- a -- b -->",
    "<![CDATA[ ]]>",
    "<![CDATA[1]]>",
    "<?p q?>",
    "<?xml x?>",
    "text",
    "\u{1}",
    "\u{a0}",
    "\t",
    "<Unknown/>",
    "<x:y/>",
    "<a xmlns=\"urn:a\"/>",
    "<Remark xmlns=\"\"/>",
    "<Remark/>",
    "<!DOCTYPE a>",
    "<n:Remark xmlns:n=\"http://physics.nist.gov/N42/2011/N42\"/>",
];

const ATTRIBUTES: [(&str, &str); 16] = [
    ("id", "x1"),
    ("id", "1x"),
    ("units", "keV"),
    ("unknown", "1"),
    ("xml:lang", "en"),
    ("xmlns", ""),
    ("xmlns", "urn:a"),
    ("xmlns:a", "urn:a"),
    ("a:b", "c"),
    ("compressionCode", "None"),
    ("radDetectorInformationReference", "D1"),
    ("radMeasurementReferences", "a b"),
    ("valueDateTime", "2020-01-01T00:00:00Z"),
    ("n42DocUUID", ""),
    ("radItemInformationReferences", "x"),
    ("groupOutOfLimits", "1"),
];

/// One changed document. `names` are element names to rename to.
pub fn mutant(seed: &Element, names: &[&str], dice: &mut Dice) -> String {
    let mut root = seed.clone();
    let raw = dice.roll(8) == 0;
    for _ in 0..if raw { 0 } else { 1 + dice.roll(5) / 4 } {
        change(&mut root, names, dice);
    }
    let mut text = String::from("<?xml version=\"1.0\"?>\n");
    root.write(&mut text);
    if raw { damaged(&text, dice) } else { text }
}

fn change(root: &mut Element, names: &[&str], dice: &mut Dice) {
    let place = dice.roll(root.size());
    let donor = root.at(dice.roll(root.clone().size())).clone();
    let element = root.at(place);
    match dice.roll(17) {
        0 => drop_child(element, dice),
        1 => with_child(element, dice, |nodes, at| nodes.insert(at, nodes[at].clone())),
        2 => with_child(element, dice, |nodes, at| {
            let other = nodes.len() - 1;
            nodes.swap(at, other.min(at + 2));
        }),
        3 => element.name = dice.pick(names).to_owned(),
        4 => element.name = element.name.to_lowercase(),
        5 => drop_attribute(element, dice),
        6 => add_attribute(element, dice),
        7 => set_attribute(element, &mut |_, value, dice| *value = dice.pick(&VALUES).replace('"', ""), dice),
        8 => set_attribute(element, &mut |name, _, _| *name = name.to_lowercase(), dice),
        9 => set_attribute(element, &mut |_, value, _| *value = format!(" {value} "), dice),
        10 | 11 => set_text(root, dice),
        12 => {
            let at = dice.roll(element.nodes.len() + 1);
            element.nodes.insert(at, Node::Element(donor));
        }
        13 => {
            let at = dice.roll(element.nodes.len() + 1);
            element.nodes.insert(at, Node::Raw(dice.pick(&PIECES).to_owned()));
        }
        14 => element.name = format!("a:{}", element.name),
        15 => copy_attribute(root, true, dice),
        _ => copy_attribute(root, false, dice),
    }
}

fn with_child(element: &mut Element, dice: &mut Dice, change: impl Fn(&mut Vec<Node>, usize)) {
    if !element.nodes.is_empty() {
        let at = dice.roll(element.nodes.len());
        change(&mut element.nodes, at);
    }
}

fn drop_child(element: &mut Element, dice: &mut Dice) {
    with_child(element, dice, |nodes, at| _ = nodes.remove(at));
}

fn drop_attribute(element: &mut Element, dice: &mut Dice) {
    if !element.attributes.is_empty() {
        element.attributes.remove(dice.roll(element.attributes.len()));
    }
}

fn add_attribute(element: &mut Element, dice: &mut Dice) {
    let (name, value) = ATTRIBUTES[dice.roll(ATTRIBUTES.len())];
    element.attributes.push((name.to_owned(), value.to_owned()));
}

fn set_attribute(
    element: &mut Element,
    change: &mut dyn FnMut(&mut String, &mut String, &mut Dice),
    dice: &mut Dice,
) {
    if !element.attributes.is_empty() {
        let at = dice.roll(element.attributes.len());
        let (name, value) = &mut element.attributes[at];
        change(name, value, dice);
    }
}

/// Another text for an element that holds only text.
fn set_text(root: &mut Element, dice: &mut Dice) {
    for _ in 0..20 {
        let size = root.size();
        let element = root.at(dice.roll(size));
        if element.elements().next().is_none() {
            element.nodes = vec![Node::Raw(dice.pick(&VALUES).to_owned())];
            return;
        }
    }
}

/// An attribute gets the value of another, of the same name where `same`.
fn copy_attribute(root: &mut Element, same: bool, dice: &mut Dice) {
    let size = root.size();
    for _ in 0..20 {
        let from = root.at(dice.roll(size));
        let Some((name, value)) = from.attributes.get(dice.roll(from.attributes.len())).cloned() else {
            continue;
        };
        let to = root.at(dice.roll(size));
        let at = dice.roll(to.attributes.len());
        if let Some((_, changed)) = to.attributes.get_mut(at).filter(|(other, _)| !same || *other == name) {
            *changed = value;
            return;
        }
    }
}

/// A character lost, changed or added, or the end cut off.
fn damaged(text: &str, dice: &mut Dice) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = dice.roll(chars.len());
    match dice.roll(4) {
        0 => _ = chars.remove(at),
        1 => chars[at] = *dice.pick(&[&'<', &'>', &'"', &'x', &' ', &'&', &'\u{0}']),
        2 => chars.insert(at, *dice.pick(&[&'<', &'>', &'"', &'\'', &'/', &' ', &'&', &'=', &':'])),
        _ => chars.truncate(at),
    }
    chars.into_iter().collect()
}
