//! Asking rustc, the one that cargo would run.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::facts::cargo_version;
use crate::facts::environment::Environment;
use crate::system::disk::{self, Scratch};
use crate::system::process::{self, ProcessError};
use crate::system::remembered;

const PROGRAM: &str = if cfg!(windows) { "rustc.exe" } else { "rustc" };

/// What rustc prints. It runs in `directory`, where a toolchain file may choose which rustc answers.
pub fn answer(
    cargo: &Path,
    environment: &Environment,
    directory: &Path,
    words: &[&str],
) -> Result<String, ProcessError> {
    let program = program(cargo, environment);
    let output = Command::new(&program).args(words).current_dir(directory).stdin(Stdio::null()).output();
    let output = output.map_err(|error| ProcessError::Start { program: program.clone(), error })?;
    if !output.status.success() {
        return Err(ProcessError::Failed { program, status: output.status });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The source of the standard library, which rustup's component `rust-src` brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibrarySource {
    pub directory: PathBuf,
    /// What rustc writes in its place where it is missing.
    pub shown: String,
}

/// The source beside rustc, if it is there: then rustc writes its path into what it compiles. `rustup` is its home; what
/// rustc says of itself is remembered in the `cache`.
pub fn library_source(
    cargo: &Path,
    environment: &Environment,
    directory: &Path,
    (rustup, cache): (Option<&Path>, Option<&Path>),
) -> Option<LibrarySource> {
    let program = disk::real_path(&program(cargo, environment))?;
    let beside = program.parent()?.parent()?.to_owned();
    let sysroot = match beside.join("lib/rustlib").is_dir() {
        true => beside,
        false if rustup.is_some_and(has_no_source) => return None,
        // It is a proxy, or a script.
        false => answer(cargo, environment, directory, &["--print", "sysroot"]).ok()?.trim().into(),
    };
    let sources = source_in(&sysroot)?;
    let ask = || answer(cargo, environment, directory, &["-vV"]);
    let own = sysroot.join("bin").join(PROGRAM);
    let said = cache.map_or_else(ask, |cache| remembered::answer(cache, &own, ask)).ok()?;
    Some(LibrarySource { directory: sources, shown: cargo_version::shown_source(&said)? })
}

/// Whether rustup has toolchains, and none of them has the source: then its proxies, which take a while, need not be asked.
fn has_no_source(rustup: &Path) -> bool {
    let all = rustup.join("toolchains");
    let names = disk::names(&all).unwrap_or_default();
    !names.is_empty() && names.iter().all(|name| source_in(&all.join(name)).is_none())
}

/// Where a toolchain has the source, by the file that rustc knows it by.
fn source_in(sysroot: &Path) -> Option<PathBuf> {
    let sources = sysroot.join("lib/rustlib/src/rust");
    sources.join("library/std/src/lib.rs").is_file().then_some(sources)
}

/// Compiles and links a library of nothing, as modules are; the reason if that fails.
pub fn links(
    cargo: &Path,
    environment: &Environment,
    directory: &Path,
    target: Option<&str>,
    linker: Option<&str>,
) -> Result<(), String> {
    let scratch = Scratch::new().map_err(|error| error.to_string())?;
    let (source, made) = (scratch.path().join("nothing.rs"), scratch.path().join("nothing"));
    disk::write_whole(&source, b"").map_err(|error| error.to_string())?;
    let mut words = vec!["--crate-type".into(), "cdylib".into(), "-o".into(), made.into_os_string()];
    words.extend(target.iter().flat_map(|target| ["--target".into(), OsString::from(target)]));
    words.extend(linker.map(|linker| OsString::from(format!("-Clinker={linker}"))));
    words.push(source.into_os_string());
    let mut command = Command::new(program(cargo, environment));
    let output = command.args(words).current_dir(directory).stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let error = said.lines().find(|line| line.starts_with("error"));
    Err(error.map_or_else(|| output.status.to_string(), |line| line.trim_start_matches("error: ").to_owned()))
}

/// `RUSTC`, else the one beside cargo, else the one on PATH.
fn program(cargo: &Path, environment: &Environment) -> PathBuf {
    let named = environment.path("RUSTC").map(Path::to_owned);
    let beside = cargo.parent().map(|home| home.join(PROGRAM));
    named
        .or_else(|| beside.filter(|path| process::is_program(path)))
        .or_else(|| process::find(OsStr::new("rustc"), &environment.search_path()))
        .unwrap_or_else(|| OsString::from("rustc").into())
}
