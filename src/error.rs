//! The sum of what can fail, and the exit code of each kind.

use crate::diagnostic::{Code, Diagnostic};
use crate::system::c_header::CHeaderError;
use crate::system::cargo::CargoError;
use crate::system::disk::DiskError;
use crate::system::draft::DraftError;
use crate::system::git::GitError;
use crate::system::packed::{Difference, PackError};
use crate::system::process::ProcessError;
use crate::system::python::PythonError;
use crate::system::stubs::StubError;
use crate::system::tar::TarError;
use crate::system::zip::ZipError;

/// Why an operation stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The project, its configuration or its result is at fault; at least one of the findings is an error.
    #[error("{} findings", .0.len())]
    Findings(Vec<Diagnostic>),
    #[error(transparent)]
    Cargo(#[from] CargoError),
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error(transparent)]
    Draft(#[from] DraftError),
    #[error(transparent)]
    Zip(#[from] ZipError),
    #[error(transparent)]
    Tar(#[from] TarError),
    #[error(transparent)]
    Python(#[from] PythonError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("the archive is not what was to be written: {0}")]
    Verification(#[from] Difference),
    #[error("{0}")]
    Lock(std::io::Error),
    #[error(transparent)]
    CHeader(#[from] CHeaderError),
    #[error(transparent)]
    Stub(#[from] StubError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{0}")]
    Contract(String),
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Error::Findings(vec![diagnostic])
    }
}

/// The exit codes of the program.
pub mod exit {
    /// The project, its configuration or what was built of it is at fault.
    pub const PROJECT: u8 = 1;
    /// The command line is at fault.
    pub const USAGE: u8 = 2;
    /// cargo or rustc failed, or there is none.
    pub const CARGO: u8 = 3;
    /// Something could not be read or written.
    pub const DISK: u8 = 4;
    /// Another program that wainwright runs failed, such as pip.
    pub const PROCESS: u8 = 5;
    /// A fault of wainwright.
    pub const INTERNAL: u8 = 70;

    /// All of them, with what they mean.
    pub const ALL: [(u8, &str); 7] = [
        (0, "done"),
        (PROJECT, "the project, its configuration or what was built of it is at fault"),
        (USAGE, "the command line is at fault"),
        (CARGO, "cargo or rustc failed, or there is none"),
        (DISK, "something could not be read or written"),
        (PROCESS, "another program that wainwright runs failed, such as pip"),
        (INTERNAL, "a fault of wainwright"),
    ];
}

const GET_RUST: &str = "install Rust with rustup (see https://rustup.rs) or from your system's packages, and see that \
                        `cargo` is on PATH, or name it by `CARGO`";

impl Error {
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Findings(_) | Error::Python(_) | Error::CHeader(_) | Error::Stub(_) => exit::PROJECT,
            Error::Cargo(CargoError::Disk(_)) => exit::DISK,
            Error::Cargo(_) => exit::CARGO,
            Error::Process(_) | Error::Git(_) => exit::PROCESS,
            Error::Disk(_) | Error::Draft(_) | Error::Zip(_) | Error::Tar(_) | Error::Lock(_) => exit::DISK,
            Error::Verification(_) | Error::Contract(_) => exit::INTERNAL,
        }
    }

    /// The error as diagnostics, to be shown.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        let message = self.to_string();
        let error = |code| Diagnostic::error(code, message.clone());
        let diagnostic = match self {
            Error::Findings(findings) => return findings,
            Error::Cargo(CargoError::Missing) => error(Code::CargoMissing).hint(GET_RUST),
            Error::Cargo(CargoError::Disk(_)) => error(Code::Disk),
            Error::Cargo(_) => error(Code::CargoFailed),
            Error::Python(PythonError::Probe { ref output, .. }) => probe(error(Code::Interpreter), output),
            Error::Python(PythonError::NotFound(_)) => {
                error(Code::Interpreter).hint("name an installed Python by its path, its command or its version")
            }
            Error::Python(PythonError::Start(_) | PythonError::Files(_)) => error(Code::Interpreter),
            Error::Process(_) => error(Code::Process),
            Error::Git(_) => error(Code::Process).hint(
                "`sdist-generator = \"git\"` needs git and a repository; take the key out to let cargo list the files",
            ),
            Error::Stub(_) => error(Code::Stubs)
                .hint("turn on PyO3's feature `experimental-inspect`, which leaves a description in the library"),
            Error::CHeader(_) => error(Code::Bindings)
                .hint("mend `cbindgen.toml`, or put a `header.h` of your own into the target directory"),
            Error::Zip(ZipError::Pack(PackError::Size { .. } | PackError::Content { .. }))
            | Error::Tar(TarError::Pack(PackError::Size { .. } | PackError::Content { .. })) => {
                error(Code::Disk).hint("build again when nothing else writes to the project")
            }
            Error::Disk(_) | Error::Draft(_) | Error::Zip(_) | Error::Tar(_) | Error::Lock(_) => error(Code::Disk),
            Error::Verification(_) => error(Code::Verification).hint("the disk may be failing; build again"),
            Error::Contract(_) => error(Code::Contract).hint("install wainwright anew: its two halves do not fit"),
        };
        vec![diagnostic]
    }
}

/// What the interpreter complained of is more telling than its exit status.
fn probe(diagnostic: Diagnostic, output: &str) -> Diagnostic {
    let last = output.lines().rev().find(|line| !line.trim().is_empty());
    match last {
        // What answers to no question of ours may be of any length.
        Some(line) => diagnostic.with_note(format!("it said: {}", line.trim().chars().take(300).collect::<String>())),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_that_reads_back_as_another_is_a_fault_of_verification() {
        let error = Error::from(Difference::Content("a.py".to_owned()));
        assert_eq!(error.exit_code(), exit::INTERNAL);
        let codes: Vec<Code> = error.into_diagnostics().into_iter().map(|found| found.code).collect();
        assert_eq!(codes, [Code::Verification]);
    }
}
