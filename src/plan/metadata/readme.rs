//! The long description, and the reading of files that the configuration names.

use std::path::Path;

use super::{Judge, NamedFile, TextFault};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::cargo_manifest::{ManifestPath, ManifestReadme};
use crate::facts::pyproject::{ProjectTable, ReadmeField};
use crate::facts::toml_document::Located;
use crate::spec::core_metadata::{ContentType, Description};
use crate::spec::relative_path::without_dots;

impl NamedFile {
    /// A file that `Cargo.toml` names.
    pub(super) fn of_cargo(path: &ManifestPath) -> Self {
        let file = without_dots(&path.directory.join(&path.path.value));
        Self { file, manifest: Some(path.directory.join("Cargo.toml")) }
    }
}

impl Judge<'_> {
    pub(super) fn readme(
        &self,
        project: &ProjectTable,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<(Description, Option<NamedFile>)> {
        match &project.readme {
            None if self.is_dynamic(project, "readme") => self.cargo_readme(faults),
            None => None,
            Some(ReadmeField::Path(path)) => {
                self.readme_file(path, &self.files.directory.join(&path.value), None, faults)
            }
            Some(ReadmeField::File { file, content_type }) => {
                let content_type = self.content_type(content_type.as_ref(), file, faults);
                self.readme_file(file, &self.files.directory.join(&file.value), content_type, faults)
            }
            Some(ReadmeField::Text { text, content_type }) => {
                let content_type = self.content_type(content_type.as_ref(), text, faults);
                let content_type = content_type.map(|found| found.as_str().to_owned());
                Some((Description { text: text.value.clone(), content_type }, None))
            }
        }
    }

    /// The content type of a table; it lacks one where `beside` stands alone.
    fn content_type(
        &self,
        text: Option<&Located<String>>,
        beside: &Located<String>,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<ContentType> {
        let Some(text) = text else {
            let fault = beside.error(Code::MissingKey, "`project.readme` is a table without `content-type`");
            let hint = "add `content-type = \"text/markdown\"` (or `text/x-rst`, `text/plain`)";
            faults.push(self.strict(fault.hint(hint)));
            return None;
        };
        match ContentType::parse(&text.value) {
            Ok(found) => Some(found),
            Err(reason) => {
                faults.push(text.error(Code::ProjectValue, format!("`{}`: {reason}", text.key)));
                None
            }
        }
    }

    pub(super) fn readme_file(
        &self,
        path: &Located<String>,
        full: &Path,
        content_type: Option<ContentType>,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<(Description, Option<NamedFile>)> {
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
        let description = Description { text, content_type: Some(content_type.as_str().to_owned()) };
        Some((description, Some(NamedFile { file: without_dots(full), manifest: None })))
    }

    /// The readme that cargo would take: the one it names, or the first that lies there.
    pub(super) fn cargo_readme_path(&self) -> Option<(Located<String>, NamedFile)> {
        let manifest = self.manifest?;
        match &manifest.readme {
            Some(ManifestReadme::None) => None,
            Some(ManifestReadme::File(file)) => Some((file.path.clone(), NamedFile::of_cargo(file))),
            None => ["README.md", "README.txt", "README.rst", "README"].iter().find_map(|name| {
                let full = manifest.directory().join(name);
                (self.files.text)(&full).ok()?;
                let place = Place::file(&manifest.file);
                let named = Located { value: name.to_string(), key: "package.readme".to_owned(), place };
                Some((named, NamedFile { file: full, manifest: Some(manifest.file.clone()) }))
            }),
        }
    }

    pub(super) fn cargo_readme(&self, faults: &mut Vec<Diagnostic>) -> Option<(Description, Option<NamedFile>)> {
        let (path, named) = self.cargo_readme_path()?;
        let (description, _) = self.readme_file(&path, &named.file, None, faults)?;
        Some((description, Some(named)))
    }

    pub(super) fn relative(&self, path: &Located<String>, faults: &mut Vec<Diagnostic>) -> bool {
        let absolute = Path::new(&path.value).is_absolute() || path.value.starts_with(['/', '\\']);
        if absolute {
            let message = format!("`{}` is `{}`, an absolute path", path.key, path.value);
            faults.push(path.error(Code::OutsideTree, message).hint("name it relative to the project"));
        }
        !absolute
    }

    /// The text of a file that the configuration names; why it cannot be had is a fault.
    pub(super) fn text(&self, path: &Located<String>, full: &Path, faults: &mut Vec<Diagnostic>) -> Option<String> {
        let fault = match (self.files.text)(full) {
            Ok(text) => return Some(text),
            Err(fault) => fault,
        };
        faults.push(match fault {
            TextFault::Missing => path
                .error(Code::SourceFile, format!("`{}` names `{}`, which is missing", path.key, path.value))
                .hint(self.in_other_letters(&path.value).map_or_else(
                    || "write the file, or mend its name here".to_owned(),
                    |known| format!("did you mean `{known}`?"),
                )),
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
                .with_note(format!("it leads to `{}`", real.display()))
                .hint("bring the file into the project"),
            TextFault::Unreadable(reason) => path
                .error(
                    Code::SourceFile,
                    format!("`{}` names `{}`, which cannot be read: {reason}", path.key, path.value),
                )
                .hint("name a file of text"),
        });
        None
    }

    /// The file of the project whose name is another in upper and lower case alone.
    fn in_other_letters(&self, path: &str) -> Option<String> {
        let listed = (self.files.list)(path.matches('/').count() + 1);
        listed.into_iter().find(|known| known.eq_ignore_ascii_case(path))
    }
}
