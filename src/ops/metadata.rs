//! The metadata hooks end here: METADATA, entry points, licences and the planned WHEEL, without cargo.

use std::path::Path;

use crate::actions::manifest::Entry;
use crate::contents::dist_info;
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::ops::project::Project;
use crate::plan::build::{self, Subject};
use crate::plan::platform::Triple;
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
    let target = project.options.target.as_deref().or_else(|| environment.text("CARGO_BUILD_TARGET"));
    let triple = target.map_or_else(|| build::triple_of(interpreter), Triple::parse);
    let deployment_target = environment.text("MACOSX_DEPLOYMENT_TARGET");
    let subject = Subject { interpreter, triple: &triple, deployment_target };
    let dependencies = project.manifest.iter().flat_map(|manifest| &manifest.dependencies);
    let python = dependencies.filter(|dependency| dependency.package == "pyo3" || dependency.package == "pyo3-ffi");
    let features: Vec<String> = python.flat_map(|dependency| dependency.features.clone()).collect();
    let is_module = project.layout.module.import().is_some();
    let tag = build::planned_tag(&project.pyproject.tool, &features, is_module, subject)?;
    Ok(dist_info::wheel(&project.metadata, &tag))
}
