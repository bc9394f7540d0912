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

    /// Where a file goes that a `Cargo.toml` names: as it lies to the crates, but one outside of them all keeps only its
    /// name. `path` is the one that it must have in archives, if the metadata tells it.
    pub fn of_named(&self, file: &Path, path: Option<&str>) -> Option<PathBuf> {
        let as_it_lies = self.of_crate(file).filter(|place| path.is_none_or(|path| Path::new(path) == place));
        as_it_lies.or_else(|| path.map(PathBuf::from)).or_else(|| file.file_name().map(PathBuf::from))
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

/// The way from a directory to a file, both below one root.
pub fn way(directory: &Path, file: &Path) -> PathBuf {
    let shared = common(directory, file);
    let up = directory.components().skip(shared.components().count()).map(|_| "..");
    up.collect::<PathBuf>().join(file.strip_prefix(&shared).unwrap_or(file))
}

/// Whether cargo, when it resolves what a package needs, reads a file. Of sources and of prose it wants the names alone:
/// they tell which targets a package has.
pub fn is_read_by_cargo(path: &str) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    !extension
        .is_some_and(|extension| ["rs", "py", "pyi", "c", "cc", "cpp", "h", "hpp", "md", "txt"].contains(&extension))
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
    fn what_a_manifest_names_stays_where_it_lies_unless_that_is_elsewhere() {
        let placement = Placement::new(Path::new("/r/py"), [Path::new("/r/py/rust")]);
        let place = |file: &str, path: Option<&str>| placement.of_named(Path::new(file), path).unwrap();
        assert_eq!(place("/r/py/docs/R.md", None), Path::new("docs/R.md"));
        assert_eq!(place("/r/R.md", None), Path::new("R.md"));
        assert_eq!(place("/r/LICENSE", Some("LICENSE")), Path::new("LICENSE"));
        let above = Placement::new(Path::new("/r/py"), [Path::new("/r/core")]);
        assert_eq!(above.of_named(Path::new("/r/docs/L"), Some("L")).unwrap(), Path::new("L"));
        assert_eq!(way(Path::new("rust"), Path::new("R.md")), Path::new("../R.md"));
        assert_eq!(way(Path::new(""), Path::new("R.md")), Path::new("R.md"));
        assert_eq!(way(Path::new("a/b"), Path::new("a/c/x")), Path::new("../c/x"));
    }

    #[test]
    fn cargo_reads_what_configures_it_and_no_source() {
        let read = [
            "Cargo.toml",
            "Cargo.lock",
            ".cargo/config",
            "rust-toolchain",
            "v/a/.cargo-checksum.json",
            "r/a-1.0.0.crate",
        ];
        assert!(read.into_iter().all(is_read_by_cargo));
        assert!(!["src/lib.rs", "build.rs", "p/__init__.py", "README.md"].into_iter().any(is_read_by_cargo));
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
