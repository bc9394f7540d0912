//! Walking a tree: what lies in it, with links that stay inside followed.

use std::path::{Path, PathBuf};

use crate::facts::sources::{Found, FoundKind, PathKind};
use crate::system::disk::{self, DiskError};

/// Lists everything in `root` (or `root` itself, if it is a file), in an order that depends on names alone.
///
/// Links that stay inside `tree` are followed. `enter` says which directories are looked into; `levels` how deep.
pub fn files(root: &Path, tree: &Path, levels: usize, enter: &dyn Fn(&Path) -> bool) -> Result<Vec<Found>, DiskError> {
    let tree = disk::real_path(tree).unwrap_or_else(|| tree.to_owned());
    let mut walker = Walker { tree, enter, found: Vec::new(), entered: Vec::new() };
    match disk::kind(root) {
        PathKind::Directory => walker.directory(root, Path::new(""), levels)?,
        PathKind::Missing => {}
        _ => walker.path(root, Path::new(""), levels)?,
    }
    Ok(walker.found)
}

struct Walker<'w> {
    tree: PathBuf,
    enter: &'w dyn Fn(&Path) -> bool,
    found: Vec<Found>,
    /// The real paths of the directories that we are in: a link to one of them would never end.
    entered: Vec<PathBuf>,
}

impl Walker<'_> {
    fn directory(&mut self, path: &Path, relative: &Path, levels: usize) -> Result<(), DiskError> {
        let real = fs_err::canonicalize(path)?;
        if self.entered.contains(&real) {
            self.add(path, relative, FoundKind::LinkBroken { target: real });
            return Ok(());
        }
        self.entered.push(real);
        let mut names = Vec::new();
        for entry in fs_err::read_dir(path)? {
            names.push(entry?.file_name());
        }
        names.sort();
        for name in names {
            self.path(&path.join(&name), &relative.join(&name), levels)?;
        }
        self.entered.pop();
        Ok(())
    }

    fn path(&mut self, path: &Path, relative: &Path, levels: usize) -> Result<(), DiskError> {
        let found = fs_err::symlink_metadata(path)?;
        let found = if found.is_symlink() {
            match self.behind(path) {
                Ok(found) => found,
                Err(kind) => {
                    self.add(path, relative, kind);
                    return Ok(());
                }
            }
        } else {
            found
        };
        if found.is_dir() {
            if levels > 1 && (self.enter)(path) {
                self.directory(path, relative, levels - 1)?;
            }
            return Ok(());
        }
        let kind = if found.is_file() {
            FoundKind::File { size: found.len(), executable: is_executable(&found) }
        } else {
            FoundKind::Special(disk::special(&found))
        };
        self.add(path, relative, kind);
        Ok(())
    }

    /// What a link leads to, if that exists and lies in the tree.
    fn behind(&self, path: &Path) -> Result<std::fs::Metadata, FoundKind> {
        let named = fs_err::read_link(path).unwrap_or_default();
        let Ok(real) = fs_err::canonicalize(path) else { return Err(FoundKind::LinkBroken { target: named }) };
        if !real.starts_with(&self.tree) {
            return Err(FoundKind::LinkOutside { target: real });
        }
        real.metadata().map_err(|_| FoundKind::LinkBroken { target: named })
    }

    fn add(&mut self, path: &Path, relative: &Path, kind: FoundKind) {
        self.found.push(Found { path: path.to_owned(), relative: relative.to_owned(), kind });
    }
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &[Found]) -> Vec<String> {
        found.iter().map(|found| format!("{} {:?}", found.relative.display(), found.kind)).collect()
    }

    #[cfg(unix)]
    #[test]
    fn links_inside_are_followed_and_others_are_named() {
        use std::os::unix::fs::symlink;
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("tree");
        disk::write_whole(&root.join("pkg/a.txt"), b"x").unwrap();
        disk::write_whole(&root.join("other/b.txt"), b"xy").unwrap();
        disk::write_whole(&directory.path().join("secret"), b"s").unwrap();
        symlink("../other", root.join("pkg/linked")).unwrap();
        symlink("../../secret", root.join("pkg/leak")).unwrap();
        symlink("nowhere", root.join("pkg/gone")).unwrap();
        symlink("..", root.join("pkg/up")).unwrap();
        let found = files(&root.join("pkg"), &root, usize::MAX, &|_| true).unwrap();
        let names = names(&found);
        assert_eq!(names[0], "a.txt File { size: 1, executable: false }");
        assert!(names[1].starts_with("gone LinkBroken"));
        assert!(names[2].starts_with("leak LinkOutside"));
        assert_eq!(names[3], "linked/b.txt File { size: 2, executable: false }");
        assert!(names.iter().any(|name| name.starts_with("up/pkg LinkBroken")), "{names:?}");
    }

    #[test]
    fn walking_stops_at_the_depth_that_is_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        disk::write_whole(&directory.path().join("a"), b"").unwrap();
        disk::write_whole(&directory.path().join("d/b"), b"").unwrap();
        let walked = |levels| files(directory.path(), directory.path(), levels, &|_| true).unwrap().len();
        assert_eq!((walked(1), walked(2)), (1, 2));
    }
}
