//! Finding zig, and handing it what linkers are told.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::facts::environment::Environment;
use crate::system::process::{self, ProcessError};
use crate::system::python;

/// Prints where zig lies if it is a package of the Python that is asked.
const PACKAGED: &str = "import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))";

/// `zig` on PATH, else the package `ziglang` of the active environment's Python, of that which this program lies in, or
/// of one on PATH.
pub fn find(environment: &Environment) -> Option<PathBuf> {
    let directories = environment.search_path();
    process::find(OsStr::new("zig"), &directories).or_else(|| {
        let active = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(|name| environment.path(name));
        let own = this_program().ok().and_then(|program| Some(program.parent()?.parent()?.to_owned()));
        let homes: Vec<PathBuf> = active.map(Path::to_owned).chain(own).collect();
        let of_homes = homes.iter().filter_map(|home| python::of_environment(home));
        let on_path =
            ["python3", "python"].into_iter().filter_map(|name| process::find(OsStr::new(name), &directories));
        of_homes.chain(on_path).find_map(|python| packaged(&python))
    })
}

fn packaged(python: &Path) -> Option<PathBuf> {
    let (status, answer, _) = process::output(python, &["-c".into(), PACKAGED.into()]).ok()?;
    let path = PathBuf::from(answer.trim());
    let path = if cfg!(windows) { path.with_extension("exe") } else { path };
    (status.success() && process::is_program(&path)).then_some(path)
}

/// The path of this very program, which scripts run again.
pub fn this_program() -> Result<PathBuf, ProcessError> {
    std::env::current_exe().map_err(|error| ProcessError::Start { program: "wainwright".into(), error })
}

/// Runs zig in this program's stead: what it reads and says is the caller's.
pub fn run(zig: &Path, words: &[OsString]) -> Result<ExitStatus, ProcessError> {
    Command::new(zig).args(words).status().map_err(|error| ProcessError::Start { program: zig.to_owned(), error })
}
