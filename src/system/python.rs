//! Finding Python interpreters and asking them for their facts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::loading::Loading;
use crate::system::process;

/// The one probe, which the shim carries too; it runs isolated, so that nothing of the project is imported.
const PROBE: &str = include_str!("../../backend_shim/wainwright/_probe.py");

/// Loads one module and says how that went.
const IMPORT_CHECK: &str = include_str!("import_check.py");

/// Why an interpreter could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    #[error("no interpreter `{0}` was found")]
    NotFound(String),
    #[error("{0}")]
    Start(#[from] process::ProcessError),
    #[error("`{}` could not be asked for its facts ({status})", path.display())]
    Probe { path: PathBuf, status: String, output: String },
}

/// Asks an interpreter for its facts.
pub fn probe(path: &Path) -> Result<Interpreter, PythonError> {
    let arguments = [OsString::from("-I"), OsString::from("-c"), OsString::from(PROBE)];
    let (status, answer, complaint) = process::output(path, &arguments)?;
    let failed = |status: String, output: String| PythonError::Probe { path: path.to_owned(), status, output };
    if !status.success() {
        return Err(failed(status.to_string(), complaint));
    }
    let line = answer.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    let facts: Interpreter = serde_json::from_str(line)
        .map_err(|reason| failed(format!("its answer is no JSON: {reason}"), answer.clone()))?;
    Ok(Interpreter { executable: Some(path.to_owned()), ..facts })
}

/// How long a module may take to load.
const LOADING_LIMIT: Duration = Duration::from_secs(60);

/// The answer of the script that loads a module.
#[derive(Deserialize)]
struct LoadAnswer {
    outcome: String,
    reason: String,
}

/// Loads the extension `name` from its file, in a child that sees nothing else.
pub fn load(interpreter: &Path, name: &str, file: &Path) -> Result<Loading, PythonError> {
    let words = [OsString::from("-I"), OsString::from("-c"), OsString::from(IMPORT_CHECK), name.into(), file.into()];
    let Some((status, text)) = process::output_within(interpreter, &words, LOADING_LIMIT)? else {
        return Ok(Loading::TimedOut);
    };
    let answer: Option<LoadAnswer> = serde_json::from_str(&text).ok().filter(|_| status.success());
    Ok(match answer {
        None => Loading::Died(status.to_string()),
        Some(answer) if answer.outcome == "loaded" => Loading::Loaded,
        Some(answer) if answer.outcome == "refused" => Loading::Refused(answer.reason),
        Some(answer) => Loading::Raised(answer.reason),
    })
}

/// Finds an interpreter by path, command name or version (`3.12`, `python3.12`).
pub fn find(wanted: &str, environment: &Environment) -> Result<PathBuf, PythonError> {
    let as_path = environment.directory().join(wanted);
    if process::is_program(&as_path) {
        return Ok(as_path);
    }
    let directories = environment.search_path();
    let version = wanted.strip_prefix("python").unwrap_or(wanted).trim_start_matches('-');
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    let by_version = is_version.then(|| OsString::from(format!("python{version}")));
    let names = [Some(OsString::from(wanted)), by_version];
    let found = names.into_iter().flatten().find_map(|name| process::find(&name, &directories));
    found.ok_or_else(|| PythonError::NotFound(wanted.to_owned()))
}

/// The Python of an environment's directory.
pub fn of_environment(directory: &Path) -> Option<PathBuf> {
    let candidates = ["bin/python", "bin/python3", "Scripts/python.exe", "python.exe"];
    candidates.iter().map(|candidate| directory.join(candidate)).find(|path| process::is_program(path))
}
