//! `develop`: an editable wheel, installed into an environment by pip or uv.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::ops::compile::Prebuilt;
use crate::ops::interpreters::{self, Source};
use crate::ops::project::Project;
use crate::ops::resolve;
use crate::ops::wheel::{self, Request, WheelKind};
use crate::render::summary;
use crate::system::disk::Scratch;
use crate::system::process;
use crate::system::python::{is_environment, mark_editable};

/// Builds an editable wheel for the chosen Python and installs it there.
pub fn develop(project: &Project, source: Source<'_>, report: Report<'_>) -> Result<(), Error> {
    let toolchain = resolve::toolchain(project, source.environment, report)?;
    let interpreter = interpreters::chosen_one(project, &toolchain, source, report)?;
    let Some(python) = interpreter.executable.clone().filter(|path| belongs_to_environment(path)) else {
        let message = format!("{} belongs to no virtual environment", interpreter.title());
        let hint = "make one with `python3 -m venv .venv`, or activate yours";
        return Err(Diagnostic::error(Code::Interpreter, message).hint(hint).into());
    };
    let scratch = Scratch::new()?;
    let request = Request {
        kind: WheelKind::Editable,
        environment: source.environment,
        directory: scratch.path(),
        prepared: None,
        prebuilt: &Prebuilt::new(),
    };
    let built = wheel::build_one(project, &toolchain, interpreter, request, report)?;
    install(&built.delivered.path, &python, source.environment, &project.directory)?;
    let core = &project.metadata.core;
    mark_editable(&python, &core.name.normalized(), &project.directory)?;
    let object = format!(
        "{} {} into {}: {} in {:.1} s; {}",
        core.name,
        core.version,
        python.display(),
        summary::size(built.delivered.size),
        built.elapsed.as_secs_f64(),
        built.proofs.join(", ")
    );
    report(Event::Step { verb: "Installed", object });
    Ok(())
}

/// Whether a Python belongs to an environment: installing for any other would change the system.
fn belongs_to_environment(python: &Path) -> bool {
    // conda on Windows has its Python at the top.
    python.ancestors().skip(1).take(2).any(is_environment)
}

/// Installs a wheel, and first what it requires.
fn install(wheel: &Path, python: &Path, environment: &Environment, directory: &Path) -> Result<(), Error> {
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
