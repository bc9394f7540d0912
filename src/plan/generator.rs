//! uniffi's generator: which program of a workspace it is, and what it is told.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cargo_metadata::{Package, PackageId};

use crate::facts::cargo::CargoFacts;

/// What the generator is called everywhere.
pub const NAME: &str = "uniffi-bindgen";

/// A program of the workspace that generates bindings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generator {
    pub package: String,
    pub id: PackageId,
    pub manifest_path: PathBuf,
    pub binary: String,
    pub features: Vec<String>,
}

/// The generator of a workspace: a binary `uniffi-bindgen` of the crate itself, else of another member, else one whose
/// name says that it is one.
pub fn of_workspace(cargo: &CargoFacts) -> Option<Generator> {
    let members = cargo.metadata.workspace_packages();
    let ordered: Vec<&Package> =
        [cargo.package()].into_iter().chain(members.into_iter().filter(|member| member.id != cargo.root)).collect();
    let find = |is_it: &dyn Fn(&str) -> bool| ordered.iter().find_map(|package| of_package(package, is_it));
    find(&|name| name == NAME).or_else(|| find(&|name| name.replace('_', "-").contains(NAME)))
}

fn of_package(package: &Package, is_it: &dyn Fn(&str) -> bool) -> Option<Generator> {
    let target = package.targets.iter().find(|target| target.is_bin() && is_it(&target.name))?;
    Some(Generator {
        package: package.name.to_string(),
        id: package.id.clone(),
        manifest_path: package.manifest_path.clone().into_std_path_buf(),
        binary: target.name.clone(),
        features: target.required_features.clone(),
    })
}

/// What the generator is told: to make Python, unformatted, of what the library itself tells.
pub fn words(library: &Path, out: &Path, config: Option<&Path>) -> Vec<OsString> {
    let mut words: Vec<OsString> =
        ["generate", "--no-format", "--language", "python", "--out-dir"].map(Into::into).into();
    words.push(out.into());
    if let Some(config) = config {
        words.extend(["--config".into(), config.into()]);
    }
    words.extend(["--library".into(), library.into()]);
    words
}
