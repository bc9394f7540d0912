//! `new` and `init`: the files of a project, written where there are none.

use std::path::Path;

use crate::actions::event::{Event, Report};
use crate::contents::adoption::{Additions, Found, Package};
use crate::contents::template::Kind;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::sources::PathKind;
use crate::facts::toml_document::Document;
use crate::ops::project;
use crate::system::disk;

/// What is in a directory already.
pub fn found(directory: &Path) -> Result<Found, Error> {
    let mut packages = Vec::new();
    for source in ["src", "python", "."] {
        packages.extend(packages_in(directory, source)?);
    }
    let pyproject = document(&directory.join("pyproject.toml"))?;
    Ok(Found { manifest: manifest(directory)?, pyproject, packages, names: disk::names(directory)? })
}

/// The kind that what was found shows to be of.
pub fn kind(found: &Found) -> Option<Kind> {
    found.kind(&disk::kind)
}

fn document(file: &Path) -> Result<Option<Document>, Error> {
    let bytes = disk::read_if_there(file)?;
    bytes.map(|bytes| Document::parse(file, &bytes).map_err(Error::Findings)).transpose()
}

fn manifest(directory: &Path) -> Result<Option<CargoManifest>, Error> {
    let file = directory.join("Cargo.toml");
    let Some(document) = document(&file)? else { return Ok(None) };
    let mut faults = Vec::new();
    let workspace = project::workspace_of(&file, &document, &mut faults)?;
    let manifest = CargoManifest::read(&document, workspace.as_ref(), &mut faults);
    manifest.map(Some).ok_or(Error::Findings(faults))
}

/// The Python packages in a directory, tests left out.
fn packages_in(directory: &Path, source: &'static str) -> Result<Vec<Package>, Error> {
    let above = directory.join(source);
    let is_package = |name: &String| disk::kind(&above.join(name).join("__init__.py")) == PathKind::File;
    let names = disk::names(&above)?.into_iter().filter(|name| !["tests", "test"].contains(&name.as_str()));
    Ok(names.filter(is_package).map(|name| Package { source, name }).collect())
}

/// Fails where a new project would come upon something.
pub fn is_free(directory: &Path) -> Result<(), Error> {
    let is_free = match disk::kind(directory) {
        PathKind::Missing => true,
        PathKind::Directory => disk::names(directory)?.is_empty(),
        _ => false,
    };
    if is_free {
        return Ok(());
    }
    let message = format!("`{}` is there already, and not empty", directory.display());
    let hint = "choose another path, or run `wainwright init` there, which adds what is missing";
    Err(Diagnostic::error(Code::Setting, message).at(Place::file(directory)).hint(hint).into())
}

/// Writes what is not there yet, and tells of each file; gives how many were written.
pub fn write(directory: &Path, additions: &Additions, report: Report<'_>) -> Result<usize, Error> {
    let mut written = 0;
    for file in &additions.files {
        if disk::write_new(&directory.join(&file.path), file.text.as_bytes())? {
            report(Event::Step { verb: "Created", object: file.path.clone() });
            written += 1;
        }
    }
    if !additions.tables.is_empty() {
        let file = directory.join("pyproject.toml");
        let mut text = String::from_utf8_lossy(&disk::read(&file)?).trim_end().to_owned();
        for (_, table) in &additions.tables {
            text.push_str(&format!("\n\n{}", table.trim_end()));
        }
        disk::write_whole(&file, (text + "\n").as_bytes())?;
        let names: Vec<&str> = additions.tables.iter().map(|(name, _)| *name).collect();
        report(Event::Step { verb: "Completed", object: format!("pyproject.toml: {}", names.join(", ")) });
        written += 1;
    }
    Ok(written)
}
