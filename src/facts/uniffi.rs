//! `uniffi.toml`: what of it decides how the generated Python is packed.

use std::collections::BTreeSet;

use crate::facts::toml_document::{Document, Item};

/// The part `[bindings.python]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UniffiConfig {
    /// The name by which the generated code looks for the library.
    pub cdylib_name: Option<String>,
    /// Crates whose Python travels in packages of their own.
    pub external_packages: BTreeSet<String>,
}

impl UniffiConfig {
    /// Reads the file; what is of another type is uniffi's to complain of.
    pub fn read(document: &Document) -> Self {
        let mut ignored = Vec::new();
        let bindings = document.root().table("bindings", &mut ignored);
        let Some(python) = bindings.and_then(|bindings| bindings.table("python", &mut ignored)) else {
            return Self::default();
        };
        let name = python.get("cdylib_name").filter(Item::is_string).and_then(|item| item.string(&mut ignored));
        let external = python.table("external_packages", &mut ignored);
        Self {
            cdylib_name: name.map(|name| name.value),
            external_packages: external.iter().flat_map(|table| table.items().map(|(key, _)| key.to_owned())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> UniffiConfig {
        UniffiConfig::read(&Document::parse(Path::new("uniffi.toml"), text.as_bytes()).unwrap())
    }

    #[test]
    fn the_librarys_name_and_external_crates_are_read() {
        let text = "[bindings.python]\ncdylib_name = 'x'\n[bindings.python.external_packages]\nother = 'pkg.other'\n";
        let config = read(text);
        assert_eq!(config.cdylib_name.as_deref(), Some("x"));
        assert!(config.external_packages.contains("other"));
        assert_eq!(read("[bindings.kotlin]\ncdylib_name = 'y'\n"), UniffiConfig::default());
    }
}
