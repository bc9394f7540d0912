//! What cargo says of the project: the packages of `cargo metadata`, and the artefacts of a build.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{
    CrateType, Dependency, DependencyKind, Message, Metadata, Node, NodeDep, Package, PackageId, TargetKind,
};

use crate::facts::build_record::Moment;

/// `cargo metadata`, with the package to build picked out.
#[derive(Debug, Clone)]
pub struct CargoFacts {
    pub metadata: Metadata,
    pub root: PackageId,
    /// What a build of the root alone is made of; `None` where the metadata has nothing else mixed in.
    pub tree: Option<CargoTree>,
}

/// Packages by name and version.
pub type PackageSet = BTreeSet<(String, String)>;

/// The packages that a build of one package is made of, as `cargo tree` tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoTree {
    /// The features that are turned on, by the package's name.
    pub features: BTreeMap<String, BTreeSet<String>>,
    pub packages: PackageSet,
}

impl CargoTree {
    /// Reads `cargo tree --prefix none --format '{p}|{f}'`.
    pub fn read(lines: &[String]) -> Self {
        let mut tree = Self::default();
        for line in lines {
            let Some((package, listed)) = line.split_once('|') else { continue };
            let mut words = package.split(' ');
            let name = words.next().unwrap_or_default().to_owned();
            let version = words.next().unwrap_or_default().trim_start_matches('v').to_owned();
            // A repeated package is marked behind its features.
            let listed = listed.trim_end_matches("(*)").trim_end().split(',').filter(|feature| !feature.is_empty());
            tree.features.entry(name.clone()).or_default().extend(listed.map(str::to_owned));
            tree.packages.insert((name, version));
        }
        tree
    }
}

/// A library or program that a package can build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateTarget {
    /// As cargo names it; for libraries with `_` for `-`.
    pub name: String,
    pub kind: CrateTargetKind,
    pub required_features: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrateTargetKind {
    /// A library that is declared a `cdylib`.
    Cdylib,
    /// A library of other types only.
    OtherLibrary,
    ProcMacro,
    Binary,
}

impl CargoFacts {
    pub fn package(&self) -> &Package {
        &self.metadata[&self.root]
    }

    /// The libraries and programs of the package.
    pub fn targets(&self) -> Vec<CrateTarget> {
        self.package().targets.iter().filter_map(crate_target).collect()
    }

    /// The packages named `name` that the package needs, directly or not, on the target that was asked for,
    /// each with the features that are turned on.
    pub fn dependencies_named(&self, name: &str) -> Vec<(&Package, Vec<String>)> {
        let reached = self.reachable();
        let nodes = self.metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let found = nodes.filter(|node| reached.contains(&&node.id)).map(|node| (&self.metadata[&node.id], node));
        found
            .filter(|(package, _)| package.name.as_str() == name)
            .map(|(package, node)| (package, self.features(package, node)))
            .collect()
    }

    fn features(&self, package: &Package, node: &Node) -> Vec<String> {
        match &self.tree {
            Some(tree) => tree.features.get(package.name.as_str()).into_iter().flatten().cloned().collect(),
            None => node.features.iter().map(|feature| feature.to_string()).collect(),
        }
    }

    /// Whether it matters which features a build of the root turns on. The metadata mixes in those that tests, other
    /// members and other platforms ask for: it never shows too few, but `abi3` may be one too many.
    pub fn needs_exact_features(&self) -> bool {
        let requires = self.targets().iter().any(|target| !target.required_features.is_empty());
        requires || ["pyo3", "pyo3-ffi"].into_iter().any(|name| self.is_stable_by_hearsay(name))
    }

    /// Whether features of the stable ABI are shown that the root's own manifest does not turn on in every build.
    fn is_stable_by_hearsay(&self, name: &str) -> bool {
        self.dependencies_named(name).into_iter().any(|(package, features)| {
            let declared = self.always_on(package);
            features.iter().any(|feature| feature.starts_with("abi3") && !declared.contains(feature))
        })
    }

    /// The features of a package that the root's manifest turns on whatever is built, by itself or by what PyO3 passes on.
    fn always_on(&self, package: &Package) -> BTreeSet<String> {
        let prefix = format!("{}/", package.name);
        let around = self.dependencies_named("pyo3").into_iter().filter(|(pyo3, _)| pyo3.name != package.name);
        let passed_on: Vec<String> = around
            .flat_map(|(pyo3, _)| brought(pyo3, self.declared(pyo3)))
            .filter_map(|feature| feature.strip_prefix(&prefix).map(str::to_owned))
            .collect();
        brought(package, self.declared(package).into_iter().chain(passed_on).collect())
    }

    /// The features of a package that the root's manifest names, whatever is built.
    fn declared(&self, package: &Package) -> Vec<String> {
        let is_always = |found: &&Dependency| {
            found.name == package.name.as_str()
                && found.req.matches(&package.version)
                && found.kind == DependencyKind::Normal
                && !found.optional
                && found.target.is_none()
        };
        let declared = self.package().dependencies.iter().filter(is_always);
        declared.flat_map(|found| found.features.clone()).collect()
    }

    /// Those packages with the identities. The crates of the standard library, where cargo compiles it, are not among
    /// those that it tells of.
    pub fn named<'i>(&self, ids: impl Iterator<Item = &'i PackageId>) -> PackageSet {
        ids.filter_map(|id| self.known(id)).map(name_and_version).collect()
    }

    /// The package with the identity, unless it is one of the standard library's.
    pub fn known(&self, id: &PackageId) -> Option<&Package> {
        self.metadata.packages.iter().find(|package| package.id == *id)
    }

    /// The packages from disk that cargo must find to resolve the root: those of builds and of tests, the root first.
    pub fn local_closure(&self) -> Vec<&Package> {
        let nodes = || self.metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let mut found = vec![self.package()];
        let mut next = 0;
        while next < found.len() {
            let node = nodes().find(|node| node.id == found[next].id);
            for dependency in node.iter().flat_map(|node| &node.deps) {
                let package = &self.metadata[&dependency.pkg];
                if package.source.is_none() && !found.iter().any(|known| known.id == package.id) {
                    found.push(package);
                }
            }
            next += 1;
        }
        found
    }

    /// The packages whose code goes into what is packed, the root first: neither build scripts' nor macros'. `built` are
    /// those that a build of the root compiles; the metadata shows others' too.
    pub fn linked(&self, built: &PackageSet) -> Vec<&Package> {
        let is_linked = |package: &Package| {
            !package.targets.iter().any(|target| target.is_proc_macro()) && built.contains(&name_and_version(package))
        };
        let mut linked = vec![self.package()];
        let mut next = 0;
        while next < linked.len() {
            for id in self.linked_dependencies(&linked[next].id) {
                let package = &self.metadata[id];
                if is_linked(package) && !linked.iter().any(|known| known.id == package.id) {
                    linked.push(package);
                }
            }
            next += 1;
        }
        linked
    }

    /// The packages that a package links directly, as far as the metadata tells.
    pub fn linked_dependencies(&self, id: &PackageId) -> Vec<&PackageId> {
        let nodes = self.metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let node = nodes.into_iter().find(|node| node.id == *id);
        let is_normal = |dependency: &&NodeDep| {
            dependency.dep_kinds.is_empty()
                || dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        };
        node.iter().flat_map(|node| &node.deps).filter(is_normal).map(|dependency| &dependency.pkg).collect()
    }

    /// The features of the root that are turned on.
    pub fn root_features(&self) -> Vec<String> {
        let nodes = self.metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let root = nodes.into_iter().find(|node| node.id == self.root);
        root.map(|node| self.features(self.package(), node)).unwrap_or_default()
    }

    /// The identities of all packages from disk.
    pub fn ids_from_disk(&self) -> Vec<PackageId> {
        let from_disk = self.metadata.packages.iter().filter(|package| package.source.is_none());
        from_disk.map(|package| package.id.clone()).collect()
    }

    /// The packages from disk (not from a registry) that the package needs, itself among them.
    pub fn local_packages(&self) -> Vec<&Package> {
        let reached = self.reachable();
        self.metadata
            .packages
            .iter()
            .filter(|package| package.source.is_none() && reached.contains(&&package.id))
            .collect()
    }

    /// How many packages a build of the root compiles, or a few more.
    pub fn built_packages(&self) -> usize {
        self.reachable().len()
    }

    fn reachable(&self) -> Vec<&PackageId> {
        let Some(resolve) = &self.metadata.resolve else { return vec![&self.root] };
        let mut reached = vec![&self.root];
        let mut next = 0;
        while next < reached.len() {
            let node = resolve.nodes.iter().find(|node| node.id == *reached[next]);
            for dependency in node.into_iter().flat_map(|node| &node.deps).filter(|dependency| is_built(dependency)) {
                if !reached.contains(&&dependency.pkg) {
                    reached.push(&dependency.pkg);
                }
            }
            next += 1;
        }
        reached
    }
}

/// Features, with all that they bring; those of other packages as `PACKAGE/FEATURE`.
fn brought(package: &Package, mut next: Vec<String>) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    while let Some(feature) = next.pop() {
        if on.insert(feature.clone()) {
            next.extend(package.features.get(&feature).into_iter().flatten().cloned());
        }
    }
    on
}

fn name_and_version(package: &Package) -> (String, String) {
    (package.name.to_string(), package.version.to_string())
}

/// Whether a dependency goes into what is built: tests' dependencies do not.
fn is_built(dependency: &NodeDep) -> bool {
    dependency.dep_kinds.is_empty() || dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
}

fn crate_target(target: &cargo_metadata::Target) -> Option<CrateTarget> {
    let is = |kind: &TargetKind| target.kind.contains(kind);
    let kind = if is(&TargetKind::ProcMacro) {
        CrateTargetKind::ProcMacro
    } else if is(&TargetKind::Bin) {
        CrateTargetKind::Binary
    } else if target.crate_types.contains(&CrateType::CDyLib) && !is(&TargetKind::Example) {
        CrateTargetKind::Cdylib
    } else if target.is_lib() || is(&TargetKind::RLib) || is(&TargetKind::DyLib) || is(&TargetKind::StaticLib) {
        CrateTargetKind::OtherLibrary
    } else {
        return None;
    };
    Some(CrateTarget { name: target.name.clone(), kind, required_features: target.required_features.clone() })
}

/// What one cargo call made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoOutcome {
    pub artifacts: Vec<Artifact>,
    /// Names of the crates that were compiled, in order; fresh ones are not among them.
    pub compiled: Vec<String>,
    /// Whether all of a package was found fresh.
    pub packages: BTreeMap<PackageId, bool>,
    /// When each package that was compiled was done, as far as it is.
    pub times: BTreeMap<PackageId, Moment>,
    /// The packages of which there is more than a build script.
    pub done: BTreeSet<PackageId>,
    /// The directories that build scripts have written to, by their packages.
    pub out_dirs: Vec<(PackageId, PathBuf)>,
    /// The directories that build scripts have named for libraries that are not Rust's.
    pub link_paths: Vec<PathBuf>,
}

/// A file that cargo made for the package we build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The target's name as cargo gives it.
    pub target: String,
    pub kind: ArtifactKind,
    pub path: PathBuf,
    /// What cargo made along with it: debug information, import libraries.
    pub others: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArtifactKind {
    Cdylib,
    Binary,
}

/// The directory of a search path with its kind, if native libraries are looked for in it.
fn native(path: &str) -> Option<PathBuf> {
    match path.split_once('=') {
        Some(("native" | "all", directory)) => Some(PathBuf::from(directory)),
        Some(("dependency" | "crate" | "framework", _)) => None,
        _ => Some(PathBuf::from(path)),
    }
}

impl CargoOutcome {
    /// Takes in one message of `--message-format=json` that came at `now`.
    pub fn add(&mut self, message: &Message, root: &PackageId, now: Moment) {
        let artifact = match message {
            Message::CompilerArtifact(artifact) => artifact,
            Message::BuildScriptExecuted(script) => {
                self.out_dirs.push((script.package_id.clone(), script.out_dir.clone().into_std_path_buf()));
                self.link_paths.extend(script.linked_paths.iter().filter_map(|path| native(path.as_str())));
                return;
            }
            _ => return,
        };
        *self.packages.entry(artifact.package_id.clone()).or_insert(true) &= artifact.fresh;
        if !artifact.target.is_custom_build() {
            self.done.insert(artifact.package_id.clone());
        }
        if !artifact.fresh {
            self.compiled.push(artifact.target.name.clone());
            self.times.insert(artifact.package_id.clone(), now);
        }
        if artifact.package_id != *root {
            return;
        }
        let target = artifact.target.name.clone();
        if let Some(executable) = artifact.executable.as_ref().filter(|_| artifact.target.is_bin()) {
            let path = executable.clone().into_std_path_buf();
            let others = others(artifact, &path);
            self.artifacts.push(Artifact { target, kind: ArtifactKind::Binary, path, others });
        } else if artifact.target.crate_types.contains(&CrateType::CDyLib) && !artifact.target.is_example() {
            let file = artifact.filenames.iter().find(|file| is_dynamic_library(file.as_str()));
            if let Some(path) = file.map(|file| file.clone().into_std_path_buf()) {
                let others = others(artifact, &path);
                self.artifacts.push(Artifact { target, kind: ArtifactKind::Cdylib, path, others });
            }
        }
    }
}

fn others(artifact: &cargo_metadata::Artifact, path: &Path) -> Vec<PathBuf> {
    let files = artifact.filenames.iter().map(|file| file.clone().into_std_path_buf());
    files.filter(|file| file != path).collect()
}

fn is_dynamic_library(file: &str) -> bool {
    [".so", ".dylib", ".dll", ".wasm"].iter().any(|suffix| file.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A crate with one dependency on `pyo3`, whose features of the stable ABI are on.
    fn with_stable_pyo3(dependency: &Value) -> CargoFacts {
        let package = |name: &str, dependencies: Value, features: Value| {
            json!({
                "name": name, "version": "0.30.1", "id": name, "source": null, "dependencies": dependencies,
                "features": features, "manifest_path": "/p/Cargo.toml", "targets": [], "edition": "2024", "metadata": null,
            })
        };
        let asked = json!({
            "name": "pyo3", "source": null, "req": "^0.30", "kind": null, "rename": null, "optional": false,
            "uses_default_features": true, "features": ["abi3-py39"], "target": null, "registry": null,
        });
        let mut asked = asked.as_object().unwrap().clone();
        asked.extend(dependency.as_object().unwrap().clone());
        let brought = json!({ "abi3-py39": ["abi3-py310"], "abi3-py310": ["abi3"], "abi3": ["pyo3-ffi/abi3"] });
        let to_ffi =
            json!([{ "name": "pyo3_ffi", "pkg": "pyo3-ffi", "dep_kinds": [{ "kind": null, "target": null }] }]);
        let to_pyo3 = json!([{ "name": "pyo3", "pkg": "pyo3", "dep_kinds": [{ "kind": null, "target": null }] }]);
        let on = json!(["abi3", "abi3-py310", "abi3-py39", "macros"]);
        let metadata = json!({
            "packages": [package("demo", json!([asked]), json!({})), package("pyo3", json!([]), brought),
                package("pyo3-ffi", json!([]), json!({ "abi3": [] }))],
            "workspace_members": ["demo"], "workspace_default_members": ["demo"], "target_directory": "/p/target",
            "workspace_root": "/p", "version": 1, "metadata": null,
            "resolve": { "root": "demo", "nodes": [
                { "id": "demo", "deps": to_pyo3, "dependencies": ["pyo3"], "features": [] },
                { "id": "pyo3", "deps": to_ffi, "dependencies": ["pyo3-ffi"], "features": on },
                { "id": "pyo3-ffi", "deps": [], "dependencies": [], "features": ["abi3"] },
            ] },
        });
        let metadata: Metadata = serde_json::from_value(metadata).unwrap();
        let root = metadata.workspace_members[0].clone();
        CargoFacts { metadata, root, tree: None }
    }

    #[test]
    fn crates_of_the_standard_library_are_none_of_those_that_cargo_tells_of() {
        let facts = with_stable_pyo3(&json!({}));
        let ids = [facts.root.clone(), PackageId { repr: "path+file:///rust/library/alloc#0.0.0".to_owned() }];
        assert_eq!(facts.named(ids.iter()).len(), 1);
        assert!(facts.known(&ids[0]).is_some() && facts.known(&ids[1]).is_none());
    }

    #[test]
    fn what_the_manifest_always_turns_on_needs_no_second_look() {
        let needs = |dependency: Value| with_stable_pyo3(&dependency).needs_exact_features();
        assert!(!needs(json!({})));
        let doubtful = [
            json!({ "optional": true }),
            json!({ "kind": "build" }),
            json!({ "target": "cfg(windows)" }),
            json!({ "features": ["abi3-py310"] }),
            json!({ "features": [] }),
            json!({ "req": "^0.29" }),
        ];
        for dependency in doubtful {
            assert!(needs(dependency.clone()), "{dependency}");
        }
    }

    #[test]
    fn features_are_read_from_cargos_tree() {
        let lines = ["demo v0.1.0 (/p)|default", "pyo3 v0.30.1|abi3,macros (*)", "pyo3 v0.30.1|default", "libc v1|"];
        let tree = CargoTree::read(&lines.map(str::to_owned));
        assert_eq!(tree.features["pyo3"].iter().collect::<Vec<_>>(), ["abi3", "default", "macros"]);
        assert!(tree.features["libc"].is_empty());
        assert!(tree.packages.contains(&("pyo3".to_owned(), "0.30.1".to_owned())) && tree.packages.len() == 3);
    }
}
