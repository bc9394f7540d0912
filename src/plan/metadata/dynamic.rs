//! `dynamic`: which keys it may list, and what `Cargo.toml` can provide for them (PEP 621, PEP 808).

use super::Judge;
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::cargo_manifest::ManifestReadme;
use crate::facts::pyproject::{PROJECT_KEYS, ProjectTable};
use crate::facts::toml_document::Located;

/// The keys that `Cargo.toml` can provide.
const FROM_CARGO: &[&str] =
    &["version", "description", "readme", "license", "license-files", "authors", "keywords", "urls"];

/// Those of them that are lists, which may be empty.
const LISTS_OF_CARGO: &[&str] = &["authors", "keywords", "urls"];

/// The keys whose values are lists or tables, to which `dynamic` may add (PEP 808).
const ADDABLE: &[&str] = &[
    "license-files",
    "authors",
    "maintainers",
    "keywords",
    "classifiers",
    "urls",
    "scripts",
    "gui-scripts",
    "entry-points",
    "dependencies",
    "optional-dependencies",
    "import-names",
    "import-namespaces",
];

impl Judge<'_> {
    pub(super) fn dynamic(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) {
        for entry in &project.dynamic {
            faults.extend(self.dynamic_fault(project, entry));
        }
    }

    pub(super) fn dynamic_fault(&self, project: &ProjectTable, entry: &Located<String>) -> Option<Diagnostic> {
        let key = entry.value.as_str();
        let present = project.present.iter().any(|known| known == key);
        if key == "name" || key == "dynamic" {
            let message = format!("`project.dynamic` lists `{key}`, which is always static");
            return Some(entry.error(Code::ProjectDynamic, message).hint("take it out of `dynamic`"));
        }
        if !PROJECT_KEYS.contains(&key) {
            let message = format!("`project.dynamic` lists `{key}`, which is no key of `[project]`");
            return Some(self.strict(entry.error(Code::ProjectDynamic, message).hint("take it out of `dynamic`")));
        }
        if present && !ADDABLE.contains(&key) {
            let message = format!("`project.{key}` is given and listed in `project.dynamic` as well");
            return Some(entry.error(Code::ProjectDynamic, message).hint("keep the value or the entry, not both"));
        }
        if present || self.provided(key) {
            return None;
        }
        let hint = if FROM_CARGO.contains(&key) {
            format!("give `{key}` its value in `[project]`, or its counterpart in `[package]` of `Cargo.toml`")
        } else {
            format!("`Cargo.toml` has no counterpart: give `{key}` its value in `[project]`")
        };
        if LISTS_OF_CARGO.contains(&key) && self.manifest.is_some() {
            // A crate that names none has none: that is a value.
            let message = format!("`project.dynamic` lists `{key}`, of which `Cargo.toml` names none");
            return Some(entry.warning(Code::ProjectDynamic, message).hint(hint));
        }
        let message = format!("`project.dynamic` lists `{key}`, which cannot be determined");
        Some(self.strict(entry.error(Code::ProjectDynamic, message).hint(hint)))
    }

    /// Whether `Cargo.toml` has a value for the key.
    pub(super) fn provided(&self, key: &str) -> bool {
        if key == "version" && self.pyproject.tool.version.is_some() {
            return true;
        }
        let Some(manifest) = self.manifest else { return false };
        match key {
            "version" => manifest.version.is_some(),
            "description" => manifest.description.is_some(),
            "readme" => self.cargo_readme_path().is_some() || matches!(manifest.readme, Some(ManifestReadme::None)),
            "license" => manifest.license.is_some(),
            "license-files" => true,
            "authors" => !manifest.authors.is_empty(),
            "keywords" => !manifest.keywords.is_empty(),
            "urls" => !self.cargo_urls().is_empty(),
            _ => false,
        }
    }

    pub(super) fn is_dynamic(&self, project: &ProjectTable, key: &str) -> bool {
        project.dynamic.iter().any(|entry| entry.value == key)
    }
}
