//! A path of its own for a tree, the same wherever the tree lies: cargo hashes the absolute paths of what lies outside the
//! workspace, and rustc writes them into what it compiles.

use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use crate::system::build_cache;
use crate::system::lock::{self, DirectoryLock};

/// A link to a tree, held for one build.
#[derive(Debug)]
pub struct TreeLink {
    pub path: PathBuf,
    _lock: DirectoryLock,
}

/// Links `tree` under the name of what is built. Where another build of that name runs, `waiting` is called once. The
/// link stays, so that the paths of compilers' messages lead somewhere.
#[cfg(unix)]
pub fn make(name: &str, tree: &Path, waiting: impl FnOnce()) -> io::Result<TreeLink> {
    // Not the directory for temporary files that a variable names: frontends set it to another one for each build.
    let directory = Path::new("/tmp").join(format!("wainwright-tree-{name}"));
    build_cache::own_directory(&directory)?;
    let lock = lock::directory(&directory, waiting)?;
    let path = directory.join("tree");
    if fs_err::read_link(&path).ok().as_deref() != Some(tree) {
        match fs_err::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs_err::os::unix::fs::symlink(tree, &path)?,
        }
    }
    Ok(TreeLink { path, _lock: lock })
}

/// Links ask for rights there that few users have.
#[cfg(not(unix))]
pub fn make(_name: &str, _tree: &Path, _waiting: impl FnOnce()) -> io::Result<TreeLink> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links to directories are not for everybody on this system"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_name_leads_to_the_tree_that_was_linked_last() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = format!("test-{}", std::process::id());
        let linked = |tree: &Path| {
            let link = make(&name, tree, || panic!("nobody holds it")).unwrap();
            assert_eq!(fs_err::read_link(&link.path).unwrap(), tree);
            link.path.clone()
        };
        assert_eq!(linked(a.path()), linked(b.path()));
        fs_err::remove_dir_all(format!("/tmp/wainwright-tree-{name}")).unwrap();
    }
}
