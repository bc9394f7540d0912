//! An sdist from end to end: what cargo lists, what Python needs, composed and delivered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::actions::event::{Event, Report};
use crate::contents::patterns::{self, Format};
use crate::contents::sdist;
use crate::contents::wheel::takes;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::sources::{Found, PathKind};
use crate::ops::compose;
use crate::ops::deliver::{self, Delivered};
use crate::ops::project::{Project, settle};
use crate::ops::resolve;
use crate::plan::cargo_calls::{self, Selection};
use crate::render::summary::{self, Summary};
use crate::spec::filename;
use crate::system::{cargo, disk};

/// An sdist that was delivered.
#[derive(Debug, Clone)]
pub struct Built {
    pub delivered: Delivered,
    pub elapsed: Duration,
}

/// Builds the sdist into `directory`.
pub fn build(
    project: &Project,
    environment: &Environment,
    directory: &Path,
    report: Report<'_>,
) -> Result<Built, Error> {
    let start = Instant::now();
    let mut findings = Vec::new();
    let tool = &project.pyproject.tool;
    let excludes = patterns::excludes(&tool.exclude, Format::Sdist, &mut findings);
    let mut files = crate_files(project, environment, &mut findings, report)?;
    files.extend(python_files(project)?);
    files.extend(included_files(project, &mut findings)?);
    files.extend(named_files(project, &mut findings)?);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    let selection = compose::selection(project, &excludes);
    let manifest = sdist::manifest(&project.metadata, &files, selection, &mut findings);
    settle(findings, &project.options.allow, report)?;
    let core = &project.metadata.core;
    let delivered = deliver::sdist(&manifest, directory, &filename::sdist(&core.name, &core.version), environment)?;
    Ok(Built { delivered, elapsed: start.elapsed() })
}

/// The files of the crates and of the local crates that they need, as cargo lists them, and the lock files.
fn crate_files(
    project: &Project,
    environment: &Environment,
    findings: &mut Vec<Diagnostic>,
    report: Report<'_>,
) -> Result<Vec<Found>, Error> {
    let roots: BTreeSet<&PathBuf> =
        project.parts.iter().filter(|part| part.prebuilt.is_none()).map(|part| &part.manifest_path).collect();
    let (mut files, mut listed) = (Vec::new(), BTreeSet::new());
    for root in roots {
        let (cargo, facts, target_dir) = resolve::resolve_for_sdist(project, root, environment, report)?;
        let workspace = facts.metadata.workspace_root.as_std_path();
        // All members of the workspace and all path dependencies, those of tests too: without one cargo loads no manifest.
        for package in facts.metadata.packages.iter().filter(|package| package.source.is_none()) {
            let manifest = package.manifest_path.as_std_path();
            if !listed.insert(manifest.to_owned()) {
                continue;
            }
            let Some(directory) = manifest.parent().filter(|directory| directory.starts_with(&project.directory))
            else {
                findings.push(sdist::outside(manifest, &project.directory));
                continue;
            };
            let selection =
                Selection { options: &project.options, features: &[], manifest, directory: &project.directory };
            let lines = cargo::lines(&cargo, &cargo_calls::package_list(selection, &target_dir))?;
            for line in lines.iter().filter(|line| !sdist::MADE_BY_CARGO.contains(&line.as_str())) {
                files.extend(one(project, &directory.join(line))?);
            }
        }
        files.extend(one(project, &workspace.join("Cargo.toml"))?);
        // `cargo metadata` has made it if it was missing, unless it was told not to: then it has failed.
        files.extend(one(project, &workspace.join("Cargo.lock"))?);
    }
    Ok(files)
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
    Ok(disk::walk(path, &project.tree, 1, &|_| true)?)
}

/// Tells that an sdist is there.
pub fn tell(built: &Built, environment: &Environment, report: Report<'_>) {
    let proofs = ["read back and equal".to_owned()];
    let summary = Summary {
        path: summary::shown(&built.delivered.path, environment.directory()),
        size: built.delivered.size,
        subject: "",
        elapsed: built.elapsed,
        proofs: &proofs,
    };
    report(Event::Step { verb: "Built", object: summary::line(summary) });
}
