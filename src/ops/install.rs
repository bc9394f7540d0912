//! Installing wheels into environments, by pip or uv.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::ops::project::Project;
use crate::system::process;
use crate::system::python::{PythonError, of_environment};

/// Installs a wheel, and first what it requires.
pub fn install(wheel: &Path, python: &Path, environment: &Environment, directory: &Path) -> Result<(), Error> {
    let (program, words) = installer(python, environment)?;
    let run = |extra: &[&str]| {
        let mut arguments = words.clone();
        arguments.extend(extra.iter().map(OsString::from));
        arguments.push(wheel.into());
        process::run(&program, &arguments, directory)
    };
    // Once with what it requires, which may find the wheel itself satisfied; then the wheel alone, whatever was there.
    run(&[])?;
    run(&["--no-deps", "--force-reinstall"])?;
    Ok(())
}

/// Installs a wheel into a new environment, with what it and the training of a profile-guided build require.
pub fn exercise_environment(
    wheel: &Path,
    directory: &Path,
    project: &Project,
    environment: &Environment,
) -> Result<(), Error> {
    let Some(python) = of_environment(directory) else {
        return Err(PythonError::NotFound(directory.display().to_string()).into());
    };
    install(wheel, &python, environment, &project.directory)?;
    let group = project.options.pgo.group.as_deref();
    let requirements = match project.pyproject.dependency_group(group.unwrap_or("dev")) {
        Some(requirements) => requirements,
        None if group.is_none() => return Ok(()),
        None => {
            let message = format!("`[dependency-groups]` has no group `{}`", group.unwrap_or_default());
            return Err(Diagnostic::error(Code::Profiling, message).at(Place::file(&project.pyproject.file)).into());
        }
    };
    if requirements.is_empty() {
        return Ok(());
    }
    let (program, mut words) = installer(&python, environment)?;
    words.extend(requirements.into_iter().map(OsString::from));
    Ok(process::run(&program, &words, &project.directory)?)
}

/// The environment's own pip, else uv.
fn installer(python: &Path, environment: &Environment) -> Result<(PathBuf, Vec<OsString>), Error> {
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let (status, _, _) = process::output(python, &words(&["-I", "-m", "pip", "--version"]))?;
    if status.success() {
        return Ok((
            python.to_owned(),
            words(&["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]),
        ));
    }
    let uv = process::find("uv".as_ref(), &environment.search_path()).ok_or_else(|| {
        let message = format!("`{}` has no pip, and there is no uv on PATH", python.display());
        Diagnostic::error(Code::Process, message).hint("run `python -m ensurepip` in the environment, or install uv")
    })?;
    let mut arguments = words(&["pip", "install", "--quiet", "--python"]);
    arguments.push(python.into());
    Ok((uv, arguments))
}
