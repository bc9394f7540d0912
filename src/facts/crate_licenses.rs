//! The licence texts that crates carry with them.

/// The texts of one crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateLicenses {
    pub name: String,
    pub version: String,
    /// The file's name and its text, in the order of the names.
    pub texts: Vec<(String, String)>,
}

/// Whether a file at the top of a crate holds a licence, by the names in use.
pub fn is_license_file(name: &str) -> bool {
    const BEGINNINGS: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
    let name = name.to_ascii_uppercase();
    let is_source = [".RS", ".TOML", ".JSON", ".YML", ".PY"].iter().any(|ending| name.ends_with(ending));
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) && !is_source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_known_by_their_names() {
        for name in ["LICENSE", "LICENSE-MIT", "license.md", "COPYING.txt", "UNLICENSE", "NOTICE"] {
            assert!(is_license_file(name), "{name}");
        }
        for name in ["README.md", "license.rs", "licenses.json", "src"] {
            assert!(!is_license_file(name), "{name}");
        }
    }
}
