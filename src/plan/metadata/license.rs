//! The licence and its files (PEP 639).

use std::path::Path;

use super::{Judge, LicenseFile, parsed};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::pyproject::{LicenseField, ProjectTable};
use crate::facts::toml_document::Located;
use crate::spec::license::LicenseExpression;
use crate::spec::path_glob::PathGlob;

/// Where licence files lie if nobody says.
const DEFAULT_LICENSE_FILES: [&str; 4] = ["LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*"];

impl Judge<'_> {
    /// The expression, the legacy text and the file that the legacy table names.
    pub(super) fn license(
        &self,
        project: &ProjectTable,
        faults: &mut Vec<Diagnostic>,
    ) -> (Option<LicenseExpression>, Option<String>, Option<Located<String>>) {
        match &project.license {
            None if self.is_dynamic(project, "license") => {
                let (expression, text) = self.cargo_license(faults);
                (expression, text, None)
            }
            None => (None, None, None),
            Some(LicenseField::Expression(text)) => {
                let (expression, legacy) = self.expression(text, text.value.parse(), faults);
                faults.extend(expression.as_ref().and_then(|_| license_classifier(project)));
                (expression, legacy, None)
            }
            Some(LicenseField::Text(text)) => {
                faults.push(outdated_license(text));
                (None, Some(text.value.clone()), None)
            }
            Some(LicenseField::File(file)) => {
                faults.push(outdated_license(file));
                (None, None, Some(file.clone()))
            }
        }
    }

    pub(super) fn expression<E: std::fmt::Display>(
        &self,
        text: &Located<String>,
        parsed: Result<LicenseExpression, E>,
        faults: &mut Vec<Diagnostic>,
    ) -> (Option<LicenseExpression>, Option<String>) {
        match parsed {
            Ok(expression) => (Some(expression), None),
            Err(reason) => {
                let fault =
                    text.error(Code::ProjectValue, format!("`{}` is no SPDX licence expression: {reason}", text.key));
                let hint = "write one of the identifiers of the SPDX list, such as `MIT` or `Apache-2.0 OR MIT`, or a `LicenseRef-...`";
                faults.push(self.strict(fault.hint(hint)));
                (None, self.lenient.then(|| text.value.clone()))
            }
        }
    }

    pub(super) fn cargo_license(&self, faults: &mut Vec<Diagnostic>) -> (Option<LicenseExpression>, Option<String>) {
        let Some(text) = self.manifest.and_then(|manifest| manifest.license.as_ref()) else { return (None, None) };
        self.expression(text, LicenseExpression::from_cargo(&text.value), faults)
    }

    /// `license-file` of `Cargo.toml`, relative to the project.
    pub(super) fn cargo_license_file(&self, faults: &mut Vec<Diagnostic>) -> Option<Located<String>> {
        let file = self.manifest?.license_file.as_ref()?;
        let full = file.directory.join(&file.path.value);
        match full.strip_prefix(self.files.directory) {
            Ok(relative) => Some(Located { value: slashes(relative), ..file.path.clone() }),
            Err(_) => {
                let message =
                    format!("`package.license-file` is `{}`, outside the project's directory", file.path.value);
                faults.push(file.path.warning(Code::OutsideTree, message).hint("name the file in `license-files`"));
                None
            }
        }
    }

    pub(super) fn license_files(
        &self,
        project: &ProjectTable,
        named: Option<Located<String>>,
        faults: &mut Vec<Diagnostic>,
    ) -> Vec<LicenseFile> {
        let from_cargo = if self.is_dynamic(project, "license-files") { self.cargo_license_file(faults) } else { None };
        let named = named.or(from_cargo);
        match &project.license_files {
            None => self.matched(&self.default_globs(), named, faults),
            Some(globs) => {
                let globs = globs
                    .iter()
                    .filter_map(|glob| Some((parsed(glob, faults)?, Some(glob.clone()))))
                    .collect::<Vec<_>>();
                self.matched(&globs, named, faults)
            }
        }
    }

    pub(super) fn default_globs(&self) -> Vec<(PathGlob, Option<Located<String>>)> {
        DEFAULT_LICENSE_FILES.iter().filter_map(|glob| Some((glob.parse().ok()?, None))).collect()
    }

    /// The files that the globs match, and the named one; a glob of the user's that matches nothing is a fault.
    pub(super) fn matched(
        &self,
        globs: &[(PathGlob, Option<Located<String>>)],
        named: Option<Located<String>>,
        faults: &mut Vec<Diagnostic>,
    ) -> Vec<LicenseFile> {
        let listing = (self.files.list)(globs.iter().map(|(glob, _)| depth(glob)).max().unwrap_or(0));
        let mut paths: Vec<(String, Option<Located<String>>)> = Vec::new();
        for (glob, source) in globs {
            let found: Vec<&String> = listing.iter().filter(|path| glob.matches(path)).collect();
            if let (Some(source), true) = (source, found.is_empty()) {
                let message = format!("`{}` is `{}`, which matches no file", source.key, source.value);
                let fault = source.error(Code::SourceFile, message);
                faults.push(self.strict(fault.hint("mend the pattern, or take it out")));
            }
            paths.extend(found.into_iter().map(|path| (path.clone(), source.clone())));
        }
        paths.extend(named.map(|named| (named.value.clone(), Some(named))));
        paths.sort_by(|a, b| a.0.cmp(&b.0));
        paths.dedup_by(|a, b| a.0 == b.0);
        paths.into_iter().filter_map(|(path, source)| self.license_file(path, source, faults)).collect()
    }

    pub(super) fn license_file(
        &self,
        path: String,
        source: Option<Located<String>>,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<LicenseFile> {
        let place = Place::file(&self.pyproject.file);
        let source = source.unwrap_or(Located { value: path.clone(), key: "license-files".to_owned(), place });
        let located = source.map(|_| path.clone());
        if !self.relative(&located, faults) {
            return None;
        }
        let text = self.text(&located, &self.files.directory.join(&path), faults)?;
        Some(LicenseFile { path, text })
    }
}

/// How many levels down a glob can match.
fn depth(glob: &PathGlob) -> usize {
    let text = glob.to_string();
    if text.contains("**") { usize::MAX } else { text.split('/').count() }
}

fn outdated_license(text: &Located<String>) -> Diagnostic {
    let message = "`project.license` as a table is outdated (PEP 639)";
    text.warning(Code::Deprecated, message).hint("write an SPDX expression, and the file into `license-files`")
}

fn license_classifier(project: &ProjectTable) -> Option<Diagnostic> {
    let classifier = project.classifiers.iter().find(|classifier| classifier.value.starts_with("License ::"))?;
    let message = format!("the classifier `{}` stands beside `project.license`, which replaces it", classifier.value);
    Some(classifier.warning(Code::Deprecated, message).hint("remove the classifier (PEP 639)"))
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
