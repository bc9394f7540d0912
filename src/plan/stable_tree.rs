//! Which projects must be shown to cargo at a path that stays the same wherever they lie: those with crates outside of the
//! cargo workspace, or with vendored ones, so that the same input gives the same bytes there; and all that are compiled
//! through a cache of compiled crates, which compares paths.

use std::path::{Path, PathBuf};

use cargo_metadata::Package;

use crate::facts::cargo::CargoFacts;
use crate::plan::sdist::{Placement, slashed};

/// The tree that must be shown elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StableTree {
    /// The lowest directory that holds the project and its crates.
    pub root: PathBuf,
    pub cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The path of this crate would come into the bytes.
    Crate(String),
    /// A compiler cache would find nothing again in another checkout.
    CompilerCache,
}

impl Cause {
    /// What follows where the tree cannot be shown.
    pub fn without(&self) -> String {
        match self {
            Self::Crate(name) => {
                format!(
                    "the bytes of the wheel depend on the directory that it is built in, since the crate `{name}` does"
                )
            }
            Self::CompilerCache => "what is compiled here will not be found again by other checkouts".to_owned(),
        }
    }
}

/// Judges a resolved crate of the project in `directory`; `None` where no path of the tree comes into the bytes, nor is
/// compared.
pub fn tree(facts: &CargoFacts, directory: &Path, are_paths_compared: bool) -> Option<StableTree> {
    let workspace = facts.metadata.workspace_root.as_std_path();
    let local = facts.local_packages();
    let directories = local.iter().filter_map(|package| package.manifest_path.as_std_path().parent());
    let root = Placement::new(directory, directories.chain([workspace])).root;
    let is_inside = |path: &Path| path.starts_with(&root);
    let is_vendored = |path: &Path, from_disk: bool| !from_disk && is_inside(path);
    let is_outside = |path: &Path, from_disk: bool| from_disk && !path.starts_with(workspace);
    let packages = facts.metadata.packages.iter();
    let of_bytes = packages.into_iter().find(|package| {
        let (path, from_disk) = (package.manifest_path.as_std_path(), package.source.is_none());
        let is_local = local.iter().any(|known| known.id == package.id);
        is_vendored(path, from_disk) || (is_local && is_outside(path, from_disk))
    });
    let cause = of_bytes.map(|package| Cause::Crate(package.name.to_string()));
    let cause = cause.or_else(|| are_paths_compared.then_some(Cause::CompilerCache))?;
    Some(StableTree { root, cause })
}

/// A crate of the project's that lies outside of its cargo workspace.
pub fn outside(facts: &CargoFacts) -> Option<Cause> {
    let workspace = facts.metadata.workspace_root.as_std_path();
    let is_outside = |package: &&&Package| !package.manifest_path.as_std_path().starts_with(workspace);
    facts.local_packages().iter().find(is_outside).map(|package| Cause::Crate(package.name.to_string()))
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
        let tree = StableTree { root: "/t/p".into(), cause: Cause::CompilerCache };
        let sources =
            [("vendored".to_owned(), "vendor/crates".to_owned()), ("other".to_owned(), "/usr/share/c".to_owned())];
        let settings = vendored_sources(&sources, Path::new("/t/p"), &tree, Path::new("/l"));
        assert_eq!(settings, ["source.\"vendored\".directory=\"/l/vendor/crates\""]);
    }
}
