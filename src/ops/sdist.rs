//! An sdist from end to end: what cargo lists, what Python needs, composed and delivered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::actions::event::{Event, Report};
use crate::actions::manifest::{Entry, Manifest, Source};
use crate::checks::member_path;
use crate::contents::patterns::{self, Format};
use crate::contents::{sdist, wheel};
use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::tool_table::SdistGenerator;
use crate::ops::deliver::{self, Delivered};
use crate::ops::project::{Project, settle};
use crate::ops::sdist_files::{self, Gathered};
use crate::ops::target_dir;
use crate::ops::vendor::{self, Vendored};
use crate::ops::{compose, sdist_edits};
use crate::plan::cargo_calls::{self, Selection};
use crate::plan::options::{Lock, Options};
use crate::plan::sdist::is_read_by_cargo;
use crate::render::summary::{self, Summary};
use crate::spec::filename;
use crate::system::disk::Scratch;
use crate::system::{cargo, disk, tar};

/// An sdist that was delivered.
#[derive(Debug, Clone)]
pub struct Built {
    pub delivered: Delivered,
    /// Where the project's crates are compiled.
    pub target_dir: Option<PathBuf>,
    /// Whether the crates of others were copied into it.
    pub is_vendored: bool,
    pub elapsed: Duration,
}

/// An sdist as it is composed, before anything is written.
struct Composed {
    manifest: Manifest,
    gathered: Gathered,
    vendored: Vendored,
}

/// Builds the sdist into `directory`.
pub fn build(
    project: &Project,
    environment: &Environment,
    directory: &Path,
    report: Report<'_>,
) -> Result<Built, Error> {
    let start = Instant::now();
    let Composed { manifest, gathered, vendored } = composed(project, environment, report)?;
    let core = &project.metadata.core;
    let proof = || resolves(project, &gathered, &manifest);
    let name = filename::sdist(&core.name, &core.version);
    let delivered = deliver::sdist(&manifest, project, directory, &name, environment, &proof)?;
    let target_dir = match gathered.crates.first() {
        Some(found) => {
            let cargos = found.facts.metadata.target_directory.as_std_path();
            target_dir::kept(found.workspace(), cargos, environment)?
        }
        None => None,
    };
    Ok(Built { delivered, target_dir, is_vendored: vendored.is_new(), elapsed: start.elapsed() })
}

/// What the sdist would hold, by the same code.
pub fn list(project: &Project, environment: &Environment, report: Report<'_>) -> Result<Manifest, Error> {
    Ok(composed(project, environment, report)?.manifest)
}

fn composed(project: &Project, environment: &Environment, report: Report<'_>) -> Result<Composed, Error> {
    let mut findings = sdist_edits::unreadable_elsewhere(project)?;
    let excludes = patterns::excludes(&project.pyproject.tool.exclude, Format::Sdist, &mut findings);
    let gathered = sdist_files::gathered(project, environment, &mut findings, report)?;
    let edited = match project.pyproject.tool.sdist_generator {
        SdistGenerator::Cargo => sdist_edits::edited(project, &gathered)?,
        SdistGenerator::Git => sdist_edits::edited_of_git(project, &gathered, &mut findings)?,
    };
    let selection = compose::selection(project, &excludes);
    let manifest = sdist::manifest(&project.metadata, &gathered.files, &edited, selection, &mut findings);
    findings.extend(elsewhere(&manifest));
    findings.extend(python_left_behind(project, &manifest)?);
    findings.extend(compose::private_keys(&python_of(&manifest, project))?);
    settle(findings, &project.options.allow, report)?;
    let vendored = vendor::vendored(project, &gathered, &manifest)?;
    let manifest = sdist::with_entries(manifest, &vendored.entries);
    Ok(Composed { manifest, gathered, vendored })
}

/// The paths that other systems cannot unpack as they are. What is built here does not suffer from them.
fn elsewhere(manifest: &Manifest) -> impl Iterator<Item = Diagnostic> {
    let found = member_path::check(manifest.entries.iter().map(|entry| entry.path.as_str()));
    found.into_iter().map(|finding| Diagnostic { severity: Severity::Warning, ..finding })
}

/// The entries that come from the project's packages: what else an sdist holds, such as the keys of a crate's tests, no
/// wheel does.
fn python_of(manifest: &Manifest, project: &Project) -> Vec<Entry> {
    let packages: Vec<PathBuf> =
        project.layout.packages.iter().map(|package| project.layout.python_root.join(package)).collect();
    let is_of_package = |entry: &&Entry| match &entry.source {
        Source::Disk { path, .. } => packages.iter().any(|package| path.starts_with(package)),
        Source::Bytes(_) => false,
    };
    manifest.entries.iter().filter(is_of_package).cloned().collect()
}

/// The Python that a wheel of the tree would hold, and one of the sdist would lack.
fn python_left_behind(project: &Project, manifest: &Manifest) -> Result<Vec<Diagnostic>, Error> {
    let on_disk = |entry: &Entry| match &entry.source {
        Source::Disk { path, .. } => Some(path.clone()),
        Source::Bytes(_) => None,
    };
    // A manifest that is edited on its way travels all the same, from where it lies in the project.
    let in_project = |entry: &Entry| {
        let below_top: PathBuf = Path::new(&entry.path).components().skip(1).collect();
        project.directory.join(below_top)
    };
    let origin = |entry: &Entry| on_disk(entry).unwrap_or_else(|| in_project(entry));
    let packed: BTreeSet<PathBuf> = manifest.entries.iter().map(origin).collect();
    let mut told = Vec::new();
    let excludes = patterns::excludes(&project.pyproject.tool.exclude, Format::Wheel, &mut told);
    let python =
        wheel::python_files(compose::selection(project, &excludes), &compose::package_files(project)?, &mut told);
    let lost = python.iter().filter_map(on_disk).filter(|file| !packed.contains(file));
    let finding = |file: PathBuf| {
        let message =
            format!("`{}` goes into wheels, but a wheel that is built from the sdist lacks it", file.display());
        Diagnostic::warning(Code::SdistProof, message)
            .at(Place::file(file))
            .hint("give the entry of `exclude` that names it both formats, or neither")
    };
    Ok(lost.map(finding).collect())
}

/// Proves that cargo finds all that it needs in the sdist: laid out aside, offline, with the lock file as it is. What was
/// just resolved from the tree lies in cargo's home.
fn resolves(project: &Project, gathered: &Gathered, manifest: &Manifest) -> Result<(), Error> {
    let scratch = Scratch::new()?;
    disk::outline(&manifest.entries, &|entry| is_read_by_cargo(&entry.path), scratch.path())?;
    let core = &project.metadata.core;
    let top = scratch.path().join(filename::sdist_root(&core.name, &core.version));
    for found in &gathered.crates {
        let manifest = found.facts.package().manifest_path.as_std_path();
        let Some(relative) = gathered.placement.of_crate(manifest) else { continue };
        let options = Options { lock: Lock::Locked, offline: true, ..project.options.clone() };
        let manifest = top.join(&relative);
        let selection = Selection { options: &options, features: &[], manifest: &manifest, directory: &top };
        let mut call = cargo_calls::metadata(selection, &[]);
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
    let resolves = if built.is_vendored { "needs no network" } else { "resolves offline and locked" };
    let proofs = [resolves.to_owned(), "read back and equal".to_owned()];
    let summary = Summary {
        path: summary::shown(&built.delivered.path, environment.directory()),
        size: built.delivered.size,
        subject: "",
        elapsed: built.elapsed,
        proofs: &proofs,
    };
    report(Event::Step { verb: "Built", object: summary::line(summary) });
}
