//! The training of a profile-guided build: an instrumented wheel is installed and exercised, and what it saw is joined.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report};
use crate::actions::manifest::Entry;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::ops::install;
use crate::ops::project::Project;
use crate::ops::resolve::Cargo;
use crate::ops::wheel::{self, PlannedWheel, Request};
use crate::plan::profiling::{self, Profiling};
use crate::system::cargo::CargoError;
use crate::system::disk::Scratch;
use crate::system::{disk, process, python, rustc};

/// Trains a planned wheel; gives what its final compile is to use.
pub fn trained(
    project: &Project,
    wheel: &PlannedWheel,
    python: &[Entry],
    request: Request<'_>,
    report: Report<'_>,
) -> Result<Profiling, Error> {
    let command = project.options.pgo.command.as_deref().ok_or_else(|| no_command(project))?;
    let interpreter = wheel.interpreter.executable.as_deref().filter(|_| wheel.resolved.toolchain.runs_here);
    let interpreter = interpreter.ok_or_else(|| {
        let message =
            format!("a profile-guided build runs what it builds, which {} cannot do here", wheel.interpreter.title());
        Diagnostic::error(Code::Profiling, message).hint("leave `--pgo` out for targets that cannot run here")
    })?;
    if wheel.resolved.toolchain.cargo.as_ref().is_some_and(Cargo::is_cross) {
        let message = "a profile lies on this machine, where cross, which compiles in a container, does not see it";
        return Err(Diagnostic::error(Code::Profiling, message).hint("leave `--pgo` out, or unset `CARGO`").into());
    }
    let tool = tool(project, wheel, request.environment)?;
    // The directory stands in rustc's flags: it must stay the same, or every build would compile everything.
    let place = wheel.resolved.target_dir.path.join("pgo");
    let raw = place.join("raw");
    let scratch = Scratch::below(&wheel.resolved.target_dir.path)?;
    let directory = scratch.path().join("wheel");
    disk::make_directory(&directory)?;
    let training = Profiling::Generate(raw.clone());
    let request = Request { directory: &directory, profiling: &training, prepared: None, ..request };
    let built = wheel::build(project, wheel, python, request, report)?;
    let environment = scratch.path().join("env");
    python::make_environment(interpreter, &environment)?;
    install::exercise_environment(&built.delivered.path, &environment, project, request.environment)?;
    // What build scripts have written counts for nothing.
    disk::remove_if_directory(&raw)?;
    disk::make_directory(&raw)?;
    report(Event::Step { verb: "Training", object: format!("with `{command}`") });
    exercise(project, command, &environment, &raw, request.environment)?;
    let profile = joined(&tool, &raw, &place)?;
    Ok(Profiling::Use(profile))
}

fn no_command(project: &Project) -> Diagnostic {
    let message = "a profile-guided build needs `pgo-command`, which exercises the installed wheel";
    Diagnostic::error(Code::Profiling, message)
        .at(Place::file(&project.pyproject.file))
        .hint("add `pgo-command = \"python bench.py\"` to the tool table")
}

/// The program that joins profiles: rustc's own component, else the system's.
fn tool(project: &Project, wheel: &PlannedWheel, environment: &Environment) -> Result<PathBuf, Error> {
    let cargo = wheel.resolved.toolchain.cargo.as_ref().ok_or(CargoError::Missing)?;
    let version = rustc::answer(&cargo.path, environment, &project.directory, &["-vV"])?;
    let component = rustc::answer(&cargo.path, environment, &project.directory, &["--print", "target-libdir"])?;
    let component = Path::new(component.trim()).with_file_name("bin");
    let directories: Vec<PathBuf> = [component].into_iter().chain(environment.search_path()).collect();
    let needed = profiling::llvm_major(&version);
    let found =
        profiling::tool_names(needed).into_iter().find_map(|name| process::find(OsStr::new(&name), &directories));
    let hint = "run `rustup component add llvm-tools`, or install the LLVM of the version that `rustc -vV` names";
    let Some(found) = found else {
        let message = "there is no `llvm-profdata` to join the profiles with";
        return Err(Diagnostic::error(Code::Profiling, message).hint(hint).into());
    };
    // Old ones know the flag only behind a command.
    let (_, said, _) = process::output(&found, &["merge".into(), "--version".into()])?;
    match (profiling::llvm_major(&said), needed) {
        (Some(its), Some(needed)) if its < needed => {
            let file = found.display();
            let message = format!("`{file}` is of LLVM {its} and cannot read the profiles of rustc's LLVM {needed}");
            Err(Diagnostic::error(Code::Profiling, message).hint(hint).into())
        }
        _ => Ok(found),
    }
}

/// Runs the project's command in an environment where the instrumented wheel is installed.
fn exercise(
    project: &Project,
    command: &str,
    environment: &Path,
    raw: &Path,
    outer: &Environment,
) -> Result<(), Error> {
    let bin = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let path = std::iter::once(bin).chain(outer.search_path());
    let path = std::env::join_paths(path).unwrap_or_default();
    let variables: [(&str, OsString); 3] = [
        ("PATH", path),
        ("VIRTUAL_ENV", environment.into()),
        // One file for each process and module.
        ("LLVM_PROFILE_FILE", raw.join("%m_%p.profraw").into()),
    ];
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let words = [OsString::from(flag), OsString::from(command)];
    Ok(process::run_with(Path::new(shell), &words, &project.directory, &variables)?)
}

/// Joins the raw profiles into one, named by its contents: cargo looks at the name alone.
fn joined(tool: &Path, raw: &Path, place: &Path) -> Result<PathBuf, Error> {
    let names = disk::names(raw)?;
    let files: Vec<PathBuf> =
        names.iter().filter(|name| name.ends_with(".profraw")).map(|name| raw.join(name)).collect();
    if files.is_empty() {
        let message = "the command of the training has run nothing of what was compiled";
        let hint = "let `pgo-command` import the module and call what shall be fast";
        return Err(Diagnostic::error(Code::Profiling, message).hint(hint).into());
    }
    let merged = place.join("merged.profdata");
    let mut words: Vec<OsString> = vec!["merge".into(), "-o".into(), merged.clone().into()];
    words.extend(files.into_iter().map(Into::into));
    process::run(tool, &words, place)?;
    let (_, digest) = disk::digest(&merged)?;
    let named = place.join(format!("{}.profdata", &digest.hex()[..16]));
    disk::rename(&merged, &named)?;
    Ok(named)
}
