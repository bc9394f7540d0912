//! Freshness by content: before cargo runs, what has changed loses its fingerprints; afterwards, what was read is
//! recorded.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::facts::cargo::CargoFacts;
use crate::facts::dep_info;
use crate::facts::history::PackageInputs;
use crate::plan::fresh::{self, LocalPackage};
use crate::system::disk;

/// Where a compile puts its files, as far as freshness goes.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    pub target_dir: &'p Path,
    pub profile: &'p str,
}

impl Place<'_> {
    /// The directories with fingerprints: the host's, and those of all targets that were compiled for.
    fn fingerprints(&self) -> Result<Vec<PathBuf>, Error> {
        let profile = fresh::profile_directory(self.profile);
        let targets = disk::names(self.target_dir)?.into_iter().map(|name| self.target_dir.join(name).join(profile));
        let directories = [self.target_dir.join(profile)].into_iter().chain(targets);
        Ok(directories.map(|directory| directory.join(".fingerprint")).collect())
    }

    fn record(&self, package: &str) -> PathBuf {
        self.target_dir.join("inputs").join(format!("{package}-{}.json", fresh::profile_directory(self.profile)))
    }
}

/// The packages that can change: those that come from no registry.
pub fn local_packages(facts: &CargoFacts) -> Vec<LocalPackage> {
    let packages = facts.local_packages().into_iter().filter_map(|package| {
        Some(LocalPackage {
            name: package.name.to_string(),
            directory: package.manifest_path.parent()?.as_std_path().to_owned(),
            has_build_script: package.targets.iter().any(|target| target.is_custom_build()),
        })
    });
    packages.collect()
}

/// Removes the fingerprints of packages whose recorded inputs are not what lies there now.
pub fn forget_stale(packages: &[LocalPackage], place: Place<'_>) -> Result<(), Error> {
    for package in packages {
        let record = read_record(&place.record(&package.name))?;
        if fresh::is_stale(record.as_ref(), &package.directory, &digest) {
            forget(package, place)?;
        }
    }
    Ok(())
}

fn digest(path: &Path) -> Option<String> {
    disk::digest(path).ok().map(|(_, sha256)| sha256.hex())
}

fn read_record(path: &Path) -> Result<Option<PackageInputs>, Error> {
    // A record that cannot be understood is none.
    Ok(disk::read_if_there(path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn forget(package: &LocalPackage, place: Place<'_>) -> Result<(), Error> {
    disk::remove_if_there(&place.record(&package.name))?;
    for directory in place.fingerprints()? {
        for name in disk::names(&directory)? {
            if fresh::is_fingerprint_of(&name, &package.name) {
                disk::remove_directory(&directory.join(name))?;
            }
        }
    }
    Ok(())
}

/// Records what an artefact was made from: `dep_info` is cargo's file beside it.
pub fn record(packages: &[LocalPackage], place: Place<'_>, artifact: &Path, directory: &Path) -> Result<(), Error> {
    let Some(bytes) = disk::read_if_there(&artifact.with_extension("d"))? else { return Ok(()) };
    let inputs: Vec<PathBuf> =
        dep_info::inputs(&String::from_utf8_lossy(&bytes)).into_iter().map(|input| directory.join(input)).collect();
    for (package, mut inputs) in packages.iter().zip(fresh::by_package(packages, &inputs)) {
        if package.has_build_script {
            inputs.extend(all_files(package)?);
        }
        let path = place.record(&package.name);
        // Units with other features read other files: what they read is kept, until something is stale.
        let mut recorded = read_record(&path)?.unwrap_or_default();
        let read = inputs.iter().filter_map(|input| Some((fresh::recorded_path(package, input), digest(input)?)));
        recorded.files.extend(read);
        disk::write_whole(&path, &serde_json::to_vec(&recorded).unwrap_or_default())?;
    }
    Ok(())
}

/// Every file of a package, but for what builds and version control leave there.
fn all_files(package: &LocalPackage) -> Result<Vec<PathBuf>, Error> {
    let enter = |directory: &Path| {
        let name = directory.file_name().unwrap_or_default();
        name != "target"
            && name != ".git"
            && disk::read_if_there(&directory.join("CACHEDIR.TAG")).is_ok_and(|tag| tag.is_none())
    };
    let found = disk::walk(&package.directory, &package.directory, usize::MAX, &enter)?;
    Ok(found.into_iter().map(|found| found.path).collect())
}
