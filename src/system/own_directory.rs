//! Directories that are the user's alone.

use std::io;
use std::path::Path;

/// A directory that is the user's and that nobody else may write to, made if it is missing: what lies in it becomes part
/// of what is handed over.
#[cfg(unix)]
pub fn make(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};

    // What we make is ours: that tells who we are.
    let own = tempfile::tempfile()?.metadata()?.uid();
    if fs_err::symlink_metadata(directory).is_err() {
        // With somebody else's home, as under `sudo`, nothing is left there.
        let there = directory.ancestors().skip(1).find_map(|above| above.metadata().ok());
        let is_shared = |found: &std::fs::Metadata| found.mode() & 0o1000 != 0;
        if there.is_some_and(|found| found.uid() != own && !is_shared(&found)) {
            return Err(not_ours(directory));
        }
        match std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    let found = fs_err::symlink_metadata(directory)?;
    if !found.is_dir() || found.uid() != own || found.mode() & 0o022 != 0 {
        return Err(not_ours(directory));
    }
    Ok(())
}

#[cfg(unix)]
fn not_ours(directory: &Path) -> io::Error {
    let message = format!("`{}` is another user's, or others may write there", directory.display());
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

/// A user's own directories are closed to others there.
#[cfg(not(unix))]
pub fn make(directory: &Path) -> io::Result<()> {
    fs_err::create_dir_all(directory)
}
