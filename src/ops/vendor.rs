//! Crates of others in an sdist, so that it builds without a network: cargo copies them, and the configuration finds them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::actions::manifest::{Entry, Manifest, Mode, Source};
use crate::contents::vendored::{self, StandsIn};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo_config;
use crate::facts::sources::{Found, FoundKind};
use crate::facts::toml_document::Document;
use crate::ops::project::Project;
use crate::ops::sdist_files::{Gathered, RootCrate};
use crate::plan::cargo_calls::{self, Selection};
use crate::plan::options::{Lock, Options};
use crate::plan::sdist::{is_read_by_cargo, slashed};
use crate::spec::filename;
use crate::system::disk::Scratch;
use crate::system::{cargo, disk, walk};

/// What an sdist gets besides: crates, and the configuration that finds them.
#[derive(Default)]
pub struct Vendored {
    pub entries: Vec<Entry>,
    /// Where the files lie until the sdist is written.
    scratch: Option<Scratch>,
}

impl Vendored {
    /// Whether cargo has copied the crates just now.
    pub fn is_new(&self) -> bool {
        self.scratch.is_some()
    }
}

/// The crates that travel with an sdist of `manifest`: those that the tree keeps and its configuration names, as one that
/// was unpacked does, or those that the tool table asks for.
pub fn vendored(project: &Project, gathered: &Gathered, manifest: &Manifest) -> Result<Vendored, Error> {
    let kept = kept(project)?;
    match &project.pyproject.tool.vendor {
        Some(vendor) if kept.entries.is_empty() => {
            let targets: Vec<&str> = vendor.targets.iter().map(|target| target.value.as_str()).collect();
            copied(project, gathered, manifest, &targets)
        }
        _ => Ok(kept),
    }
}

/// The directories of crates that cargo's configuration names in the project, whole: cargo checks each file.
fn kept(project: &Project) -> Result<Vendored, Error> {
    let root = filename::sdist_root(&project.metadata.core.name, &project.metadata.core.version);
    let mut entries = Vec::new();
    for name in [".cargo/config.toml", ".cargo/config"] {
        let file = project.directory.join(name);
        let document = disk::read_if_there(&file)?.and_then(|bytes| Document::parse(&file, &bytes).ok());
        for (_, directory) in document.iter().flat_map(cargo_config::source_directories) {
            let directory = project.directory.join(directory);
            if let Ok(below) = directory.strip_prefix(&project.directory) {
                entries.extend(files(&directory, &format!("{root}/{}", slashed(below)))?.map(|(entry, _)| entry));
            }
        }
    }
    Ok(Vendored { entries, scratch: None })
}

/// All files below a directory, as entries below `place`.
fn files(directory: &Path, place: &str) -> Result<impl Iterator<Item = (Entry, Found)>, Error> {
    let found = walk::files(directory, directory, usize::MAX, &|_| true)?;
    let place = place.to_owned();
    Ok(found.into_iter().filter_map(move |found| {
        let FoundKind::File { size, executable } = found.kind else { return None };
        let mode = if executable { Mode::Executable } else { Mode::Regular };
        let path = format!("{place}/{}", slashed(&found.relative));
        let source = Source::Disk { path: found.path.clone(), size, sha256: None };
        Some((Entry { path, source, mode }, found))
    }))
}

/// Lets cargo copy the crates of the sdist, which is laid out aside for it.
fn copied(project: &Project, gathered: &Gathered, manifest: &Manifest, targets: &[&str]) -> Result<Vendored, Error> {
    let scratch = Scratch::new()?;
    disk::outline(&manifest.entries, &|entry| is_read_by_cargo(&entry.path), scratch.path())?;
    let root = filename::sdist_root(&project.metadata.core.name, &project.metadata.core.version);
    let top = scratch.path().join(&root);
    let place = |found: &RootCrate| {
        Some(top.join(gathered.placement.of_crate(found.facts.package().manifest_path.as_std_path())?))
    };
    let manifests: Vec<(&RootCrate, PathBuf)> =
        gathered.crates.iter().filter_map(|found| Some((found, place(found)?))).collect();
    let Some(((first, manifest), others)) = manifests.split_first() else { return Ok(Vendored::default()) };
    let lock = if project.options.lock == Lock::Frozen { Lock::Frozen } else { Lock::Locked };
    let options = Options { lock, all_features: true, no_default_features: false, ..project.options.clone() };
    let selection = Selection { options: &options, features: &[], manifest, directory: &top };
    let others: Vec<PathBuf> = others.iter().map(|(_, manifest)| manifest.clone()).collect();
    let asked = cargo::lines(&first.cargo, &cargo_calls::vendor(selection, &others, vendored::DIRECTORY))?.join("\n");
    if asked.trim().is_empty() {
        return Ok(Vendored::default());
    }
    let mut entries = vec![configured(&top, &root, &asked)?];
    let mut named = Vec::new();
    if !targets.is_empty() {
        for (found, manifest) in &manifests {
            named.extend(only_named(found, Selection { manifest, ..selection }, targets)?);
        }
    }
    for (entry, found) in files(&top.join(vendored::DIRECTORY), &format!("{root}/{}", vendored::DIRECTORY))? {
        match named.iter().find(|named| found.path.starts_with(&named.directory)) {
            Some(named) => entries.extend(stand_in(entry, &found, named)?),
            None => entries.push(entry),
        }
    }
    Ok(Vendored { entries, scratch: Some(scratch) })
}

/// cargo's configuration in the sdist, which finds the crates; written there too, for what follows.
fn configured(top: &Path, root: &str, asked: &str) -> Result<Entry, Error> {
    let known =
        [".cargo/config", ".cargo/config.toml"].into_iter().map(|name| (name, disk::read_if_there(&top.join(name))));
    let mut found = (".cargo/config.toml", String::new());
    for (name, bytes) in known {
        if let Some(bytes) = bytes? {
            found = (name, String::from_utf8_lossy(&bytes).into_owned());
            break;
        }
    }
    let (name, before) = found;
    let text = vendored::configuration(&before, asked).map_err(|reason| {
        let message = format!("`{name}` cannot name the vendored crates as well: {reason}");
        let hint = "take its `[source]` tables out, or leave `vendor` out";
        Diagnostic::error(Code::CargoConfig, message).at(Place::file(name)).hint(hint)
    })?;
    disk::write_whole(&top.join(name), text.as_bytes())?;
    Ok(Entry::text(format!("{root}/{name}"), text))
}

/// A crate of which only the manifest travels.
struct OnlyNamed {
    directory: PathBuf,
    /// The sources that cargo looks for, relative to it.
    sources: Vec<String>,
}

/// The crates that no declared target needs.
fn only_named(found: &RootCrate, selection: Selection<'_>, targets: &[&str]) -> Result<Vec<OnlyNamed>, Error> {
    let options = Options { offline: true, ..selection.options.clone() };
    let selection = Selection { options: &options, ..selection };
    let all = cargo::metadata(&found.cargo, &cargo_calls::metadata(selection, &[]))?;
    let needed = cargo::metadata(&found.cargo, &cargo_calls::metadata(selection, targets))?;
    let nodes = needed.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let needed: BTreeSet<String> = nodes.map(|node| node.id.repr.clone()).collect();
    let idle = all.packages.iter().filter(|package| package.source.is_some() && !needed.contains(&package.id.repr));
    let named = idle.filter_map(|package| {
        let directory = package.manifest_path.as_std_path().parent()?.to_owned();
        let sources = package
            .targets
            .iter()
            .filter(|target| target.is_lib() || target.is_proc_macro() || target.is_custom_build());
        let below = |path: &Path| path.strip_prefix(&directory).ok().map(slashed);
        let sources = sources.filter_map(|target| below(target.src_path.as_std_path())).collect();
        Some(OnlyNamed { directory, sources })
    });
    Ok(named.collect())
}

fn stand_in(entry: Entry, found: &Found, named: &OnlyNamed) -> Result<Option<Entry>, Error> {
    let path = found.path.strip_prefix(&named.directory).map(slashed).unwrap_or_default();
    if path == ".cargo-checksum.json" {
        let text = String::from_utf8_lossy(&disk::read(&found.path)?).into_owned();
        let text = vendored::checksum(&text).map_err(|reason| {
            Diagnostic::error(Code::SdistProof, format!("`{}` cannot be read: {reason}", found.path.display()))
        })?;
        return Ok(Some(Entry::text(entry.path, text)));
    }
    Ok(match vendored::stands_in(&path, &named.sources) {
        StandsIn::Kept => Some(entry),
        StandsIn::Text(text) => Some(Entry::text(entry.path, text)),
        StandsIn::Gone => None,
    })
}
