//! The metadata hooks end here: METADATA, entry points, licences and the planned WHEEL, without cargo.

use std::path::Path;

use crate::actions::manifest::Entry;
use crate::contents::dist_info;
use crate::error::Error;
use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::settings::Bindings;
use crate::ops::project::Project;
use crate::ops::resolve;
use crate::plan::build::{self, Subject};
use crate::plan::features;
use crate::plan::parts::{Part, PartKind};
use crate::plan::triple::Triple;
use crate::system::disk;

/// Writes the `.dist-info` directory below `directory` and returns its name.
pub fn prepare(
    project: &Project,
    interpreter: &Interpreter,
    environment: &Environment,
    directory: &Path,
) -> Result<String, Error> {
    let mut entries = dist_info::files(&project.metadata);
    entries.push(planned_wheel(project, interpreter, environment)?);
    disk::unpack(&entries, directory)?;
    Ok(dist_info::directory(&project.metadata))
}

/// The text of METADATA.
pub fn text(project: &Project) -> String {
    project.metadata.core.to_text()
}

fn planned_wheel(project: &Project, interpreter: &Interpreter, environment: &Environment) -> Result<Entry, Error> {
    let target = resolve::named_target(project, environment);
    let triple = target.as_deref().map_or_else(|| build::triple_of(interpreter), Triple::parse);
    let platform = resolve::platform_facts(project, target.as_deref().unwrap_or_default(), environment);
    let subject = Subject { interpreter, triple: &triple, platform: &platform };
    let mut modules = Vec::new();
    for part in project.parts.iter().filter(|part| !part.is_left_out()) {
        modules.push(planned_module(project, part, interpreter)?);
    }
    let tag = build::planned_tag(&modules, subject)?;
    Ok(dist_info::wheel(&project.metadata, &tag))
}

/// The features of the PyO3 that a part links; `None` if it links none, as far as the manifests show.
fn planned_module(project: &Project, part: &Part, interpreter: &Interpreter) -> Result<Option<Vec<String>>, Error> {
    let links_python = matches!(part.kind, PartKind::Module { promised: Bindings::Pyo3 | Bindings::Pyo3Ffi, .. });
    let asked = features::of(&project.options, &part.features, interpreter)?;
    let manifest = project.manifests.get(&part.manifest_path);
    Ok(links_python
        .then(|| manifest.map(|manifest| pyo3_features(part, project, manifest, &asked)).unwrap_or_default()))
}

/// The features of PyO3 that the manifest asks for, directly or by its own features.
fn pyo3_features(part: &Part, project: &Project, manifest: &CargoManifest, asked: &[String]) -> Vec<String> {
    let is_pyo3 = |name: &str| name == "pyo3" || name == "pyo3-ffi";
    let direct = manifest.dependencies.iter().filter(|dependency| is_pyo3(&dependency.package));
    let own = features::promised(manifest, &part.options(&project.options), asked);
    let through = own
        .into_iter()
        .filter(|feature| feature.split_once('/').is_some_and(|(name, _)| is_pyo3(name.trim_end_matches('?'))));
    direct.flat_map(|dependency| dependency.features.clone()).chain(through).collect()
}
