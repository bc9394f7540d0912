//! What is compiled in: the bill of materials of a wheel, and the licence texts of its crates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::actions::manifest::{Entry, Mode, Source};
use crate::contents::{dist_info, sbom};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo::{CargoFacts, PackageSet};
use crate::facts::crate_licenses::{CrateLicenses, is_license_file};
use crate::facts::environment::Environment;
use crate::facts::lock_file;
use crate::facts::sources::{FoundKind, PathKind};
use crate::facts::toml_document::Document;
use crate::ops::compile::Staged;
use crate::ops::deliver;
use crate::ops::project::Project;
use crate::ops::resolve::{self, Resolved, ResolvedCrate};
use crate::system::{disk, walk};

/// A crate that is packed, with the packages that a build of it compiles.
type Packed<'p> = (&'p CargoFacts, PackageSet);

/// The bills of materials of a wheel that is made of what is staged.
pub fn entries(
    project: &Project,
    resolved: &Resolved,
    staged: &[Staged],
    environment: &Environment,
) -> Result<Vec<Entry>, Error> {
    let options = &project.options.sbom;
    let directory = format!("{}/sboms", dist_info::directory(&project.metadata));
    let mut entries = own_bills(project, &directory)?;
    if !options.crates {
        return Ok(entries);
    }
    let crates = crates(project, resolved, staged)?;
    if !crates.is_empty() {
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

/// The crates of what is staged, each once.
fn crates<'r>(project: &Project, resolved: &'r Resolved, staged: &[Staged]) -> Result<Vec<Packed<'r>>, Error> {
    let mut crates: Vec<Packed<'r>> = Vec::new();
    for item in staged {
        let Some(found) = &resolved.crates[item.compile.part] else { continue };
        // What was compiled elsewhere was compiled from the same.
        let built = if item.packages.is_empty() { planned(project, resolved, found)? } else { item.packages.clone() };
        match crates.iter_mut().find(|(known, _)| known.root == found.facts.root) {
            Some((_, known)) => known.extend(built),
            None => crates.push((&found.facts, built)),
        }
    }
    Ok(crates)
}

/// The packages that cargo would compile for a crate.
fn planned(project: &Project, resolved: &Resolved, found: &ResolvedCrate) -> Result<PackageSet, Error> {
    let toolchain = &resolved.toolchain;
    let Some(cargo) = &toolchain.cargo else { return Ok(PackageSet::new()) };
    Ok(resolve::tree(found.selection(project), (toolchain, cargo))?.packages)
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

fn checksums(crates: &[Packed<'_>]) -> Result<BTreeMap<(String, String), String>, Error> {
    let roots = crates.iter().map(|(cargo, _)| cargo.metadata.workspace_root.as_std_path());
    let workspaces: BTreeSet<&Path> = roots.collect();
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
fn licenses(crates: &[Packed<'_>]) -> Result<Vec<CrateLicenses>, Error> {
    let mut found = BTreeMap::new();
    for package in crates.iter().flat_map(|(cargo, built)| cargo.linked(built)) {
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
    let mut index = String::from("Licences of the crates that are compiled in, by wainwright.\n\n");
    let mut without = Vec::new();
    let mut entries = Vec::new();
    let mut crates = Vec::new();
    for found in resolved.crates.iter().flatten() {
        crates.push((&*found.facts, planned(project, resolved, found)?));
    }
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
    for found in walk::files(directory, directory, 2, &|_| true)? {
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
