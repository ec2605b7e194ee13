//! The JSON Schema of a configuration file, for editors: completion and checks while typing.

use serde_json::{Map, Value as Json, json};

use crate::Drivers;
use crate::shape::resolve;
use crate::tables::{LaneFile, SiteFile, schema_of};

/// Key of a schema that says: this setting names a file of `configs/<its value>`.
pub(crate) const FILE_KEY: &str = "x-greenlane-file";

/// JSON Schema (draft 2020-12) of a lane file, a site file and a file that they include, the settings of
/// every installed driver among them.
pub fn schema(drivers: &dyn Drivers) -> Json {
    let (lane, site) = (schema_of::<LaneFile>(), schema_of::<SiteFile>());
    let mut models = drivers.models();
    models.sort();
    let mut defs = Map::new();
    let mut properties = Map::new();
    for part in [&lane, &site] {
        defs.extend(object(part, "$defs"));
        properties.extend(object(part, "properties"));
    }
    properties.insert(
        "include".to_owned(),
        json!({
            "description": "Files relative to this one, whose tables are added to this one's.",
            "type": "array",
            "items": { "type": "string" },
        }),
    );
    if let Some(device) = defs.get_mut("DeviceTable") {
        device["properties"]["model"]["enum"] = json!(models);
    }
    let mut cases = Vec::new();
    for model in &models {
        let Some(driver) = drivers.describe(model) else { continue };
        defs.extend(adopt(model, &driver.schema));
        cases.push(json!({
            "if": { "properties": { "model": { "const": model } }, "required": ["model"] },
            "then": { "properties": { "settings": { "$ref": format!("#/$defs/{}", escape(model)) } } },
        }));
    }
    if let Some(device) = defs.get_mut("DeviceTable") {
        device["allOf"] = json!(cases);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Greenlane lane or site",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": defs,
    })
}

/// A driver's settings as definitions of the whole: its root as `model`, its own definitions as `model.Name`.
fn adopt(model: &str, settings: &Json) -> Map<String, Json> {
    let mut root = settings.clone();
    let mut adopted = Map::new();
    if let Some(object) = root.as_object_mut() {
        object.remove("$schema");
        if let Some(Json::Object(own)) = object.remove("$defs") {
            for (name, mut definition) in own {
                rename(&mut definition, model, settings);
                adopted.insert(format!("{model}.{name}"), definition);
            }
        }
    }
    rename(&mut root, model, settings);
    adopted.insert(model.to_owned(), root);
    adopted
}

/// Points references into the adopted definitions, and makes a setting that names a file a text: that is
/// what stands in TOML; the file's contents are what the driver's own schema describes.
fn rename(schema: &mut Json, model: &str, root: &Json) {
    match schema {
        Json::Object(object) if object.contains_key(FILE_KEY) => {
            let about = object
                .remove("description")
                .or_else(|| resolve(&Json::Object(object.clone()), root).get("description").cloned());
            object.retain(|key, _| key == FILE_KEY);
            object.insert("type".to_owned(), json!("string"));
            object.extend(about.map(|about| ("description".to_owned(), about)));
        }
        Json::Object(object) => {
            if let Some(Json::String(target)) = object.get_mut("$ref") {
                *target = match target.strip_prefix("#/$defs/") {
                    Some(name) => format!("#/$defs/{}.{name}", escape(model)),
                    None => format!("#/$defs/{}", escape(model)),
                };
            }
            object.values_mut().for_each(|value| rename(value, model, root));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| rename(item, model, root)),
        _ => {}
    }
}

fn object(schema: &Json, key: &str) -> Map<String, Json> {
    schema.get(key).and_then(Json::as_object).cloned().unwrap_or_default()
}

fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
