//! Running programs in an environment that depends on nobody's settings.

use std::ffi::OsStr;
use std::fmt;
use std::process::{Command, Stdio};

use crate::setup;

/// Variables that would change what is built, or how it is shown.
const REMOVED: [&str; 11] = [
    "CARGO",
    "CLICOLOR_FORCE",
    "CONDA_PREFIX",
    "FORCE_COLOR",
    "LD_LIBRARY_PATH",
    "NO_COLOR",
    "RUSTFLAGS",
    "RUST_BACKTRACE",
    "SOURCE_DATE_EPOCH",
    "VIRTUAL_ENV",
    "XDG_CACHE_HOME",
];
const REMOVED_PREFIXES: [&str; 9] = [
    "CARGO_BIN_",
    "CARGO_BUILD_",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PROFILE_",
    "MATURIN_",
    "PYO3_",
    "PYTHON",
    "WAINWRIGHT_",
];

/// A command that builds in the dev profile into the one target directory that all tests share, and that knows no
/// index of packages.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = with_network(program);
    command.env("PIP_NO_INDEX", "1").env_remove("PIP_FIND_LINKS");
    command
}

/// The same, but it may ask the index.
pub fn with_network(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if REMOVED.contains(&&*shown) || REMOVED_PREFIXES.iter().any(|prefix| shown.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
        .env("CARGO_TARGET_DIR", setup::place().join("cargo"))
        // What cargo compiles in steps depends on the steps, and here bytes are compared.
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("LC_ALL", "C.UTF-8")
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("UV_CACHE_DIR", setup::place().join("uv-cache"))
        .env("WAINWRIGHT_PROFILE", "dev")
        .stdin(Stdio::null());
    command
}

/// How a program ended, and what it said.
#[derive(Debug)]
pub struct Ran {
    pub called: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Ran {
    let words: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let called = format!("{words:?}");
    let output = command.output().unwrap_or_else(|error| panic!("{called}: {error}"));
    Ran {
        called,
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    /// This run, which must have ended well.
    #[track_caller]
    pub fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// This run, which must have ended with `code`.
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// The last line of standard output.
    pub fn last_line(&self) -> &str {
        self.stdout.trim_end().lines().last().unwrap_or_default()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n--- stdout ---\n{}\n--- stderr ---\n{}\n---", self.called, self.stdout, self.stderr)
    }
}
