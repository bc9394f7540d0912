//! Running other programs.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Why a program could not be run to a good end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("cannot start `{}`: {error}", program.display())]
    Start { program: PathBuf, error: io::Error },
    #[error("`{}` failed: {status}", program.display())]
    Failed { program: PathBuf, status: ExitStatus },
}

/// Runs a program and returns its output whatever its end was; standard error is captured too.
pub fn output(program: &Path, arguments: &[OsString]) -> Result<(ExitStatus, String, String), ProcessError> {
    output_without(program, arguments, &[])
}

/// The same, run in a directory.
pub fn output_in(
    program: &Path,
    words: &[&str],
    directory: &Path,
) -> Result<(ExitStatus, String, String), ProcessError> {
    let output = Command::new(program).args(words).current_dir(directory).stdin(Stdio::null()).output();
    let output = output.map_err(|error| ProcessError::Start { program: program.to_owned(), error })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status, text(&output.stdout), text(&output.stderr)))
}

/// The same, with variables taken away.
pub fn output_without(
    program: &Path,
    arguments: &[OsString],
    variables: &[&str],
) -> Result<(ExitStatus, String, String), ProcessError> {
    let mut command = Command::new(program);
    for name in variables {
        command.env_remove(name);
    }
    let output = command.args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| ProcessError::Start { program: program.to_owned(), error })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status, text(&output.stdout), text(&output.stderr)))
}

/// Runs a program whose output is short, for `limit` at most; `None` if it had to be ended.
pub fn output_within(
    program: &Path,
    arguments: &[OsString],
    limit: Duration,
) -> Result<Option<(ExitStatus, String)>, ProcessError> {
    let failed = |error| ProcessError::Start { program: program.to_owned(), error };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    // Read at once: a full pipe would keep the program from its end.
    let reader = child.stdout.take().map(|mut stdout| {
        std::thread::spawn(move || {
            let mut text = String::new();
            io::Read::read_to_string(&mut stdout, &mut text).map(|_| text)
        })
    });
    let end = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if Instant::now() >= end {
            child.kill().and_then(|()| child.wait()).map_err(failed)?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = reader.and_then(|reader| reader.join().ok()).transpose().map_err(failed)?.unwrap_or_default();
    Ok(Some((status, text)))
}

/// Runs a program whose output goes to the terminal.
pub fn run(program: &Path, arguments: &[OsString], directory: &Path) -> Result<(), ProcessError> {
    run_with(program, arguments, directory, &[])
}

/// The same, with variables set.
pub fn run_with(
    program: &Path,
    arguments: &[OsString],
    directory: &Path,
    variables: &[(&str, OsString)],
) -> Result<(), ProcessError> {
    let mut command = Command::new(program);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let status = command.args(arguments).current_dir(directory).stdin(Stdio::null()).status();
    let status = status.map_err(|error| ProcessError::Start { program: program.to_owned(), error })?;
    if status.success() { Ok(()) } else { Err(ProcessError::Failed { program: program.to_owned(), status }) }
}

/// Looks a program up in directories, as a shell would: with `.exe` on Windows.
pub fn find(name: &OsStr, directories: &[PathBuf]) -> Option<PathBuf> {
    let mut file = name.to_owned();
    if cfg!(windows) && Path::new(name).extension().is_none() {
        file.push(".exe");
    }
    directories.iter().map(|directory| directory.join(&file)).find(|path| is_program(path))
}

#[cfg(unix)]
pub fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub fn is_program(path: &Path) -> bool {
    path.is_file()
}
