//! One run of cargo, as a value: arguments, changes of the environment, files that must lie in place first.

use std::ffi::OsString;
use std::path::PathBuf;

/// What cargo is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoCall {
    pub arguments: Vec<OsString>,
    /// Where it runs: its configuration and the toolchain file are looked for from here upward.
    pub directory: PathBuf,
    pub set: Vec<(String, OsString)>,
    pub removed: Vec<String>,
    pub files: Vec<PlacedFile>,
}

/// A generated file that a call reads. Its name is made of its contents, and its time is fixed, so that cargo sees a
/// change only where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFile {
    pub path: PathBuf,
    pub text: String,
}
