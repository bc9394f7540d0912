//! A workflow for a service of continuous integration, made for a project.

use std::path::Path;

use crate::actions::event::{Event, Report};
use crate::contents::workflow::{self, Platform, Service, Workflow};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::sources::PathKind;
use crate::ops::project::Project;
use crate::plan::parts::PartKind;
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;
use crate::system::disk;

/// The minor versions of CPython that its developers support, in November 2026. Source: devguide.python.org/versions.
const SUPPORTED: std::ops::RangeInclusive<u64> = 11..=15;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wishes {
    pub platforms: Vec<Platform>,
    /// Those that the project allows, if none is named.
    pub pythons: Vec<String>,
    pub tests: Option<String>,
    pub caches: bool,
    pub publishes: bool,
}

/// The text of the workflow.
pub fn text(project: &Project, service: Service, wishes: &Wishes) -> String {
    let has_modules = project.parts.iter().any(|part| matches!(part.kind, PartKind::Module { .. }));
    let pythons = match (has_modules, wishes.pythons.is_empty()) {
        (false, true) => Vec::new(),
        (true, true) => allowed(project.metadata.core.requires_python.as_ref()),
        (_, false) => wishes.pythons.clone(),
    };
    let workflow = Workflow {
        name: &project.metadata.core.name.normalized(),
        platforms: &wishes.platforms,
        pythons: &pythons,
        tests: wishes.tests.as_deref(),
        caches: wishes.caches,
        publishes: wishes.publishes,
    };
    workflow::text(service, &workflow)
}

/// The supported Pythons that a project allows; if it allows none of them, the ones that it does.
fn allowed(required: Option<&VersionSpecifiers>) -> Vec<String> {
    let is_allowed = |minor: &u64| {
        required.is_none_or(|required| required.contains(&Version::from_release([3, (*minor).into(), 99])))
    };
    let supported: Vec<u64> = SUPPORTED.filter(is_allowed).collect();
    let minors = if supported.is_empty() { (8..=*SUPPORTED.end()).filter(is_allowed).collect() } else { supported };
    minors.into_iter().map(|minor| format!("3.{minor}")).collect()
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

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn the_supported_pythons_that_the_project_allows_are_taken() {
        let of = |text: &str| allowed(Some(&text.parse().unwrap())).join(" ");
        assert_eq!(of(">=3.9"), "3.11 3.12 3.13 3.14 3.15");
        assert_eq!(of(">=3.12,<3.15"), "3.12 3.13 3.14");
        assert_eq!(of(">=3.9,<3.11"), "3.9 3.10");
        assert_eq!(allowed(None).len(), 5);
    }
}
