//! A path of its own for a tree, the same wherever the tree lies: cargo hashes the absolute paths of what lies outside the
//! workspace, and rustc writes them into what it compiles.

use std::io;
use std::path::{Path, PathBuf};

use crate::system::disk::DiskError;
use crate::system::lock::DirectoryLock;
#[cfg(unix)]
use crate::system::{lock, own_directory};

/// A link to a tree, held for one build.
#[derive(Debug)]
pub struct TreeLink {
    pub path: PathBuf,
    lock: DirectoryLock,
}

impl TreeLink {
    /// A path for a target directory that stays the same as well, beside the tree's.
    pub fn target_dir(&self, directory: &Path) -> Result<PathBuf, DiskError> {
        let path = self.path.with_file_name("target");
        fs_err::create_dir_all(directory)?;
        link(directory, &path)?;
        Ok(path)
    }

    /// Makes the name free again: where everybody may make a directory, nobody can remove another user's, whose builds
    /// of the same name would find it taken for good. Without this, the link stays, so that the paths of compilers'
    /// messages lead somewhere.
    pub fn remove(self) -> io::Result<()> {
        fs_err::remove_file(&self.path)?;
        match fs_err::remove_file(self.path.with_file_name("target")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let directory = self.path.parent().unwrap_or(&self.path);
        self.lock.remove(directory)?;
        match fs_err::remove_dir(directory) {
            // The next build is there already, or has come and gone.
            Err(error) if matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound) => Ok(()),
            removed => removed,
        }
    }
}

/// Links `tree` under the name of what is built. Where another build of that name runs, `waiting` is called once.
#[cfg(unix)]
pub fn make(name: &str, tree: &Path, waiting: impl FnOnce()) -> io::Result<TreeLink> {
    // Not the directory for temporary files that a variable names: frontends set it to another one for each build.
    let directory = Path::new("/tmp").join(format!("wainwright-tree-{name}"));
    let lock = locked(&directory, waiting)?;
    let path = directory.join("tree");
    link(tree, &path)?;
    Ok(TreeLink { path, lock })
}

/// Lets `path` lead to a directory, wherever it led before.
#[cfg(unix)]
fn link(directory: &Path, path: &Path) -> io::Result<()> {
    if fs_err::read_link(path).ok().as_deref() != Some(directory) {
        match fs_err::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs_err::os::unix::fs::symlink(directory, path)?,
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn link(_directory: &Path, _path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes the directory and locks it, again and again where the build before has removed it meanwhile.
#[cfg(unix)]
fn locked(directory: &Path, waiting: impl FnOnce()) -> io::Result<DirectoryLock> {
    let mut waiting = Some(waiting);
    let mut tell = || waiting.take().map_or((), |waiting| waiting());
    loop {
        let lock = own_directory::make(directory).and_then(|()| lock::there(directory, &mut tell));
        match lock {
            // Whose it is, is asked again: it may have been removed, and made by somebody else.
            Ok(lock) if lock.is_in(directory)? => return own_directory::make(directory).map(|()| lock),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
}

/// Links ask for rights there that few users have.
#[cfg(not(unix))]
pub fn make(_name: &str, _tree: &Path, _waiting: impl FnOnce()) -> io::Result<TreeLink> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links to directories are not for everybody on this system"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn unused_name(kind: &str) -> String {
        format!("test-{kind}-{}", std::process::id())
    }

    #[test]
    fn a_removed_link_leaves_nothing() {
        let tree = tempfile::tempdir().unwrap();
        let link = make(&unused_name("removed"), tree.path(), || panic!("nobody holds it")).unwrap();
        let directory = link.path.parent().unwrap().to_owned();
        link.remove().unwrap();
        assert!(!directory.exists() && tree.path().exists());
    }

    #[test]
    fn many_that_remove_the_link_hold_it_one_at_a_time() {
        let name = unused_name("many");
        let build = || {
            let tree = tempfile::tempdir().unwrap();
            for _ in 0..200 {
                let link = make(&name, tree.path(), || ()).unwrap();
                for _ in 0..5 {
                    assert_eq!(fs_err::read_link(&link.path).unwrap(), tree.path());
                    std::thread::yield_now();
                }
                link.remove().unwrap();
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(build))));
        assert!(!Path::new(&format!("/tmp/wainwright-tree-{name}")).exists());
    }

    #[test]
    fn one_name_leads_to_the_tree_that_was_linked_last() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = unused_name("last");
        let linked = |tree: &Path| {
            let link = make(&name, tree, || panic!("nobody holds it")).unwrap();
            assert_eq!(fs_err::read_link(&link.path).unwrap(), tree);
            link.path.clone()
        };
        assert_eq!(linked(a.path()), linked(b.path()));
        fs_err::remove_dir_all(format!("/tmp/wainwright-tree-{name}")).unwrap();
    }
}
