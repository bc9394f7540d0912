//! Asking git which files it tracks, and which tag was the last.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::system::process::{self, ProcessError};

/// Variables by which git's hooks name their own repository; ours is the one that holds the directory.
const ELSEWHERE: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error(transparent)]
    Start(#[from] ProcessError),
    #[error("git tells nothing of `{}`: {complaint}", directory.display())]
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

/// The last tag of a pattern, the commits since, and whether tracked files have changed.
pub fn describe(directory: &Path, pattern: &str) -> Result<String, GitError> {
    let words = ["describe", "--tags", "--long", "--dirty", "--abbrev=40", "--match", pattern];
    Ok(asked(directory, &words)?.trim_end().to_owned())
}

/// Whether commits are missing, as after a clone of limited depth.
pub fn is_shallow(directory: &Path) -> bool {
    asked(directory, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|answer| answer.trim_end() == "true")
}

fn listed(directory: &Path, options: &[&str]) -> Result<Vec<PathBuf>, GitError> {
    let listed = asked(directory, &[&["ls-files", "-z"], options].concat())?;
    Ok(listed.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

fn asked(directory: &Path, words: &[&str]) -> Result<String, GitError> {
    let words: Vec<OsString> =
        ["-C".into(), directory.into()].into_iter().chain(words.iter().map(Into::into)).collect();
    let (status, answer, complaint) = process::output_without(Path::new("git"), &words, &ELSEWHERE)?;
    if !status.success() {
        let complaint = complaint.lines().next().unwrap_or_default().to_owned();
        return Err(GitError::Refused { directory: directory.to_owned(), complaint });
    }
    Ok(answer)
}
