//! Freshness by content: before cargo runs, what has changed loses its fingerprints; afterwards, what was read is
//! recorded.

use std::cell::RefCell;
use std::collections::btree_map::Entry::Vacant;
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cargo_metadata::Package;

use crate::actions::cargo_call::CargoCall;
use crate::error::Error;
use crate::facts::cargo::CargoFacts;
use crate::facts::dep_info;
use crate::facts::history::PackageInputs;
use crate::facts::sources::{FoundKind, PathKind};
use crate::plan::fresh::{self, LocalPackage};
use crate::plan::why::Forgotten;
use crate::spec::digest::Sha256;
use crate::system::{disk, walk};

/// Where a compile puts its files, as far as freshness goes.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    pub target_dir: &'p Path,
    pub profile: &'p str,
}

impl Place<'_> {
    /// The directories of the profile: the host's, and those of all targets that were compiled for.
    pub fn profiles(&self) -> Result<Vec<PathBuf>, Error> {
        let profile = fresh::profile_directory(self.profile);
        let targets = disk::names(self.target_dir)?.into_iter().map(|name| self.target_dir.join(name).join(profile));
        Ok([self.target_dir.join(profile)].into_iter().chain(targets).collect())
    }

    /// There while the last run of cargo has come to a good end: what it compiled fits together.
    fn whole(&self) -> PathBuf {
        self.kept("whole.")
    }

    /// cargo's fingerprints as they were when it had last compiled something.
    pub fn units(&self) -> PathBuf {
        self.kept("units.")
    }

    fn record(&self, package: &str) -> PathBuf {
        self.kept(&format!("{package}-"))
    }

    /// A file of ours for the profile. No crate has a dot in its name.
    fn kept(&self, name: &str) -> PathBuf {
        self.target_dir.join("inputs").join(format!("{name}{}.json", fresh::profile_directory(self.profile)))
    }
}

/// The package to build.
pub fn root_package(facts: &CargoFacts) -> LocalPackage {
    local_package(facts.package())
}

/// The packages that can change: those that come from no registry.
pub fn local_packages(facts: &CargoFacts) -> Vec<LocalPackage> {
    facts.local_packages().into_iter().map(local_package).collect()
}

fn local_package(package: &Package) -> LocalPackage {
    LocalPackage {
        name: package.name.to_string(),
        directory: package.manifest_path.as_std_path().parent().map(Path::to_owned).unwrap_or_default(),
        targets: package.targets.iter().map(|target| target.name.replace('-', "_")).collect(),
        has_build_script: package.targets.iter().any(|target| target.is_custom_build()),
    }
}

/// Removes the fingerprints of packages whose recorded inputs are not what lies there now; tells which and why.
pub fn forget_stale(packages: &[LocalPackage], place: Place<'_>) -> Result<BTreeMap<String, Forgotten>, Error> {
    let mut forgotten = BTreeMap::new();
    let digests = Digests::default();
    for package in packages {
        let record = read_record(&place.record(&package.name))?;
        let changed = fresh::changed(record.as_ref(), &package.directory, &|path| digests.of(path));
        let former = record.map(|record| record.directory).filter(|former| package.has_moved(former));
        let reason = match (changed, former) {
            (Some(files), _) => Forgotten::Changed(files),
            (None, Some(former)) if knows_its_place(package, &former, place)? => Forgotten::Moved,
            _ => continue,
        };
        forget(package, place)?;
        forgotten.insert(package.name.clone(), reason);
    }
    Ok(forgotten)
}

/// Whether what was compiled of a package names the directory where it lay: its build script has told cargo of it, or the
/// sources asked for `CARGO_MANIFEST_DIR`.
fn knows_its_place(package: &LocalPackage, former: &Path, place: Place<'_>) -> Result<bool, Error> {
    let Some(former) = former.to_str() else { return Ok(true) };
    for file in compiled(std::slice::from_ref(package), place)? {
        let tells = file.ends_with("output") || file.extension().is_some_and(|extension| extension == "d");
        if tells && String::from_utf8_lossy(&disk::read(&file)?).lines().any(|line| fresh::names_place(line, former)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Before cargo runs.
pub fn begin(place: Place<'_>) -> Result<(), Error> {
    Ok(disk::remove_if_there(&place.whole())?)
}

/// Gives all files of packages whose `tree` is thrown away one time, long past. Their times tell when they were unpacked,
/// and cargo would compile again for that; whether their contents have changed, `forget_stale` has seen. What was read
/// outside of the tree is others'.
pub fn fix_times(packages: &[LocalPackage], tree: &Path, place: Place<'_>) -> Result<(), Error> {
    let tree = disk::real_path(tree).unwrap_or_else(|| tree.to_owned());
    let is_of_tree = |file: &PathBuf| disk::real_path(file).is_some_and(|real| real.starts_with(&tree));
    for package in packages {
        let recorded = read_record(&place.record(&package.name))?.unwrap_or_default();
        let read = recorded.files.keys().map(|file| package.directory.join(file));
        let listed = walk::files(&package.directory, &package.directory, usize::MAX, &is_input)?;
        let files = listed.into_iter().filter(|found| matches!(found.kind, FoundKind::File { .. }));
        let files = files.map(|found| found.path).chain(read.filter(|file| disk::kind(file) == PathKind::File));
        for file in files.filter(is_of_tree) {
            // Where it cannot be done, cargo compiles again, and nothing is wrong.
            let _ = disk::fix_time(&file);
        }
    }
    Ok(())
}

/// Where nothing has changed but the times of sources, as in a fresh checkout beside a restored cache, what was compiled
/// of them gets a later time, all of it the same one: nothing of it is older than a source or than what it was made of.
pub fn trust_contents(packages: &[LocalPackage], place: Place<'_>) -> Result<(), Error> {
    if disk::kind(&place.whole()) != PathKind::File {
        return Ok(());
    }
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut oldest = SystemTime::now();
    for package in packages {
        let path = place.record(&package.name);
        let Some(recorded) = read_record(&path)? else { return Ok(()) };
        oldest = oldest.min(disk::modified(&path));
        let files = recorded.files.keys().map(|file| disk::modified(&package.directory.join(file)));
        newest = files.fold(newest, SystemTime::max);
    }
    // A time that is still to come would be later than what is compiled next.
    if newest <= oldest || newest > SystemTime::now() {
        return Ok(());
    }
    for file in compiled(packages, place)? {
        // Of another owner's file it cannot be set. Then cargo compiles again, and nothing is wrong.
        let _ = disk::set_time(&file, newest);
    }
    Ok(())
}

/// cargo's files about the packages, and what it made of them.
fn compiled(packages: &[LocalPackage], place: Place<'_>) -> Result<Vec<PathBuf>, Error> {
    let is_of = |name: &str| packages.iter().any(|package| fresh::is_fingerprint_of(name, &package.name));
    let mut files = Vec::new();
    for profile in place.profiles()? {
        for room in [".fingerprint", "build"].map(|room| profile.join(room)) {
            for directory in disk::names(&room)?.iter().filter(|name| is_of(name)).map(|name| room.join(name)) {
                files.extend(disk::names(&directory)?.iter().map(|name| directory.join(name)));
            }
        }
        let made = profile.join("deps");
        let is_made = |name: &&String| packages.iter().any(|package| package.makes(name));
        files.extend(disk::names(&made)?.iter().filter(is_made).map(|name| made.join(name)));
    }
    files.retain(|path| disk::kind(path) == PathKind::File);
    Ok(files)
}

/// What files hold, each read once: a source is one of the compiler's inputs, and it lies in the package, all of which a
/// silent build script may read.
#[derive(Debug, Default)]
struct Digests {
    known: RefCell<HashMap<PathBuf, Option<Sha256>>>,
}

impl Digests {
    /// The digest of a file, or of all that a directory holds, names too: a new file is a change.
    fn of(&self, path: &Path) -> Option<String> {
        match disk::kind(path) {
            PathKind::File => self.of_file(path).map(|sha256| sha256.hex()),
            PathKind::Directory => {
                let mut listing = String::new();
                for found in walk::files(path, path, usize::MAX, &is_input).ok()? {
                    let FoundKind::File { .. } = found.kind else { continue };
                    let content = self.of_file(&found.path)?;
                    listing.push_str(&format!("{} {}\n", found.relative.display(), content.hex()));
                }
                Some(Sha256::of(listing.as_bytes()).hex())
            }
            _ => None,
        }
    }

    fn of_file(&self, path: &Path) -> Option<Sha256> {
        let digest = || disk::digest(path).ok().map(|(_, sha256)| sha256);
        *self.known.borrow_mut().entry(path.to_owned()).or_insert_with(digest)
    }
}

/// Whether a directory may hold what a build script reads: not what builds, environments and version control leave.
fn is_input(directory: &Path) -> bool {
    let name = directory.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let mark = |file: &str| disk::kind(&directory.join(file)) == PathKind::File;
    !["target", "dist", ".git", ".hg", "__pycache__"].contains(&name) && !mark("CACHEDIR.TAG") && !mark("pyvenv.cfg")
}

fn read_record(path: &Path) -> Result<Option<PackageInputs>, Error> {
    // A record that cannot be understood is none.
    Ok(disk::read_if_there(path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// Removes the fingerprints of a package, so that cargo compiles it again.
pub fn forget(package: &LocalPackage, place: Place<'_>) -> Result<(), Error> {
    disk::remove_if_there(&place.record(&package.name))?;
    for directory in place.profiles()?.iter().map(|profile| profile.join(".fingerprint")) {
        for name in disk::names(&directory)? {
            if fresh::is_fingerprint_of(&name, &package.name) {
                disk::remove_directory(&directory.join(name))?;
            }
        }
    }
    Ok(())
}

/// Whether the file that cargo calls fresh is the one that this call made, and not another's of the same name.
pub fn is_ours(package: &LocalPackage, place: Place<'_>, call: &CargoCall, content: Sha256) -> Result<bool, Error> {
    let record = read_record(&place.record(&package.name))?.unwrap_or_default();
    Ok(record.artifacts.get(&fresh::call_key(call)) == Some(&content.hex()))
}

/// Records what an artefact was made from, by cargo's dep-info file beside it, and what it is. Returns what it was made
/// from: files, and directories of which all counts.
pub fn record(
    root: &LocalPackage,
    packages: &[LocalPackage],
    place: Place<'_>,
    call: &CargoCall,
    (artifact, content): (&Path, Sha256),
) -> Result<Vec<PathBuf>, Error> {
    let bytes = disk::read_if_there(&artifact.with_extension("d"))?.unwrap_or_default();
    let inputs = dep_info::inputs(&String::from_utf8_lossy(&bytes)).into_iter();
    let inputs: Vec<PathBuf> = inputs.map(|input| call.directory.join(call.path_here(&input))).collect();
    let mut all = Vec::new();
    let digests = Digests::default();
    for (package, mut inputs) in packages.iter().zip(fresh::by_package(packages, &inputs)) {
        if package.has_build_script && !tells_its_inputs(package, place)? {
            inputs.push(package.directory.clone());
        }
        let path = place.record(&package.name);
        // Units with other features read other files: what they read is kept, until something is stale. What is still
        // recorded was compared before cargo ran: an edit since then is one that cargo may not have seen.
        let mut recorded = read_record(&path)?.unwrap_or_default();
        for input in &inputs {
            if let Vacant(place) = recorded.files.entry(fresh::recorded_path(package, input))
                && let Some(content) = digests.of(input)
            {
                place.insert(content);
            }
        }
        recorded.directory.clone_from(&package.directory);
        if package == root {
            recorded.artifacts.insert(fresh::call_key(call), content.hex());
        }
        disk::write_whole(&path, &serde_json::to_vec(&recorded).unwrap_or_default())?;
        all.extend(inputs);
    }
    disk::write_whole(&place.whole(), b"")?;
    Ok(all)
}

/// The file at a path, or those below it, where they really lie.
pub fn files_at(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if disk::kind(path) != PathKind::Directory {
        return Ok(disk::real_path(path).into_iter().collect());
    }
    let found = walk::files(path, path, usize::MAX, &is_input)?;
    let files = found.into_iter().filter(|found| matches!(found.kind, FoundKind::File { .. }));
    Ok(files.filter_map(|found| disk::real_path(&found.path)).collect())
}

/// Whether the build script said by `rerun-if-...` what it reads; else cargo takes the whole package for its input.
fn tells_its_inputs(package: &LocalPackage, place: Place<'_>) -> Result<bool, Error> {
    for build in place.profiles()?.iter().map(|profile| profile.join("build")) {
        for name in disk::names(&build)?.iter().filter(|name| fresh::is_fingerprint_of(name, &package.name)) {
            let output = disk::read_if_there(&build.join(name).join("output"))?.unwrap_or_default();
            if String::from_utf8_lossy(&output).lines().any(fresh::is_rerun_instruction) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
