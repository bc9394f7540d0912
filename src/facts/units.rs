//! cargo's fingerprints of the units that it has compiled: what it compares to tell whether one is fresh.
//!
//! Source: "Build cache" in the Cargo book; the module `cargo::core::compiler::fingerprint`. The files are cargo's own
//! affair, so nothing depends on them but what is told to people, and what is missing in them is no fault.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is known of a target directory after a build: its units by their names, and which versions the crates had.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    pub units: BTreeMap<UnitName, Unit>,
    pub versions: BTreeMap<String, BTreeSet<String>>,
}

/// `PACKAGE-HASH/KIND-TARGET`, as the fingerprint's file is named.
pub type UnitName = String;

/// One compile, or one run of a build script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub features: String,
    pub rustflags: Vec<String>,
    /// Hashes, which only tell that something differs.
    pub rustc: u64,
    pub profile: u64,
    /// By the names of the crates, the hash of the unit that is used.
    pub dependencies: BTreeMap<String, u64>,
    /// The variables that a build script asked to be told of.
    pub variables: BTreeMap<String, Option<String>>,
}

impl Unit {
    /// Reads a fingerprint; `None` where it is none.
    pub fn read(text: &[u8]) -> Option<Unit> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let number = |key: &str| value[key].as_u64().unwrap_or_default();
        let list = |key: &str| value[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let dependency = |item: &Value| Some((item[1].as_str()?.to_owned(), item[3].as_u64()?));
        let variable = |item: &Value| {
            let changed = &item["RerunIfEnvChanged"];
            Some((changed["var"].as_str()?.to_owned(), changed["val"].as_str().map(str::to_owned)))
        };
        value.is_object().then(|| Unit {
            features: value["features"].as_str().unwrap_or_default().to_owned(),
            rustflags: list("rustflags").iter().filter_map(|flag| Some(flag.as_str()?.to_owned())).collect(),
            rustc: number("rustc"),
            profile: number("profile"),
            dependencies: list("deps").iter().filter_map(dependency).collect(),
            variables: list("local").iter().filter_map(variable).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_features_dependencies_and_variables() {
        let text = br#"{"rustc":7,"features":"[\"default\"]","target":0,"profile":3,"path":0,
            "deps":[[37,"build_script_build",false,59]],"rustflags":["-Cx"],"config":0,"compile_kind":0,
            "local":[{"RerunIfChanged":{"output":"o","paths":[]}},
                     {"RerunIfEnvChanged":{"var":"A","val":"1"}},{"RerunIfEnvChanged":{"var":"B","val":null}}]}"#;
        let unit = Unit::read(text).unwrap();
        assert_eq!((unit.features.as_str(), unit.rustc, unit.profile), ("[\"default\"]", 7, 3));
        assert_eq!(unit.dependencies["build_script_build"], 59);
        assert_eq!((unit.variables["A"].as_deref(), unit.variables["B"].as_deref()), (Some("1"), None));
        assert_eq!(Unit::read(b"1234"), None);
        assert_eq!(Unit::read(b"{}"), Some(Unit::default()));
    }
}
