//! The metadata of the distribution, from `[project]` and, where `dynamic` asks, from a plain read of `Cargo.toml`.
//!
//! cargo is never started for it. Sources: the pyproject.toml specification; PEP 621, 639, 685, 753, 794, 808.

mod dynamic;
mod license;
mod lists;
mod readme;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::pyproject::{ProjectTable, Pyproject};
use crate::facts::toml_document::Located;
use crate::facts::tool_table::GitVersion;
use crate::spec::core_metadata::{self, CoreMetadata};
use crate::spec::entry_points::EntryPoints;
use crate::spec::name::DistributionName;
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;

/// All that `dist-info` and PKG-INFO are made from.
#[derive(Debug, Clone)]
pub struct ProjectMetadata {
    pub core: CoreMetadata,
    pub entry_points: EntryPoints,
    pub license_files: Vec<LicenseFile>,
    /// The readme, which an sdist must carry.
    pub readme: Option<NamedFile>,
}

/// A file on disk that the metadata was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Without `.` and `..`.
    pub file: PathBuf,
    /// The `Cargo.toml` that names it; `None` where `pyproject.toml` does.
    pub manifest: Option<PathBuf>,
}

/// A licence file as archives carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseFile {
    /// Relative to the project, with `/`; one that `Cargo.toml` names outside of it has its name alone.
    pub path: String,
    pub text: String,
    pub source: NamedFile,
}

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextFault {
    Missing,
    /// The first byte that is no UTF-8 is in this line.
    NotUtf8 {
        line: usize,
    },
    /// It lies outside the project's tree, at this path.
    Outside(PathBuf),
    Unreadable(String),
}

/// Asks a repository for the version of a project of some name.
pub type VersionOf<'f> = dyn Fn(&GitVersion, Option<&DistributionName>) -> Result<Version, Diagnostic> + 'f;

/// Answers about the files that the configuration names.
pub struct Files<'f> {
    /// Where `pyproject.toml` lies.
    pub directory: &'f Path,
    pub text: &'f dyn Fn(&Path) -> Result<String, TextFault>,
    /// The files below `directory`, relative with `/`, down to so many levels.
    pub list: &'f dyn Fn(usize) -> Vec<String>,
    /// The version of the repository's tags, for the project of that name; or why there is none.
    pub git_version: &'f VersionOf<'f>,
}

/// Judges `[project]` whole; `None` if the name or version is missing. All findings, warnings too, go to `faults`.
pub fn metadata(
    pyproject: &Pyproject,
    manifest: Option<&CargoManifest>,
    files: &Files<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<ProjectMetadata> {
    let judge = Judge { pyproject, manifest, files, lenient: pyproject.is_lenient() };
    match &pyproject.project {
        Some(project) => judge.project(project, faults),
        None => judge.crate_alone(faults),
    }
}

/// The questions' common subject.
struct Judge<'a> {
    pyproject: &'a Pyproject,
    manifest: Option<&'a CargoManifest>,
    files: &'a Files<'a>,
    /// What maturin lets pass is a warning where the table is maturin's.
    lenient: bool,
}

impl Judge<'_> {
    /// An error, or a warning where maturin lets it pass.
    fn strict(&self, diagnostic: Diagnostic) -> Diagnostic {
        if self.lenient {
            Diagnostic { severity: crate::diagnostic::Severity::Warning, ..diagnostic }
        } else {
            diagnostic
        }
    }

    fn project(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Option<ProjectMetadata> {
        faults.extend(self.pyproject.unknown_project_keys.iter().cloned().map(|fault| self.strict(fault)));
        self.dynamic(project, faults);
        let name = self.name(project, faults);
        let version = self.version(project, name.as_ref(), faults);
        let readme = self.readme(project, faults);
        let (license_expression, license_text, license_path) = self.license(project, faults);
        let license_files = self.license_files(project, license_path, faults);
        let (dependencies, extras) = lists::dependencies(project, faults);
        let entry_points = lists::entry_points(project, faults);
        let core = CoreMetadata {
            summary: self.summary(project, faults),
            description: readme.as_ref().map(|(description, _)| description.clone()),
            keywords: self.keywords(project, faults),
            authors: self.authors(project, faults),
            maintainers: self.people(&project.maintainers, faults),
            license_expression,
            license_text,
            license_files: license_files.iter().map(|file| file.path.clone()).collect(),
            classifiers: lists::classifiers(project, faults),
            project_urls: self.urls(project, faults),
            requires_python: project
                .requires_python
                .as_ref()
                .and_then(|text| parsed::<VersionSpecifiers>(text, faults)),
            requires_dist: dependencies,
            provides_extra: extras,
            import_names: lists::import_names(project, faults),
            import_namespaces: lists::import_namespaces(project, faults),
            ..CoreMetadata::new(name?, version?)
        };
        Some(ProjectMetadata { core, entry_points, license_files, readme: readme.and_then(|(_, file)| file) })
    }

    /// Without `[project]` every field comes from `Cargo.toml`.
    fn crate_alone(&self, faults: &mut Vec<Diagnostic>) -> Option<ProjectMetadata> {
        let Some(manifest) = self.manifest else {
            let message =
                format!("`{}` has no `[project]`, and there is no `Cargo.toml`", self.pyproject.file.display());
            let hint = "add `[project]` with `name` and `version`";
            faults.push(Diagnostic::error(Code::MissingKey, message).at(Place::file(&self.pyproject.file)).hint(hint));
            return None;
        };
        let name = manifest.name.as_ref().and_then(|name| parsed::<DistributionName>(name, faults));
        let version = self.cargo_version(faults);
        let readme = self.cargo_readme(faults);
        let (license_expression, license_text) = self.cargo_license(faults);
        let license_files = self.matched(&self.default_globs(), self.cargo_license_file(), faults);
        let core = CoreMetadata {
            summary: manifest.description.as_ref().map(|text| one_line(&text.value)),
            description: readme.as_ref().map(|(description, _)| description.clone()),
            keywords: manifest.keywords.iter().map(|keyword| keyword.value.clone()).collect(),
            authors: self.cargo_authors(),
            license_expression,
            license_text,
            license_files: license_files.iter().map(|file| file.path.clone()).collect(),
            project_urls: self.cargo_urls(),
            ..CoreMetadata::new(name?, version?)
        };
        let entry_points = EntryPoints::default();
        Some(ProjectMetadata { core, entry_points, license_files, readme: readme.and_then(|(_, file)| file) })
    }

    fn name(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Option<DistributionName> {
        let Some(name) = &project.name else {
            if !project.present.iter().any(|key| key == "name") {
                let message = format!("`[project]` of `{}` has no `name`", self.pyproject.file.display());
                let fault = Diagnostic::error(Code::MissingKey, message).at(project.place.clone());
                faults.push(fault.hint("add `name = \"...\"`"));
            }
            return None;
        };
        parsed(name, faults)
    }

    fn version(
        &self,
        project: &ProjectTable,
        name: Option<&DistributionName>,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Version> {
        let is_dynamic = self.is_dynamic(project, "version");
        if let Some(source) = self.pyproject.tool.version.as_ref().filter(|_| !is_dynamic) {
            let message = format!("`{}` has no effect: `version` is not dynamic", source.from.key);
            let hint = "write `dynamic = [\"version\"]` in `[project]`, and no `version` there";
            faults.push(source.from.error(Code::KeyConflict, message).hint(hint));
        }
        if let Some(version) = &project.version {
            return parsed(version, faults);
        }
        if project.present.iter().any(|key| key == "version") {
            return None;
        }
        if let Some(source) = self.pyproject.tool.version.as_ref().filter(|_| is_dynamic) {
            return (self.files.git_version)(source, name).map_err(|fault| faults.push(fault)).ok();
        }
        if !is_dynamic {
            let message = "`[project]` has neither `version` nor `dynamic = [\"version\"]`";
            let fault = Diagnostic::error(Code::MissingKey, message).at(project.place.clone());
            let hint = "add `dynamic = [\"version\"]` to take the version from `Cargo.toml`, or a `version`";
            faults.push(self.strict(fault.hint(hint)));
            if !self.lenient {
                return None;
            }
        }
        self.cargo_version(faults)
    }

    fn cargo_version(&self, faults: &mut Vec<Diagnostic>) -> Option<Version> {
        let Some(manifest) = self.manifest else { return no_manifest(self.files.directory, "version", faults) };
        let Some(version) = &manifest.version else {
            let message = format!("`{}` has no `package.version`", manifest.file.display());
            let fault = Diagnostic::error(Code::CargoManifest, message).at(Place::file(&manifest.file));
            faults.push(fault.hint("add it there, or give `project.version` in `pyproject.toml`"));
            return None;
        };
        match Version::from_semver(&version.value) {
            Ok(found) => Some(found),
            Err(reason) => {
                let hint = "give `project.version` in `pyproject.toml` in Python's own form";
                faults.push(version.error(Code::CargoManifest, format!("`package.version`: {reason}")).hint(hint));
                None
            }
        }
    }

    fn summary(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Option<String> {
        let dynamic = self.is_dynamic(project, "description");
        let from_cargo = self.manifest.and_then(|manifest| manifest.description.as_ref()).filter(|_| dynamic);
        let text = project.description.as_ref().or(from_cargo)?;
        if let Some(control) =
            text.value.chars().find(|c| c.is_control() && !core_metadata::has_line_break(&c.to_string()) && *c != '\t')
        {
            let message = format!("`{}` holds the control character {control:?}", text.key);
            faults.push(text.error(Code::ProjectValue, message));
        } else if core_metadata::has_line_break(text.value.trim()) && project.description.is_some() {
            let message = format!("`{}` has more than one line; they are joined into one", text.key);
            faults.push(text.warning(Code::ProjectValue, message));
        }
        Some(one_line(&text.value))
    }
}

fn no_manifest<T>(directory: &Path, key: &str, faults: &mut Vec<Diagnostic>) -> Option<T> {
    let file = directory.join("Cargo.toml");
    let message = format!("`{key}` is to come from `Cargo.toml`, which is missing at `{}`", file.display());
    faults.push(Diagnostic::error(Code::CargoManifest, message).at(Place::file(file)));
    None
}

/// Parses a value by its type; the type's own words are the reason.
fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    text: &Located<String>,
    faults: &mut Vec<Diagnostic>,
) -> Option<T> {
    parsed_as(text, Code::ProjectValue, faults)
}

fn parsed_as<T: std::str::FromStr<Err: std::fmt::Display>>(
    text: &Located<String>,
    code: Code,
    faults: &mut Vec<Diagnostic>,
) -> Option<T> {
    match text.value.parse() {
        Ok(value) => Some(value),
        Err(reason) => {
            let fault = text.error(code, format!("`{}`: {reason}", text.key));
            faults.push(fault.hint(form_of(&text.key)));
            None
        }
    }
}

/// What a value of the key looks like.
fn form_of(key: &str) -> &'static str {
    let field = key.split(['.', '[']).nth(1).unwrap_or(key);
    match field {
        "name" => "a name has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit",
        "version" => "write it as `1.2.3`, `1.2.3rc1` or `1.2.3.post1` (PEP 440)",
        "requires-python" => "write it as `>=3.9`, with more bounds behind commas",
        "dependencies" | "optional-dependencies" => "write it as `name[extra]>=1.0; python_version < '3.12'` (PEP 508)",
        "license-files" => "name files of the project by patterns such as `LICENSE*` or `licenses/*.txt`",
        "license" => "name a file below the directory of `pyproject.toml`",
        "import-names" | "import-namespaces" => {
            "write the dotted name that Python imports, perhaps with `; private` behind"
        }
        _ => "see the specification of pyproject.toml for the form of this value",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
