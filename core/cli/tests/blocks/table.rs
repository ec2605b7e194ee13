//! A table of settings, as the documents print it, from the schema that checks a file.

use serde_json::Value;

const HEAD: &str = "| key | what | values | default |\n|---|---|---|---|\n";

/// The table of one definition of `schema`.
pub fn table(schema: &Value, name: &str) -> String {
    let definition = &schema["$defs"][name];
    let Some(properties) = definition["properties"].as_object() else {
        panic!("{name} is no table of the schema");
    };
    let required = definition["required"].as_array().cloned().unwrap_or_default();
    let row = |(key, property): (&String, &Value)| {
        let needed = required.iter().any(|name| name == key);
        let (what, values) = (sentence(property), values(property, schema));
        format!("| `{key}` | {what} | {values} | {} |\n", default(property, needed))
    };
    HEAD.to_owned() + &properties.iter().map(row).collect::<String>()
}

/// The words of one definition.
pub fn words(schema: &Value, name: &str) -> Vec<String> {
    choices(&schema["$defs"][name])
}

/// Each word that may stand there.
fn choices(schema: &Value) -> Vec<String> {
    let several = schema["oneOf"].as_array().into_iter().flatten();
    let described = several.flat_map(|part| match part["enum"].as_array() {
        Some(words) => words.clone(),
        None => vec![part["const"].clone()],
    });
    let plain = schema["enum"].as_array().cloned().unwrap_or_default();
    plain.into_iter().chain(described).filter_map(|word| Some(word.as_str()?.to_owned())).collect()
}

fn sentence(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}

fn values(property: &Value, schema: &Value) -> String {
    if property.get("x-greenlane-file").is_some() {
        return "the name of a map, or a path".to_owned();
    }
    let target = target(property, schema);
    let words = choices(target);
    if !words.is_empty() {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    let kind = kind(target);
    if kind == "array" {
        let items = values(&target["items"], schema);
        return format!("list of: {items}{}", counted(property, "Items", " entries"));
    }
    let range = range(property, target);
    let length = counted(property, "Length", " characters");
    match kind {
        "object" | "any" => "a table".to_owned(),
        "string" => format!("text{length}"),
        "boolean" => "`true`, `false`".to_owned(),
        _ if range.is_empty() => "a number".to_owned(),
        _ => range,
    }
}

/// What a property refers to, past `null`, which TOML has not.
fn target<'a>(property: &'a Value, schema: &'a Value) -> &'a Value {
    let several = property["anyOf"].as_array().into_iter().flatten();
    let real = several.into_iter().find(|one| one["type"] != "null").unwrap_or(property);
    match real["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
        Some(pointer) => schema.pointer(pointer).unwrap_or(real),
        None => real,
    }
}

fn kind(schema: &Value) -> &str {
    let several = schema["type"].as_array().into_iter().flatten();
    let kind = schema["type"].as_str();
    kind.or_else(|| several.filter_map(Value::as_str).find(|kind| *kind != "null")).unwrap_or("any")
}

fn range(property: &Value, target: &Value) -> String {
    let limit = |key: &str| property.get(key).or_else(|| target.get(key)).and_then(Value::as_f64);
    let least = limit("minimum").map(|least| format!("{least}"));
    let least = least.or_else(|| limit("exclusiveMinimum").map(|above| format!("above {above}")));
    let most = limit("maximum").map(|most| format!("{most}"));
    match (least, most) {
        (Some(least), Some(most)) if least.starts_with("above") => format!("{least}, at most {most}"),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => String::new(),
    }
}

fn counted(property: &Value, of: &str, unit: &str) -> String {
    let count = |key: &str| property.get(format!("{key}{of}")).and_then(Value::as_u64);
    match (count("min"), count("max")) {
        (Some(least), Some(most)) => format!(", {least} to {most}{unit}"),
        (Some(least), None) => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}{unit}"),
        (None, None) => String::new(),
    }
}

fn default(property: &Value, needed: bool) -> String {
    match &property["default"] {
        _ if needed => "needed".to_owned(),
        Value::Null => "none".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Object(_) => "empty".to_owned(),
        value => format!("`{value}`"),
    }
}
