//! Delivers files whole or not at all: written under a hidden name, then moved to the final one.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use fs_err::File;
use tempfile::TempPath;

use crate::system::interrupt::Unfinished;

/// What every draft's name ends with.
const SUFFIX: &str = ".wainwright-draft";
/// How much of the final name a draft's name shows, in bytes: names are limited to 255, here and there to 143.
const SHOWN: usize = 80;

/// A file that does not have its name yet. It is locked while it lives, and removed if it is dropped unfinished.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: TempPath,
    destination: PathBuf,
    _unfinished: Unfinished,
}

/// Why a file could not be delivered. The messages of the I/O errors name the paths they are about.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    #[error("cannot make the directory for `{name}`: {error}")]
    Directory { name: String, error: io::Error },
    #[error("`{}` is a directory, so no file can be put there", .0.display())]
    Occupied(PathBuf),
    #[error("cannot create a file for `{name}` in `{}`: {error}", directory.display())]
    Create { name: String, directory: PathBuf, error: io::Error },
    #[error("cannot write `{}` to the disk: {error}", path.display())]
    Write { path: PathBuf, error: io::Error },
    #[error("cannot put `{}` in place: {error}", path.display())]
    Place { path: PathBuf, error: io::Error },
}

impl Draft {
    /// Starts a file that shall become `final_name` in `directory`, which is made if it is missing.
    ///
    /// Drafts there whose writers were killed are removed.
    pub fn create(directory: &Path, final_name: &str) -> Result<Draft, DraftError> {
        let name = || final_name.to_owned();
        fs_err::create_dir_all(directory).map_err(|error| DraftError::Directory { name: name(), error })?;
        let destination = directory.join(final_name);
        if destination.is_dir() {
            return Err(DraftError::Occupied(destination));
        }
        sweep(directory);
        let (file, path) = create_locked(directory, final_name).map_err(|error| DraftError::Create {
            name: name(),
            directory: directory.to_owned(),
            error,
        })?;
        let _unfinished = Unfinished::new(&path);
        Ok(Draft { file, path, destination, _unfinished })
    }

    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where the draft lies until it is finished.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name and returns its path: mode 0644 whatever the umask, safe on the disk, in one step.
    ///
    /// An older file of that name stays as it is if this fails.
    pub fn finish(mut self) -> Result<PathBuf, DraftError> {
        let write = |error| DraftError::Write { path: self.destination.clone(), error };
        make_readable(&self.file).map_err(write)?;
        self.file.sync_all().map_err(write)?;
        fs_err::rename(&self.path, &self.destination)
            .map_err(|error| DraftError::Place { path: self.destination.clone(), error })?;
        self.path.disable_cleanup(true);
        sync_directory(&self.destination);
        Ok(self.destination)
    }
}

fn create_locked(directory: &Path, final_name: &str) -> io::Result<(File, TempPath)> {
    let shown = &final_name[..final_name.floor_char_boundary(SHOWN)];
    let prefix = format!(".{shown}.");
    loop {
        // Not tempfile's own way to create files: on Windows it marks them as temporary.
        let (file, path) = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .rand_bytes(12)
            .make_in(directory, |path| fs_err::OpenOptions::new().read(true).write(true).create_new(true).open(path))?
            .into_parts();
        lock(&file);
        // Another build may have taken it for abandoned before it was locked.
        if path.exists() {
            return Ok((file, path));
        }
    }
}

/// Where a file system has no locks, nobody can sweep either: a draft is only removed by who could lock it.
fn lock(file: &File) {
    while file.file().lock().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {}
}

/// Removes the drafts that nobody holds. It serves tidiness, so it gives up quietly.
fn sweep(directory: &Path) {
    let Ok(entries) = fs_err::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().ends_with(SUFFIX) {
            remove_abandoned(&entry.path());
        }
    }
}

fn remove_abandoned(path: &Path) {
    let Ok(file) = fs_err::OpenOptions::new().read(true).write(true).open(path) else { return };
    // Removed while locked, so that its writer, if it is about to lock it, sees it gone.
    if let Ok(()) = file.try_lock().map_err(|_: TryLockError| ()) {
        let _ = fs_err::remove_file(path);
    }
}

/// File systems without modes refuse to set them, and need not.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    match file.set_permissions(std::fs::Permissions::from_mode(0o644)) {
        Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn make_readable(_: &File) -> io::Result<()> {
    Ok(())
}

/// The file is in place already; that a directory cannot be synced (some file systems) is no failure.
#[cfg(unix)]
fn sync_directory(file: &Path) {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) {}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs_err::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_finished_draft_has_its_name_and_mode_and_nothing_is_left_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("new/dist");
        let mut draft = Draft::create(&directory, "x.whl").unwrap();
        draft.file().write_all(b"wheel").unwrap();
        assert!(draft.path().file_name().unwrap().to_str().unwrap().starts_with(".x.whl."));
        let path = draft.finish().unwrap();
        assert_eq!(path, directory.join("x.whl"));
        assert_eq!(fs_err::read(&path).unwrap(), b"wheel");
        assert_eq!(names(&directory), ["x.whl"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs_err::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o644);
        }
    }

    #[test]
    fn a_dropped_draft_leaves_the_older_file_alone() {
        let place = tempfile::tempdir().unwrap();
        fs_err::write(place.path().join("x.whl"), "old").unwrap();
        let mut draft = Draft::create(place.path(), "x.whl").unwrap();
        draft.file().write_all(b"half").unwrap();
        drop(draft);
        assert_eq!(names(place.path()), ["x.whl"]);
        assert_eq!(fs_err::read(place.path().join("x.whl")).unwrap(), b"old");
    }

    #[test]
    fn a_directory_of_the_final_name_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let taken = place.path().join("x.whl");
        fs_err::create_dir_all(&taken).unwrap();
        let error = Draft::create(place.path(), "x.whl").unwrap_err().to_string();
        assert_eq!(error, format!("`{}` is a directory, so no file can be put there", taken.display()));
        assert_eq!(names(place.path()), ["x.whl"]);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs_err::write(&file, "").unwrap();
        let error = Draft::create(&file.join("dist"), "x.whl").unwrap_err().to_string();
        let start = "cannot make the directory for `x.whl`: ";
        assert!(error.starts_with(start) && error.contains(&file.display().to_string()), "{error}");
    }

    #[test]
    fn a_name_that_gets_occupied_meanwhile_is_named_and_the_draft_removed() {
        let place = tempfile::tempdir().unwrap();
        let draft = Draft::create(place.path(), "x.whl").unwrap();
        let taken = place.path().join("x.whl");
        fs_err::create_dir_all(&taken).unwrap();
        let error = draft.finish().unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot put `{}` in place: ", taken.display())), "{error}");
        assert_eq!(names(place.path()), ["x.whl"]);
    }

    #[test]
    fn abandoned_drafts_are_swept_and_held_ones_are_not() {
        let place = tempfile::tempdir().unwrap();
        let abandoned = place.path().join(format!(".old.whl.abc{SUFFIX}"));
        fs_err::write(&abandoned, "half").unwrap();
        fs_err::write(place.path().join("other"), "").unwrap();
        let held = Draft::create(place.path(), "x.whl").unwrap();
        let second = Draft::create(place.path(), "x.whl").unwrap();
        assert!(!abandoned.exists() && held.path().exists() && second.path().exists());
        assert_eq!(names(place.path()).len(), 3);
    }

    #[test]
    fn the_longest_name_that_a_file_can_have_is_delivered() {
        let place = tempfile::tempdir().unwrap();
        let name = format!("{}a.whl", "é".repeat(125));
        assert_eq!(name.len(), 255);
        Draft::create(place.path(), &name).unwrap().finish().unwrap();
        assert_eq!(names(place.path()), [name]);
    }

    #[test]
    fn builds_at_the_same_time_neither_fail_nor_mix() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("dist");
        let write = |writer: u8| {
            for _ in 0..50 {
                let mut draft = Draft::create(&directory, "x.whl").unwrap();
                draft.file().write_all(&[writer; 10_000]).unwrap();
                let path = draft.finish().unwrap();
                let found = fs_err::read(path).unwrap();
                assert!(found.len() == 10_000 && found.iter().all(|byte| *byte == found[0]));
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|writer| drop(scope.spawn(move || write(writer)))));
        assert_eq!(names(&directory), ["x.whl"]);
    }
}
