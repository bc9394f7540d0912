//! Which files of a crate travel: what cargo would publish, and what its targets need whatever the rules say.
//!
//! Source: The Cargo Book, "The Manifest Format", `include` and `exclude`.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::facts::crate_rules::CrateRules;

/// The rules of one crate, ready to be asked.
pub struct CrateFiles {
    include: Option<Gitignore>,
    exclude: Gitignore,
    /// Relative to the crate.
    needed: Vec<String>,
}

impl CrateFiles {
    /// `needed` are the sources of targets, the readme and the licence, relative to the crate. Patterns that are none
    /// are cargo's to complain of.
    pub fn new(rules: &CrateRules, needed: Vec<String>) -> Self {
        let built = |patterns: &[String]| {
            let mut builder = GitignoreBuilder::new("");
            patterns.iter().for_each(|pattern| drop(builder.add_line(None, pattern)));
            builder.build().unwrap_or_else(|_| Gitignore::empty())
        };
        Self {
            include: (!rules.include.is_empty()).then(|| built(&rules.include)),
            exclude: built(&rules.exclude),
            needed,
        }
    }

    /// Whether a file travels; `path` is relative to the crate, with `/`.
    pub fn takes(&self, path: &str) -> bool {
        if path == "Cargo.toml" || self.needed.iter().any(|needed| needed == path) {
            return true;
        }
        // What cargo leaves in packages it makes, it does not take from a tree.
        if path == "Cargo.toml.orig" || path == ".cargo_vcs_info.json" || path.starts_with("target/") {
            return false;
        }
        let matches = |rules: &Gitignore| rules.matched_path_or_any_parents(Path::new(path), false).is_ignore();
        match &self.include {
            Some(include) => matches(include),
            None => !matches(&self.exclude),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(include: &[&str], exclude: &[&str], path: &str) -> bool {
        let owned = |patterns: &[&str]| patterns.iter().map(|pattern| pattern.to_string()).collect();
        let rules = CrateRules { include: owned(include), exclude: owned(exclude) };
        CrateFiles::new(&rules, vec!["src/lib.rs".to_owned()]).takes(path)
    }

    #[test]
    fn all_travels_but_what_is_excluded() {
        assert!(taken(&[], &["/data", "*.big"], "src/inner/mod.rs"));
        assert!(!taken(&[], &["/data", "*.big"], "data/a.txt") && !taken(&[], &["*.big"], "x/y.big"));
        assert!(!taken(&[], &[], "target/debug/x") && !taken(&[], &[], "Cargo.toml.orig"));
    }

    #[test]
    fn what_is_included_travels_alone_with_what_is_needed() {
        assert!(taken(&["src/**/*.rs", "!src/secret.rs"], &[], "src/a.rs"));
        assert!(!taken(&["src/**/*.rs", "!src/secret.rs"], &[], "src/secret.rs"));
        assert!(!taken(&["src/**/*.rs"], &[], "README.md"));
        assert!(taken(&["data"], &[], "Cargo.toml") && taken(&["data"], &[], "src/lib.rs"));
        assert!(taken(&["data"], &[], "data/deep/x.bin"));
    }
}
