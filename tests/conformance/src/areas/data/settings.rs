//! Settings: the schema is what `open` does.

use greenlane_controller::host::OpenFailure;
use serde_json::{Map, Value, json};

use crate::bench::Bench;
use crate::same::same;
use crate::trials::{Miss, Trials};

/// One key of the settings at the top, with its schema.
fn keys(bench: &Bench<'_>) -> Vec<(String, Value)> {
    let properties = bench.info.schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(key, schema)| (key.clone(), schema.clone())).collect()
}

fn required(bench: &Bench<'_>) -> Vec<String> {
    let listed = bench.info.schema.get("required").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(|key| Some(key.as_str()?.to_owned())).collect()
}

pub fn defaults(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let required = required(bench);
    let given = bench.kit.settings.as_object().cloned().unwrap_or_default();
    trials.each("required keys alone open", |_| {
        let only: Map<String, Value> = given
            .clone()
            .into_iter()
            .filter(|(key, _)| required.contains(key) || bench.kit.book.least.contains(key))
            .collect();
        bench.open_with(&Value::Object(only))?;
        Ok(())
    });
    for (key, schema) in keys(bench) {
        let Some(default) = schema.get("default").filter(|d| !d.is_null() && !given.contains_key(&key))
        else {
            continue;
        };
        trials.each(format!("`{key}` left out is `{key} = {default}`"), |_| {
            let clean = bench.clean()?;
            let mut settings = bench.kit.settings.clone();
            settings[&key] = default.clone();
            let scene = super::super::trouble::eventful(bench);
            let (script, start) = (bench.script(&scene), crate::rig::START);
            let out = bench.play_with(&bench.kit.settings, start, &script, scene.end_ns)?;
            let written = bench.play_with(&settings, start, &script, scene.end_ns)?;
            let _ = clean;
            same(&out, &written, &[]).map_err(|e| Miss::new(e).with(&written))
        });
    }
}

/// What is wrong with a value, by its schema.
fn wrong(schema: &Value) -> Vec<(&'static str, Value)> {
    let mut wrong = vec![("a list of nothing it knows", json!([{ "what": 1 }]))];
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_number = types.iter().any(|t| matches!(*t, "integer" | "number"));
    if is_number {
        wrong.push(("text for a number", json!("seven")));
        for (key, beyond) in [("minimum", -1.0), ("maximum", 1.0)] {
            if let Some(limit) = schema.get(key).and_then(Value::as_f64) {
                let value = limit + beyond;
                let whole = types.contains(&"integer");
                // The limits of a schema are small whole numbers.
                wrong.push((key, if whole { json!(value as i64) } else { json!(value) }));
            }
        }
    }
    if types.contains(&"boolean") {
        wrong.push(("a word for yes or no", json!("yes")));
    }
    wrong
}

/// Limits of unsigned numbers of 8, 16 and 32 bits.
const OF_TYPES: &[f64] = &[0.0, 255.0, 65_535.0, 4_294_967_295.0];

pub fn errors(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let refused = |settings: &Value, key: &str, what: &str| -> Result<(), Miss> {
        match bench.open_with(settings) {
            Ok(_) => Err(Miss::new(format!("`{key}` refused: {what}; it was accepted"))),
            Err(OpenFailure::Broken(broken)) => {
                Err(Miss::new(format!("`{key}` refused, no panic: {broken}")))
            }
            Err(OpenFailure::Settings(error)) if error.to_string().contains(key) => Ok(()),
            Err(OpenFailure::Settings(error)) => {
                Err(Miss::new(format!("a refusal that names `{key}`; it said: {error}")))
            }
        }
    };
    for key in required(bench) {
        trials.each(format!("`{key}` missing"), |_| {
            let mut settings = bench.kit.settings.clone();
            settings.as_object_mut().map(|table| table.remove(&key));
            refused(&settings, &key, "it is required")
        });
    }
    for (key, schema) in keys(bench) {
        // Of what type a value is, the host holds against the schema first; the driver refuses it in any words.
        let limited = |what: &str| {
            // A limit of the number's own type is the type's to tell.
            matches!(what, "minimum" | "maximum")
                && schema.get(what).and_then(Value::as_f64).is_some_and(|limit| !OF_TYPES.contains(&limit))
        };
        for (what, value) in wrong(&schema) {
            if schema.get("type") == Some(&json!("array")) && what.starts_with("a list") {
                continue;
            }
            trials.each(format!("`{key}`: {what}"), |_| {
                let mut settings = bench.kit.settings.clone();
                settings[&key] = value.clone();
                let named = if limited(what) { key.as_str() } else { "" };
                refused(&settings, named, &format!("{what}, {value}"))
            });
        }
        trials.each(format!("`{key}` one letter off"), |_| {
            let mut settings = bench.kit.settings.clone();
            let off = format!("{key}x");
            settings[&off] = json!(1);
            refused(&settings, &off, "no such key")
        });
    }
}
