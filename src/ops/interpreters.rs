//! Which Pythons are there, and which of them a command builds for.

use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report};
use crate::checks::requires_python;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::{build_details, pyo3_config_file, sysconfigdata};
use crate::ops::project::Project;
use crate::ops::resolve::Toolchain;
use crate::plan::known_pythons::{self, KnownPython, PythonRequest};
use crate::plan::options::Pythons;
use crate::system::python::PythonError;
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
    if let Err(reason) = old_enough(&found) {
        return Some(Err(reason));
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

/// The oldest Python that any PyO3 in use supports.
const OLDEST: (u64, u64) = (3, 7);

fn old_enough(found: &Interpreter) -> Result<(), String> {
    if (found.major, found.minor) >= OLDEST {
        return Ok(());
    }
    Err(format!("{} is too old: Python {}.{} is the oldest that can be built for", found.title(), OLDEST.0, OLDEST.1))
}

/// The Python of a name: a path, a command, or a version that is found elsewhere on this machine.
fn probe_named(name: &str, environment: &Environment) -> Result<Interpreter, Error> {
    let direct = python::find(name, environment).and_then(|path| python::probe(&path));
    let found = match direct {
        Ok(found) => found,
        Err(error) => {
            let elsewhere = discover(environment).into_iter().filter_map(|considered| considered.outcome.ok());
            elsewhere.into_iter().find(|found| is_called(found, name)).ok_or(error)?
        }
    };
    old_enough(&found).map_err(|reason| Diagnostic::error(Code::InterpreterSupport, reason))?;
    Ok(found)
}

/// Whether a name such as `3.12`, `python3.13t`, `pypy3.11` or `3.11.7` means this Python.
fn is_called(found: &Interpreter, name: &str) -> bool {
    let (implementation, version) = match name.find(|c: char| c.is_ascii_digit()) {
        Some(at) => (name[..at].trim_end_matches('-'), &name[at..]),
        None => (name, ""),
    };
    let wanted = match implementation {
        "" | "python" | "cp" => "cpython",
        other => other,
    };
    let (version, free_threaded) = match version.strip_suffix('t') {
        Some(version) => (version, true),
        None => (version, false),
    };
    wanted == found.implementation
        && free_threaded == found.gil_disabled
        && [found.version(), found.full_version()].iter().any(|own| own == version)
}

/// Where the Pythons of a build come from.
#[derive(Clone, Copy)]
pub struct Source<'s> {
    pub environment: &'s Environment,
    /// The interpreter that runs the hook, if one does.
    pub at_hand: Option<&'s Interpreter>,
    /// The program's own path.
    pub program: Option<&'s Path>,
}

/// The Pythons that are asked for, each once; else those that can be had for the target.
pub fn chosen(
    project: &Project,
    toolchain: &Toolchain,
    source: Source<'_>,
    report: Report<'_>,
) -> Result<Vec<Interpreter>, Error> {
    if let Some(file) = source.environment.path("PYO3_CONFIG_FILE") {
        return Ok(vec![of_config_file(file, toolchain)?]);
    }
    if let Some(directory) = source.environment.path("PYO3_CROSS_LIB_DIR").filter(|_| !toolchain.runs_here) {
        return Ok(vec![of_library(directory, toolchain, source.environment)?]);
    }
    let pythons = match &project.options.pythons {
        Pythons::Named(names) => names
            .iter()
            .map(|name| {
                let found = if toolchain.runs_here { probe_named(name, source.environment).ok() } else { None };
                match found {
                    Some(found) => Ok(found),
                    // Who names a target may not have its Pythons, be it this machine's.
                    None if !toolchain.runs_here || project.options.target.is_some() => {
                        foreign(name, toolchain, source.environment)
                    }
                    None => probe_named(name, source.environment),
                }
            })
            .collect::<Result<Vec<_>, Error>>()?,
        Pythons::Found if toolchain.runs_here => found(project, source.environment)?,
        Pythons::Found => of_tables(project, toolchain)?,
        Pythons::AtHand => vec![at_hand(project, toolchain, source, report)?],
    };
    let mut unique: Vec<Interpreter> = Vec::new();
    for python in pythons {
        fits(&python, toolchain)?;
        if !unique.iter().any(|known| same(known, &python)) {
            unique.push(python);
        }
    }
    Ok(unique)
}

/// The one Python of a command that takes one.
pub fn chosen_one(
    project: &Project,
    toolchain: &Toolchain,
    source: Source<'_>,
    report: Report<'_>,
) -> Result<Interpreter, Error> {
    let mut pythons = chosen(project, toolchain, source, report)?;
    if pythons.len() > 1 {
        let message = format!("{} Pythons are named, but this command takes one", pythons.len());
        return Err(Diagnostic::error(Code::Setting, message).hint("name one with `--interpreter`").into());
    }
    pythons.pop().ok_or_else(|| PythonError::NotFound("python3".to_owned()).into())
}

/// The interpreter that runs a hook, by the facts that came with the request, else by its own word.
pub fn of_hook(facts: Option<Interpreter>, executable: Option<&Path>) -> Result<Option<Interpreter>, Error> {
    match (facts, executable) {
        (Some(facts), executable) => Ok(Some(Interpreter { executable: executable.map(Path::to_owned), ..facts })),
        (None, Some(path)) => Ok(Some(python::probe(path)?)),
        (None, None) => Ok(None),
    }
}

/// The Python that metadata is prepared for, without asking cargo for the target.
pub fn named_or_at_hand(project: &Project, source: Source<'_>) -> Result<Interpreter, Error> {
    match (&project.options.pythons, source.at_hand) {
        (Pythons::Named(names), _) if names.len() == 1 => probe_named(&names[0], source.environment),
        (_, Some(python)) => Ok(python.clone()),
        (_, None) => {
            let (path, _) = default_python(source.environment, &project.directory, source.program)?;
            Ok(python::probe(&path)?)
        }
    }
}

/// An interpreter and what is compiled for it must be of one kind.
fn fits(python: &Interpreter, toolchain: &Toolchain) -> Result<(), Error> {
    if known_pythons::is_for(python, &toolchain.triple) {
        return Ok(());
    }
    let message =
        format!("{} is for `{}`, but cargo compiles for `{}`", python.title(), python.platform, toolchain.platform);
    let hint = "name the target that fits the interpreter with `--target`, or an interpreter of the target";
    Err(Diagnostic::error(Code::BinaryPlatform, message).hint(hint).into())
}

/// The facts that the user's own PyO3 configuration gives; nothing else is looked at.
fn of_config_file(file: &Path, toolchain: &Toolchain) -> Result<Interpreter, Error> {
    let text = String::from_utf8_lossy(&disk::read(file)?).into_owned();
    let told = pyo3_config_file::parse(&text).map_err(|reason| {
        let message = format!("`PYO3_CONFIG_FILE` names `{}`: {reason}", file.display());
        Diagnostic::error(Code::Interpreter, message).at(Place::file(file))
    })?;
    Ok(known_pythons::completed(told, &toolchain.triple))
}

/// The facts of a foreign Python from its library directory, which PyO3's variable names.
fn of_library(directory: &Path, toolchain: &Toolchain, environment: &Environment) -> Result<Interpreter, Error> {
    let version = environment.text("PYO3_CROSS_PYTHON_VERSION");
    let named = environment.text("_PYTHON_SYSCONFIGDATA_NAME");
    for file in python::facts_files(directory, version, named)? {
        let text = String::from_utf8_lossy(&disk::read(&file)?).into_owned();
        let parsed = if file.extension().is_some_and(|extension| extension == "json") {
            build_details::parse(&text).map_err(|reason| reason.to_string())
        } else {
            sysconfigdata::parse(&text).map_err(|reason| reason.to_string())
        };
        let told = parsed.map_err(|reason| {
            let message = format!("`{}`: {reason}", file.display());
            Diagnostic::error(Code::Interpreter, message).at(Place::file(&file))
        })?;
        let python = known_pythons::completed(told, &toolchain.triple);
        if known_pythons::is_for(&python, &toolchain.triple) {
            return Ok(python);
        }
    }
    let message = format!(
        "`PYO3_CROSS_LIB_DIR` names `{}`, which holds no Python for `{}`",
        directory.display(),
        toolchain.platform
    );
    let hint = "name the directory with `build-details.json` or `_sysconfigdata*.py`";
    Err(Diagnostic::error(Code::Interpreter, message).hint(hint).into())
}

/// A Python of another machine: one that says so itself (as those of crossenv do), or the tables' facts of a version.
fn foreign(name: &str, toolchain: &Toolchain, environment: &Environment) -> Result<Interpreter, Error> {
    if let Ok(found) = python::find(name, environment).and_then(|path| python::probe(&path)) {
        if known_pythons::is_for(&found, &toolchain.triple) {
            return Ok(found);
        }
        return of_version(&found, toolchain);
    }
    let request: PythonRequest =
        name.parse().map_err(|reason| Diagnostic::error(Code::Setting, format!("`--interpreter`: {reason}")))?;
    let known = KnownPython::of(request).ok_or_else(|| {
        let message = format!("`{name}` names no version, which the tables need for `{}`", toolchain.platform);
        Diagnostic::error(Code::Interpreter, message).hint("name it with its version, such as `3.12` or `pypy3.11`")
    })?;
    Ok(known_pythons::interpreter(known, &toolchain.triple)?)
}

/// The tables' facts of the target's Python of the same version.
fn of_version(python: &Interpreter, toolchain: &Toolchain) -> Result<Interpreter, Error> {
    let name = if python.is_cpython() { "" } else { &python.implementation };
    let text = format!("{name}{}{}", python.version(), if python.gil_disabled { "t" } else { "" });
    let request: PythonRequest =
        text.parse().map_err(|reason| Diagnostic::error(Code::Interpreter, format!("{reason}")))?;
    let known = KnownPython::of(request).ok_or_else(|| PythonError::NotFound(text.clone()))?;
    Ok(known_pythons::interpreter(known, &toolchain.triple)?)
}

/// The Python at hand of a command that builds for many platforms by it; nothing if it is told others.
pub fn at_hand_of_all(project: &Project, source: Source<'_>, report: Report<'_>) -> Result<Option<Interpreter>, Error> {
    let is_wanted = project.options.pythons == Pythons::AtHand;
    is_wanted.then(|| found_at_hand(project, source, report)).transpose()
}

fn found_at_hand(project: &Project, source: Source<'_>, report: Report<'_>) -> Result<Interpreter, Error> {
    if let Some(python) = source.at_hand {
        return Ok(python.clone());
    }
    let (path, why) = default_python(source.environment, &project.directory, source.program)?;
    let python = python::probe(&path)?;
    let shown = python.executable.as_deref().unwrap_or(&path).display();
    report(Event::Step { verb: "Using", object: format!("{} at {shown} ({why})", python.title()) });
    Ok(python)
}

fn at_hand(
    project: &Project,
    toolchain: &Toolchain,
    source: Source<'_>,
    report: Report<'_>,
) -> Result<Interpreter, Error> {
    let python = found_at_hand(project, source, report)?;
    if toolchain.runs_here || known_pythons::is_for(&python, &toolchain.triple) {
        return Ok(python);
    }
    let object = format!("what is known of {} for {}", python.title(), toolchain.platform);
    report(Event::Step { verb: "Using", object });
    of_version(&python, toolchain)
}

/// All that are found on this machine, but for those that the project itself shuts out.
fn found(project: &Project, environment: &Environment) -> Result<Vec<Interpreter>, Error> {
    let found = discover(environment).into_iter().filter_map(|considered| considered.outcome.ok());
    none_is_an_error(found.filter(|python| is_wanted(project, python)).collect())
}

/// The CPythons that the tables know for the target, but for those that the project itself shuts out.
fn of_tables(project: &Project, toolchain: &Toolchain) -> Result<Vec<Interpreter>, Error> {
    let known =
        (9..=15).filter_map(|minor| known_pythons::interpreter(KnownPython::cpython(minor), &toolchain.triple).ok());
    none_is_an_error(known.filter(|python| is_wanted(project, python)).collect())
}

fn is_wanted(project: &Project, python: &Interpreter) -> bool {
    let required = project.metadata.core.requires_python.as_ref();
    required.is_none_or(|required| requires_python::accepts(required, python))
}

fn none_is_an_error(found: Vec<Interpreter>) -> Result<Vec<Interpreter>, Error> {
    if found.is_empty() {
        let message = "no Python was found that the project supports";
        let hint = "`wainwright python list` tells what was looked at";
        return Err(Diagnostic::error(Code::Interpreter, message).hint(hint).into());
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
    let home = own.and_then(Path::parent).and_then(Path::parent).filter(|home| python::is_environment(home));
    if let Some(found) = home.and_then(python::of_environment) {
        return Ok((found, "from the environment that wainwright is installed in".to_owned()));
    }
    let name = if cfg!(windows) { "python" } else { "python3" };
    Ok((python::find(name, environment)?, format!("`{name}` on PATH")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;

    #[test]
    fn a_python_answers_to_its_versions_and_names() {
        let called = |name| is_called(&cpython(12), name);
        assert!(called("3.12") && called("python3.12") && called("python-3.12") && called("3.12.1"));
        assert!(!called("3.1") && !called("3.12t") && !called("pypy3.12") && !called("3.11"));
        let free_threaded = Interpreter { gil_disabled: true, ..cpython(14) };
        assert!(is_called(&free_threaded, "3.14t") && !is_called(&free_threaded, "3.14"));
    }
}
