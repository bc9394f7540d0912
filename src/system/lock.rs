//! A lock on a directory: from cargo's start until its artefacts are copied, no other build may work there.

use std::fs::TryLockError;
use std::io;
use std::path::Path;

use fs_err::File;

/// Held as long as it lives.
#[derive(Debug)]
pub struct DirectoryLock(File);

impl DirectoryLock {
    /// Whether what is locked still lies in `directory`: whoever held it before may have removed it.
    #[cfg(unix)]
    pub fn is_in(&self, directory: &Path) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt as _;

        let locked = self.0.metadata()?;
        match fs_err::symlink_metadata(directory.join(NAME)) {
            Ok(there) => Ok((there.dev(), there.ino()) == (locked.dev(), locked.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes what is locked in `directory`, then lets the lock go.
    pub fn remove(self, directory: &Path) -> io::Result<()> {
        fs_err::remove_file(directory.join(NAME))?;
        drop(self.0);
        Ok(())
    }
}

const NAME: &str = ".wainwright-lock";

/// Makes and locks `directory`. `waiting` is called once if another process holds it.
pub fn directory(directory: &Path, waiting: impl FnOnce()) -> io::Result<DirectoryLock> {
    fs_err::create_dir_all(directory)?;
    there(directory, waiting)
}

/// Locks a directory that is there.
pub fn there(directory: &Path, waiting: impl FnOnce()) -> io::Result<DirectoryLock> {
    let path = directory.join(NAME);
    let file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    match file.file().try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting();
            file.file().lock()?;
        }
        // File systems without locks: cargo does without as well.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(DirectoryLock(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_for_the_first() {
        let place = tempfile::tempdir().unwrap();
        let first = self::directory(place.path(), || panic!("nobody holds it")).unwrap();
        let path = place.path().to_owned();
        let (told, heard) = std::sync::mpsc::channel();
        let second = std::thread::spawn(move || self::directory(&path, || told.send(()).unwrap()).is_ok());
        heard.recv().unwrap();
        drop(first);
        assert!(second.join().unwrap());
    }
}
