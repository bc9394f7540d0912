//! `develop`: an editable wheel, installed into an environment by pip or uv.

use std::path::Path;

use crate::actions::event::{Event, Report};
use crate::contents::editable::Call;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::ops::install::{self, Wanted, install};
use crate::ops::interpreters::{self, Source};
use crate::ops::project::Project;
use crate::ops::resolve;
use crate::ops::wheels;
use crate::spec::byte_size::ByteSize;
use crate::spec::name::ExtraName;
use crate::system::disk::Scratch;
use crate::system::python::{is_environment, mark_editable};

/// What is installed along with the project.
#[derive(Debug, Clone, Default)]
pub struct Along {
    pub extras: Vec<ExtraName>,
    /// Names of dependency groups.
    pub groups: Vec<String>,
    /// By uv, though the environment may have pip.
    pub by_uv: bool,
}

/// Builds an editable wheel for the chosen Python and installs it there.
/// `call` is how it is made again.
pub fn develop(
    project: &Project,
    along: &Along,
    call: Call<'_>,
    source: Source<'_>,
    report: Report<'_>,
) -> Result<(), Error> {
    let others = requirements(project, along)?;
    let toolchain = resolve::toolchain(project, source.environment, report)?;
    let interpreter = interpreters::chosen_one(project, &toolchain, source, report)?;
    let Some(python) = interpreter.executable.clone().filter(|path| belongs_to_environment(path)) else {
        let message = format!("{} belongs to no virtual environment", interpreter.title());
        let hint = "make one with `python3 -m venv .venv`, or activate yours";
        return Err(Diagnostic::error(Code::Interpreter, message).hint(hint).into());
    };
    let scratch = Scratch::new()?;
    let place = (scratch.path(), source.environment);
    let built = wheels::build_editable(project, &toolchain, interpreter, place, call, report)?;
    let wheel = &built.delivered.path;
    let wanted = Wanted { wheel, extras: &along.extras, others: &others, by_uv: along.by_uv };
    install(wanted, project, &python, source.environment)?;
    let core = &project.metadata.core;
    mark_editable(&python, &core.name.normalized(), &project.directory)?;
    let object = format!(
        "{} {} into {}: {} in {:.1} s; {}",
        core.name,
        core.version,
        python.display(),
        ByteSize(built.delivered.size),
        built.elapsed.as_secs_f64(),
        built.proofs.join(", ")
    );
    report(Event::Step { verb: "Installed", object });
    Ok(())
}

/// The requirements of the groups. pip installs without an extra that it does not know, and only warns.
fn requirements(project: &Project, along: &Along) -> Result<Vec<String>, Diagnostic> {
    let known = &project.metadata.core.provides_extra;
    if let Some(unknown) = along.extras.iter().find(|extra| !known.contains(extra)) {
        let message = format!("the project has no extra `{unknown}`");
        let known: Vec<String> = known.iter().map(|extra| format!("`{extra}`")).collect();
        let hint = match known.is_empty() {
            true => "extras are declared in `project.optional-dependencies`".to_owned(),
            false => format!("it has {}", known.join(", ")),
        };
        return Err(Diagnostic::error(Code::MissingKey, message).at(Place::file(&project.pyproject.file)).hint(hint));
    }
    let mut requirements = Vec::new();
    for name in &along.groups {
        requirements.extend(install::group(project, name)?);
    }
    Ok(requirements)
}

/// Whether a Python belongs to an environment: installing for any other would change the system.
fn belongs_to_environment(python: &Path) -> bool {
    // conda on Windows has its Python at the top.
    python.ancestors().skip(1).take(2).any(is_environment)
}
