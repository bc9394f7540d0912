//! `include` and `exclude` of `[package]`: which files a crate publishes.

use crate::facts::toml_document::{Document, Item};

/// The patterns of a crate, as `.gitignore` has them, rooted at its directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CrateRules {
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

impl CrateRules {
    /// Reads a manifest; `workspace` is the root's, from which the lists may be inherited.
    pub fn read(manifest: &Document, workspace: Option<&Document>) -> Self {
        let list = |key: &str| {
            let found = match is_inherited(manifest, key) {
                true => workspace.and_then(|root| strings(root, &["workspace", "package"], key)),
                false => strings(manifest, &["package"], key),
            };
            found.unwrap_or_default()
        };
        Self { include: list("include"), exclude: list("exclude") }
    }
}

/// Whether a package says `KEY.workspace = true`; without it nothing comes from the workspace.
fn is_inherited(manifest: &Document, key: &str) -> bool {
    let mut ignored = Vec::new();
    let package = manifest.root().table("package", &mut ignored);
    let item = package.and_then(|package| package.table(key, &mut Vec::new()));
    item.and_then(|table| table.boolean("workspace", &mut ignored)).is_some_and(|workspace| workspace.value)
}

/// The strings of a key, if it is a list.
fn strings(document: &Document, tables: &[&str], key: &str) -> Option<Vec<String>> {
    let mut ignored = Vec::new();
    let mut table = document.root();
    for name in tables {
        table = table.table(name, &mut ignored)?;
    }
    let item = table.get(key).filter(|item| !item.is_table() && !item.is_string())?;
    let items = item.items("an array", &mut ignored)?;
    let texts = items.iter().filter(|item| item.is_string()).filter_map(|item: &Item<'_>| item.string(&mut Vec::new()));
    Some(texts.map(|text| text.value).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn lists_are_read_and_inherited() {
        let parse = |text: &str| Document::parse(Path::new("Cargo.toml"), text.as_bytes()).unwrap();
        let root = parse("[workspace.package]\nexclude = ['/big']\n");
        let own = parse("[package]\nname = 'a'\ninclude = ['src/**']\nexclude.workspace = true\n");
        let rules = CrateRules::read(&own, Some(&root));
        assert_eq!((rules.include, rules.exclude), (vec!["src/**".to_owned()], vec!["/big".to_owned()]));
        assert_eq!(CrateRules::read(&parse("[package]\nname = 'a'\n"), None), CrateRules::default());
    }

    #[test]
    fn nothing_is_inherited_that_the_crate_does_not_ask_for() {
        let parse = |text: &str| Document::parse(Path::new("Cargo.toml"), text.as_bytes()).unwrap();
        let root = parse("[workspace.package]\ninclude = ['Cargo.toml']\nexclude = ['/src']\n");
        assert_eq!(CrateRules::read(&parse("[package]\nname = 'a'\n"), Some(&root)), CrateRules::default());
        let only_one = parse("[package]\nname = 'a'\ninclude = { workspace = true }\n");
        assert_eq!(CrateRules::read(&only_one, Some(&root)).include, ["Cargo.toml"]);
        assert!(CrateRules::read(&only_one, Some(&root)).exclude.is_empty());
    }
}
