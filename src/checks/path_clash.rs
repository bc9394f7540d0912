//! No two files of a wheel may have names that differ only in case: on most desktops one would overwrite the other.

use std::collections::BTreeMap;

use crate::actions::manifest::Manifest;
use crate::diagnostic::{Code, Diagnostic};

pub fn check(manifest: &Manifest) -> Vec<Diagnostic> {
    let mut by_folded: BTreeMap<String, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for entry in &manifest.entries {
        if let Some(first) = by_folded.insert(entry.path.to_lowercase(), &entry.path) {
            let message = format!("`{first}` and `{}` differ only in case", entry.path);
            let hint = "rename one: Windows and macOS keep only one of the two";
            found.push(Diagnostic::error(Code::PathClash, message).hint(hint));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::manifest::Entry;

    #[test]
    fn names_that_differ_only_in_case_are_found() {
        let manifest = |paths: &[&str]| Manifest { entries: paths.iter().map(|path| Entry::text(*path, "")).collect() };
        assert_eq!(check(&manifest(&["a/data.txt", "a/datum.txt"])), []);
        assert_eq!(
            check(&manifest(&["a/DATA.txt", "a/data.txt"]))[0].message,
            "`a/DATA.txt` and `a/data.txt` differ only in case"
        );
    }
}
