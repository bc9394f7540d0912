//! The request of the Python shim: what the frontend asked for, in a JSON file. Paths travel as arguments instead.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::facts::interpreter::Interpreter;

/// The version of the contract between shim and binary.
pub const CONTRACT: u32 = 1;

/// A hook's request.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    pub contract: u32,
    #[serde(default)]
    pub config_settings: Option<BTreeMap<String, SettingValue>>,
    #[serde(default)]
    pub interpreter: Option<Interpreter>,
    /// Whether the build environment has puccinialin, which can install Rust.
    #[serde(default)]
    pub puccinialin: bool,
}

/// A value of `config_settings`: frontends pass a string or a list of strings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    One(String),
    Many(Vec<String>),
}

impl SettingValue {
    /// A frontend passes what was given once as a string.
    pub fn of(mut values: Vec<String>) -> Self {
        if values.len() == 1 { SettingValue::One(values.remove(0)) } else { SettingValue::Many(values) }
    }

    pub fn values(&self) -> &[String] {
        match self {
            SettingValue::One(value) => std::slice::from_ref(value),
            SettingValue::Many(values) => values,
        }
    }
}

/// The hooks of PEP 517 and PEP 660.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[clap(rename_all = "snake_case")]
pub enum Hook {
    GetRequiresForBuildWheel,
    GetRequiresForBuildSdist,
    GetRequiresForBuildEditable,
    PrepareMetadataForBuildWheel,
    PrepareMetadataForBuildEditable,
    BuildWheel,
    BuildSdist,
    BuildEditable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_only_its_contract() {
        let request: Request = serde_json::from_str(r#"{"contract": 1}"#).unwrap();
        assert!(request.config_settings.is_none() && request.interpreter.is_none() && !request.puccinialin);
    }

    #[test]
    fn settings_are_strings_or_lists() {
        let text = r#"{"contract": 1, "config_settings": {"a": "x", "b": ["y", "z"]}}"#;
        let settings = serde_json::from_str::<Request>(text).unwrap().config_settings.unwrap();
        assert_eq!(settings["a"].values(), ["x"]);
        assert_eq!(settings["b"].values(), ["y", "z"]);
    }
}
