//! Paths of the builder that shall not stand in what is compiled: rustc is told to write others in their place.
//!
//! Only beginnings that stay the same for a user are taken: the flags are part of what cargo compares, and a path that
//! changes from build to build would compile everything anew. Source: The rustc book, `--remap-path-prefix`.

use std::path::{Path, PathBuf};

/// The flags, for pairs of a place and what is shown for it. The last one that fits a path counts, hence the inner ones
/// stand last.
pub fn flags(places: &[(PathBuf, String)]) -> Vec<String> {
    // A home of one part, such as `/`, would take in what is not the builder's.
    let own = places.iter().filter(|(path, _)| path.is_absolute() && path.components().count() > 2);
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
    fn places_of_the_builder_are_shown_as_others() {
        let shown = |path: &&str| (PathBuf::from(path), "/shown".to_owned());
        let places = |paths: &[&str]| paths.iter().map(shown).collect::<Vec<_>>();
        let flags = flags(&places(&["/home/a/.cargo", "/w/target"]));
        assert_eq!(flags, ["--remap-path-prefix=/home/a/.cargo=/shown", "--remap-path-prefix=/w/target=/shown"]);
        assert_eq!(super::flags(&places(&["/x", "relative/path", "/t/u"])).len(), 1);
        assert_eq!(rustup_home(None, Some(Path::new("/h"))), Some("/h/.rustup".into()));
    }
}
