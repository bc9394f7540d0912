//! Finding Python interpreters and asking them for their facts.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use serde::Deserialize;

use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::loading::Loading;
use crate::system::{disk, process, walk};

/// The one probe, which the shim carries too; it runs isolated, so that nothing of the project is imported.
const PROBE: &str = include_str!("../../backend_shim/wainwright/_probe.py");

/// Loads one module and says how that went.
const IMPORT_CHECK: &str = include_str!("import_check.py");

/// Lets cffi write the module that opens a library.
const MAKE_FFI: &str = include_str!("make_ffi.py");

/// Rewrites `direct_url.json`.
const DIRECT_URL: &str = include_str!("direct_url.py");

/// Why an interpreter could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    #[error("no interpreter `{0}` was found")]
    NotFound(String),
    #[error("{0}")]
    Files(String),
    #[error("{0}")]
    Start(#[from] process::ProcessError),
    #[error("`{}` could not be asked for its facts ({status})", path.display())]
    Probe { path: PathBuf, status: String, output: String },
}

/// Asks an interpreter for its facts.
pub fn probe(path: &Path) -> Result<Interpreter, PythonError> {
    let arguments = [OsString::from("-I"), OsString::from("-c"), OsString::from(format!("{PROBE}{OWN_PATH}"))];
    let (mut status, mut answer, complaint) = process::output(path, &arguments)?;
    if !status.success() {
        // Python 2 knows no isolated mode; its answer is worth having, for it says how old it is.
        let [_, command, script] = &arguments;
        (status, answer, _) = process::output(path, &["-E".into(), "-s".into(), command.clone(), script.clone()])?;
    }
    let failed = |status: String, output: String| PythonError::Probe { path: path.to_owned(), status, output };
    if !status.success() {
        return Err(failed(status.to_string(), complaint));
    }
    let line = answer.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    let facts: Interpreter = serde_json::from_str(line)
        .map_err(|reason| failed(format!("its answer is no JSON: {reason}"), answer.clone()))?;
    let own = answer.lines().find_map(|line| line.strip_prefix("path:")).and_then(path_of_hex);
    Ok(Interpreter { executable: Some(own.unwrap_or_else(|| path.to_owned())), ..facts })
}

/// Behind a shim the interpreter itself knows where it lies. A path may be outside Unicode, hence the digits.
const OWN_PATH: &str =
    "\nif sys.version_info[0] > 2:\n    import os\n    print('path:' + os.fsencode(sys.executable).hex())\n";

fn path_of_hex(digits: &str) -> Option<PathBuf> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let path = path_of_bytes(pairs.collect::<Option<Vec<u8>>>()?)?;
    process::is_program(&path).then_some(path)
}

#[cfg(unix)]
fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
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
        None => Loading::Died(end(status)),
        Some(answer) if answer.outcome == "loaded" => Loading::Loaded,
        Some(answer) if answer.outcome == "refused" => Loading::Refused(answer.reason),
        Some(answer) => Loading::Raised(answer.reason),
    })
}

/// How a program ended, in words.
#[cfg(unix)]
fn end(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(4) => "signal 4, an illegal instruction".to_owned(),
        Some(6) => "signal 6, an abort".to_owned(),
        Some(11) => "signal 11, a segmentation fault".to_owned(),
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

#[cfg(not(unix))]
fn end(status: ExitStatus) -> String {
    status.to_string()
}

/// Why cffi made no module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FfiComplaint {
    NoCffi,
    Refused(String),
}

/// Lets cffi make the module that opens a library, from the library's C header. What the build requires must be found,
/// wherever the frontend has put it, so the child is not isolated; but it sees no directory of the project.
pub fn make_ffi(
    interpreter: &Path,
    header: &Path,
    module: &Path,
    scratch: &Path,
) -> Result<Option<FfiComplaint>, PythonError> {
    let script = scratch.join("make_ffi.py");
    disk::write_whole(&script, MAKE_FFI.as_bytes()).map_err(|error| PythonError::Files(error.to_string()))?;
    let (status, _, complaint) = process::output(interpreter, &[script.into(), header.into(), module.into()])?;
    let last = complaint.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Ok(match status.code() {
        Some(0) => None,
        Some(3) => Some(FfiComplaint::NoCffi),
        _ => Some(FfiComplaint::Refused(last.trim().to_owned())),
    })
}

/// Makes a virtual environment with pip.
pub fn make_environment(interpreter: &Path, directory: &Path) -> Result<(), PythonError> {
    let words = ["-I", "-m", "venv"].map(OsString::from).into_iter().chain([directory.into()]);
    let (status, _, output) = process::output(interpreter, &words.collect::<Vec<_>>())?;
    if status.success() {
        return Ok(());
    }
    Err(PythonError::Probe { path: interpreter.to_owned(), status: status.to_string(), output })
}

/// Marks an installed distribution as an editable install of a directory.
pub fn mark_editable(interpreter: &Path, distribution: &str, directory: &Path) -> Result<(), PythonError> {
    let words =
        [OsString::from("-I"), OsString::from("-c"), OsString::from(DIRECT_URL), distribution.into(), directory.into()];
    let (status, _, complaint) = process::output(interpreter, &words)?;
    if status.success() {
        return Ok(());
    }
    Err(PythonError::Probe { path: interpreter.to_owned(), status: status.to_string(), output: complaint })
}

/// Finds an interpreter by path, command name or version (`3.12`, `python3.12`).
pub fn find(wanted: &str, environment: &Environment) -> Result<PathBuf, PythonError> {
    // A bare name is a command, not a file that happens to lie here.
    if wanted.contains(['/', '\\']) {
        let path = environment.directory().join(wanted);
        let found = if process::is_program(&path) { Some(path) } else { of_environment(&path) };
        return found.ok_or_else(|| PythonError::NotFound(wanted.to_owned()));
    }
    let directories = environment.search_path();
    let version = wanted.strip_prefix("python").unwrap_or(wanted).trim_start_matches('-');
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    let by_version = is_version.then(|| OsString::from(format!("python{version}")));
    let names = [Some(OsString::from(wanted)), by_version];
    let found = names.into_iter().flatten().find_map(|name| process::find(&name, &directories));
    found.ok_or_else(|| PythonError::NotFound(wanted.to_owned()))
}

/// Whether a directory is a virtual environment, or one of conda's.
pub fn is_environment(directory: &Path) -> bool {
    directory.join("pyvenv.cfg").is_file() || directory.join("conda-meta").is_dir()
}

/// The Python of an environment's directory.
pub fn of_environment(directory: &Path) -> Option<PathBuf> {
    let candidates = ["bin/python", "bin/python3", "Scripts/python.exe", "python.exe"];
    candidates.iter().map(|candidate| directory.join(candidate)).find(|path| process::is_program(path))
}

/// The files that tell of a foreign Python below its library directory: `build-details.json` (PEP 739) first, then
/// `_sysconfigdata*.py`, by the directories that Python builds and distributions keep them in.
pub fn facts_files(directory: &Path, version: Option<&str>, named: Option<&str>) -> Result<Vec<PathBuf>, PythonError> {
    let enter = |path: &Path| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let of_version =
            version.map_or(name.starts_with("python3") || name.starts_with("pypy3"), |version| name.ends_with(version));
        of_version || ["lib", "build", "Frameworks", "Versions", "3."].iter().any(|start| name.starts_with(start))
    };
    let found = walk::files(directory, directory, 8, &enter).map_err(|error| PythonError::Files(error.to_string()))?;
    let name_of = |path: &Path| path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
    let is_details = |name: &str| name.starts_with("build-details") && name.ends_with(".json");
    let is_data = |name: &str| match named {
        Some(named) => name.strip_suffix(".py") == Some(named),
        None => name.starts_with("_sysconfigdata") && name.ends_with(".py"),
    };
    let mut files: Vec<PathBuf> = found.into_iter().map(|found| found.path).collect();
    files.retain(|path| is_details(&name_of(path)) || is_data(&name_of(path)));
    files.sort_by_key(|path| !is_details(&name_of(path)));
    Ok(files)
}

/// The directories with Pythons, each with the reason to look there: `PATH`, then the homes of pyenv, uv and conda.
pub fn homes(environment: &Environment) -> Vec<(PathBuf, &'static str)> {
    let mut homes: Vec<(PathBuf, &'static str)> =
        environment.search_path().into_iter().map(|directory| (directory, "PATH")).collect();
    let below = |variable: &str, default: &str| {
        let home = environment.home().map(|home| home.join(default));
        environment.path(variable).map(Path::to_owned).or(home)
    };
    let installed = [
        (below("PYENV_ROOT", ".pyenv").map(|root| root.join("versions")), "pyenv"),
        (below("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python"), "uv"),
        (environment.path("CONDA_PREFIX").map(|prefix| prefix.join("envs")), "conda"),
    ];
    for (root, origin) in installed.into_iter().filter_map(|(root, origin)| Some((root?, origin))) {
        let mut names = disk::names(&root).unwrap_or_default();
        names.sort();
        homes.extend(names.into_iter().map(|name| (root.join(name).join("bin"), origin)));
    }
    homes
}

/// The Pythons in a directory by their usual names: `python3.12`, `python3.14t`, `pypy3.11`, `graalpy`, ...
pub fn in_directory(directory: &Path) -> Vec<PathBuf> {
    let mut names: Vec<String> = disk::names(directory).unwrap_or_default();
    names.retain(|name| is_python_name(name.strip_suffix(".exe").unwrap_or(name)));
    names.sort();
    names.into_iter().map(|name| directory.join(name)).filter(|path| process::is_program(path)).collect()
}

fn is_python_name(name: &str) -> bool {
    let rest = ["python", "pypy", "graalpy"].iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.is_some_and(|rest| {
        let version = rest.strip_suffix('t').unwrap_or(rest);
        version.chars().all(|c| c.is_ascii_digit() || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_pythons_are_told_from_those_of_tools() {
        for name in ["python", "python3", "python3.12", "python3.14t", "pypy3", "pypy3.11", "graalpy"] {
            assert!(is_python_name(name), "{name}");
        }
        for name in ["python3-config", "python3.12-config", "pythonw", "pip", "python-build"] {
            assert!(!is_python_name(name), "{name}");
        }
    }

    #[test]
    fn a_path_comes_back_from_its_digits() {
        let own = std::env::current_exe().unwrap();
        let digits: String = own.as_os_str().as_encoded_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(path_of_hex(&digits), Some(own));
        assert_eq!(path_of_hex("zz"), None);
    }
}
