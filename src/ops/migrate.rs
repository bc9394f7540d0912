//! `migrate`: a maturin project becomes one of wainwright's own.

use std::path::Path;

use crate::contents::migration::{self, Migrated};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::toml_document::Document;
use crate::ops::project;
use crate::system::disk;

/// The new text of `pyproject.toml` in `directory`, and what is to be said of it. Nothing is written.
pub fn migrated(directory: &Path, environment: &Environment) -> Result<(Migrated, Vec<Diagnostic>), Error> {
    let file = directory.join("pyproject.toml");
    let text = String::from_utf8_lossy(&disk::read(&file)?).into_owned();
    // A file that is no TOML is refused with line and column.
    Document::parse(&file, text.as_bytes()).map_err(Error::Findings)?;
    let refused = |reason: String| {
        let message = format!("`{}` cannot be migrated: {reason}", file.display());
        Error::from(Diagnostic::error(Code::ToolTable, message).at(Place::file(&file)))
    };
    let migrated = migration::migrated(&text, false).map_err(refused)?;
    let faults = project::metadata_faults(directory, &file, migrated.text.as_bytes(), environment)?;
    if !faults.iter().any(Diagnostic::is_error) {
        return Ok((migrated, Vec::new()));
    }
    Ok((migration::migrated(&text, true).map_err(refused)?, faults))
}

/// Writes the new text in the old one's place.
pub fn write(directory: &Path, migrated: &Migrated) -> Result<(), Error> {
    Ok(disk::write_whole(&directory.join("pyproject.toml"), migrated.text.as_bytes())?)
}
