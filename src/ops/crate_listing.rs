//! The files of all crates of an sdist: one question to git, or one walk, and no process per crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::Package;

use crate::contents::crate_files::CrateFiles;
use crate::contents::sources;
use crate::error::Error;
use crate::facts::crate_rules::CrateRules;
use crate::facts::sources::{Found, PathKind};
use crate::facts::toml_document::Document;
use crate::plan::sdist::slashed;
use crate::system::{disk, git, walk};

/// What lies below a directory, as far as version control or the disk tell.
pub struct Listing {
    /// Tracked files, and untracked ones that no rule ignores; `None` where there is no repository.
    of_git: Option<BTreeSet<PathBuf>>,
    tree: PathBuf,
}

impl Listing {
    /// Asks once for everything below `root`; `tree` is what may be read.
    pub fn new(root: &Path, tree: &Path) -> Self {
        let of_git = disk::repository(root).and_then(|_| git::known_files(root).ok());
        let of_git = of_git.map(|files| files.into_iter().map(|file| root.join(file)).collect());
        Self { of_git, tree: tree.to_owned() }
    }

    /// The files of a package that travel; `workspace` is the directory of its workspace's root.
    pub fn files(&self, package: &Package, workspace: &Path) -> Result<Vec<Found>, Error> {
        let manifest = package.manifest_path.as_std_path();
        let directory = manifest.parent().unwrap_or(Path::new(""));
        let rules = rules(manifest, workspace)?;
        let takes = CrateFiles::new(&rules, needed(package, directory));
        // A crate that the repository does not know is not listed by it.
        let known = self.of_git.as_ref().filter(|known| known.contains(manifest) && rules.include.is_empty());
        let found = match known {
            Some(known) => self.known_files(known, directory)?,
            None => self.walked_files(directory)?,
        };
        let found = without_environments(found);
        let relative = |found: &Found| found.path.strip_prefix(directory).ok().map(slashed);
        Ok(found.into_iter().filter(|found| relative(found).is_some_and(|path| takes.takes(&path))).collect())
    }

    fn known_files(&self, known: &BTreeSet<PathBuf>, directory: &Path) -> Result<Vec<Found>, Error> {
        let below = |path: &&PathBuf| path.starts_with(directory);
        let files: Vec<&PathBuf> = known.range(directory.to_owned()..).take_while(below).collect();
        let inner: Vec<&Path> = files
            .iter()
            .filter(|file| file.ends_with("Cargo.toml"))
            .filter_map(|file| file.parent())
            .filter(|inner| *inner != directory)
            .collect();
        let mut found = Vec::new();
        for file in files.into_iter().filter(|file| !inner.iter().any(|inner| file.starts_with(inner))) {
            let junk = file.strip_prefix(directory).is_ok_and(|path| sources::is_junk(&slashed(path)));
            if !junk && disk::kind(file) != PathKind::Directory {
                found.extend(walk::files(file, self.tree_of(file), 1, &|_| true)?);
            }
        }
        Ok(found)
    }

    fn walked_files(&self, directory: &Path) -> Result<Vec<Found>, Error> {
        let enter = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            let is_crate = path != directory && disk::kind(&path.join("Cargo.toml")) == PathKind::File;
            let marks = ["CACHEDIR.TAG", "pyvenv.cfg"];
            let is_built = marks.iter().any(|mark| disk::kind(&path.join(mark)) != PathKind::Missing);
            !is_crate && !is_built && name != ".git" && name != "target"
        };
        let found = walk::files(directory, self.tree_of(directory), usize::MAX, &enter)?;
        Ok(found.into_iter().filter(|found| !sources::is_junk(&slashed(&found.relative))).collect())
    }

    /// A crate may lie outside the tree, where the manifests say so; then it is asked for by name.
    fn tree_of<'p>(&'p self, path: &'p Path) -> &'p Path {
        if path.starts_with(&self.tree) { &self.tree } else { path.parent().unwrap_or(path) }
    }
}

fn rules(manifest: &Path, workspace: &Path) -> Result<CrateRules, Error> {
    let read =
        |file: &Path| -> Result<Document, Error> { Document::parse(file, &disk::read(file)?).map_err(Error::Findings) };
    let root = workspace.join("Cargo.toml");
    let root = if root == manifest { None } else { Some(read(&root)?) };
    Ok(CrateRules::read(&read(manifest)?, root.as_ref()))
}

/// What a crate cannot do without: the roots of its targets, its readme and its licence.
fn needed(package: &Package, directory: &Path) -> Vec<String> {
    let built = package.targets.iter().filter(|target| !target.is_test() && !target.is_bench() && !target.is_example());
    let sources = built.map(|target| target.src_path.as_std_path().to_owned());
    let named = [package.readme.as_ref(), package.license_file.as_ref()];
    let named = named.into_iter().flatten().map(|file| directory.join(file));
    let relative = |file: PathBuf| file.strip_prefix(directory).ok().map(slashed);
    sources.chain(named).filter_map(relative).collect()
}

/// The files that lie in no virtual environment (PEP 405): nobody means to publish one.
fn without_environments(found: Vec<Found>) -> Vec<Found> {
    let is_mark = |found: &&Found| found.path.ends_with("pyvenv.cfg");
    let environments: Vec<PathBuf> =
        found.iter().filter(is_mark).filter_map(|found| found.path.parent().map(Path::to_owned)).collect();
    found.into_iter().filter(|found| !environments.iter().any(|above| found.path.starts_with(above))).collect()
}

/// Files by their paths, each once.
pub fn unique(found: Vec<Found>) -> Vec<Found> {
    let by_path: BTreeMap<PathBuf, Found> = found.into_iter().map(|found| (found.path.clone(), found)).collect();
    by_path.into_values().collect()
}
