//! Telling why crates were compiled: the fingerprints are read after cargo has compiled something, and compared with
//! those of the last time. Where nothing is compiled, nothing is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::SystemTime;

use cargo_metadata::PackageId;

use crate::actions::event::Report;
use crate::error::Error;
use crate::facts::build_record::{BuildRecord, CompileRecord, Moment, TimeSpan, WheelRecord};
use crate::facts::cargo::CargoFacts;
use crate::facts::environment::Environment;
use crate::facts::units::{Unit, Units};
use crate::ops::fresh::Place;
use crate::ops::project::Project;
use crate::ops::resolve;
use crate::ops::target_dir;
use crate::plan::why::{self, Compiled, Forgotten};
use crate::system::{clock, disk};

/// The file with the last build of a project. Several may share a target directory.
pub fn record_file(project: &Project, target_dir: &Path) -> PathBuf {
    target_dir.join("last-builds").join(format!("{}.json", project.metadata.core.name.normalized()))
}

/// How a run of cargo went, which has just ended.
#[derive(Debug, Clone, Copy)]
pub struct Course<'c> {
    pub title: &'c str,
    pub begin: Moment,
    /// Of each package, whether all of it was found fresh.
    pub packages: &'c BTreeMap<PackageId, bool>,
    /// When each package that was compiled was done.
    pub times: &'c BTreeMap<PackageId, Moment>,
}

/// Records what a run of cargo compiled, and why, in `file`.
pub fn record(
    file: &Path,
    place: Place<'_>,
    facts: &CargoFacts,
    course: Course<'_>,
    forgotten: &BTreeMap<String, Forgotten>,
) -> Result<(), Error> {
    let time = TimeSpan { begin: course.begin, end: clock::now() };
    let compiled = compiled(facts, course.packages);
    let recompiled = if compiled.is_empty() {
        Vec::new()
    } else {
        let known = place.units();
        let before: Units =
            disk::read_if_there(&known)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let mut after = Units { units: units(place)?, versions: before.versions.clone() };
        let reasons = why::reasons(&compiled, (&before, &after), forgotten);
        for package in &facts.metadata.packages {
            after.versions.entry(package.name.to_string()).or_default().insert(package.version.to_string());
        }
        disk::write_whole(&known, &serde_json::to_vec(&after).unwrap_or_default())?;
        reasons
    };
    let fresh = course.packages.values().filter(|is_fresh| **is_fresh).count();
    let done = done(facts, course.times);
    let compile = CompileRecord { title: course.title.to_owned(), recompiled, fresh, time, done };
    add(file, |build| build.compiles.push(compile))
}

/// Records that a wheel was delivered.
pub fn record_wheel(file: &Path, wheel: WheelRecord) -> Result<(), Error> {
    add(file, |build| build.wheels.push(wheel))
}

/// Adds to the record of this run; another run's gives way to it.
fn add(file: &Path, what: impl FnOnce(&mut BuildRecord)) -> Result<(), Error> {
    let mut build = read(file)?.filter(|build| build.run == this_run()).unwrap_or_default();
    this_run().clone_into(&mut build.run);
    what(&mut build);
    Ok(disk::write_whole(file, &serde_json::to_vec(&build).unwrap_or_default())?)
}

/// When each crate was done, the first one first.
fn done(facts: &CargoFacts, times: &BTreeMap<PackageId, Moment>) -> Vec<(String, Moment)> {
    let packages = facts.metadata.packages.iter();
    let done = packages
        .filter_map(|package| Some((format!("{} {}", package.name, package.version), *times.get(&package.id)?)));
    let mut done: Vec<(String, Moment)> = done.collect();
    done.sort_by_key(|(_, moment)| *moment);
    done
}

fn compiled(facts: &CargoFacts, built: &BTreeMap<PackageId, bool>) -> BTreeSet<Compiled> {
    let packages = facts.metadata.packages.iter();
    let compiled = packages.filter(|package| built.get(&package.id) == Some(&false));
    compiled.map(|package| Compiled { name: package.name.to_string(), version: package.version.to_string() }).collect()
}

fn units(place: Place<'_>) -> Result<BTreeMap<String, Unit>, Error> {
    let mut units = BTreeMap::new();
    for room in place.profiles()?.iter().map(|profile| profile.join(".fingerprint")) {
        for directory in disk::names(&room)? {
            for name in disk::names(&room.join(&directory))? {
                let Some(kind) = name.strip_suffix(".json") else { continue };
                let text = disk::read_if_there(&room.join(&directory).join(&name))?.unwrap_or_default();
                units.extend(Unit::read(&text).map(|unit| (format!("{directory}/{kind}"), unit)));
            }
        }
    }
    Ok(units)
}

/// The last build of a project: in its own target directory, or, by way of an sdist, in the user's cache.
pub fn last(project: &Project, environment: &Environment, report: Report<'_>) -> Result<Option<BuildRecord>, Error> {
    let toolchain = resolve::toolchain(project, environment, report)?;
    let features = vec![Vec::new(); project.parts.len()];
    let resolved = resolve::resolve(project, &toolchain, &features, environment)?;
    let mut directories = vec![resolved.target_dir.path.clone()];
    for found in resolved.crates.iter().flatten() {
        let workspace = found.facts.metadata.workspace_root.as_std_path();
        directories.push(found.target_dir.path.clone());
        directories.extend(target_dir::in_cache(project, workspace, &toolchain.version, environment));
    }
    let records = directories.into_iter().map(|directory| record_file(project, &directory));
    records.max_by_key(|record| disk::modified(record)).map_or(Ok(None), |newest| read(&newest))
}

fn read(path: &Path) -> Result<Option<BuildRecord>, Error> {
    // A record that cannot be understood is none.
    Ok(disk::read_if_there(path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// Tells this run of the program from others.
fn this_run() -> &'static str {
    static RUN: LazyLock<String> = LazyLock::new(|| {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        format!("{}-{}", std::process::id(), since.as_nanos())
    });
    &RUN
}
