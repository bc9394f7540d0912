//! An sdist from end to end: what cargo lists, what Python needs, composed and delivered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::actions::event::{Event, Report};
use crate::actions::manifest::Manifest;
use crate::contents::cargo_lock;
use crate::contents::moved_toml::{self, WorkspaceEdit};
use crate::contents::patterns::{self, Format};
use crate::contents::sdist::{self, Carried};
use crate::contents::wheel::takes;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo::CargoFacts;
use crate::facts::environment::Environment;
use crate::facts::sources::{Found, PathKind};
use crate::facts::toml_version;
use crate::facts::tool_table::SdistGenerator;
use crate::ops::compose;
use crate::ops::crate_listing::{self, Listing};
use crate::ops::deliver::{self, Delivered};
use crate::ops::project::{Project, settle};
use crate::ops::resolve;
use crate::plan;
use crate::plan::cargo_calls::{self, Selection};
use crate::plan::options::{Lock, Options};
use crate::plan::sdist::Placement;
use crate::render::summary::{self, Summary};
use crate::spec::filename;
use crate::system::disk::Scratch;
use crate::system::{cargo, disk, git, tar};

/// An sdist that was delivered.
#[derive(Debug, Clone)]
pub struct Built {
    pub delivered: Delivered,
    /// Where the project's crates are compiled.
    pub target_dir: Option<PathBuf>,
    pub elapsed: Duration,
}

/// An sdist as it is composed, before anything is written.
struct Composed {
    manifest: Manifest,
    crates: Vec<RootCrate>,
    placement: Placement,
}

/// Builds the sdist into `directory`.
pub fn build(
    project: &Project,
    environment: &Environment,
    directory: &Path,
    report: Report<'_>,
) -> Result<Built, Error> {
    let start = Instant::now();
    let Composed { manifest, crates, placement } = composed(project, environment, report)?;
    let core = &project.metadata.core;
    let proof = || resolves(project, &crates, &placement, &manifest);
    let name = filename::sdist(&core.name, &core.version);
    let delivered = deliver::sdist(&manifest, directory, &name, environment, &proof)?;
    let target_dir = crates.first().map(|found| found.target_dir.clone());
    Ok(Built { delivered, target_dir, elapsed: start.elapsed() })
}

/// What the sdist would hold, by the same code.
pub fn list(project: &Project, environment: &Environment, report: Report<'_>) -> Result<Manifest, Error> {
    Ok(composed(project, environment, report)?.manifest)
}

fn composed(project: &Project, environment: &Environment, report: Report<'_>) -> Result<Composed, Error> {
    let mut findings = unreadable_elsewhere(project)?;
    let excludes = patterns::excludes(&project.pyproject.tool.exclude, Format::Sdist, &mut findings);
    let crates = crates(project, environment, report)?;
    let (placement, files) = match project.pyproject.tool.sdist_generator {
        SdistGenerator::Cargo => {
            let placement = placement(project, &crates);
            let mut files = project_files(project, &placement, &mut findings)?;
            files.extend(crate_files(project, &crates, &placement, &files)?);
            (placement, files)
        }
        SdistGenerator::Git => {
            let placement = Placement::new(&project.directory, []);
            let files = tracked_files(project, &placement, &mut findings)?;
            (placement, files)
        }
    };
    let edited = edited_files(project, &crates, &placement, &files)?;
    let selection = compose::selection(project, &excludes);
    let manifest = sdist::manifest(&project.metadata, &files, &edited, selection, &mut findings);
    settle(findings, &project.options.allow, report)?;
    Ok(Composed { manifest, crates, placement })
}

/// What of `pyproject.toml` the readers of older Pythons refuse: those who install the sdist have one of them.
fn unreadable_elsewhere(project: &Project) -> Result<Vec<Diagnostic>, Error> {
    let file = &project.pyproject.file;
    let text = text(file)?;
    if text.starts_with('\u{feff}') {
        let message =
            format!("`{}` begins with a byte order mark (BOM), which Python's TOML reader refuses", file.display());
        let finding = Diagnostic::error(Code::TomlSyntax, message).at(Place::file(file));
        return Ok(vec![finding.hint("save the file as UTF-8 without it")]);
    }
    let source: Arc<str> = text.into();
    let findings = toml_version::newer_than_1_0(&source).into_iter().map(|(range, reason)| {
        let message = format!("{reason}, which the TOML readers of Python 3.14 and older refuse");
        Diagnostic::error(Code::TomlSyntax, message)
            .at(Place::span(file, &source, range))
            .hint("write it as TOML 1.0 has it, or nobody with such a Python can install the sdist")
    });
    Ok(findings.collect())
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
    files.extend(included_files(project, findings)?);
    files.extend(named_files(project, findings)?);
    let files = crate_listing::unique(files);
    let placed =
        files.into_iter().filter_map(|found| Some(Carried { path: placement.of_project(&found.path)?, found }));
    Ok(placed.collect())
}

/// Proves that cargo finds all that it needs in the sdist: unpacked aside, offline, with the lock file as it is. What
/// was just resolved from the tree lies in cargo's home.
fn resolves(project: &Project, crates: &[RootCrate], placement: &Placement, manifest: &Manifest) -> Result<(), Error> {
    let scratch = Scratch::new()?;
    disk::unpack(&manifest.entries, scratch.path())?;
    let core = &project.metadata.core;
    let top = scratch.path().join(filename::sdist_root(&core.name, &core.version));
    for found in crates {
        let manifest = found.facts.package().manifest_path.as_std_path();
        let Some(relative) = placement.of_crate(manifest) else { continue };
        let options = Options { lock: Lock::Locked, offline: true, ..project.options.clone() };
        let manifest = top.join(&relative);
        let selection = Selection { options: &options, features: &[], manifest: &manifest, directory: &top };
        let mut call = cargo_calls::metadata(selection, None);
        // cargo has asked rustc before, and keeps the answers there.
        let known = found.facts.metadata.target_directory.as_std_path();
        call.set.push(("CARGO_TARGET_DIR".to_owned(), known.into()));
        cargo::metadata(&found.cargo, &call).map_err(|error| {
            let message = format!("the sdist would not build: {error} in it, for `{}`", relative.display());
            let hint = "see what cargo says above: a file that it misses may be left out by `exclude` or by Cargo.toml";
            Error::from(Diagnostic::error(Code::SdistProof, message).hint(hint))
        })?;
    }
    Ok(())
}

/// A crate of the project, as cargo resolves it for every platform and with all features.
struct RootCrate {
    cargo: PathBuf,
    facts: CargoFacts,
    target_dir: PathBuf,
}

impl RootCrate {
    fn workspace(&self) -> &Path {
        self.facts.metadata.workspace_root.as_std_path()
    }

    /// The directories of the packages that travel.
    fn directories(&self) -> impl Iterator<Item = &Path> {
        self.facts.local_closure().into_iter().filter_map(|package| package.manifest_path.as_std_path().parent())
    }
}

fn crates(project: &Project, environment: &Environment, report: Report<'_>) -> Result<Vec<RootCrate>, Error> {
    let with_crate = project.parts.iter().filter(|part| part.prebuilt.is_none());
    let manifests: BTreeSet<&PathBuf> = with_crate.map(|part| &part.manifest_path).collect();
    let locks: BTreeSet<PathBuf> = manifests.iter().flat_map(|manifest| lock_files(manifest)).collect();
    let mut crates = Vec::new();
    for manifest in &manifests {
        let (cargo, facts, target_dir) = resolve::resolve_for_sdist(project, manifest, environment, report)?;
        crates.push(RootCrate { cargo, facts, target_dir });
    }
    if crates.iter().any(|found| !locks.contains(&found.workspace().join("Cargo.lock"))) {
        let message = "there was no `Cargo.lock`: cargo has made one, with the newest versions that fit";
        let hint = "keep it under version control, so that every sdist pins what was tested";
        report(Event::Diagnostic(Diagnostic::warning(Code::CargoManifest, message).hint(hint)));
    }
    Ok(crates)
}

/// The lock files beside a manifest and above it: the root of its workspace is somewhere there.
fn lock_files(manifest: &Path) -> Vec<PathBuf> {
    let candidates = manifest.ancestors().skip(1).map(|above| above.join("Cargo.lock"));
    candidates.filter(|file| disk::kind(file) == PathKind::File).collect()
}

fn placement(project: &Project, crates: &[RootCrate]) -> Placement {
    let needed = crates.iter().flat_map(|found| found.directories().chain([found.workspace()]));
    Placement::new(&project.directory, needed)
}

/// The texts of the manifests that change, by their paths.
fn edited_files(
    project: &Project,
    crates: &[RootCrate],
    placement: &Placement,
    files: &[Carried],
) -> Result<BTreeMap<PathBuf, String>, Error> {
    let mut edited: BTreeMap<PathBuf, String> = BTreeMap::new();
    let travelling: BTreeSet<&Path> = files.iter().map(|carried| carried.found.path.as_path()).collect();
    for package in crates.iter().flat_map(|found| found.facts.local_closure()) {
        let file = package.manifest_path.as_std_path();
        let directory = file.parent().unwrap_or(Path::new(""));
        let text = text(file)?;
        let travels = |path: &str| travelling.contains(normal(&directory.join(path)).as_path());
        let new = moved_toml::without_lost_targets(&text, &travels).map_err(|reason| unreadable(file, &reason))?;
        if new != text {
            edited.insert(file.to_owned(), new);
        }
    }
    for found in crates {
        let file = found.workspace().join("Cargo.toml");
        let edit = workspace_edit(found, crates);
        let text = match edited.get(&file) {
            Some(text) => text.clone(),
            None => text(&file)?,
        };
        let new = moved_toml::workspace_root(&text, &edit).map_err(|reason| unreadable(&file, &reason))?;
        if new != text {
            edited.insert(file, new);
        }
    }
    for found in crates {
        let file = found.workspace().join("Cargo.lock");
        if let Some(bytes) = disk::read_if_there(&file)? {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let new = cargo_lock::pruned(&text, &packages_of(found, crates));
            if new != text {
                edited.insert(file, new);
            }
        }
    }
    if placement.is_moved() {
        let file = &project.pyproject.file;
        let below = |path: &Path| placement.of_crate(path).map(|path| plan::sdist::slashed(&path));
        let moved = |path: &str| below(&normal(&project.directory.join(path)));
        let manifest = below(&project.manifest_path).unwrap_or_default();
        let new = moved_toml::pyproject(&text(file)?, &manifest, &moved);
        edited.insert(file.clone(), new.map_err(|reason| unreadable(file, &reason))?);
    }
    Ok(edited)
}

/// Name and version of the packages that travel in a workspace.
fn packages_of(found: &RootCrate, crates: &[RootCrate]) -> Vec<(String, String)> {
    let of_same = crates.iter().filter(|other| other.workspace() == found.workspace());
    let packages = of_same.flat_map(|other| other.facts.local_closure());
    packages.map(|package| (package.name.to_string(), package.version.to_string())).collect()
}

/// What of a workspace travels: the members that any of the project's crates in it needs.
fn workspace_edit(found: &RootCrate, crates: &[RootCrate]) -> WorkspaceEdit {
    let of_same = crates.iter().filter(|other| other.workspace() == found.workspace());
    let needed: BTreeSet<&Path> = of_same.flat_map(RootCrate::directories).collect();
    let metadata = &found.facts.metadata;
    let members = metadata.workspace_packages();
    let members = members.iter().filter_map(|member| member.manifest_path.as_std_path().parent());
    let (kept, left): (Vec<&Path>, Vec<&Path>) = members.partition(|member| needed.contains(member));
    let relative = |member: &&Path| member.strip_prefix(found.workspace()).ok().map(plan::sdist::slashed);
    let mut kept: Vec<String> = kept.iter().filter_map(relative).filter(|member| !member.is_empty()).collect();
    kept.sort();
    WorkspaceEdit { members: (!left.is_empty()).then_some(kept), without_package: left.contains(&found.workspace()) }
}

fn text(file: &Path) -> Result<String, Error> {
    Ok(String::from_utf8_lossy(&disk::read(file)?).into_owned())
}

fn unreadable(file: &Path, reason: &str) -> Diagnostic {
    let message = format!("`{}` cannot be changed for the sdist: {reason}", file.display());
    Diagnostic::error(Code::TomlSyntax, message).at(Place::file(file))
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

/// The files of the crates and of the local crates that they need, as cargo would list them, and the lock files. Where the
/// project's own place is another one, its Python is not carried twice.
fn crate_files(
    project: &Project,
    crates: &[RootCrate],
    placement: &Placement,
    carried: &[Carried],
) -> Result<Vec<Carried>, Error> {
    let listing = Listing::new(&placement.root, &project.tree);
    let (mut files, mut listed) = (Vec::new(), BTreeSet::new());
    for found in crates {
        for package in found.facts.local_closure() {
            if listed.insert(package.manifest_path.as_std_path()) {
                files.extend(listing.files(package, found.workspace())?);
            }
        }
        files.extend(one(project, &found.workspace().join("Cargo.toml"))?);
        // `cargo metadata` has made it if it was missing, unless it was told not to: then it has failed.
        files.extend(one(project, &found.workspace().join("Cargo.lock"))?);
    }
    let files = crate_listing::unique(files);
    let is_python = |file: &Found| {
        let packages = project.layout.packages.iter().map(|package| project.layout.python_root.join(package));
        file.path == project.pyproject.file || packages.into_iter().any(|package| file.path.starts_with(package))
    };
    let is_there = |file: &Found, path: &Path| {
        carried.iter().any(|known| known.path == path && known.found.path == file.path)
            || (placement.is_moved() && is_python(file))
    };
    let placed = files.into_iter().filter_map(|found| Some(Carried { path: placement.of_crate(&found.path)?, found }));
    Ok(placed.filter(|carried| !is_there(&carried.found, &carried.path)).collect())
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
    Ok(placed.collect())
}

/// The same listing that the wheel is made from.
fn python_files(project: &Project) -> Result<Vec<Found>, Error> {
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
    paths.extend(project.metadata.license_files.iter().map(|file| project.directory.join(&file.path)));
    let prebuilt = project.parts.iter().filter_map(|part| part.prebuilt.as_ref());
    paths.extend(prebuilt.map(|file| project.directory.join(&file.value)));
    let names = project.layout.modules.iter().map(|module| module.name().last());
    paths.extend(names.map(|name| project.directory.join(format!("{name}.pyi"))));
    if let Some(readme) = &project.metadata.readme {
        let real = disk::real_path(readme).unwrap_or_else(|| readme.clone());
        paths.push(if readme.starts_with(&project.directory) { readme.clone() } else { real });
    }
    let mut found = Vec::new();
    for path in paths {
        found.extend(one(project, &path)?);
    }
    if let Some(data) = compose::data_directory(project, findings) {
        found.extend(disk::walk(&data, &project.tree, usize::MAX, &|_| true)?);
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
    Ok(disk::walk(path, tree, 1, &|_| true)?)
}

/// An sdist that is unpacked aside, until the value is dropped.
pub struct Unpacked {
    /// Its own directory.
    pub top: PathBuf,
    _scratch: Scratch,
}

/// Unpacks an sdist that was just built.
pub fn unpacked(built: &Built) -> Result<Unpacked, Error> {
    let scratch = Scratch::new()?;
    tar::unpack(&built.delivered.path, scratch.path())?;
    let top = scratch.path().join(built.delivered.name.trim_end_matches(".tar.gz"));
    Ok(Unpacked { top, _scratch: scratch })
}

/// Tells that an sdist is there.
pub fn tell(built: &Built, environment: &Environment, report: Report<'_>) {
    let proofs = ["resolves offline and locked".to_owned(), "read back and equal".to_owned()];
    let summary = Summary {
        path: summary::shown(&built.delivered.path, environment.directory()),
        size: built.delivered.size,
        subject: "",
        elapsed: built.elapsed,
        proofs: &proofs,
    };
    report(Event::Step { verb: "Built", object: summary::line(summary) });
}
