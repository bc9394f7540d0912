//! Asking git which files it tracks.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::system::process::{self, ProcessError};

/// Why git told no files.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error(transparent)]
    Start(#[from] ProcessError),
    #[error("git tells no files of `{}`: {complaint}", directory.display())]
    Refused { directory: PathBuf, complaint: String },
}

/// The tracked files of a directory, those of submodules too, relative to it.
pub fn files(directory: &Path) -> Result<Vec<PathBuf>, GitError> {
    listed(directory, &["--recurse-submodules"])
}

/// The same, and the files that are neither tracked nor ignored.
pub fn known_files(directory: &Path) -> Result<Vec<PathBuf>, GitError> {
    let mut known = files(directory)?;
    known.extend(listed(directory, &["--others", "--exclude-standard"])?);
    Ok(known)
}

fn listed(directory: &Path, options: &[&str]) -> Result<Vec<PathBuf>, GitError> {
    let mut words: Vec<OsString> = vec!["-C".into(), directory.into(), "ls-files".into(), "-z".into()];
    words.extend(options.iter().map(OsString::from));
    let (status, listed, complaint) = process::output(Path::new("git"), &words)?;
    if !status.success() {
        let complaint = complaint.lines().next().unwrap_or_default().to_owned();
        return Err(GitError::Refused { directory: directory.to_owned(), complaint });
    }
    Ok(listed.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}
