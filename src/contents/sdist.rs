//! What an sdist holds: the crate's files as cargo lists them, the Python sources, and the metadata as PKG-INFO.
//!
//! Sources: "Source distribution format" of the packaging guide; PEP 625, 643, 721.

use std::path::Path;

use crate::actions::manifest::{Entry, Manifest};
use crate::contents::patterns::Excludes;
use crate::contents::sources;
use crate::contents::wheel::unique;
use crate::diagnostic::Diagnostic;
use crate::facts::sources::Found;
use crate::plan::metadata::ProjectMetadata;
use crate::spec::filename;

/// Files of cargo's listing that cargo makes itself, and that of an older sdist.
const NOT_CARRIED: [&str; 3] = ["Cargo.toml.orig", ".cargo_vcs_info.json", "PKG-INFO"];

/// Configuration that a build needs, though cargo does not list it.
pub const CONFIGURATION: [&str; 5] =
    ["pyproject.toml", ".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];

/// Puts together an sdist of the files found, each relative to the project's directory.
pub fn manifest(
    metadata: &ProjectMetadata,
    project: &Path,
    files: &[Found],
    excludes: &Excludes,
    findings: &mut Vec<Diagnostic>,
) -> Manifest {
    let root = filename::sdist_root(&metadata.core.name, &metadata.core.version);
    let distribution = metadata.core.name.escaped();
    let mut entries = Vec::new();
    for found in files {
        let Ok(relative) = found.path.strip_prefix(project) else { continue };
        let lossy = relative.to_string_lossy().replace('\\', "/");
        let configuration = CONFIGURATION.contains(&lossy.as_str());
        let left_out = !configuration && (is_left_out(&lossy, &distribution) || excludes.excludes(&lossy, &lossy));
        if left_out {
            continue;
        }
        let Some(path) = sources::archive_path(&found.path, relative, findings) else { continue };
        entries.extend(sources::entry(found, format!("{root}/{path}"), findings));
    }
    let mut ordered = unique(entries, findings);
    ordered.insert(0, Entry::text(format!("{root}/PKG-INFO"), metadata.core.to_text()));
    Manifest { entries: ordered }
}

/// Junk, what other sdists and builds left, and cargo's own additions.
fn is_left_out(path: &str, distribution: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let in_dist = path.strip_prefix("dist/").unwrap_or(path);
    let archive = !in_dist.contains('/')
        && (name.ends_with(".whl") || (name.starts_with(&format!("{distribution}-")) && name.ends_with(".tar.gz")));
    archive || NOT_CARRIED.contains(&path) || name == "Cargo.toml.orig" || sources::is_junk(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_builds_left_stays_behind() {
        for left in [
            "dist/demo-1.0-py3-none-any.whl",
            "dist/demo-1.0.tar.gz",
            "PKG-INFO",
            "a/__pycache__/x.pyc",
            "rust/Cargo.toml.orig",
        ] {
            assert!(is_left_out(left, "demo"), "{left}");
        }
        for carried in ["dist/other.tar.gz", "src/lib.rs", "tests/data/PKG-INFO", "Cargo.lock", "wheels/dist/x.whl"] {
            assert!(!is_left_out(carried, "demo"), "{carried}");
        }
    }
}
