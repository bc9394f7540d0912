//! The licence and its files (PEP 639).

use std::path::Path;

use super::{Judge, LicenseFile, NamedFile, parsed, parsed_as};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::pyproject::{LicenseField, ProjectTable};
use crate::facts::toml_document::Located;
use crate::spec::license::LicenseExpression;
use crate::spec::path_glob::PathGlob;
use crate::spec::relative_path::{RelativePath, without_dots};

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

    /// `license-file` of `Cargo.toml`, with the path that it has in archives: relative to the project if it lies there,
    /// else its name.
    pub(super) fn cargo_license_file(&self) -> Option<Named> {
        let file = self.manifest?.license_file.as_ref()?;
        let source = NamedFile::of_cargo(file);
        let inside = source.file.strip_prefix(self.files.directory).ok();
        let path = inside.or(source.file.file_name().map(Path::new))?.to_string_lossy().replace('\\', "/");
        Some(Named { path: Located { value: path, ..file.path.clone() }, source })
    }

    pub(super) fn license_files(
        &self,
        project: &ProjectTable,
        named: Option<Located<String>>,
        faults: &mut Vec<Diagnostic>,
    ) -> Vec<LicenseFile> {
        let named = named.map(|path| self.of_project(path));
        if let (Some(LicenseField::File(table) | LicenseField::Text(table)), Some(_)) =
            (&project.license, &project.license_files)
        {
            let message = "`project.license` is a table beside `license-files`, which PEP 639 forbids";
            faults.push(
                self.strict(table.error(Code::KeyConflict, message).hint("write `license` as an SPDX expression")),
            );
        }
        let from_cargo = if self.is_dynamic(project, "license-files") {
            self.cargo_license_file()
        } else if project.license_files.is_none() {
            // Nobody names files, so it is for the backend to find them; what the crate names is one, if it is there.
            self.cargo_license_file().filter(|named| (self.files.text)(&named.source.file).is_ok())
        } else {
            None
        };
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
        named: Option<Named>,
        faults: &mut Vec<Diagnostic>,
    ) -> Vec<LicenseFile> {
        let listing = (self.files.list)(globs.iter().map(|(glob, _)| depth(glob)).max().unwrap_or(0));
        let mut paths: Vec<Named> = Vec::new();
        for (glob, source) in globs {
            let found: Vec<&String> = listing.iter().filter(|path| glob.matches(path)).collect();
            if let (Some(source), true) = (source, found.is_empty()) {
                let message = format!("`{}` is `{}`, which matches no file", source.key, source.value);
                let fault = source.error(Code::SourceFile, message);
                faults.push(self.strict(fault.hint("mend the pattern, or take it out")));
            }
            let place = Place::file(&self.pyproject.file);
            let source =
                source.clone().unwrap_or(Located { value: String::new(), key: "license-files".to_owned(), place });
            paths.extend(found.into_iter().map(|path| self.of_project(source.clone().map(|_| path.clone()))));
        }
        paths.extend(named);
        paths.sort_by(|a, b| a.path.value.cmp(&b.path.value));
        paths.dedup_by(|a, b| a.path.value == b.path.value);
        paths.into_iter().filter_map(|named| self.license_file(named, faults)).collect()
    }

    /// A file of which only the path in the project is known.
    fn of_project(&self, path: Located<String>) -> Named {
        let file = without_dots(&self.files.directory.join(&path.value));
        Named { path, source: NamedFile { file, manifest: None } }
    }

    fn license_file(&self, named: Named, faults: &mut Vec<Diagnostic>) -> Option<LicenseFile> {
        // It bears this path in every archive too.
        let inside: RelativePath = parsed_as(&named.path, Code::OutsideTree, faults)?;
        let path = named.path.map(|_| inside.to_string());
        let text = self.text(&path, &named.source.file, faults)?;
        Some(LicenseFile { path: path.value, text, source: named.source })
    }
}

/// A licence file that is named, before it is read.
pub(super) struct Named {
    path: Located<String>,
    source: NamedFile,
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
