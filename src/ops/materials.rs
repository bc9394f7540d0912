//! What is compiled in: the bill of materials of a wheel, and the licence texts of its crates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::actions::manifest::{Entry, Mode, Source};
use crate::contents::{dist_info, sbom};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo::CargoFacts;
use crate::facts::crate_licenses::{CrateLicenses, is_license_file};
use crate::facts::environment::Environment;
use crate::facts::lock_file;
use crate::facts::sources::{FoundKind, PathKind};
use crate::facts::toml_document::Document;
use crate::ops::deliver;
use crate::ops::project::Project;
use crate::ops::resolve::Resolved;
use crate::system::disk;

/// The bills of materials of a wheel that is made of these parts of the project.
pub fn entries(
    project: &Project,
    resolved: &Resolved,
    parts: &BTreeSet<usize>,
    environment: &Environment,
) -> Result<Vec<Entry>, Error> {
    let options = &project.options.sbom;
    let directory = format!("{}/sboms", dist_info::directory(&project.metadata));
    let mut entries = own_bills(project, &directory)?;
    let crates = crates(resolved, parts);
    if options.crates && !crates.is_empty() {
        let time = deliver::given_time(environment)?.map(|time| time.0);
        let licenses = if options.licenses { licenses(&crates)? } else { Vec::new() };
        let materials = sbom::Materials {
            distribution: &project.metadata.core,
            crates: &crates,
            checksums: &checksums(&crates)?,
            licenses: &licenses,
            time,
        };
        let path = format!("{directory}/{}.cyclonedx.json", project.metadata.core.name.escaped());
        entries.push(Entry::text(path, sbom::cyclonedx(materials)));
    }
    Ok(entries)
}

/// The crates of the parts, each once.
fn crates<'r>(resolved: &'r Resolved, parts: &BTreeSet<usize>) -> Vec<&'r CargoFacts> {
    let mut crates: Vec<&CargoFacts> = Vec::new();
    for index in parts {
        let Some(found) = &resolved.crates[*index] else { continue };
        if !crates.iter().any(|known| known.root == found.facts.root) {
            crates.push(&found.facts);
        }
    }
    crates
}

/// The bills that the project brings itself.
fn own_bills(project: &Project, directory: &str) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for file in &project.options.sbom.include {
        let path = project.directory.join(file);
        let inside = disk::real_path(&path).is_some_and(|real| real.starts_with(&project.tree));
        let name = file.file_name().and_then(|name| name.to_str());
        let (true, Some(name), PathKind::File) = (inside, name, disk::kind(&path)) else {
            let message = format!("`sbom.include` names `{}`, which is no file of the project", file.display());
            return Err(Diagnostic::error(Code::SourceFile, message)
                .at(Place::file(&project.pyproject.file))
                .hint("name a file below `pyproject.toml`, or take the entry out")
                .into());
        };
        let source = Source::Disk { size: disk::size(&path)?, path, sha256: None };
        entries.push(Entry { path: format!("{directory}/{name}"), source, mode: Mode::Regular });
    }
    Ok(entries)
}

fn checksums(crates: &[&CargoFacts]) -> Result<BTreeMap<(String, String), String>, Error> {
    let workspaces: BTreeSet<&Path> = crates.iter().map(|cargo| cargo.metadata.workspace_root.as_std_path()).collect();
    let mut checksums = BTreeMap::new();
    for workspace in workspaces {
        let file = workspace.join("Cargo.lock");
        let Some(bytes) = disk::read_if_there(&file)? else { continue };
        // What cargo has just read can be read.
        checksums.extend(Document::parse(&file, &bytes).map(|lock| lock_file::checksums(&lock)).unwrap_or_default());
    }
    Ok(checksums)
}

/// The licence texts that the linked crates carry, in the order of their names.
pub fn licenses(crates: &[&CargoFacts]) -> Result<Vec<CrateLicenses>, Error> {
    let mut found = BTreeMap::new();
    for package in crates.iter().flat_map(|cargo| cargo.linked()) {
        let directory = package.manifest_path.as_std_path().parent().unwrap_or(Path::new("."));
        let named = package.license_file.as_ref().map(|file| directory.join(file));
        let mut texts = BTreeMap::new();
        for name in disk::names(directory)?.into_iter().filter(|name| is_license_file(name)) {
            texts.extend(text(&directory.join(&name))?.map(|text| (name, text)));
        }
        if let Some(file) = named {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            texts.extend(text(&file)?.map(|text| (name, text)));
        }
        let (name, version) = (package.name.to_string(), package.version.to_string());
        let licenses =
            CrateLicenses { name: name.clone(), version: version.clone(), texts: texts.into_iter().collect() };
        found.insert((name, version), licenses);
    }
    Ok(found.into_values().collect())
}

fn text(file: &Path) -> Result<Option<String>, Error> {
    if disk::kind(file) != PathKind::File {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&disk::read(file)?).into_owned()))
}

/// Writes the licence texts of all crates that the project's wheels link below `directory`: a directory for each crate,
/// and an index of them. Returns the crates that carry none.
pub fn write_licenses(project: &Project, resolved: &Resolved, directory: &Path) -> Result<Vec<String>, Error> {
    let all = (0..project.parts.len()).collect();
    let mut index = String::from("Licences of the crates that are compiled in, by wainwright.\n\n");
    let mut without = Vec::new();
    let mut entries = Vec::new();
    let crates = crates(resolved, &all);
    for found in licenses(&crates)? {
        let name = format!("{}-{}", found.name, found.version);
        let files: Vec<&str> = found.texts.iter().map(|(file, _)| file.as_str()).collect();
        index
            .push_str(&format!("{name}: {}\n", if files.is_empty() { "no text".to_owned() } else { files.join(", ") }));
        if files.is_empty() {
            without.push(name.clone());
        }
        entries.extend(found.texts.iter().map(|(file, text)| Entry::text(format!("{name}/{file}"), text)));
    }
    entries.push(Entry::text("INDEX.txt", index));
    remove_old(directory)?;
    disk::unpack(&entries, directory)?;
    Ok(without)
}

/// Removes what an earlier run has written, so that no text of a crate that is gone stays. A directory with anything
/// else in it is left alone.
fn remove_old(directory: &Path) -> Result<(), Error> {
    let names = disk::names(directory)?;
    if names.is_empty() {
        return Ok(());
    }
    if !names.iter().any(|name| name == "INDEX.txt") {
        let message = format!("`{}` holds files that wainwright did not write", directory.display());
        return Err(Diagnostic::error(Code::Disk, message).hint("name a new or empty directory").into());
    }
    for found in disk::walk(directory, directory, 2, &|_| true)? {
        if matches!(found.kind, FoundKind::File { .. })
            && (found.relative.ends_with("INDEX.txt") || is_text(&found.path))
        {
            disk::remove_if_there(&found.path)?;
        }
    }
    Ok(())
}

fn is_text(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(is_license_file)
}
