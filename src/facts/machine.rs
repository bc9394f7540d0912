//! What a machine has of what builds need, as far as it was asked.

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;

/// What was found where; the reason if it cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// Its version, or another word of its own.
    pub says: Result<String, String>,
}

/// The programs that compile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compilers {
    pub cargo: Option<Found>,
    /// What the rustc that cargo runs says.
    pub rustc: Option<Result<String, String>>,
    pub rustup: Option<Found>,
    /// The target that is compiled for where it is not the host, and whether its standard library is installed.
    pub target: Option<(String, bool)>,
    /// How linking a library went; nothing if that was not tried.
    pub linking: Option<Result<String, String>>,
    /// Nothing unless `CARGO` names it.
    pub cross: Option<Cross>,
}

/// cross, which compiles in containers, and what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cross {
    /// As `CARGO` names it.
    pub named: PathBuf,
    /// Where it is, if it is there.
    pub program: Option<PathBuf>,
    /// What runs containers, if that is there.
    pub engine: Option<PathBuf>,
}

/// A directory that builds write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub path: PathBuf,
    /// In bytes, as far as it was counted.
    pub size: Option<u64>,
    pub is_writable: bool,
}

/// The user's build cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildCache {
    pub place: Option<Place>,
    /// What it may hold, in bytes.
    pub limit: Result<u64, Diagnostic>,
    /// What turns it off: a variable, or the key of an option.
    pub off: Option<&'static str>,
}

/// A Python that was found, or why it was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    pub path: PathBuf,
    /// Why it was looked at: `PATH`, `pyenv`, ...
    pub origin: &'static str,
    pub says: Result<String, String>,
}

/// A variable that changes what is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub value: String,
    /// What is wrong with it.
    pub fault: Option<Diagnostic>,
    /// For one that nothing reads: the near name of one that is read.
    pub unread: Option<Option<String>>,
}

/// The project at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectState {
    pub file: PathBuf,
    /// Name and version; nothing if it cannot be read.
    pub name: Option<String>,
    /// What reading it has shown.
    pub findings: Vec<Diagnostic>,
    /// `build-system.build-backend`
    pub backend: Option<String>,
    /// Whether any part is compiled.
    pub needs_cargo: bool,
    /// Nothing where the project cannot be read.
    pub has_lock_file: Option<bool>,
    /// The crates with a `rust-version` that cargo holds them to, and that version.
    pub rust_versions: Vec<(String, String)>,
    /// What would be built, for which Pythons, or why not.
    pub plan: Option<Result<String, Vec<Diagnostic>>>,
}

/// The machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    pub compilers: Compilers,
    pub pythons: Vec<Python>,
    /// The environment that is active, and whether there is a Python in it.
    pub environment: Option<(PathBuf, bool)>,
    pub variables: Vec<Variable>,
    pub cargo_home: Option<Place>,
    /// Where the project at hand is compiled.
    pub target_dir: Option<Place>,
    pub temporary: Place,
    pub cache: BuildCache,
    /// Nothing where no `pyproject.toml` lies.
    pub project: Option<ProjectState>,
}
