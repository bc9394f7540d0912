//! Paths of the builder that shall not stand in what is compiled: rustc is told to write others in their place.
//!
//! Only beginnings that stay the same for a user are taken: the flags are part of what cargo compares, and a path that
//! changes from build to build would compile everything anew. Source: The rustc book, `--remap-path-prefix`.

use std::path::{Path, PathBuf};

/// The flags, for the user's directories of cargo and rustup and for the target directory. The last one that fits a path
/// counts, hence the inner ones stand last.
pub fn flags(cargo_home: Option<&Path>, rustup_home: Option<&Path>, target_dir: &Path) -> Vec<String> {
    let places = [(rustup_home, "/rustup"), (cargo_home, "/cargo"), (Some(target_dir), "/target")];
    let known = places.into_iter().filter_map(|(path, shown)| Some((path?, shown)));
    // A home of one part, such as `/`, would take in what is not the builder's.
    let own = known.filter(|(path, _)| path.is_absolute() && path.components().count() > 2);
    own.filter_map(|(path, shown)| Some(format!("--remap-path-prefix={}={shown}", path.to_str()?))).collect()
}

/// `RUSTUP_HOME`, else `~/.rustup`.
pub fn rustup_home(named: Option<&Path>, home: Option<&Path>) -> Option<PathBuf> {
    named.map(Path::to_owned).or_else(|| Some(home?.join(".rustup")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_directories_and_the_target_directory_are_shown_as_others() {
        let flags = flags(Some(Path::new("/home/a/.cargo")), None, Path::new("/w/target"));
        assert_eq!(flags, ["--remap-path-prefix=/home/a/.cargo=/cargo", "--remap-path-prefix=/w/target=/target"]);
        assert_eq!(super::flags(Some(Path::new("/x")), Some(Path::new("relative")), Path::new("/t/u")).len(), 1);
        assert_eq!(rustup_home(None, Some(Path::new("/h"))), Some("/h/.rustup".into()));
    }
}
