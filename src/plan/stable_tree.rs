//! Which projects must be shown to cargo at a path that stays the same wherever they lie, so that the same input gives the
//! same bytes there: those with crates outside of the cargo workspace, or with vendored ones.

use std::path::{Path, PathBuf};

use crate::facts::cargo::CargoFacts;
use crate::plan::sdist::{Placement, slashed};

/// The tree that must be shown elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StableTree {
    /// The lowest directory that holds the project and its crates.
    pub root: PathBuf,
    /// A crate whose path would come into the bytes.
    pub cause: String,
}

/// The lowest directory that holds the project in `directory` and its crates.
pub fn root(facts: &CargoFacts, directory: &Path) -> PathBuf {
    let local = facts.local_packages();
    let directories = local.iter().filter_map(|package| package.manifest_path.as_std_path().parent());
    Placement::new(directory, directories.chain([facts.metadata.workspace_root.as_std_path()])).root
}

/// Judges a resolved crate of the project in `directory`; `None` where no path of the tree comes into the bytes.
pub fn needed(facts: &CargoFacts, directory: &Path) -> Option<StableTree> {
    let workspace = facts.metadata.workspace_root.as_std_path();
    let local = facts.local_packages();
    let root = root(facts, directory);
    let is_inside = |path: &Path| path.starts_with(&root);
    let is_vendored = |path: &Path, from_disk: bool| !from_disk && is_inside(path);
    let is_outside = |path: &Path, from_disk: bool| from_disk && !path.starts_with(workspace);
    let packages = facts.metadata.packages.iter();
    let cause = packages.into_iter().find(|package| {
        let (path, from_disk) = (package.manifest_path.as_std_path(), package.source.is_none());
        let is_local = local.iter().any(|known| known.id == package.id);
        is_vendored(path, from_disk) || (is_local && is_outside(path, from_disk))
    })?;
    Some(StableTree { root, cause: cause.name.to_string() })
}

/// cargo's setting that shows a directory with vendored crates under `link`, for each `source` of the configuration
/// whose directory lies in the tree. `base` is where the configuration's paths start.
pub fn vendored_sources(sources: &[(String, String)], base: &Path, tree: &StableTree, link: &Path) -> Vec<String> {
    let setting = |(name, directory): &(String, String)| {
        let full = base.join(directory);
        let below = full.strip_prefix(&tree.root).ok()?;
        let shown = serde_json::json!(slashed(&link.join(below))).to_string();
        Some(format!("source.{}.directory={shown}", serde_json::json!(name)))
    };
    sources.iter().filter_map(setting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_sources_in_the_tree_are_shown_under_the_link() {
        let tree = StableTree { root: "/t/p".into(), cause: "x".into() };
        let sources =
            [("vendored".to_owned(), "vendor/crates".to_owned()), ("other".to_owned(), "/usr/share/c".to_owned())];
        let settings = vendored_sources(&sources, Path::new("/t/p"), &tree, Path::new("/l"));
        assert_eq!(settings, ["source.\"vendored\".directory=\"/l/vendor/crates\""]);
    }
}
