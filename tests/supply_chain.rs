//! The supply chain, without a network: every crate comes from the crates registry with its checksum, under a licence
//! that `deny.toml` allows. What is known of faults in them, cargo-deny asks the advisory database.

// Tests read the tree they judge.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;

use cargo_metadata::{Metadata, MetadataCommand, Package};
use spdx::{Expression, ParseMode};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn tree(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn metadata() -> Metadata {
    MetadataCommand::new().other_options(vec!["--locked".to_owned()]).exec().unwrap()
}

/// The licences that `deny.toml` allows, as it writes them.
fn allowed() -> Vec<String> {
    let rules: toml::Table = tree("deny.toml").parse().unwrap();
    rules["licenses"]["allow"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Older crates write `/` for `OR`.
fn is_allowed(package: &Package, allowed: &[String]) -> bool {
    let Some(text) = &package.license else { return false };
    let Ok(expression) = Expression::parse_mode(text, ParseMode::LAX) else { return false };
    expression.evaluate(|required| allowed.iter().any(|name| *name == required.to_string()))
}

#[test]
fn every_crate_is_under_a_licence_that_is_allowed() {
    let allowed = allowed();
    let metadata = metadata();
    assert!(metadata.packages.len() > 50, "cargo names few crates: {}", metadata.packages.len());
    let told = |package: &Package| format!("{} {}: {:?}", package.name, package.version, package.license);
    let refused: Vec<String> =
        metadata.packages.iter().filter(|package| !is_allowed(package, &allowed)).map(told).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn no_licence_is_allowed_that_no_crate_needs() {
    let allowed = allowed();
    let metadata = metadata();
    for idle in &allowed {
        let others: Vec<String> = allowed.iter().filter(|name| *name != idle).cloned().collect();
        let needs = |package: &Package| !is_allowed(package, &others);
        assert!(metadata.packages.iter().any(needs), "no crate needs `{idle}`");
    }
}

#[test]
fn every_crate_comes_from_the_registry_with_its_checksum() {
    let lock: toml::Table = tree("Cargo.lock").parse().unwrap();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if name != "wainwright" {
            assert_eq!(package.get("source").and_then(|source| source.as_str()), Some(REGISTRY), "{name}");
            assert_eq!(package.get("checksum").and_then(|sum| sum.as_str()).map(str::len), Some(64), "{name}");
        }
    }
}
