//! rustup's `settings.toml`: which toolchain is meant where neither the caller nor a file of the project names one.
//!
//! Source: the rustup book, "Overrides" and "Configuration".

use std::path::Path;

use crate::facts::toml_document::{Document, Item};

/// How rustup numbers the form of the file that is read here.
const FORM: &str = "12";

/// The toolchain that is meant in every directory. `None` where some directory has one of its own, there is no default,
/// or the file is of another form.
pub fn everywhere(settings: &[u8]) -> Option<String> {
    let document = Document::parse(Path::new("settings.toml"), settings).ok()?;
    let root = document.root();
    let text = |key: &str| Some(root.get(key).filter(Item::is_string)?.string(&mut Vec::new())?.value);
    let has_overrides = || match root.get("overrides") {
        Some(item) => item.table(&mut Vec::new()).is_none_or(|all| all.items().next().is_some()),
        None => false,
    };
    let is_known = text("version").as_deref() == Some(FORM);
    text("default_toolchain").filter(|_| is_known && !has_overrides())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_meant_everywhere_unless_a_directory_has_another() {
        let read =
            |more: &str| everywhere(format!("version = \"12\"\ndefault_toolchain = \"stable-x\"\n{more}").as_bytes());
        assert_eq!(read("profile = \"minimal\"\n").as_deref(), Some("stable-x"));
        assert_eq!(read("[overrides]\n").as_deref(), Some("stable-x"));
        assert_eq!(read("[overrides]\n\"/project\" = \"nightly-x\"\n"), None);
        assert_eq!(read("overrides = 1\n"), None);
    }

    #[test]
    fn a_file_of_another_form_tells_nothing() {
        for text in ["", "version = \"12\"\n", "version = \"13\"\ndefault_toolchain = \"stable-x\"\n", "not toml"] {
            assert_eq!(everywhere(text.as_bytes()), None, "{text}");
        }
    }
}
