//! The keys of `[tool.wainwright]` as a JSON schema, for editors and for validate-pyproject. Source: JSON Schema draft 7.

use serde_json::{Map, Value as Json, json};

use crate::facts::tool_keys::{Key, TOOL, Value};

/// The schema of the table.
pub fn schema() -> Json {
    let mut schema = table(TOOL);
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("$id".to_owned(), json!("urn:wainwright:tool-table"));
    schema.insert("title".to_owned(), json!("[tool.wainwright]"));
    schema.insert("description".to_owned(), json!("How wainwright builds the project."));
    Json::Object(schema)
}

fn table(keys: &[Key]) -> Map<String, Json> {
    let properties: Map<String, Json> = keys.iter().map(|key| (key.name.to_owned(), described(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.is_required).map(|key| key.name).collect();
    let mut schema = Map::from_iter([
        ("type".to_owned(), json!("object")),
        ("properties".to_owned(), Json::Object(properties)),
        ("additionalProperties".to_owned(), json!(false)),
    ]);
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

fn described(key: &Key) -> Json {
    let mut schema = value(&key.value);
    schema.insert("description".to_owned(), json!(key.about));
    Json::Object(schema)
}

fn value(value: &Value) -> Map<String, Json> {
    let single = |name: &str, of: Json| Map::from_iter([(name.to_owned(), of)]);
    match value {
        Value::Text => single("type", json!("string")),
        Value::Flag => single("type", json!("boolean")),
        Value::Number { least, most } => Map::from_iter([
            ("type".to_owned(), json!("integer")),
            ("minimum".to_owned(), json!(least)),
            ("maximum".to_owned(), json!(most)),
        ]),
        Value::Word(words) => single("enum", json!(words())),
        Value::List(item) => {
            Map::from_iter([("type".to_owned(), json!("array")), ("items".to_owned(), Json::Object(self::value(item)))])
        }
        Value::Table(keys) => table(keys),
        Value::ByName(inner) => Map::from_iter([
            ("type".to_owned(), json!("object")),
            ("additionalProperties".to_owned(), Json::Object(self::value(inner))),
        ]),
        Value::Either(values) => single("anyOf", values.iter().map(|value| Json::Object(self::value(value))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_says_what_it_takes_and_what_it_is_for() {
        let schema = schema();
        assert_eq!(schema["additionalProperties"], false);
        let keys = schema["properties"].as_object().unwrap();
        assert_eq!(keys.len(), TOOL.len());
        assert_eq!(keys["strip"]["type"], "boolean");
        assert_eq!(
            (&keys["compression-level"]["minimum"], &keys["compression-level"]["maximum"]),
            (&json!(0), &json!(9))
        );
        assert_eq!(keys["bindings"]["enum"], json!(["pyo3", "pyo3-ffi", "cffi", "uniffi", "bin"]));
        assert_eq!(keys["module"]["items"]["anyOf"][1]["required"], json!(["name"]));
        assert_eq!(keys["target"]["additionalProperties"]["type"], "object");
        for (name, key) in keys {
            assert!(key["description"].as_str().is_some_and(|about| about.ends_with('.')), "{name}");
        }
    }
}
