//! What cargo says of the project: the packages of `cargo metadata`, and the artefacts of a build.

use std::path::PathBuf;

use cargo_metadata::{CrateType, Message, Metadata, Package, PackageId, TargetKind};

/// `cargo metadata`, with the package to build picked out.
#[derive(Debug, Clone)]
pub struct CargoFacts {
    pub metadata: Metadata,
    pub root: PackageId,
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
            .map(|(package, node)| (package, node.features.iter().map(|feature| feature.to_string()).collect()))
            .collect()
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

    fn reachable(&self) -> Vec<&PackageId> {
        let Some(resolve) = &self.metadata.resolve else { return vec![&self.root] };
        let mut reached = vec![&self.root];
        let mut next = 0;
        while next < reached.len() {
            let node = resolve.nodes.iter().find(|node| node.id == *reached[next]);
            for dependency in node.into_iter().flat_map(|node| &node.dependencies) {
                if !reached.contains(&dependency) {
                    reached.push(dependency);
                }
            }
            next += 1;
        }
        reached
    }
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
}

/// A file that cargo made for the package we build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The target's name as cargo gives it.
    pub target: String,
    pub kind: ArtifactKind,
    pub path: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArtifactKind {
    Cdylib,
    Binary,
}

impl CargoOutcome {
    /// Takes in one message of `--message-format=json`.
    pub fn add(&mut self, message: &Message, root: &PackageId) {
        let Message::CompilerArtifact(artifact) = message else { return };
        if !artifact.fresh {
            self.compiled.push(artifact.target.name.clone());
        }
        if artifact.package_id != *root {
            return;
        }
        let target = artifact.target.name.clone();
        if let Some(executable) = artifact.executable.as_ref().filter(|_| artifact.target.is_bin()) {
            let path = executable.clone().into_std_path_buf();
            self.artifacts.push(Artifact { target, kind: ArtifactKind::Binary, path });
        } else if artifact.target.crate_types.contains(&CrateType::CDyLib) && !artifact.target.is_example() {
            let file = artifact.filenames.iter().find(|file| is_dynamic_library(file.as_str()));
            let paths = file.map(|file| file.clone().into_std_path_buf());
            self.artifacts.extend(paths.map(|path| Artifact { target, kind: ArtifactKind::Cdylib, path }));
        }
    }
}

fn is_dynamic_library(file: &str) -> bool {
    [".so", ".dylib", ".dll", ".wasm"].iter().any(|suffix| file.ends_with(suffix))
}
