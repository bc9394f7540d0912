//! Which Pythons are there, and which of them a command builds for.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::system::{disk, python};

/// A Python that was found, or why it was passed over.
#[derive(Debug, Clone)]
pub struct Considered {
    pub path: PathBuf,
    /// Why it was looked at: `PATH`, `pyenv`, ...
    pub origin: &'static str,
    pub outcome: Result<Interpreter, String>,
}

/// Looks for Pythons everywhere and asks each once. Of two that are alike the first counts.
pub fn discover(environment: &Environment) -> Vec<Considered> {
    let mut considered: Vec<Considered> = Vec::new();
    for (directory, origin) in python::homes(environment) {
        for path in python::in_directory(&directory) {
            let outcome = outcome(&path, &considered);
            if let Some(outcome) = outcome {
                considered.push(Considered { path, origin, outcome });
            }
        }
    }
    considered
}

/// What became of a path; `None` if it is another name of one that was seen.
fn outcome(path: &Path, seen: &[Considered]) -> Option<Result<Interpreter, String>> {
    let real = disk::real_path(path);
    if seen.iter().any(|other| disk::real_path(&other.path) == real && !is_shim(path)) {
        return None;
    }
    let found = match python::probe(path) {
        Ok(found) => found,
        Err(python::PythonError::Probe { output, status, .. }) => {
            let last = output.lines().rev().find(|line| !line.trim().is_empty());
            return Some(Err(last.map_or(status, |line| line.trim().to_owned())));
        }
        Err(error) => return Some(Err(error.to_string())),
    };
    if found.major < 3 || found.minor < 7 {
        return Some(Err(format!("{} is too old: PyO3 needs 3.7 or later", found.title())));
    }
    let alike = seen.iter().find(|other| other.outcome.as_ref().is_ok_and(|known| same(known, &found)));
    match alike {
        Some(first) if first.path == path => None,
        Some(first) => Some(Err(format!("{} was found before, at `{}`", found.title(), first.path.display()))),
        None => Some(Ok(found)),
    }
}

/// Shims are one file for many Pythons.
fn is_shim(path: &Path) -> bool {
    path.parent().and_then(Path::file_name).is_some_and(|name| name == "shims")
}

/// Whether one wheel serves both.
fn same(a: &Interpreter, b: &Interpreter) -> bool {
    (&a.implementation, a.major, a.minor, &a.abiflags, &a.ext_suffix)
        == (&b.implementation, b.major, b.minor, &b.abiflags, &b.ext_suffix)
}

/// The Pythons of the names that were given, in their order, each once.
pub fn named(names: &[String], environment: &Environment) -> Result<Vec<Interpreter>, Error> {
    let mut found: Vec<Interpreter> = Vec::new();
    for name in names {
        let interpreter = python::probe(&python::find(name, environment)?)?;
        if !found.iter().any(|known| same(known, &interpreter)) {
            found.push(interpreter);
        }
    }
    Ok(found)
}

/// The Python to build for where none is named: that of the active environment, of `.venv`, of the environment that
/// wainwright is installed in, then `python3`. Also says why.
pub fn default_python(
    environment: &Environment,
    project: &Path,
    own: Option<&Path>,
) -> Result<(PathBuf, String), Error> {
    for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        if let Some(found) = environment.path(variable).and_then(python::of_environment) {
            return Ok((found, format!("from `{variable}`")));
        }
    }
    let near = project.ancestors().map(|above| above.join(".venv"));
    if let Some(found) = near.into_iter().find_map(|directory| python::of_environment(&directory)) {
        return Ok((found, "from `.venv`".to_owned()));
    }
    let home = own.and_then(Path::parent).and_then(Path::parent);
    if let Some(found) = home.and_then(python::of_environment) {
        return Ok((found, "from the environment that wainwright is installed in".to_owned()));
    }
    let name = if cfg!(windows) { "python" } else { "python3" };
    Ok((python::find(name, environment)?, format!("`{name}` on PATH")))
}
