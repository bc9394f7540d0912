//! A lock on a directory: from cargo's start until its artefacts are copied, no other build may work there.

use std::fs::TryLockError;
use std::io;
use std::path::Path;

use fs_err::File;

/// Held as long as it lives.
#[derive(Debug)]
pub struct DirectoryLock(#[expect(dead_code, reason = "closing the file lets the lock go")] File);

/// Locks `directory`. `waiting` is called once if another process holds it.
pub fn directory(directory: &Path, waiting: impl FnOnce()) -> io::Result<DirectoryLock> {
    fs_err::create_dir_all(directory)?;
    let path = directory.join(".wainwright-lock");
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
