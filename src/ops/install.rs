//! Installing wheels into environments, by pip or uv.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::ops::project::Project;
use crate::spec::name::ExtraName;
use crate::system::process;
use crate::system::python::{PythonError, of_environment};

/// A wheel to install, and what is to be installed with it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    pub wheel: &'w Path,
    pub extras: &'w [ExtraName],
    /// Requirements of dependency groups.
    pub others: &'w [String],
    /// By uv, though the environment may have pip.
    pub by_uv: bool,
}

/// Installs a wheel of the project, and first what it requires.
pub fn install(wanted: Wanted<'_>, project: &Project, python: &Path, environment: &Environment) -> Result<(), Error> {
    let (program, words) = installer(python, wanted.by_uv, environment)?;
    let run = |extra: &[OsString]| {
        let arguments: Vec<OsString> = words.iter().chain(extra).cloned().collect();
        process::run(&program, &arguments, &project.directory)
    };
    let own = wanted.wheel.as_os_str().to_owned();
    if !project.metadata.core.requires_dist.is_empty() || !wanted.others.is_empty() {
        let mut with_extras = own.clone();
        if !wanted.extras.is_empty() {
            let extras: Vec<String> = wanted.extras.iter().map(ExtraName::to_string).collect();
            with_extras.push(format!("[{}]", extras.join(",")));
        }
        let others = wanted.others.iter().map(OsString::from);
        run(&std::iter::once(with_extras).chain(others).collect::<Vec<_>>())?;
    }
    // The wheel itself may have been found satisfied by what was there.
    Ok(run(&["--no-deps".into(), "--force-reinstall".into(), own])?)
}

/// The requirements of a dependency group, or a fault that names it.
pub fn group(project: &Project, name: &str) -> Result<Vec<String>, Diagnostic> {
    project.pyproject.dependency_group(name).ok_or_else(|| {
        let message = format!("`[dependency-groups]` has no group `{name}`");
        Diagnostic::error(Code::MissingKey, message).at(Place::file(&project.pyproject.file))
    })
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
    let wanted = Wanted { wheel, extras: &[], others: &[], by_uv: false };
    install(wanted, project, &python, environment)?;
    let requirements = match &project.options.pgo.group {
        Some(named) => group(project, named)?,
        None => project.pyproject.dependency_group("dev").unwrap_or_default(),
    };
    if requirements.is_empty() {
        return Ok(());
    }
    let (program, mut words) = installer(&python, false, environment)?;
    words.extend(requirements.into_iter().map(OsString::from));
    Ok(process::run(&program, &words, &project.directory)?)
}

/// The environment's own pip, else uv.
fn installer(python: &Path, by_uv: bool, environment: &Environment) -> Result<(PathBuf, Vec<OsString>), Error> {
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    if !by_uv && has_pip(python)? {
        return Ok((
            python.to_owned(),
            words(&["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]),
        ));
    }
    let uv = process::find("uv".as_ref(), &environment.search_path()).ok_or_else(|| match by_uv {
        true => Diagnostic::error(Code::Process, "there is no uv on PATH").hint("install uv, or leave `--uv` out"),
        false => {
            let message = format!("`{}` has no pip, and there is no uv on PATH", python.display());
            let hint = "run `python -m ensurepip` in the environment, or install uv";
            Diagnostic::error(Code::Process, message).hint(hint)
        }
    })?;
    let mut arguments = words(&["pip", "install", "--quiet", "--python"]);
    arguments.push(python.into());
    Ok((uv, arguments))
}

/// Looks for pip without starting it, which takes long.
fn has_pip(python: &Path) -> Result<bool, Error> {
    let code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is None)";
    let (status, _, _) = process::output(python, &["-I".into(), "-c".into(), code.into()])?;
    Ok(status.success())
}
