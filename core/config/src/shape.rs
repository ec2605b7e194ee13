//! Checks a TOML value against a JSON Schema, as far as schemars writes them: types, keys, ranges, words.
//!
//! Serde names one error at a time and loses its place in tagged enums; this names them all, each with its
//! key, and serves both the tables of the file and the settings of every driver.

use serde_json::{Map, Value as Json};

use crate::near::{listed, nearest, suggest};
use crate::node::{Entry, Node, Table, Value, join};
use crate::problem::{Finding, MAX_PROBLEMS};
use crate::schema::FILE_KEY;
use crate::units;

/// Most `$ref`s in a row; more is a circle.
const MAX_REFS: usize = 16;

/// Everything about `node` that `schema` does not allow. `root` is what `#/...` refers to, `path` the key.
pub(crate) fn check(node: &Node, schema: &Json, root: &Json, path: &str) -> Vec<Finding> {
    let mut shape = Shape { root, findings: Vec::new() };
    shape.value(node, schema, path);
    shape.findings
}

/// What a schema refers to; itself when it refers to nothing.
pub(crate) fn resolve<'a>(schema: &'a Json, root: &'a Json) -> &'a Json {
    let mut schema = schema;
    for _ in 0..MAX_REFS {
        let target = schema.get("$ref").and_then(Json::as_str).and_then(|name| name.strip_prefix('#'));
        match target.and_then(|pointer| root.pointer(pointer)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

/// The alternatives of a schema that TOML can write; it has no null.
pub(crate) fn alternatives(schema: &Json) -> Option<Vec<&Json>> {
    let list = schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()?;
    Some(list.iter().filter(|one| one.get("type").is_none_or(|kind| kind != "null")).collect())
}

struct Shape<'a> {
    root: &'a Json,
    findings: Vec<Finding>,
}

impl<'a> Shape<'a> {
    fn value(&mut self, node: &Node, schema: &'a Json, path: &str) {
        if schema == &Json::Bool(false) {
            return self.refuse(node, path, "nothing may stand here", "leave it out");
        }
        // The setting is a file's name in TOML, its contents by now; only the driver knows their shape then.
        if schema.get(FILE_KEY).is_some() && kinds(schema).contains(&"string") {
            return;
        }
        let target = resolve(schema, self.root);
        if !std::ptr::eq(target, schema) {
            self.value(node, target, path);
        }
        if let Some(several) = alternatives(schema) {
            self.one_of(node, &several, path);
        }
        for part in schema.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            self.value(node, part, path);
        }
        if self.kind(node, schema, path) && self.words(node, schema, path) {
            match &node.value {
                Value::Number(number) => self.range(node, number.as_f64().unwrap_or(0.0), schema, path),
                Value::Text(text) => self.length(node, text.chars().count(), schema, "Length", path),
                Value::List(items) => self.list(node, items, schema, path),
                Value::Table(table) => self.table(node, table, schema, path),
                Value::Flag(_) => {}
            }
        }
    }

    /// Of several shapes the one that fits, or the problems of the one that fits best.
    fn one_of(&mut self, node: &Node, several: &[&'a Json], path: &str) {
        if several.len() > 1 && several.iter().all(|one| !choices(one).is_empty()) {
            let words: Vec<&Json> = several.iter().flat_map(|one| choices(one)).collect();
            self.word(node, &words, path);
            return;
        }
        if let Some((key, words)) = tag(several, self.root) {
            return self.tagged(node, key, &words, several, path);
        }
        let tried = several.iter().map(|one| {
            let mut attempt = Shape { root: self.root, findings: Vec::new() };
            attempt.value(node, one, path);
            // A shape that is refused as a whole was not the one meant.
            let whole = attempt.findings.iter().filter(|finding| finding.key == path).count();
            (whole, attempt.findings.len(), attempt.findings)
        });
        if let Some((.., findings)) = tried.min_by_key(|(whole, all, _)| (*whole, *all)) {
            self.findings.extend(findings);
        }
    }

    /// The shape that the table's own word under `key` chooses; `words` go with `several`.
    fn tagged(&mut self, node: &Node, key: &str, words: &[&Json], several: &[&'a Json], path: &str) {
        let Some(word) = node.get(key) else {
            // Whichever it is, it says that the key is missing or that this is no table.
            return several.iter().take(1).for_each(|one| self.value(node, one, path));
        };
        let value = word.to_json();
        match words.iter().position(|known| **known == value) {
            Some(chosen) => self.value(node, several[chosen], path),
            None => {
                self.word(word, words, &join(path, key));
            }
        }
    }

    fn kind(&mut self, node: &Node, schema: &Json, path: &str) -> bool {
        let kinds = kinds(schema);
        if kinds.is_empty() || kinds.iter().any(|kind| is(node, kind)) {
            return true;
        }
        let expected: Vec<&str> =
            kinds.iter().filter(|kind| **kind != "null").map(|kind| name(kind)).collect();
        let key = path.rsplit('.').next().unwrap_or(path);
        let numeric = kinds.iter().any(|kind| matches!(*kind, "number" | "integer"));
        let unit = node.text().filter(|_| numeric).and_then(|text| units::text_with_unit(key, text));
        let help = match (unit, node) {
            (Some(help), _) => help,
            (None, Node { value: Value::Table(_), .. }) if kinds.contains(&"array") => {
                format!("a list of tables: write `[[{path}]]`")
            }
            (None, _) => format!("{}{}", expected.join(" or "), about(schema)),
        };
        self.refuse(node, path, format!("`{path}` is {}, not {}", seen(node), expected.join(" or ")), help);
        false
    }

    fn words(&mut self, node: &Node, schema: &'a Json, path: &str) -> bool {
        let words = choices(schema);
        words.is_empty() || self.word(node, &words, path)
    }

    fn word(&mut self, node: &Node, words: &[&Json], path: &str) -> bool {
        let value = node.to_json();
        if words.contains(&&value) {
            return true;
        }
        let shown: Vec<String> = words.iter().map(|word| plain(word)).collect();
        let near = node.text().and_then(|text| nearest(text, shown.iter().map(String::as_str)));
        let all = listed("one of", shown.iter().map(String::as_str));
        let help = near.map_or(all.clone(), |near| format!("did you mean `{near}`? It is {all}"));
        self.refuse(
            node,
            path,
            format!("`{}` is none of the words of `{path}`", short(&plain(&value))),
            help,
        );
        false
    }

    fn range(&mut self, node: &Node, value: f64, schema: &Json, path: &str) {
        let limit = |name: &str| schema.get(name).and_then(Json::as_f64);
        let (least, above) = (limit("minimum"), limit("exclusiveMinimum"));
        let (most, below) = (limit("maximum"), limit("exclusiveMaximum"));
        let inside = least.is_none_or(|least| value >= least)
            && above.is_none_or(|above| value > above)
            && most.is_none_or(|most| value <= most)
            && below.is_none_or(|below| value < below);
        if inside {
            return;
        }
        let wanted = [("at least", least), ("more than", above), ("at most", most), ("less than", below)];
        let wanted: Vec<String> =
            wanted.iter().filter_map(|(word, limit)| limit.map(|limit| format!("{word} {limit}"))).collect();
        let help = format!("{}{}", wanted.join(" and "), about(schema));
        self.refuse(node, path, format!("`{path}` is out of range: {value}"), help);
    }

    /// Bounds of a text's or a list's size; `what` is `Length` or `Items`.
    fn length(&mut self, node: &Node, size: usize, schema: &Json, what: &str, path: &str) {
        let limit = |least: &str| schema.get(format!("{least}{what}")).and_then(Json::as_u64);
        let unit = if what == "Items" { "members" } else { "letters" };
        let message = || format!("`{path}` has {size} {unit}");
        if let Some(least) = limit("min").filter(|least| (size as u64) < *least) {
            self.refuse(node, path, message(), format!("at least {least}"));
        }
        if let Some(most) = limit("max").filter(|most| size as u64 > *most) {
            self.refuse(node, path, message(), format!("at most {most}"));
        }
    }

    fn list(&mut self, node: &Node, items: &[Node], schema: &'a Json, path: &str) {
        self.length(node, items.len(), schema, "Items", path);
        let first: &[Json] = schema.get("prefixItems").and_then(Json::as_array).map_or(&[], Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(index).or_else(|| schema.get("items")) {
                self.value(item, schema, &format!("{path}[{index}]"));
            }
        }
    }

    fn table(&mut self, node: &Node, table: &Table, schema: &'a Json, path: &str) {
        let known = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties");
        // Known keys that an unknown one was meant for: they are not missing as well.
        let mut meant = Vec::new();
        for (key, entry) in table {
            match (known.and_then(|known| known.get(key)), others) {
                (Some(schema), _) => self.value(&entry.node, schema, &join(path, key)),
                (None, Some(Json::Bool(false))) => meant.extend(self.unknown(key, entry, known, path)),
                (None, Some(schema)) => self.value(&entry.node, schema, &join(path, key)),
                (None, None) => {}
            }
        }
        for key in schema.get("required").and_then(Json::as_array).into_iter().flatten() {
            let Some(key) = key.as_str().filter(|key| !table.contains_key(*key)) else { continue };
            if !meant.contains(&key) {
                let property = known.and_then(|known| known.get(key)).unwrap_or(&Json::Null);
                let help = match resolve(property, self.root).get("type").and_then(Json::as_str) {
                    Some("object") if path.is_empty() => format!("add `[{key}]`{}", about(property)),
                    _ => format!("add `{key} = ...`{}", about(property)),
                };
                self.refuse(node, &join(path, key), format!("`{key}` is missing"), help);
            }
        }
    }

    /// Tells of an unknown key; gives the known one that was meant.
    fn unknown(
        &mut self,
        key: &str,
        entry: &Entry,
        known: Option<&'a Map<String, Json>>,
        path: &str,
    ) -> Option<&'a str> {
        let known: Vec<&str> = known.into_iter().flat_map(|known| known.keys().map(String::as_str)).collect();
        let value = match &entry.node.value {
            Value::Number(number) => number.as_f64(),
            _ => None,
        };
        let unit = units::other_unit(key, value, known.iter().copied());
        let meant = unit.as_ref().map(|(meant, _)| *meant).or_else(|| nearest(key, known.iter().copied()));
        let help = match unit {
            Some((_, help)) => help,
            None => suggest(key, "known keys", known.iter().copied()),
        };
        let place = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
        let message = format!("`{}` is not a key of {place}", short(key));
        self.tell(Finding::new(entry.key, join(path, key), message, help));
        meant
    }

    fn refuse(&mut self, node: &Node, path: &str, message: impl Into<String>, help: impl Into<String>) {
        self.tell(Finding::new(node.at, path, message, help));
    }

    fn tell(&mut self, finding: Finding) {
        if self.findings.len() < MAX_PROBLEMS {
            self.findings.push(finding);
        }
    }
}

/// The key that tells the shapes of a tagged choice apart, with the word of each.
fn tag<'a>(several: &[&'a Json], root: &'a Json) -> Option<(&'a str, Vec<&'a Json>)> {
    let properties = |one: &'a Json| resolve(one, root).get("properties").and_then(Json::as_object);
    let word = |one: &'a Json, key: &str| properties(one).and_then(|all| all.get(key)?.get("const"));
    let (first, rest) = several.split_first().filter(|(_, rest)| !rest.is_empty())?;
    properties(first)?.keys().find_map(|key| {
        let words: Option<Vec<&Json>> = [first].into_iter().chain(rest).map(|one| word(one, key)).collect();
        words.map(|words| (key.as_str(), words))
    })
}

/// The words a schema allows; empty when it is not a choice of words.
fn choices(schema: &Json) -> Vec<&Json> {
    match (schema.get("const"), schema.get("enum").and_then(Json::as_array)) {
        (Some(word), _) => vec![word],
        (None, Some(words)) => words.iter().filter(|word| !word.is_null()).collect(),
        (None, None) => Vec::new(),
    }
}

/// The types a schema allows; empty when it allows all.
fn kinds(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(kind)) => vec![kind],
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is(node: &Node, kind: &str) -> bool {
    match &node.value {
        Value::Text(_) => kind == "string",
        Value::Number(number) => kind == "number" || (kind == "integer" && !number.is_f64()),
        Value::Flag(_) => kind == "boolean",
        Value::List(_) => kind == "array",
        Value::Table(_) => kind == "object",
    }
}

fn name(kind: &str) -> &str {
    match kind {
        "string" => "a text",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a table",
        other => other,
    }
}

fn seen(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => format!("the text \"{}\"", short(text)),
        Value::Number(number) if number.is_f64() => format!("the fraction {number}"),
        Value::Number(number) => format!("the number {number}"),
        Value::Flag(flag) => format!("{flag}"),
        Value::List(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
    }
}

/// ` (first sentence of the description)`, or nothing.
fn about(schema: &Json) -> String {
    let text = schema.get("description").and_then(Json::as_str).unwrap_or_default().replace('\n', " ");
    // "e.g. x" ends no sentence.
    let capital = |at: &usize| text[at + 2..].starts_with(char::is_uppercase);
    let end = text.match_indices(". ").map(|(at, _)| at).find(capital).unwrap_or(text.len());
    let sentence = text[..end].trim_end_matches('.');
    if sentence.is_empty() { String::new() } else { format!(" ({sentence})") }
}

fn plain(word: &Json) -> String {
    word.as_str().map_or_else(|| word.to_string(), str::to_owned)
}

/// A word short enough for a message.
fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut letters = text.chars();
    let head: String = letters.by_ref().take(LONGEST).collect();
    if letters.next().is_some() { head + "..." } else { head }
}
