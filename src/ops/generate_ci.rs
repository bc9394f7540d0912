//! A workflow for a service of continuous integration, made for a project.

use std::path::Path;

use crate::actions::event::{Event, Report};
use crate::contents::workflow::{self, Service, Workflow};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::sources::PathKind;
use crate::ops::platforms;
use crate::ops::project::Project;
use crate::plan::parts::PartKind;
use crate::plan::supported_pythons;
use crate::system::disk;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// Words that name them, as `--platform` does.
    pub platforms: Vec<String>,
    /// Those that the project allows, if none is named.
    pub pythons: Vec<String>,
    pub tests: Option<String>,
    pub caches: bool,
    pub publishes: bool,
}

/// The text of the workflow.
pub fn text(project: &Project, service: Service, wishes: &Wishes) -> Result<String, Error> {
    let platforms = platforms::named(&wishes.platforms)?;
    let has_modules = project.parts.iter().any(|part| matches!(part.kind, PartKind::Module { .. }));
    let pythons = match (has_modules, wishes.pythons.is_empty()) {
        (false, true) => Vec::new(),
        (true, true) => supported_pythons::allowed(project.metadata.core.requires_python.as_ref()),
        (_, false) => wishes.pythons.clone(),
    };
    let workflow = Workflow {
        name: &project.metadata.core.name.normalized(),
        wainwright: if project.pyproject.has_own_backend { "." } else { "wainwright" },
        platforms: &platforms,
        pythons: &pythons,
        tests: wishes.tests.as_deref(),
        caches: wishes.caches,
        publishes: wishes.publishes,
    };
    Ok(workflow::text(service, &workflow))
}

/// Writes the workflow, unless something else lies there.
pub fn write(file: &Path, text: &str, report: Report<'_>) -> Result<(), Error> {
    let is_ours = |found: &[u8]| found.starts_with(b"# Made by `wainwright generate-ci");
    if disk::kind(file) != PathKind::Missing && !disk::read(file).is_ok_and(|found| is_ours(&found)) {
        let message = format!("`{}` is there, and was not made by `wainwright generate-ci`", file.display());
        let hint = "name another file with `--out`, or remove it first";
        return Err(Diagnostic::error(Code::Disk, message).at(Place::file(file)).hint(hint).into());
    }
    disk::write_whole(file, text.as_bytes())?;
    report(Event::Step { verb: "Wrote", object: file.display().to_string() });
    Ok(())
}
