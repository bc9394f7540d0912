//! The metadata of the distribution, from `[project]` and, where `dynamic` asks, from a plain read of `Cargo.toml`.
//!
//! cargo is never started for it. Sources: the pyproject.toml specification; PEP 621, 639, 685, 753, 794, 808.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::cargo_manifest::{CargoManifest, ManifestReadme};
use crate::facts::pyproject::{LicenseField, NamedField, PersonField, ProjectTable, Pyproject, ReadmeField};
use crate::facts::toml_document::Located;
use crate::spec::core_metadata::{self, ContentType, CoreMetadata, Description, Person};
use crate::spec::entry_points::EntryPoints;
use crate::spec::license::LicenseExpression;
use crate::spec::name::{DistributionName, ExtraName};
use crate::spec::path_glob::PathGlob;
use crate::spec::requirement::Requirement;
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;

/// All that `dist-info` and PKG-INFO are made from.
#[derive(Debug, Clone)]
pub struct ProjectMetadata {
    pub core: CoreMetadata,
    pub entry_points: EntryPoints,
    pub license_files: Vec<LicenseFile>,
    /// The readme on disk, which an sdist must carry.
    pub readme: Option<PathBuf>,
}

/// A licence file as archives carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseFile {
    /// Relative to the project, with `/`.
    pub path: String,
    pub text: String,
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

/// Answers about the files that the configuration names.
pub struct Files<'f> {
    /// Where `pyproject.toml` lies.
    pub directory: &'f Path,
    pub text: &'f dyn Fn(&Path) -> Result<String, TextFault>,
    /// The files below `directory`, relative with `/`, down to so many levels.
    pub list: &'f dyn Fn(usize) -> Vec<String>,
}

/// The keys that `Cargo.toml` can provide.
const FROM_CARGO: &[&str] =
    &["version", "description", "readme", "license", "license-files", "authors", "keywords", "urls"];

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

/// Where licence files lie if nobody says.
const DEFAULT_LICENSE_FILES: [&str; 4] = ["LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*"];

/// Judges `[project]` whole; `None` if the name or version is missing. All findings, warnings too, go to `faults`.
pub fn metadata(
    pyproject: &Pyproject,
    manifest: Option<&CargoManifest>,
    files: &Files<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<ProjectMetadata> {
    let judge = Judge { pyproject, manifest, files, lenient: pyproject.is_maturins() };
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
        let version = self.version(project, faults);
        let readme = self.readme(project, faults);
        let (license_expression, license_text, license_path) = self.license(project, faults);
        let license_files = self.license_files(project, license_path, faults);
        let (dependencies, extras) = dependencies(project, faults);
        let entry_points = entry_points(project, faults);
        let core = CoreMetadata {
            summary: self.summary(project, faults),
            description: readme.as_ref().map(|(description, _)| description.clone()),
            keywords: self.keywords(project, faults),
            authors: self.authors(project, faults),
            maintainers: people(&project.maintainers, faults),
            license_expression,
            license_text,
            license_files: license_files.iter().map(|file| file.path.clone()).collect(),
            classifiers: classifiers(project, faults),
            project_urls: self.urls(project, faults),
            requires_python: project
                .requires_python
                .as_ref()
                .and_then(|text| parsed::<VersionSpecifiers>(text, faults)),
            requires_dist: dependencies,
            provides_extra: extras,
            import_names: import_names(project, faults),
            import_namespaces: import_namespaces(project, faults),
            ..CoreMetadata::new(name?, version?)
        };
        Some(ProjectMetadata { core, entry_points, license_files, readme: readme.and_then(|(_, path)| path) })
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
        let license_files = self.matched(&self.default_globs(), self.cargo_license_file(faults), faults);
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
        Some(ProjectMetadata { core, entry_points, license_files, readme: readme.and_then(|(_, path)| path) })
    }

    // --- dynamic ---

    fn dynamic(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) {
        for entry in &project.dynamic {
            faults.extend(self.dynamic_fault(project, entry));
        }
    }

    fn dynamic_fault(&self, project: &ProjectTable, entry: &Located<String>) -> Option<Diagnostic> {
        use crate::facts::pyproject::PROJECT_KEYS;
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
        let message = format!("`project.dynamic` lists `{key}`, which cannot be determined");
        Some(self.strict(entry.error(Code::ProjectDynamic, message).hint(hint)))
    }

    /// Whether `Cargo.toml` has a value for the key.
    fn provided(&self, key: &str) -> bool {
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

    fn is_dynamic(&self, project: &ProjectTable, key: &str) -> bool {
        project.dynamic.iter().any(|entry| entry.value == key)
    }

    // --- name, version, summary ---

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

    fn version(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Option<Version> {
        if let Some(version) = &project.version {
            return parsed(version, faults);
        }
        if project.present.iter().any(|key| key == "version") {
            return None;
        }
        if !self.is_dynamic(project, "version") {
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

    // --- readme ---

    fn readme(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Option<(Description, Option<PathBuf>)> {
        match &project.readme {
            None if self.is_dynamic(project, "readme") => self.cargo_readme(faults),
            None => None,
            Some(ReadmeField::Path(path)) => {
                self.readme_file(path, &self.files.directory.join(&path.value), None, faults)
            }
            Some(ReadmeField::File { file, content_type }) => {
                let content_type = self.content_type(content_type, faults);
                self.readme_file(file, &self.files.directory.join(&file.value), content_type, faults)
            }
            Some(ReadmeField::Text { text, content_type }) => {
                let content_type = self.content_type(content_type, faults)?;
                Some((
                    Description { text: text.value.clone(), content_type: Some(content_type.as_str().to_owned()) },
                    None,
                ))
            }
        }
    }

    fn content_type(&self, text: &Located<String>, faults: &mut Vec<Diagnostic>) -> Option<ContentType> {
        match ContentType::parse(&text.value) {
            Ok(found) => Some(found),
            Err(reason) => {
                faults.push(text.error(Code::ProjectValue, format!("`{}`: {reason}", text.key)));
                None
            }
        }
    }

    fn readme_file(
        &self,
        path: &Located<String>,
        full: &Path,
        content_type: Option<ContentType>,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<(Description, Option<PathBuf>)> {
        if !self.relative(path, faults) {
            return None;
        }
        let text = self.text(path, full, faults)?;
        let content_type = match content_type {
            Some(content_type) => content_type,
            None => match ContentType::from_path(&path.value) {
                Ok(content_type) => content_type,
                Err(reason) => {
                    let fault = path.error(Code::ProjectValue, format!("`{}`: {reason}", path.key));
                    let hint = "write `readme = { file = \"...\", content-type = \"text/plain\" }` to say what it is";
                    faults.push(self.strict(fault.hint(hint)));
                    ContentType::default()
                }
            },
        };
        Some((Description { text, content_type: Some(content_type.as_str().to_owned()) }, Some(full.to_owned())))
    }

    /// The readme that cargo would take: the one it names, or the first that lies there.
    fn cargo_readme_path(&self) -> Option<(Located<String>, PathBuf)> {
        let manifest = self.manifest?;
        match &manifest.readme {
            Some(ManifestReadme::None) => None,
            Some(ManifestReadme::File(file)) => Some((file.path.clone(), file.directory.join(&file.path.value))),
            None => ["README.md", "README.txt", "README.rst", "README"].iter().find_map(|name| {
                let full = manifest.directory().join(name);
                (self.files.text)(&full).ok()?;
                let place = Place::file(&manifest.file);
                Some((Located { value: name.to_string(), key: "package.readme".to_owned(), place }, full))
            }),
        }
    }

    fn cargo_readme(&self, faults: &mut Vec<Diagnostic>) -> Option<(Description, Option<PathBuf>)> {
        let (path, full) = self.cargo_readme_path()?;
        self.readme_file(&path, &full, None, faults)
    }

    fn relative(&self, path: &Located<String>, faults: &mut Vec<Diagnostic>) -> bool {
        let absolute = Path::new(&path.value).is_absolute() || path.value.starts_with(['/', '\\']);
        if absolute {
            let message = format!("`{}` is `{}`, an absolute path", path.key, path.value);
            faults.push(path.error(Code::OutsideTree, message).hint("name it relative to the project"));
        }
        !absolute
    }

    /// The text of a file that the configuration names; why it cannot be had is a fault.
    fn text(&self, path: &Located<String>, full: &Path, faults: &mut Vec<Diagnostic>) -> Option<String> {
        let fault = match (self.files.text)(full) {
            Ok(text) => return Some(text),
            Err(fault) => fault,
        };
        faults.push(match fault {
            TextFault::Missing => {
                path.error(Code::SourceFile, format!("`{}` names `{}`, which is missing", path.key, path.value))
            }
            TextFault::NotUtf8 { line } => path
                .error(
                    Code::SourceFile,
                    format!("`{}` names `{}`, which is not UTF-8 (line {line})", path.key, path.value),
                )
                .hint("save the file as UTF-8"),
            TextFault::Outside(real) => path
                .error(
                    Code::OutsideTree,
                    format!("`{}` names `{}`, which lies outside the project's tree", path.key, path.value),
                )
                .with_note(format!("it leads to `{}`", real.display())),
            TextFault::Unreadable(reason) => path.error(
                Code::SourceFile,
                format!("`{}` names `{}`, which cannot be read: {reason}", path.key, path.value),
            ),
        });
        None
    }

    // --- licence ---

    /// The expression, the legacy text and the file that the legacy table names.
    fn license(
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

    fn expression<E: std::fmt::Display>(
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

    fn cargo_license(&self, faults: &mut Vec<Diagnostic>) -> (Option<LicenseExpression>, Option<String>) {
        let Some(text) = self.manifest.and_then(|manifest| manifest.license.as_ref()) else { return (None, None) };
        self.expression(text, LicenseExpression::from_cargo(&text.value), faults)
    }

    /// `license-file` of `Cargo.toml`, relative to the project.
    fn cargo_license_file(&self, faults: &mut Vec<Diagnostic>) -> Option<Located<String>> {
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

    fn license_files(
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

    fn default_globs(&self) -> Vec<(PathGlob, Option<Located<String>>)> {
        DEFAULT_LICENSE_FILES.iter().filter_map(|glob| Some((glob.parse().ok()?, None))).collect()
    }

    /// The files that the globs match, and the named one; a glob of the user's that matches nothing is a fault.
    fn matched(
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

    fn license_file(
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

    // --- lists ---

    fn keywords(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<String> {
        let from_cargo = self.manifest.map(|manifest| manifest.keywords.as_slice()).unwrap_or_default();
        let added = if self.is_dynamic(project, "keywords") { from_cargo } else { &[] };
        let keywords = project.keywords.iter().chain(added);
        keywords.filter_map(|keyword| plain(keyword, ",", "keywords are joined by commas", faults)).collect()
    }

    fn authors(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<Person> {
        let mut authors = people(&project.authors, faults);
        if self.is_dynamic(project, "authors") {
            authors.extend(self.cargo_authors());
        }
        authors
    }

    /// `Name <mail>`, or a name alone.
    fn cargo_authors(&self) -> Vec<Person> {
        let authors = self.manifest.map(|manifest| manifest.authors.as_slice()).unwrap_or_default();
        authors.iter().filter_map(|author| cargo_author(&author.value)).collect()
    }

    fn urls(&self, project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
        let mut urls: Vec<(String, String)> = project.urls.iter().filter_map(|url| self.url(url, faults)).collect();
        if self.is_dynamic(project, "urls") {
            for (label, url) in self.cargo_urls() {
                if !urls.iter().any(|(known, _)| known.eq_ignore_ascii_case(&label)) {
                    urls.push((label, url));
                }
            }
        }
        urls
    }

    fn url(&self, field: &NamedField, faults: &mut Vec<Diagnostic>) -> Option<(String, String)> {
        let fault = |reason: &str| {
            let message = format!("`project.urls` has the label `{}`, {reason}", field.name.escape_debug());
            Diagnostic::error(Code::ProjectValue, message).at(field.name_place.clone())
        };
        if field.name.chars().count() > 32 {
            faults.push(self.strict(fault("which is longer than the 32 characters that a label may have")));
            return self.lenient.then(|| (field.name.clone(), field.value.value.clone()));
        }
        if field.name.trim().is_empty() || field.name.contains(',') || core_metadata::has_line_break(&field.name) {
            faults.push(fault(
                "which is empty or holds a comma or line break: `Project-URL` parts label and address at the comma",
            ));
            return None;
        }
        let address = plain(&field.value, "", "", faults)?;
        Some((field.name.clone(), address))
    }

    fn cargo_urls(&self) -> Vec<(String, String)> {
        let Some(manifest) = self.manifest else { return Vec::new() };
        let fields = [
            ("Homepage", &manifest.homepage),
            ("Documentation", &manifest.documentation),
            ("Source Code", &manifest.repository),
        ];
        let present =
            fields.into_iter().filter_map(|(label, url)| Some((label.to_owned(), url.as_ref()?.value.clone())));
        present.filter(|(_, url)| !core_metadata::has_line_break(url)).collect()
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
    match text.value.parse() {
        Ok(value) => Some(value),
        Err(reason) => {
            faults.push(text.error(Code::ProjectValue, format!("`{}`: {reason}", text.key)));
            None
        }
    }
}

/// A value that becomes (a part of) one header line.
fn plain(text: &Located<String>, forbidden: &str, why: &str, faults: &mut Vec<Diagnostic>) -> Option<String> {
    let shown = text.value.escape_debug();
    if core_metadata::has_line_break(&text.value) || text.value.chars().any(|c| c.is_control() && c != '\t') {
        let message = format!("`{}` is `{shown}`, which holds a line break or control character", text.key);
        faults.push(text.error(Code::ProjectValue, message));
        return None;
    }
    if !forbidden.is_empty() && text.value.contains(forbidden) {
        let message = format!("`{}` is `{shown}`, which holds `{forbidden}`: {why}", text.key);
        faults.push(text.error(Code::ProjectValue, message).hint("write it as two entries, or without it"));
        return None;
    }
    Some(text.value.clone())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
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

fn people(fields: &[PersonField], faults: &mut Vec<Diagnostic>) -> Vec<Person> {
    fn text(field: &Option<Located<String>>) -> Option<&str> {
        field.as_ref().map(|text| text.value.as_str())
    }
    let people = fields.iter().filter_map(|field| match Person::new(text(&field.name), text(&field.email)) {
        Ok(person) => Some(person),
        Err(reason) => {
            let fault = Diagnostic::error(Code::ProjectValue, format!("`{}`: {reason}", field.key));
            faults.push(fault.at(field.place.clone()));
            None
        }
    });
    people.collect()
}

fn cargo_author(text: &str) -> Option<Person> {
    let (name, email) = match text.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.trim().strip_suffix('>').map(str::trim)),
        None => (text.trim(), None),
    };
    let name = name.replace(',', " ");
    let name = one_line(&name);
    let name = Some(name.as_str()).filter(|name| !name.is_empty());
    Person::new(name, email).or_else(|_| Person::new(name, None)).ok()
}

fn classifiers(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<String> {
    project.classifiers.iter().filter_map(|classifier| plain(classifier, "", "", faults)).collect()
}

fn dependencies(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> (Vec<Requirement>, Vec<ExtraName>) {
    let mut requirements: Vec<Requirement> =
        project.dependencies.iter().filter_map(|text| parsed(text, faults)).collect();
    let mut extras: Vec<ExtraName> = Vec::new();
    for field in &project.optional_dependencies {
        let extra: ExtraName = match field.name.parse() {
            Ok(extra) => extra,
            Err(reason) => {
                let fault = Diagnostic::error(Code::ProjectValue, format!("`project.optional-dependencies`: {reason}"));
                faults.push(fault.at(field.place.clone()));
                continue;
            }
        };
        if extras.iter().any(|known| known.normalized() == extra.normalized()) {
            let message = format!(
                "`project.optional-dependencies` has two extras that normalise to `{}`, `{}` among them",
                extra.normalized(),
                field.name
            );
            faults.push(Diagnostic::error(Code::KeyConflict, message).at(field.place.clone()).hint("merge the two"));
            continue;
        }
        let of_extra: Vec<Requirement> = field.dependencies.iter().filter_map(|text| parsed(text, faults)).collect();
        requirements.extend(of_extra.iter().map(|requirement| requirement.with_extra(&extra)));
        extras.push(extra);
    }
    (requirements, extras)
}

fn entry_points(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> EntryPoints {
    let mut entry_points = EntryPoints::default();
    let mut add = |key: &str, group: &str, fields: &[NamedField], faults: &mut Vec<Diagnostic>| {
        for field in fields {
            if let Err(reason) = entry_points.insert(group, &field.name, &field.value.value) {
                let fault = Diagnostic::error(Code::ProjectValue, format!("`{key}`: {reason}"));
                faults.push(
                    fault.at(field.value.place.clone()).hint("an entry point is `name = \"package.module:object\"`"),
                );
            }
        }
    };
    add("project.scripts", "console_scripts", &project.scripts, faults);
    add("project.gui-scripts", "gui_scripts", &project.gui_scripts, faults);
    for group in &project.entry_points {
        let own = match group.name.as_str() {
            "console_scripts" => Some("project.scripts"),
            "gui_scripts" => Some("project.gui-scripts"),
            _ => None,
        };
        if let Some(own) = own {
            let message =
                format!("`project.entry-points.{}` is not allowed, since it has a key of its own", group.name);
            faults.push(
                Diagnostic::error(Code::KeyConflict, message).at(group.place.clone()).hint(format!("use `{own}`")),
            );
            continue;
        }
        add("project.entry-points", &group.name, &group.entries, faults);
    }
    entry_points
}

fn import_names(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    let names = project.import_names.as_ref()?;
    let valid = names.iter().filter_map(|name| import_name(name, faults)).collect();
    let namespaces: Vec<&str> = project.import_namespaces.iter().flatten().map(|name| bare(&name.value)).collect();
    for name in names.iter().filter(|name| namespaces.contains(&bare(&name.value))) {
        let message = format!("`{}` stands in `import-names` and in `import-namespaces`", name.value);
        faults.push(name.error(Code::KeyConflict, message).hint("keep it in one of the two (PEP 794)"));
    }
    Some(valid)
}

fn import_namespaces(project: &ProjectTable, faults: &mut Vec<Diagnostic>) -> Vec<String> {
    project.import_namespaces.iter().flatten().filter_map(|name| import_name(name, faults)).collect()
}

fn import_name(name: &Located<String>, faults: &mut Vec<Diagnostic>) -> Option<String> {
    parsed::<core_metadata::ImportName>(name, faults).map(|name| name.to_string())
}

/// The name without `; private`.
fn bare(name: &str) -> &str {
    name.split(';').next().unwrap_or_default().trim()
}
