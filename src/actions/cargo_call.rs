//! One run of cargo, as a value: arguments, changes of the environment, files that must lie in place first.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::actions::container::Container;
use crate::actions::manifest::Mode;

/// What cargo is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CargoCall {
    pub arguments: Vec<OsString>,
    /// Where it runs: its configuration and the toolchain file are looked for from here upward.
    pub directory: PathBuf,
    pub set: Vec<(String, OsString)>,
    pub removed: Vec<String>,
    pub files: Vec<PlacedFile>,
    /// What it runs in, where that is not this machine alone.
    pub container: Option<Container>,
}

impl CargoCall {
    /// The path here of what the call names.
    pub fn path_here(&self, path: &Path) -> PathBuf {
        self.container.as_ref().map_or_else(|| path.to_owned(), |container| container.path_here(path))
    }

    /// Where the call writes: its target directory, else where it runs.
    pub fn output_directory(&self) -> PathBuf {
        let named = self.arguments.iter().skip_while(|word| *word != "--target-dir").nth(1);
        named.map(PathBuf::from).unwrap_or_else(|| self.directory.clone())
    }
}

/// A generated file that a call reads or runs. Its time is fixed, so that cargo sees a change only where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFile {
    pub path: PathBuf,
    pub text: String,
    pub mode: Mode,
}
