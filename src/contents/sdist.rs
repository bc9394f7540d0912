//! What an sdist holds: the crate's files as cargo lists them, the Python sources, and the metadata as PKG-INFO.
//!
//! Sources: "Source distribution format" of the packaging guide; PEP 625, 643, 721.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::actions::manifest::{Entry, Manifest};
use crate::contents::sources;
use crate::contents::wheel::{Selection, is_stale, unique};
use crate::diagnostic::Diagnostic;
use crate::facts::sources::Found;
use crate::plan::metadata::{NamedFile, ProjectMetadata};
use crate::spec::filename;

/// Configuration that a build needs, though cargo does not list it.
pub const CONFIGURATION: [&str; 5] =
    ["pyproject.toml", ".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];

/// A file that an sdist carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    pub found: Found,
    /// Where it goes, below the sdist's own directory.
    pub path: PathBuf,
}

/// A readme or licence that a `Cargo.toml` names.
#[derive(Debug, Clone, Copy)]
pub struct NamedByManifest<'m> {
    pub file: &'m Path,
    pub manifest: &'m Path,
    /// The key of `[package]`.
    pub key: &'static str,
    /// The path that it must have in archives, if the metadata tells it.
    pub path: Option<&'m str>,
}

/// The files that the metadata has from a `Cargo.toml`.
pub fn named_by_manifests(metadata: &ProjectMetadata) -> Vec<NamedByManifest<'_>> {
    fn of<'m>(named: &'m NamedFile, key: &'static str, path: Option<&'m str>) -> Option<NamedByManifest<'m>> {
        Some(NamedByManifest { file: &named.file, manifest: named.manifest.as_deref()?, key, path })
    }
    let licenses = metadata.license_files.iter();
    let licenses = licenses.filter_map(|license| of(&license.source, "license-file", Some(&license.path)));
    let readme = metadata.readme.as_ref().and_then(|readme| of(readme, "readme", None));
    readme.into_iter().chain(licenses).collect()
}

/// Puts together an sdist of the files. What PKG-INFO was made from travels whatever `exclude` says. `edited` gives the
/// texts of files that cannot stay as they are.
pub fn manifest(
    metadata: &ProjectMetadata,
    files: &[Carried],
    edited: &BTreeMap<PathBuf, String>,
    selection: Selection<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Manifest {
    let root = filename::sdist_root(&metadata.core.name, &metadata.core.version);
    let mut entries = Vec::new();
    for Carried { found, path } in files {
        let lossy = path.to_string_lossy().replace('\\', "/");
        if !is_required(&lossy, &found.path, metadata) && is_left_out(&lossy, found, metadata, selection) {
            continue;
        }
        let Some(path) = sources::archive_path(&found.path, path, findings) else { continue };
        let path = format!("{root}/{path}");
        match edited.get(&found.path) {
            Some(text) => entries.push(Entry::text(path, text)),
            None => entries.extend(sources::entry(found, path, findings)),
        }
    }
    let mut ordered = unique(entries, findings);
    ordered.insert(0, Entry::text(format!("{root}/PKG-INFO"), metadata.core.to_text()));
    Manifest { entries: ordered }
}

/// The sdist with more entries; one at a path that is taken takes its place.
pub fn with_entries(manifest: Manifest, more: &[Entry]) -> Manifest {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut all = manifest.entries.into_iter();
    // PKG-INFO stays the first.
    let first = all.next();
    for entry in all.chain(more.iter().cloned()) {
        entries.insert(entry.path.clone(), entry);
    }
    Manifest { entries: first.into_iter().chain(entries.into_values()).collect() }
}

/// Whether the metadata was made from the file, or the build is configured by it.
fn is_required(relative: &str, path: &Path, metadata: &ProjectMetadata) -> bool {
    CONFIGURATION.contains(&relative)
        || metadata.readme.as_ref().is_some_and(|readme| readme.file == path)
        || metadata.license_files.iter().any(|file| file.path == relative)
}

/// Whether a file stays behind: junk, what builds left, what `exclude` names by its path here or in the wheel.
fn is_left_out(relative: &str, found: &Found, metadata: &ProjectMetadata, selection: Selection<'_>) -> bool {
    let below_python = found.path.strip_prefix(selection.python).ok().and_then(Path::to_str);
    let in_wheel = below_python.map_or(relative.to_owned(), |path| path.replace('\\', "/"));
    is_leftover(relative, &metadata.core.name.escaped())
        || selection.excludes.excludes(relative, &in_wheel)
        || is_stale(selection, &in_wheel)
}

/// Junk, what other sdists and builds left, and cargo's own additions.
fn is_leftover(path: &str, distribution: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let in_dist = path.strip_prefix("dist/").unwrap_or(path);
    let archive = !in_dist.contains('/')
        && (name.ends_with(".whl") || (name.starts_with(&format!("{distribution}-")) && name.ends_with(".tar.gz")));
    archive || path == "PKG-INFO" || sources::is_junk(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_builds_left_stays_behind() {
        for left in ["dist/demo-1.0-py3-none-any.whl", "dist/demo-1.0.tar.gz", "PKG-INFO", "a/__pycache__/x.pyc"] {
            assert!(is_leftover(left, "demo"), "{left}");
        }
        for carried in [
            "dist/other.tar.gz",
            "src/lib.rs",
            "tests/data/PKG-INFO",
            "Cargo.lock",
            "vendor/a/Cargo.toml.orig",
            "wheels/dist/x.whl",
        ] {
            assert!(!is_leftover(carried, "demo"), "{carried}");
        }
    }
}
