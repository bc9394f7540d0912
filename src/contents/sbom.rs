//! What is compiled into a wheel, as a CycloneDX bill of materials in `dist-info/sboms/`.
//!
//! It names the crates that are linked for the wheel's target and nothing of the machine that built it, and the same
//! crates give the same bytes. Sources: PEP 770; CycloneDX 1.5; the package URL specification.

use std::collections::BTreeMap;

use cargo_metadata::Package;
use serde_json::{Value, json};

use crate::facts::cargo::{CargoFacts, PackageSet};
use crate::facts::crate_licenses::CrateLicenses;
use crate::spec::core_metadata::CoreMetadata;
use crate::spec::date::DateTime;
use crate::spec::digest::Sha256;
use crate::spec::license::LicenseExpression;

/// What a bill of materials is made from.
#[derive(Debug, Clone, Copy)]
pub struct Materials<'m> {
    pub distribution: &'m CoreMetadata,
    /// The crates that are packed, with their graphs, and the packages that a build of each compiles.
    pub crates: &'m [(&'m CargoFacts, PackageSet)],
    /// By name and version.
    pub checksums: &'m BTreeMap<(String, String), String>,
    /// Empty where the texts are not asked for.
    pub licenses: &'m [CrateLicenses],
    /// `SOURCE_DATE_EPOCH`, where it is set.
    pub time: Option<u64>,
}

/// The text of the bill.
pub fn cyclonedx(materials: Materials<'_>) -> String {
    let core = materials.distribution;
    let own = format!("pkg:pypi/{}@{}", core.name.normalized(), core.version);
    let mut components: BTreeMap<String, Value> = BTreeMap::new();
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (cargo, built) in materials.crates {
        let linked = cargo.linked(built);
        edges.entry(own.clone()).or_default().push(reference(cargo.package()));
        for package in &linked {
            components.entry(reference(package)).or_insert_with(|| component(package, materials));
            let needed = cargo.linked_dependencies(&package.id);
            let needed = needed.into_iter().filter(|id| linked.iter().any(|known| known.id == **id));
            let edges = edges.entry(reference(package)).or_default();
            edges.extend(needed.map(|id| reference(&cargo.metadata[id])));
        }
    }
    let dependencies = edges.into_iter().map(|(from, mut to)| {
        to.sort();
        to.dedup();
        json!({ "ref": from, "dependsOn": to })
    });
    let mut metadata = json!({
        "tools": { "components": [tool()] },
        "component": {
            "type": "library",
            "bom-ref": own,
            "name": core.name.to_string(),
            "version": core.version.to_string(),
            "purl": own,
        },
    });
    if let Some(seconds) = materials.time {
        metadata["timestamp"] = DateTime::from_seconds(seconds).to_rfc3339().into();
    }
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": metadata,
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    // A value made here has only keys that are texts, so that it can be written.
    serde_json::to_string_pretty(&bill).unwrap_or_default() + "\n"
}

/// Where the bill of what is grafted lies; `distribution` is named as in the wheel's file name.
pub fn grafted_path(dist_info: &str, distribution: &str) -> String {
    format!("{dist_info}/sboms/{distribution}.libraries.cyclonedx.json")
}

/// The text of the bill of what is grafted into a wheel: each library with the digest that it had on the machine it came
/// from, and its place in the wheel. `name` and `version` are the distribution's.
pub fn grafted(name: &str, version: &str, libraries: &[(String, String, Sha256)], time: Option<u64>) -> String {
    let own = format!("pkg:pypi/{name}@{version}");
    let components = libraries.iter().map(|(library, path, sha256)| {
        json!({
            "type": "library",
            "bom-ref": path,
            "name": library,
            "scope": "required",
            "hashes": [{ "alg": "SHA-256", "content": sha256.hex() }],
            "evidence": { "occurrences": [{ "location": path }] },
        })
    });
    let mut metadata = json!({
        "tools": { "components": [tool()] },
        "component": { "type": "library", "bom-ref": own, "name": name, "version": version, "purl": own },
    });
    if let Some(seconds) = time {
        metadata["timestamp"] = DateTime::from_seconds(seconds).to_rfc3339().into();
    }
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": metadata,
        "components": components.collect::<Vec<_>>(),
        "dependencies": [{ "ref": own, "dependsOn": libraries.iter().map(|(_, path, _)| path).collect::<Vec<_>>() }],
    });
    serde_json::to_string_pretty(&bill).unwrap_or_default() + "\n"
}

fn tool() -> Value {
    json!({ "type": "application", "name": "wainwright", "version": env!("CARGO_PKG_VERSION") })
}

/// The package URL of a crate, which is also its name within the bill. One from disk has no place that others know.
fn reference(package: &Package) -> String {
    let url = format!("pkg:cargo/{}@{}", package.name, package.version);
    let repository = package.source.as_ref().and_then(|source| source.repr.strip_prefix("git+"));
    match repository {
        Some(address) => format!("{url}?vcs_url=git%2B{}", escaped(address)),
        None => url.replace('+', "%2B"),
    }
}

/// Percent-encodes what may not stand in the value of a qualifier.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn component(package: &Package, materials: Materials<'_>) -> Value {
    let key = (package.name.to_string(), package.version.to_string());
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": key.0,
        "version": key.1,
        "scope": "required",
        "purl": reference(package),
    });
    if let Some(description) = &package.description {
        component["description"] = description.split_whitespace().collect::<Vec<_>>().join(" ").into();
    }
    let from_registry = package.source.as_ref().is_some_and(|source| !source.repr.starts_with("git+"));
    if let Some(checksum) = materials.checksums.get(&key).filter(|_| from_registry) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(license) = &package.license {
        component["licenses"] = match LicenseExpression::from_cargo(license) {
            Ok(expression) => json!([{ "expression": expression.as_str() }]),
            Err(_) => json!([{ "license": { "name": license } }]),
        };
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    let texts = materials.licenses.iter().find(|found| (&found.name, &found.version) == (&key.0, &key.1));
    if let Some(found) = texts.filter(|found| !found.texts.is_empty()) {
        let license = |(name, text): &(String, String)| json!({ "license": { "name": name, "text": { "contentType": "text/plain", "content": text } } });
        component["evidence"] = json!({ "licenses": found.texts.iter().map(license).collect::<Vec<_>>() });
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crate `demo` that links `a`, which links `b`; builds with `build-only`, derives by `macros`, and tests with
    /// `test-only`. Paths are those of some machine.
    fn facts() -> CargoFacts {
        let package = |name: &str, source: Value, kind: &str| {
            json!({
                "name": name, "version": "1.0.0", "id": format!("{name}-id"), "source": source, "dependencies": [],
                "license": "MIT/Apache-2.0", "features": {}, "manifest_path": format!("/home/me/{name}/Cargo.toml"),
                "targets": [{ "name": name, "kind": [kind], "crate_types": [kind], "src_path": "/home/me/x.rs", "edition": "2024" }],
                "edition": "2024", "metadata": null,
            })
        };
        let registry = json!("registry+https://example.org/index");
        let node = |name: &str, deps: &[(&str, Option<&str>)]| {
            let deps: Vec<Value> = deps
                .iter()
                .map(|(name, kind)| {
                    json!({ "name": name, "pkg": format!("{name}-id"), "dep_kinds": [{ "kind": kind, "target": null }] })
                })
                .collect();
            json!({ "id": format!("{name}-id"), "deps": deps, "dependencies": [], "features": [] })
        };
        let names = ["a", "b", "build-only", "test-only"];
        let mut packages: Vec<Value> = names.iter().map(|name| package(name, registry.clone(), "lib")).collect();
        packages.push(package("macros", registry.clone(), "proc-macro"));
        packages.push(package("demo", Value::Null, "cdylib"));
        let nodes = [
            node("demo", &[("a", None), ("macros", None), ("build-only", Some("build")), ("test-only", Some("dev"))]),
            node("a", &[("b", None)]),
            node("b", &[]),
            node("macros", &[("b", None)]),
            node("build-only", &[]),
            node("test-only", &[]),
        ];
        let metadata = json!({
            "packages": packages, "workspace_members": ["demo-id"], "workspace_default_members": ["demo-id"],
            "resolve": { "nodes": nodes, "root": "demo-id" },
            "target_directory": "/home/me/target", "workspace_root": "/home/me", "version": 1, "metadata": null,
        });
        let metadata: cargo_metadata::Metadata = serde_json::from_value(metadata).unwrap();
        let root = metadata.workspace_members[0].clone();
        CargoFacts { metadata, root, tree: None }
    }

    fn bill(time: Option<u64>, licenses: &[CrateLicenses]) -> Value {
        let core = CoreMetadata::new("My_Demo".parse().unwrap(), "1.0".parse().unwrap());
        let checksums = BTreeMap::from([(("a".to_owned(), "1.0.0".to_owned()), "00ff".to_owned())]);
        let (facts, distribution) = (facts(), &core);
        let built = facts.named(facts.metadata.packages.iter().map(|package| &package.id));
        let crates = &[(&facts, built)];
        let text = cyclonedx(Materials { distribution, crates, checksums: &checksums, licenses, time });
        assert!(!text.contains("/home/me"), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_is_linked_is_listed_and_nothing_else() {
        let bill = bill(None, &[]);
        let names: Vec<&str> =
            bill["components"].as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["a", "b", "demo"]);
        assert_eq!(bill["metadata"]["component"]["purl"], "pkg:pypi/my-demo@1.0");
        assert_eq!(bill["components"][0]["hashes"][0]["content"], "00ff");
        assert_eq!(bill["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        let edges = &bill["dependencies"];
        assert_eq!(edges[0], json!({ "ref": "pkg:cargo/a@1.0.0", "dependsOn": ["pkg:cargo/b@1.0.0"] }));
        assert_eq!(edges[3], json!({ "ref": "pkg:pypi/my-demo@1.0", "dependsOn": ["pkg:cargo/demo@1.0.0"] }));
    }

    #[test]
    fn a_time_stands_in_it_only_where_one_is_given() {
        assert_eq!(bill(None, &[])["metadata"]["timestamp"], Value::Null);
        assert_eq!(bill(Some(0), &[])["metadata"]["timestamp"], "1970-01-01T00:00:00Z");
    }

    #[test]
    fn texts_of_licences_are_evidence() {
        let texts = vec![("LICENSE".to_owned(), "Do as you like.\n".to_owned())];
        let licenses = [CrateLicenses { name: "b".to_owned(), version: "1.0.0".to_owned(), texts }];
        let found = &bill(None, &licenses)["components"][1]["evidence"]["licenses"][0]["license"];
        assert_eq!((&found["name"], &found["text"]["content"]), (&json!("LICENSE"), &json!("Do as you like.\n")));
    }
}
