//! Reading and judging `pyproject.toml`, and changing it.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use wainwright::contents::migration;
use wainwright::contents::moved_toml::{self, ProjectEdit};
use wainwright::facts::pyproject::Pyproject;
use wainwright::facts::toml_document::Document;
use wainwright::facts::toml_version;
use wainwright::plan::metadata::{self, Files, TextFault};
use wainwright::spec::version::Version;

fuzz_target!(|text: &str| {
    toml_version::newer_than_1_0(text);
    let _ = migration::migrated(text, true);
    let edit = ProjectEdit { manifest_path: Some("a/Cargo.toml".into()), readme: Some("R".into()) };
    let _ = moved_toml::pyproject(text, &edit, &|path| Some(path.to_owned()));
    let Ok(document) = Document::parse(Path::new("/p/pyproject.toml"), text.as_bytes()) else { return };
    let mut faults = Vec::new();
    let pyproject = Pyproject::read(&document, &mut faults);
    let files = Files {
        directory: Path::new("/p"),
        text: &|path| path.ends_with("README.md").then(|| "text".to_owned()).ok_or(TextFault::Missing),
        list: &|_| vec!["LICENSE".to_owned(), "README.md".to_owned()],
        git_version: &|_, _| Ok(Version::from_release([1])),
    };
    if let Some(found) = metadata::metadata(&pyproject, None, &files, &mut faults) {
        found.core.to_text();
        found.entry_points.to_text();
    }
});
