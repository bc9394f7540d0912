//! Ctrl-C and termination: what is half done is removed before the program ends.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The exit code of a program that was interrupted, as shells count it.
const INTERRUPTED: i32 = 130;

/// Files and directories that must not outlive the program.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on an interruption removes what is unfinished and ends the program. Where signals cannot be caught, all
/// stays as it was: the next build sweeps.
pub fn watch() {
    let _ = ctrlc::set_handler(|| {
        for path in unfinished().iter() {
            let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        }
        std::process::exit(INTERRUPTED);
    });
}

/// Marks a path as unfinished as long as it lives.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    pub fn new(path: &Path) -> Self {
        unfinished().push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_unfinished_as_long_as_its_mark_lives() {
        let path = Path::new("unfinished-in-a-test");
        let is_marked = || unfinished().iter().any(|known| known == path);
        let mark = Unfinished::new(path);
        assert!(is_marked());
        drop(mark);
        assert!(!is_marked());
    }
}
