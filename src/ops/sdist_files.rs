//! Which files an sdist is made of: what cargo lists, what the sources name besides, what Python needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report};
use crate::contents::patterns::{self, Format};
use crate::contents::sdist::{self, Carried};
use crate::contents::secrets;
use crate::contents::wheel::takes;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo::CargoFacts;
use crate::facts::cargo_manifest;
use crate::facts::environment::Environment;
use crate::facts::rust_source::{self, NamedFile};
use crate::facts::sources::{Found, PathKind};
use crate::facts::toml_document::Document;
use crate::facts::tool_table::SdistGenerator;
use crate::ops::compose;
use crate::ops::crate_listing::{self, Listing};
use crate::ops::project::{self, Project};
use crate::ops::resolve;
use crate::plan::sdist::Placement;
use crate::spec::relative_path::without_dots;
use crate::system::{disk, git, walk};

/// What an sdist is made of, before any manifest is changed.
pub struct Gathered {
    pub crates: Vec<RootCrate>,
    /// The workspaces of other crates that travel.
    pub workspaces: Vec<OtherWorkspace>,
    pub placement: Placement,
    pub files: Vec<Carried>,
}

/// Lists the files, by cargo's rules or by what git tracks.
pub fn gathered(
    project: &Project,
    environment: &Environment,
    findings: &mut Vec<Diagnostic>,
    report: Report<'_>,
) -> Result<Gathered, Error> {
    let crates = crates(project, environment, report)?;
    let workspaces = other_workspaces(project, &crates, findings)?;
    match project.pyproject.tool.sdist_generator {
        SdistGenerator::Cargo => {
            let mut named = crate_files(project, &crates)?;
            for workspace in &workspaces {
                named.extend(one(project, &workspace.manifest)?);
            }
            let named = crate_listing::unique(named);
            let placement = placement(project, &crates, &named);
            let mut files = project_files(project, &placement, findings)?;
            let named = without_secrets(project, named, findings);
            files.extend(placed_crates(project, named, &placement, &files));
            Ok(Gathered { crates, workspaces, placement, files })
        }
        SdistGenerator::Git => {
            let placement = Placement::new(&project.directory, []);
            let files = tracked_files(project, &placement, findings)?;
            Ok(Gathered { crates, workspaces, placement, files })
        }
    }
}

/// A crate of the project, as cargo resolves it for every platform and with all features.
pub struct RootCrate {
    pub cargo: PathBuf,
    pub facts: CargoFacts,
}

impl RootCrate {
    pub fn workspace(&self) -> &Path {
        self.facts.metadata.workspace_root.as_std_path()
    }

    /// The directories of the packages that travel.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        self.facts.local_closure().into_iter().filter_map(|package| package.manifest_path.as_std_path().parent())
    }
}

/// A workspace that crates inherit from which the project's crates need, but that none of these is in.
pub struct OtherWorkspace {
    /// Its root.
    pub manifest: PathBuf,
    /// The directories of the crates that travel, its own among them if it has one.
    pub crates: Vec<PathBuf>,
}

impl OtherWorkspace {
    pub fn directory(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new(""))
    }
}

fn other_workspaces(
    project: &Project,
    crates: &[RootCrate],
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<OtherWorkspace>, Error> {
    let mut found: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for package in crates.iter().flat_map(|found| found.facts.local_closure()) {
        let is_member = crates.iter().any(|found| found.facts.metadata.workspace_members.contains(&package.id));
        let manifest = package.manifest_path.as_std_path();
        let (false, Some(directory)) = (is_member, manifest.parent()) else { continue };
        let document = Document::parse(manifest, &disk::read(manifest)?).map_err(Error::Findings)?;
        let Some(root) = project::workspace_of(manifest, &document, &mut Vec::new())? else { continue };
        let is_known = crates.iter().any(|found| root.file() == found.workspace().join("Cargo.toml"));
        let above = root.file().parent().unwrap_or(Path::new(""));
        let left_out = cargo_manifest::workspace_list(&root, "exclude");
        let is_excluded = left_out.iter().any(|excluded| directory.starts_with(without_dots(&above.join(excluded))));
        if is_known || is_excluded || !above.starts_with(&project.tree) {
            continue;
        }
        let of_root = found.entry(root.file().to_owned()).or_default();
        if of_root.is_empty() {
            findings.extend(missing_members(&root));
        }
        of_root.push(directory.to_owned());
    }
    Ok(found.into_iter().map(|(manifest, crates)| OtherWorkspace { manifest, crates }).collect())
}

/// The members of a workspace that are not there: what is missing of the tree may be more than that.
fn missing_members(root: &Document) -> Vec<Diagnostic> {
    let above = root.file().parent().unwrap_or(Path::new(""));
    let is_missing = |member: &String| {
        !member.contains(['*', '?', '[']) && disk::kind(&above.join(member).join("Cargo.toml")) == PathKind::Missing
    };
    let finding = |member: String| {
        let message = format!("`{}` names the member `{member}`, which is not there", root.file().display());
        let hint = "the tree is not whole: bring the crate back, or take it out of `members`";
        Diagnostic::error(Code::CargoManifest, message).at(Place::file(root.file())).hint(hint)
    };
    cargo_manifest::workspace_list(root, "members").into_iter().filter(is_missing).map(finding).collect()
}

fn crates(project: &Project, environment: &Environment, report: Report<'_>) -> Result<Vec<RootCrate>, Error> {
    let with_crate = project.parts.iter().filter(|part| part.artifact.is_none());
    let manifests: BTreeSet<&PathBuf> = with_crate.map(|part| &part.manifest_path).collect();
    let locks = lock_files(manifests.iter().copied())?;
    let mut crates = Vec::new();
    for manifest in &manifests {
        let (cargo, facts) = resolve::resolve_for_sdist(project, manifest, environment, report)?;
        crates.push(RootCrate { cargo, facts });
    }
    for found in &crates {
        let file = found.workspace().join("Cargo.lock");
        let (message, hint) = match locks.get(&file) {
            None => (
                "there was no `Cargo.lock`: cargo has made one, with the newest versions that fit",
                "keep it under version control, so that every sdist pins what was tested",
            ),
            Some(before) if disk::read_if_there(&file)?.as_ref() != Some(before) => (
                "`Cargo.lock` did not fit the manifests any more: cargo has changed it",
                "look at the change and keep it; with `locked` it is an error",
            ),
            Some(_) => continue,
        };
        let told = Diagnostic::warning(Code::CargoManifest, message).at(Place::file(&file)).hint(hint);
        report(Event::Diagnostic(told));
    }
    Ok(crates)
}

/// The lock files beside manifests and above them, with their contents: the root of a workspace is somewhere there.
fn lock_files<'m>(manifests: impl Iterator<Item = &'m PathBuf>) -> Result<BTreeMap<PathBuf, Vec<u8>>, Error> {
    let mut locks = BTreeMap::new();
    for directory in manifests.flat_map(|manifest| manifest.ancestors().skip(1)) {
        let file = directory.join("Cargo.lock");
        if let Some(bytes) = disk::read_if_there(&file)? {
            locks.insert(file, bytes);
        }
    }
    Ok(locks)
}

fn placement(project: &Project, crates: &[RootCrate], named: &[Found]) -> Placement {
    let needed = crates.iter().flat_map(|found| found.directories().chain([found.workspace()]));
    let outside = named.iter().filter_map(|found| found.path.parent());
    Placement::new(&project.directory, needed.chain(outside))
}

/// The files of the crates and of the local crates that they need, as cargo would list them, with what their sources
/// name outside of those lists, and the lock files.
fn crate_files(project: &Project, crates: &[RootCrate]) -> Result<Vec<Found>, Error> {
    let listing = Listing::new(&placement(project, crates, &[]).root, &project.tree);
    let (mut files, mut listed) = (Vec::new(), BTreeSet::new());
    for found in crates {
        for package in found.facts.local_closure() {
            if listed.insert(package.manifest_path.as_std_path()) {
                let own = listing.files(package, found.workspace())?;
                let directory = package.manifest_path.as_std_path().parent().unwrap_or(Path::new(""));
                files.extend(named_by_sources(project, directory, &own)?);
                files.extend(own);
            }
        }
        files.extend(one(project, &found.workspace().join("Cargo.toml"))?);
        // `cargo metadata` has made it if it was missing, unless it was told not to: then it has failed.
        files.extend(one(project, &found.workspace().join("Cargo.lock"))?);
    }
    Ok(crate_listing::unique(files))
}

/// The files that the sources of a crate's library and programs name, and that its list lacks, with what those name in
/// turn.
fn named_by_sources(project: &Project, directory: &Path, listed: &[Found]) -> Result<Vec<Found>, Error> {
    let of_targets = |path: &Path| {
        let below = path.strip_prefix(directory).unwrap_or(path);
        !["tests", "benches", "examples"].iter().any(|others| below.starts_with(others))
    };
    let mut known: BTreeSet<PathBuf> = listed.iter().map(|found| found.path.clone()).collect();
    let mut waiting: Vec<PathBuf> = known.iter().filter(|path| of_targets(path)).cloned().collect();
    let mut added = Vec::new();
    while let Some(source) = waiting.pop() {
        if source.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = String::from_utf8_lossy(&disk::read(&source)?).into_owned();
        for path in rust_source::named_files(&text).iter().flat_map(|named| candidates(named, &source, directory)) {
            let is_new = path.starts_with(&project.tree) && !known.contains(&path);
            if is_new && disk::kind(&path) == PathKind::File {
                added.extend(one(project, &path)?);
                known.insert(path.clone());
                waiting.push(path);
            }
        }
    }
    Ok(added)
}

/// The files of packages, and others whose names are none of secrets; the rest is told.
fn without_secrets(project: &Project, files: Vec<Found>, findings: &mut Vec<Diagnostic>) -> Vec<Found> {
    let packages: Vec<PathBuf> =
        project.layout.packages.iter().map(|package| project.layout.python_root.join(package)).collect();
    let is_secret = |found: &Found| {
        secrets::is_secret(&found.path) && !packages.iter().any(|package| found.path.starts_with(package))
    };
    let (secret, open): (Vec<Found>, Vec<Found>) = files.into_iter().partition(is_secret);
    findings.extend(secret.iter().map(|found| secrets::left_out(&found.path)));
    open
}

/// Where a file may lie that a source names.
fn candidates(named: &NamedFile, source: &Path, crate_directory: &Path) -> Vec<PathBuf> {
    let beside = source.parent().unwrap_or(Path::new(""));
    match named {
        NamedFile::Beside(path) => vec![without_dots(&beside.join(path))],
        NamedFile::InCrate(path) => vec![without_dots(&crate_directory.join(path))],
        NamedFile::Module(name) => {
            let below = source.with_extension("");
            let directories = [beside.to_owned(), below];
            directories
                .iter()
                .flat_map(|directory| [directory.join(format!("{name}.rs")), directory.join(name).join("mod.rs")])
                .collect()
        }
    }
}

/// Places the files of the crates as they lie to each other. Where the project's own place is another one, its Python is
/// not carried twice.
fn placed_crates(project: &Project, files: Vec<Found>, placement: &Placement, carried: &[Carried]) -> Vec<Carried> {
    let is_python = |file: &Found| {
        let packages = project.layout.packages.iter().map(|package| project.layout.python_root.join(package));
        file.path == project.pyproject.file || packages.into_iter().any(|package| file.path.starts_with(package))
    };
    let is_there = |file: &Found, path: &Path| {
        carried.iter().any(|known| known.path == path && known.found.path == file.path)
            || (placement.is_moved() && is_python(file))
    };
    let placed = files.into_iter().filter_map(|found| Some(Carried { path: placement.of_crate(&found.path)?, found }));
    placed.filter(|carried| !is_there(&carried.found, &carried.path)).collect()
}

/// The readme and licences that a `Cargo.toml` names.
fn named_by_manifests(project: &Project, placement: &Placement) -> Result<Vec<Carried>, Error> {
    let mut carried = Vec::new();
    for named in sdist::named_by_manifests(&project.metadata) {
        for found in one(project, named.file)? {
            carried.extend(placement.of_named(named.file, named.path).map(|path| Carried { found, path }));
        }
    }
    Ok(carried)
}

/// The files of the project itself: its Python, what the configuration names and includes.
fn project_files(
    project: &Project,
    placement: &Placement,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Carried>, Error> {
    let mut files = python_files(project)?;
    files.extend(included_files(project, findings)?);
    files.extend(named_files(project, findings)?);
    let files = crate_listing::unique(files);
    let placed =
        files.into_iter().filter_map(|found| Some(Carried { path: placement.of_project(&found.path)?, found }));
    Ok(placed.chain(named_by_manifests(project, placement)?).collect())
}

/// The same listing that the wheel is made from.
pub fn python_files(project: &Project) -> Result<Vec<Found>, Error> {
    Ok(compose::package_files(project)?.into_iter().flat_map(|package| package.found).collect())
}

fn included_files(project: &Project, findings: &mut Vec<Diagnostic>) -> Result<Vec<Found>, Error> {
    let tool = &project.pyproject.tool;
    let includes = patterns::includes(&tool.include, Format::Sdist, findings);
    let found = compose::included_files(project, &includes)?;
    let none = patterns::excludes(&[], Format::Sdist, findings);
    let selection = compose::selection(project, &none);
    Ok(found.into_iter().filter(|found| includes.iter().any(|include| takes(include, found, selection))).collect())
}

/// The files that the configuration names one by one, and the configuration itself.
fn named_files(project: &Project, findings: &mut Vec<Diagnostic>) -> Result<Vec<Found>, Error> {
    let mut paths: Vec<PathBuf> = sdist::CONFIGURATION.iter().map(|name| project.directory.join(name)).collect();
    let licenses = project.metadata.license_files.iter().map(|file| &file.source);
    let texts = licenses.chain(&project.metadata.readme).filter(|named| named.manifest.is_none());
    paths.extend(texts.map(|named| named.file.clone()));
    let prebuilt = project.parts.iter().filter_map(|part| part.artifact.as_ref());
    paths.extend(prebuilt.map(|file| project.directory.join(&file.value)));
    let names = project.layout.modules.iter().map(|module| module.name().last());
    paths.extend(names.map(|name| project.directory.join(format!("{name}.pyi"))));
    let mut found = Vec::new();
    for path in paths {
        found.extend(one(project, &path)?);
    }
    if let Some(data) = compose::data_directory(project, findings) {
        found.extend(walk::files(&data, &project.tree, usize::MAX, &|_| true)?);
    }
    Ok(found)
}

/// A file, if it is there.
fn one(project: &Project, path: &Path) -> Result<Vec<Found>, Error> {
    if disk::kind(path) == PathKind::Directory {
        return Ok(Vec::new());
    }
    // A crate may lie outside of it, where the manifests say so; then it is asked for by name.
    let tree = if path.starts_with(&project.tree) { &project.tree } else { path.parent().unwrap_or(path) };
    Ok(walk::files(path, tree, 1, &|_| true)?)
}

/// The files that git tracks in the project's directory, and what the configuration names.
fn tracked_files(
    project: &Project,
    placement: &Placement,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Carried>, Error> {
    let mut files = Vec::new();
    for path in git::files(&project.directory)? {
        files.extend(one(project, &project.directory.join(path))?);
    }
    let mut files = without_secrets(project, files, findings);
    files.extend(included_files(project, findings)?);
    files.extend(named_files(project, findings)?);
    let files = crate_listing::unique(files);
    let placed =
        files.into_iter().filter_map(|found| Some(Carried { path: placement.of_project(&found.path)?, found }));
    Ok(placed.chain(named_by_manifests(project, placement)?).collect())
}
