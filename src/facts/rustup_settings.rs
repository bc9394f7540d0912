//! rustup's `settings.toml`: which toolchain is meant where neither the caller nor a file of the project names one.
//!
//! Source: the rustup book, "Overrides" and "Configuration".

use toml::Table;

/// How rustup numbers the form of the file that is read here.
const FORM: &str = "12";

/// The toolchain that is meant in every directory. `None` where some directory has one of its own, there is no default,
/// or the file is of another form.
pub fn everywhere(settings: &str) -> Option<String> {
    let settings: Table = settings.parse().ok()?;
    let is_known = settings.get("version")?.as_str() == Some(FORM);
    let has_overrides = settings.get("overrides").is_some_and(|all| all.as_table().is_none_or(|all| !all.is_empty()));
    let default = settings.get("default_toolchain")?.as_str()?;
    (is_known && !has_overrides).then(|| default.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_meant_everywhere_unless_a_directory_has_another() {
        let read = |more: &str| everywhere(&format!("version = \"12\"\ndefault_toolchain = \"stable-x\"\n{more}"));
        assert_eq!(read("profile = \"minimal\"\n").as_deref(), Some("stable-x"));
        assert_eq!(read("[overrides]\n").as_deref(), Some("stable-x"));
        assert_eq!(read("[overrides]\n\"/project\" = \"nightly-x\"\n"), None);
        assert_eq!(read("overrides = 1\n"), None);
    }

    #[test]
    fn a_file_of_another_form_tells_nothing() {
        for text in ["", "version = \"12\"\n", "version = \"13\"\ndefault_toolchain = \"stable-x\"\n", "not toml"] {
            assert_eq!(everywhere(text), None, "{text}");
        }
    }
}
