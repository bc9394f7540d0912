//! The fields of core metadata: since which version of the format, and how often each may stand there (PyPA "Core
//! metadata specifications"; PEP 241, 314, 345, 566, 639, 643, 794, 808).

/// The versions of the format, oldest first. 2.0 was withdrawn.
pub const VERSIONS: [&str; 9] = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"];

/// A field that METADATA and PKG-INFO may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    /// The version of the format that brought it.
    pub since: &'static str,
    /// Whether the specification has it for "multiple use".
    pub repeats: bool,
}

const fn once(name: &'static str, since: &'static str) -> Field {
    Field { name, since, repeats: false }
}

const fn often(name: &'static str, since: &'static str) -> Field {
    Field { name, since, repeats: true }
}

const FIELDS: [Field; 32] = [
    once("Metadata-Version", "1.0"),
    once("Name", "1.0"),
    once("Version", "1.0"),
    often("Dynamic", "2.2"),
    often("Platform", "1.0"),
    often("Supported-Platform", "1.1"),
    once("Summary", "1.0"),
    once("Description", "1.0"),
    once("Description-Content-Type", "2.1"),
    once("Keywords", "1.0"),
    once("Home-page", "1.0"),
    once("Download-URL", "1.1"),
    once("Author", "1.0"),
    once("Author-email", "1.0"),
    once("Maintainer", "1.2"),
    once("Maintainer-email", "1.2"),
    once("License", "1.0"),
    once("License-Expression", "2.4"),
    often("License-File", "2.4"),
    often("Classifier", "1.1"),
    often("Requires-Dist", "1.2"),
    once("Requires-Python", "1.2"),
    often("Requires-External", "1.2"),
    often("Project-URL", "1.2"),
    often("Provides-Extra", "2.1"),
    often("Import-Name", "2.5"),
    often("Import-Namespace", "2.5"),
    often("Provides-Dist", "1.2"),
    often("Obsoletes-Dist", "1.2"),
    often("Requires", "1.1"),
    often("Provides", "1.1"),
    often("Obsoletes", "1.1"),
];

impl Field {
    /// The field of this name, whatever its case.
    pub fn named(name: &str) -> Option<Field> {
        FIELDS.into_iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Whether the format of this version does not have the field yet. Of an unknown version nothing can be told.
    pub fn is_newer_than(&self, version: &str) -> bool {
        let age = |version: &str| VERSIONS.iter().position(|known| *known == version);
        age(version).is_some_and(|age_of_format| age(self.since) > Some(age_of_format))
    }

    /// Whether `Dynamic` may name the field.
    pub fn may_be_dynamic(&self) -> bool {
        !matches!(self.name, "Name" | "Version" | "Metadata-Version")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_in_any_case_and_knows_its_age() {
        let field = Field::named("license-FILE").unwrap();
        assert_eq!((field.name, field.repeats), ("License-File", true));
        assert!(field.is_newer_than("2.3") && !field.is_newer_than("2.4") && !field.is_newer_than("9.9"));
        assert_eq!(Field::named("Colour"), None);
    }

    #[test]
    fn every_field_came_with_a_version_that_is_known() {
        assert!(FIELDS.iter().all(|field| VERSIONS.contains(&field.since)));
    }
}
