//! Installing a wheel into an environment, by pip or uv.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::system::process;

/// Refuses an interpreter that belongs to no environment: installing there would change the system.
pub fn is_environment(interpreter: &Path) -> bool {
    let home = interpreter.parent().and_then(Path::parent);
    home.is_some_and(|home| {
        crate::system::disk::kind(&home.join("pyvenv.cfg")) == crate::facts::sources::PathKind::File
    }) || home.is_some_and(|home| {
        crate::system::disk::kind(&home.join("conda-meta")) == crate::facts::sources::PathKind::Directory
    })
}

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

/// The environment's own pip, else uv.
fn installer(python: &Path, environment: &Environment) -> Result<(PathBuf, Vec<OsString>), Error> {
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let (status, _, _) = process::output(python, &words(&["-I", "-m", "pip", "--version"]))?;
    if status.success() {
        return Ok((python.to_owned(), words(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])));
    }
    let uv = process::find("uv".as_ref(), &environment.search_path()).ok_or_else(|| {
        let message = format!("`{}` has no pip, and there is no uv on PATH", python.display());
        Diagnostic::error(Code::Process, message).hint("run `python -m ensurepip` in the environment, or install uv")
    })?;
    let mut arguments = words(&["pip", "install", "--quiet", "--python"]);
    arguments.push(python.into());
    Ok((uv, arguments))
}
