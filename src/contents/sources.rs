//! Which of the files found in a package travel.
//!
//! Ignore files never decide it: every regular file of the packages travels, but for a fixed list of junk, for what
//! `exclude` names, and for modules that another tool left there under the name of ours.

use std::path::{Component, Path, PathBuf};

use crate::actions::manifest::{Entry, Mode, Source};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::sources::{Found, FoundKind};
use crate::spec::module_path::ModulePath;

/// Directories that never travel.
const JUNK_DIRECTORIES: &[&str] = &[
    "__pycache__",
    ".git",
    ".hg",
    ".svn",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".tox",
    ".nox",
    ".pixi",
    ".pdm-build",
    ".eggs",
];

/// Files that never travel. PDM notes in one of them which Python of this machine it uses.
const JUNK_FILES: &[&str] = &[".DS_Store", "Thumbs.db", "desktop.ini", ".pdm-python"];

const JUNK_SUFFIXES: &[&str] = &[".pyc", ".pyo"];

/// Whether a path (relative, with `/`) is on the fixed list of junk.
pub fn is_junk(path: &str) -> bool {
    let (directories, name) = path.rsplit_once('/').unwrap_or(("", path));
    directories.split('/').any(|part| JUNK_DIRECTORIES.contains(&part))
        || JUNK_FILES.contains(&name)
        || JUNK_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Turns what was found into an entry at `archive_path`; what no archive may hold is a fault.
pub fn entry(found: &Found, archive_path: String, faults: &mut Vec<Diagnostic>) -> Option<Entry> {
    match &found.kind {
        FoundKind::File { size, executable } => {
            let source = Source::Disk { path: found.path.clone(), size: *size, sha256: None };
            let mode = if *executable { Mode::Executable } else { Mode::Regular };
            Some(Entry { path: archive_path, source, mode })
        }
        refused => {
            faults.push(refusal(&found.path, refused));
            None
        }
    }
}

fn refusal(path: &Path, kind: &FoundKind) -> Diagnostic {
    let shown = path.display();
    let fault = match kind {
        FoundKind::LinkOutside { target } => Diagnostic::error(
            Code::OutsideTree,
            format!("`{shown}` is a symlink that leads outside the project's tree, to `{}`", target.display()),
        )
        .hint("copy the file into the project, or leave the link out with `exclude`"),
        FoundKind::LinkBroken { target } => {
            let message = format!("`{shown}` is a symlink that leads nowhere: `{}`", target.display());
            Diagnostic::error(Code::SourceKind, message).hint("mend or remove the link, or leave it out with `exclude`")
        }
        FoundKind::Special(what) => {
            Diagnostic::error(Code::SourceKind, format!("`{shown}` is a {what}, which no archive can hold"))
                .hint("remove it, or leave it out with `exclude`")
        }
        FoundKind::File { .. } => Diagnostic::error(Code::SourceKind, format!("`{shown}` cannot be packed")),
    };
    fault.at(Place::file(path))
}

/// The path as archives write it: Unicode, `/`, no control characters, nothing that only some systems allow.
pub fn archive_path(path: &Path, relative: &Path, faults: &mut Vec<Diagnostic>) -> Option<String> {
    let stays = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let parts: Option<Vec<&str>> = relative.components().map(|part| part.as_os_str().to_str()).collect();
    let reason = match parts {
        _ if !stays => "leads out of the directory that is packed",
        None => "is not Unicode",
        Some(parts) if parts.iter().any(|part| part.chars().any(char::is_control)) => "holds a control character",
        Some(parts) if parts.iter().any(|part| part.contains('\\')) => "holds a backslash, which parts paths elsewhere",
        Some(parts) => return Some(parts.join("/")),
    };
    let message = format!("the name of `{}` {reason}", printable(path));
    faults.push(Diagnostic::error(Code::SourceKind, message).hint("rename the file, or leave it out with `exclude`"));
    None
}

fn printable(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

/// Whether a file is a build of our own module that another tool left among the sources: `_core.cpython-311-....so`,
/// `_core.abi3.so`, `_core.so`, `_core.pyd` beside where ours goes.
pub fn is_stale_module(path: &str, module: &ModulePath) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let Some((stem, rest)) = name.split_once('.') else { return false };
    let native = ["so", "pyd", "dylib"].contains(&rest.rsplit('.').next().unwrap_or_default());
    let tagged = !rest.contains('.')
        || ["cpython-", "abi3", "abi3t", "pypy", "graalpy", "cp"].iter().any(|tag| rest.starts_with(tag));
    stem == module.last() && directory == module.directory() && native && tagged
}

/// The note about such a file.
pub fn stale_module(path: &Path) -> Diagnostic {
    let message =
        format!("`{}` is left out: it is an older build of the module that this wheel brings", path.display());
    Diagnostic::warning(Code::Shadowed, message).hint("remove the file: Python would load it in place of a newer one")
}

/// Where the entries of a package lie in the archive: below the package's own path.
pub fn below(package: &Path, found: &Found) -> PathBuf {
    if found.relative.as_os_str().is_empty() { package.to_owned() } else { package.join(&found.relative) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junk_is_a_fixed_list() {
        for junk in
            ["a/__pycache__/x.pyc", "a/x.pyc", ".git/config", "a/.DS_Store", ".pdm-python", ".nox/tests/bin/python"]
        {
            assert!(is_junk(junk), "{junk}");
        }
        for kept in ["a/.hidden", "a/data.txt", "a/pycache/x", "a/x.so", ".gitignore"] {
            assert!(!is_junk(kept), "{kept}");
        }
    }

    #[test]
    fn only_builds_of_our_own_module_are_stale() {
        let module: ModulePath = "pkg._core".parse().unwrap();
        for stale in [
            "pkg/_core.so",
            "pkg/_core.abi3.so",
            "pkg/_core.cpython-311-x86_64-linux-gnu.so",
            "pkg/_core.cp311-win_amd64.pyd",
        ] {
            assert!(is_stale_module(stale, &module), "{stale}");
        }
        for other in [
            "pkg/_core_helper.so",
            "_core.so",
            "pkg/sub/_core.so",
            "pkg/_core.py",
            "pkg/_core.pyi",
            "pkg/_core.data.so",
        ] {
            assert!(!is_stale_module(other, &module), "{other}");
        }
    }

    #[test]
    fn a_name_with_a_line_break_is_refused_and_shown() {
        let mut faults = Vec::new();
        assert_eq!(archive_path(Path::new("p/a\nb"), Path::new("a\nb"), &mut faults), None);
        assert_eq!(faults[0].message, "the name of `p/a\\nb` holds a control character");
    }

    #[test]
    fn links_out_and_devices_are_refused_by_name() {
        let found = |kind| Found { path: "/p/leak.txt".into(), relative: "leak.txt".into(), kind };
        let mut faults = Vec::new();
        entry(&found(FoundKind::LinkOutside { target: "/etc/passwd".into() }), "x".into(), &mut faults);
        entry(&found(FoundKind::Special("FIFO")), "x".into(), &mut faults);
        assert!(faults[0].message.contains("leak.txt") && faults[0].message.contains("outside"));
        assert_eq!(faults[1].message, "`/p/leak.txt` is a FIFO, which no archive can hold");
    }
}
