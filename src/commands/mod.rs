//! The commands: arguments plus one operation each.

pub mod build;
pub mod develop;
pub mod hook;
pub mod list;
pub mod metadata;
pub mod plan;
pub mod python;
pub mod sdist;

use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::settings::Settings;
use crate::ops::interpreters;
use crate::ops::project::{self, Project};
use crate::plan::options::{Pythons, TopLayer};
use crate::system::python::{PythonError, probe};

/// The world a command runs in.
#[derive(Clone, Copy)]
pub struct World<'w> {
    pub environment: &'w Environment,
    /// The program's own path.
    pub program: Option<&'w Path>,
    pub report: Report<'w>,
}

/// Reads the project at `source`, a path of the command line, with the settings of the command line.
fn project(world: World<'_>, source: &Path, settings: Settings) -> Result<Project, Error> {
    let from = world.environment.directory();
    let settings = settings.with_blanks_split();
    // Paths of the command line start where the user stands, not where the project lies.
    let manifest_path = settings.manifest_path.as_ref().map(|path| from.join(path));
    let settings = Settings { manifest_path, ..settings };
    let top = TopLayer { settings, has_build_args: false };
    project::read(&from.join(source), top, world.environment, world.report)
}

/// The Pythons that are asked for, or the one that is at hand; a choice is told.
fn pythons(world: World<'_>, project: &Project) -> Result<Vec<Interpreter>, Error> {
    match &project.options.pythons {
        Pythons::Named(names) => interpreters::named(names, world.environment),
        Pythons::Found => found(world, project),
        Pythons::AtHand => Ok(vec![at_hand(world, project)?]),
    }
}

/// The Python that is named, or the one that is at hand.
fn one_python(world: World<'_>, project: &Project) -> Result<Interpreter, Error> {
    let mut pythons = pythons(world, project)?;
    if pythons.len() > 1 {
        let message = format!("{} Pythons are named, but this command takes one", pythons.len());
        return Err(Diagnostic::error(Code::Setting, message).hint("name one with `--interpreter`").into());
    }
    pythons.pop().ok_or_else(|| PythonError::NotFound("python3".to_owned()).into())
}

fn at_hand(world: World<'_>, project: &Project) -> Result<Interpreter, Error> {
    let (path, why) = interpreters::default_python(world.environment, &project.directory, world.program)?;
    let interpreter = probe(&path)?;
    let shown = interpreter.executable.as_deref().unwrap_or(&path).display();
    (world.report)(Event::Step { verb: "Using", object: format!("{} at {shown} ({why})", interpreter.title()) });
    Ok(interpreter)
}

/// All that are found, but for those that the project itself shuts out.
fn found(world: World<'_>, project: &Project) -> Result<Vec<Interpreter>, Error> {
    let required = project.metadata.core.requires_python.as_ref();
    let fits = |found: &Interpreter| {
        let version = found.full_version().parse();
        required.is_none_or(|required| version.is_ok_and(|version| required.contains(&version)))
    };
    let found: Vec<Interpreter> = interpreters::discover(world.environment)
        .into_iter()
        .filter_map(|found| found.outcome.ok())
        .filter(fits)
        .collect();
    if found.is_empty() {
        let message = "no Python was found that the project supports";
        return Err(Diagnostic::error(Code::Interpreter, message)
            .hint("`wainwright python list` tells what was looked at")
            .into());
    }
    Ok(found)
}

/// Where files go if nobody says: `dist/` beside `pyproject.toml`.
fn out_directory(world: World<'_>, project: &Project, out: Option<PathBuf>) -> PathBuf {
    match out {
        Some(out) => world.environment.directory().join(out),
        None => project.directory.join("dist"),
    }
}
