//! Finding cargo and running it.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use cargo_metadata::{Message, Metadata, PackageId};

use crate::actions::cargo_call::CargoCall;
use crate::actions::container::Container;
use crate::facts::cargo::CargoOutcome;
use crate::facts::cargo_version;
use crate::facts::cross;
use crate::facts::environment::Environment;
use crate::system::clock;
use crate::system::disk::{self, DiskError};
use crate::system::process;
use crate::system::remembered;
use crate::system::rustup;

/// Why cargo could not be run to a good end. What it said itself has gone to the terminal.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    #[error("no `cargo` was found")]
    Missing,
    #[error("cannot start `{}`: {error}", program.display())]
    Start { program: PathBuf, error: io::Error },
    #[error("`{program} {subcommand}` failed ({status})")]
    Failed { program: String, subcommand: String, status: ExitStatus },
    #[error("cannot read what `cargo {subcommand}` answered: {reason}")]
    Answer { subcommand: String, reason: String },
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Where cargo is: `CARGO`, unless that is cross, which is none; then `PATH`, then cargo's home, by default
/// `~/.cargo/bin`.
pub fn find(environment: &Environment) -> Option<PathBuf> {
    let name = OsStr::new("cargo");
    if let Some(named) = environment.path("CARGO").filter(|named| !cross::is_cross(named))
        && let Some(found) = find_named(named, environment)
    {
        return Some(found);
    }
    let home = environment.path("CARGO_HOME").map(Path::to_owned);
    let default = environment.home().map(|home| home.join(".cargo"));
    let homes = [home, default].into_iter().flatten().map(|home| home.join("bin"));
    let directories: Vec<PathBuf> = environment.search_path().into_iter().chain(homes).collect();
    process::find(name, &directories)
}

/// A program that is named by its path or by its name on `PATH`.
fn find_named(named: &Path, environment: &Environment) -> Option<PathBuf> {
    let found = process::find(named.as_os_str(), &environment.search_path()).unwrap_or(named.to_owned());
    process::is_program(&found).then_some(found)
}

/// cross, as it is named; by its mere name also in cargo's home.
pub fn find_cross(named: &Path, environment: &Environment) -> Option<PathBuf> {
    find_named(named, environment).or_else(|| find_tool(named.to_str()?, environment))
}

/// The program that cross runs containers by.
pub fn container_engine(environment: &Environment) -> Option<PathBuf> {
    let named = environment.path("CROSS_CONTAINER_ENGINE");
    let names = named.map_or(vec![Path::new("docker"), Path::new("podman")], |named| vec![named]);
    names.into_iter().find_map(|name| find_named(name, environment))
}

/// A tool that stands in for cargo.
pub fn find_tool(name: &str, environment: &Environment) -> Option<PathBuf> {
    let home = environment.home().map(|home| home.join(".cargo").join("bin"));
    let directories: Vec<PathBuf> = environment.search_path().into_iter().chain(home).collect();
    process::find(OsStr::new(name), &directories)
}

/// What cargo says of its version, whole, and its host. It runs in `directory`, where a toolchain file may choose which
/// cargo answers; that of a toolchain answers once for all directories, if there is a `cache`.
pub fn version(cargo: &Path, directory: &Path, cache: Option<&Path>) -> Result<(String, String), CargoError> {
    let ask = || version_now(cargo, directory);
    let said = match cache.filter(|_| rustup::is_of_toolchain(cargo)) {
        Some(cache) => remembered::answer(cache, cargo, ask)?,
        None => ask()?,
    };
    let host = cargo_version::host(&said).ok_or_else(|| CargoError::Answer {
        subcommand: "-vV".to_owned(),
        reason: format!("`{}` names no host", cargo.display()),
    })?;
    Ok((said, host))
}

fn version_now(cargo: &Path, directory: &Path) -> Result<String, CargoError> {
    let call = CargoCall { arguments: vec!["-vV".into()], directory: directory.to_owned(), ..CargoCall::default() };
    without_system_name(cargo, &call).map_or_else(|| answer(cargo, &call), Ok)
}

/// What cargo says of itself where it finds no program that would tell it the name of the system: `lsb_release` takes
/// longer than all the rest. A cargo that needs programs itself, such as a script, fails here.
fn without_system_name(cargo: &Path, call: &CargoCall) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let output = command(cargo, call).env("PATH", "/dev/null").stderr(Stdio::null()).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && cargo_version::host(&answer).is_some()).then_some(answer)
}

/// Runs `cargo metadata`.
pub fn metadata(cargo: &Path, call: &CargoCall) -> Result<Metadata, CargoError> {
    read_metadata(&metadata_text(cargo, call)?)
}

/// Runs `cargo metadata`, and gives its answer as it is.
pub fn metadata_text(cargo: &Path, call: &CargoCall) -> Result<String, CargoError> {
    answer(cargo, call)
}

/// Reads an answer of `cargo metadata`.
pub fn read_metadata(text: &str) -> Result<Metadata, CargoError> {
    serde_json::from_str(text)
        .map_err(|reason| CargoError::Answer { subcommand: "metadata".to_owned(), reason: reason.to_string() })
}

/// Runs a call whose answer is a list of lines.
pub fn lines(cargo: &Path, call: &CargoCall) -> Result<Vec<String>, CargoError> {
    Ok(answer(cargo, call)?.lines().map(str::to_owned).collect())
}

/// Runs a call that compiles. Rendered messages go to the terminal as they come; `silent` is called whenever nothing new
/// was made for `patience`.
pub fn compile(
    cargo: &Path,
    call: &CargoCall,
    root: &PackageId,
    patience: Duration,
    silent: &dyn Fn(&CargoOutcome),
) -> Result<CargoOutcome, CargoError> {
    for file in &call.files {
        disk::place(file)?;
    }
    let mut child = command(cargo, call).stdout(Stdio::piped()).spawn().map_err(|error| start(cargo, error))?;
    let failed = |reason: io::Error| CargoError::Answer { subcommand: subcommand(call), reason: reason.to_string() };
    let outcome = match child.stdout.take() {
        Some(stdout) => outcome(stdout, (root, call.container.as_ref()), patience, silent),
        None => Ok(CargoOutcome::default()),
    };
    if outcome.is_err() {
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    let outcome = outcome.map_err(failed)?;
    if !status.success() {
        // A full disk makes compilers and linkers fail in ways that do not name it.
        disk::has_room(&call.output_directory())?;
        return Err(CargoError::Failed { program: name(cargo), subcommand: subcommand(call), status });
    }
    Ok(outcome)
}

/// Takes in cargo's messages as they come.
fn outcome(
    stdout: ChildStdout,
    (root, container): (&PackageId, Option<&Container>),
    patience: Duration,
    silent: &dyn Fn(&CargoOutcome),
) -> io::Result<CargoOutcome> {
    let mut outcome = CargoOutcome::default();
    let (sender, messages) = mpsc::channel();
    // A read cannot be given up after a while; waiting for another thread that reads can.
    thread::spawn(move || {
        Message::parse_stream(BufReader::new(stdout)).try_for_each(|message| sender.send(message).ok())
    });
    loop {
        match messages.recv_timeout(patience) {
            Ok(message) => {
                let message = message?;
                let message = match container {
                    Some(container) => container.message_here(message),
                    None => message,
                };
                outcome.add(&message, root, clock::now());
            }
            Err(RecvTimeoutError::Timeout) => silent(&outcome),
            Err(RecvTimeoutError::Disconnected) => return Ok(outcome),
        }
    }
}

/// Runs a call and takes its whole standard output; what it says on standard error goes to the terminal.
fn answer(cargo: &Path, call: &CargoCall) -> Result<String, CargoError> {
    let output = command(cargo, call).output().map_err(|error| start(cargo, error))?;
    if !output.status.success() {
        return Err(CargoError::Failed { program: name(cargo), subcommand: subcommand(call), status: output.status });
    }
    String::from_utf8(output.stdout)
        .map_err(|reason| CargoError::Answer { subcommand: subcommand(call), reason: reason.to_string() })
}

fn command(cargo: &Path, call: &CargoCall) -> Command {
    let mut command = Command::new(cargo);
    command.args(&call.arguments).current_dir(&call.directory).stdin(Stdio::null()).stderr(Stdio::inherit());
    for name in &call.removed {
        command.env_remove(name);
    }
    // What cargo and build scripts would take for cargo itself.
    if std::env::var_os("CARGO").is_some_and(|named| cross::is_cross(Path::new(&named))) {
        command.env_remove("CARGO");
    }
    command.envs(rustup::variables(cargo));
    command.envs(call.set.iter().map(|(name, value)| (name, value)));
    with_cargo_on_path(&mut command, cargo);
    command
}

/// A cargo that was found in its home needs rustc from there, and build scripts need cargo.
fn with_cargo_on_path(command: &mut Command, cargo: &Path) {
    let Some(home) = cargo.parent().filter(|home| home.is_absolute()) else { return };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if ["cargo", "rustc"].iter().all(|name| process::find(OsStr::new(name), &directories).is_some()) {
        return;
    }
    directories.push(home.to_owned());
    let joined: Result<OsString, _> = std::env::join_paths(directories);
    if let Ok(joined) = joined {
        command.env("PATH", joined);
    }
}

fn start(cargo: &Path, error: io::Error) -> CargoError {
    CargoError::Start { program: cargo.to_owned(), error }
}

fn name(program: &Path) -> String {
    program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}

fn subcommand(call: &CargoCall) -> String {
    let word = call.arguments.first().map(|word| word.to_string_lossy().into_owned());
    word.unwrap_or_default()
}
