//! Where files go in an sdist: `pyproject.toml` to the top, with what it names; crates as they lie to each other.

use std::path::{Path, PathBuf};

/// The two trees that an sdist is made of: that of the project, and that of its crates, which may be a larger one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The directory of `pyproject.toml`.
    pub project: PathBuf,
    /// The lowest directory with the project, its crates and the roots of their workspaces in it.
    pub root: PathBuf,
}

impl Placement {
    pub fn new<'p>(project: &Path, others: impl IntoIterator<Item = &'p Path>) -> Self {
        let root = others.into_iter().fold(project.to_owned(), |root, other| common(&root, other));
        Self { project: project.to_owned(), root }
    }

    /// Whether crates lie beside or above the project, so that `pyproject.toml` changes its place among them.
    pub fn is_moved(&self) -> bool {
        self.root != self.project
    }

    /// Where a file of a crate goes.
    pub fn of_crate(&self, file: &Path) -> Option<PathBuf> {
        file.strip_prefix(&self.root).ok().map(Path::to_owned)
    }

    /// Where a file of the project goes: one that lies outside keeps only its name.
    pub fn of_project(&self, file: &Path) -> Option<PathBuf> {
        match file.strip_prefix(&self.project) {
            Ok(inside) => Some(inside.to_owned()),
            Err(_) => file.file_name().map(PathBuf::from),
        }
    }
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(part, _)| part).collect()
}

/// A path as manifests write it.
pub fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_inside_the_project_change_nothing() {
        let placement = Placement::new(Path::new("/r/p"), [Path::new("/r/p/rust"), Path::new("/r/p")]);
        assert!(!placement.is_moved());
        assert_eq!(placement.of_crate(Path::new("/r/p/rust/Cargo.toml")), Some("rust/Cargo.toml".into()));
    }

    #[test]
    fn crates_beside_and_above_keep_their_distance() {
        let placement =
            Placement::new(Path::new("/r/bindings/py"), [Path::new("/r/core"), Path::new("/r/bindings/py")]);
        assert_eq!(placement.root, Path::new("/r"));
        let file = Path::new("/r/bindings/py/src/lib.rs");
        assert_eq!(placement.of_crate(file), Some("bindings/py/src/lib.rs".into()));
        assert_eq!(placement.of_project(Path::new("/r/bindings/py/pyproject.toml")), Some("pyproject.toml".into()));
        assert_eq!(placement.of_project(Path::new("/r/README.md")), Some("README.md".into()));
    }
}
