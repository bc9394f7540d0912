//! What a wheel holds: why a file is in your wheel is answered here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::actions::manifest::{Entry, Manifest, Source};
use crate::contents::patterns::{Excludes, Include};
use crate::contents::sources;
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::sources::Found;
use crate::plan::build::Destination;
use crate::plan::layout::ModuleLayout;

/// A package (or single module) of the Python root, and what was found in it.
#[derive(Debug, Clone)]
pub struct PackageFiles {
    /// Relative to the Python root.
    pub package: PathBuf,
    pub found: Vec<Found>,
}

/// What decides whether a file travels, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'s> {
    /// Where `pyproject.toml` lies.
    pub project: &'s Path,
    /// What stands for the root of the wheel.
    pub python: &'s Path,
    /// The extensions, of which other tools may have left builds.
    pub modules: &'s [ModuleLayout],
    pub excludes: &'s Excludes,
}

/// The Python files of the packages; notes and faults go to `findings`.
pub fn python_files(selection: Selection<'_>, packages: &[PackageFiles], findings: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for package in packages {
        for found in &package.found {
            let relative = sources::below(&package.package, found);
            let Some(path) = travelling_path(selection, found, &relative, findings) else { continue };
            entries.extend(sources::entry(found, path, findings));
        }
    }
    entries
}

/// The archive path of a file that is neither junk, nor excluded, nor an older build of the module.
fn travelling_path(
    selection: Selection<'_>,
    found: &Found,
    relative: &Path,
    findings: &mut Vec<Diagnostic>,
) -> Option<String> {
    let lossy = relative.to_string_lossy().replace('\\', "/");
    let in_project =
        found.path.strip_prefix(selection.project).unwrap_or(relative).to_string_lossy().replace('\\', "/");
    if sources::is_junk(&lossy) || selection.excludes.excludes(&in_project, &lossy) {
        return None;
    }
    let path = sources::archive_path(&found.path, relative, findings)?;
    if is_stale(selection, &path) {
        findings.push(sources::stale_module(&found.path));
        return None;
    }
    Some(path)
}

/// Whether a file is an older build of one of the modules.
pub fn is_stale(selection: Selection<'_>, path: &str) -> bool {
    selection.modules.iter().any(|module| sources::is_stale_module(path, module.import()))
}

/// The files that `include` names: below the Python root by their path in it, else by their path in the project.
pub fn included_files(
    selection: Selection<'_>,
    found: &[Found],
    includes: &[Include],
    findings: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for include in includes {
        let taken: Vec<&Found> = found.iter().filter(|found| takes(include, found, selection)).collect();
        if taken.is_empty() {
            findings.push(matches_nothing(include));
        }
        for found in taken {
            let base = if found.path.starts_with(selection.python) { selection.python } else { selection.project };
            let Ok(relative) = found.path.strip_prefix(base) else { continue };
            let Some(path) = travelling_path(selection, found, relative, findings) else { continue };
            if !path.contains('/') {
                findings.push(top_level(&path, include));
            }
            entries.extend(sources::entry(found, path, findings));
        }
    }
    entries
}

/// Globs are relative to the project, or else to the Python root.
pub fn takes(include: &Include, found: &Found, selection: Selection<'_>) -> bool {
    let matches = |base: &Path| {
        let relative = found.path.strip_prefix(base).ok().and_then(Path::to_str);
        relative.is_some_and(|path| include.matches(&path.replace('\\', "/")))
    };
    matches(selection.project) || matches(selection.python)
}

pub fn matches_nothing(include: &Include) -> Diagnostic {
    let message = format!("`{}` is `{}`, which matches no file", include.source.key, include.source.value);
    include.source.warning(Code::SourceFile, message)
}

fn top_level(path: &str, include: &Include) -> Diagnostic {
    let message = format!("`{path}` lands at the top of site-packages, beside everybody else's files");
    let hint = "give the entry `format = \"sdist\"`, or move the file into the package";
    include.source.warning(Code::TopLevelFile, message).hint(hint)
}

/// The subdirectories of a `.data` tree (binary distribution format).
const DATA_DIRECTORIES: [&str; 5] = ["data", "headers", "platlib", "purelib", "scripts"];

/// The files of the `.data` tree at `directory`, as found; `data_dir` is its name in the wheel.
pub fn data_files(
    directory: &Path,
    found: &[Found],
    data_dir: &str,
    selection: Selection<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let selection = Selection { modules: &[], ..selection };
    for found in found {
        let Some(relative) = travelling_path(selection, found, &found.relative, findings) else { continue };
        let parts: Vec<&str> = relative.split('/').collect();
        if parts.len() < 2 || !DATA_DIRECTORIES.contains(&parts[0]) {
            let message = format!(
                "`{}` holds `{relative}`, but a `.data` tree has only the directories `{}`",
                directory.display(),
                DATA_DIRECTORIES.join("`, `")
            );
            findings.push(Diagnostic::error(Code::SourceKind, message).hint("move the file into one of them"));
        } else if parts[0] == "scripts" && parts.len() > 2 {
            let message =
                format!("`{}` holds `{relative}`, but `scripts` may hold no directories", directory.display());
            findings.push(Diagnostic::error(Code::SourceKind, message).hint("move the file up into `scripts`"));
        } else {
            entries.extend(sources::entry(found, format!("{data_dir}/{relative}"), findings));
        }
    }
    entries
}

/// The files that are generated around a module without Python of its own: the package, and its stub if there is one.
pub fn generated_files(module: &ModuleLayout, stub: Option<&Found>, findings: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let ModuleLayout::Generated { package, import } = module else { return Vec::new() };
    let directory = package.parts().join("/");
    let init = include_str!("python/module_init.py").replace("MODULE", import.last());
    let mut entries = vec![Entry::text(format!("{directory}/__init__.py"), init)];
    if let Some(stub) = stub {
        entries.extend(sources::entry(stub, format!("{directory}/__init__.pyi"), findings));
        entries.push(Entry::text(format!("{directory}/py.typed"), ""));
    }
    entries
}

/// Where a compiled file lies in a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub path: String,
    /// The directory of the path.
    pub directory: String,
    /// Whether the project's own Python files lie around it, rather than generated ones or none.
    pub among_sources: bool,
}

/// Places a compiled file; `scripts` is the directory of programs.
pub fn placed(destination: &Destination, file_name: &str, scripts: &str) -> Placed {
    let (directory, among_sources) = match destination {
        Destination::Module(module @ ModuleLayout::Beside { .. }) => (module.import().directory(), true),
        Destination::Module(module) => (module.import().directory(), false),
        Destination::Library { package, .. } => (package.parts().join("/"), package.parts().len() > 1),
        Destination::Package(package) => (package.parts().join("/"), true),
        Destination::Script => (scripts.to_owned(), false),
    };
    let path = if directory.is_empty() { file_name.to_owned() } else { format!("{directory}/{file_name}") };
    Placed { path, directory, among_sources }
}

/// Puts the entries into one order: everything by path, `dist-info` last. Two files that want one place are a fault.
pub fn manifest(entries: Vec<Entry>, dist_info: Vec<Entry>, findings: &mut Vec<Diagnostic>) -> Manifest {
    let mut ordered = unique(entries, findings);
    ordered.extend(unique(dist_info, findings));
    Manifest { entries: ordered }
}

/// Sorts by path; the same file asked for twice counts once.
pub fn unique(entries: Vec<Entry>, findings: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut by_path: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in entries {
        match by_path.get(&entry.path) {
            Some(first) if first.source != entry.source => findings.push(clash(first, &entry)),
            Some(_) => {}
            None => drop(by_path.insert(entry.path.clone(), entry)),
        }
    }
    by_path.into_values().collect()
}

fn clash(first: &Entry, second: &Entry) -> Diagnostic {
    let shown = |entry: &Entry| match &entry.source {
        Source::Bytes(_) => "a generated file".to_owned(),
        Source::Disk { path, .. } => format!("`{}`", path.display()),
    };
    let message = format!("two files want to be `{}`: {} and {}", first.path, shown(first), shown(second));
    Diagnostic::error(Code::PathClash, message).hint("rename one of them, or leave one out with `exclude`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::patterns::{Format, excludes};
    use crate::facts::sources::FoundKind;

    fn found(base: &str, relative: &str) -> Found {
        let kind = FoundKind::File { size: 1, executable: false };
        Found { path: Path::new(base).join(relative), relative: relative.into(), kind }
    }

    fn paths(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.path.as_str()).collect()
    }

    fn selection<'s>(modules: &'s [ModuleLayout], excludes: &'s Excludes) -> Selection<'s> {
        Selection { project: Path::new("/p"), python: Path::new("/p/python"), modules, excludes }
    }

    #[test]
    fn the_package_travels_without_junk_and_old_modules() {
        let names = ["__init__.py", "data/a b.txt", "__pycache__/x.pyc", "_core.abi3.so", ".hidden", "py.typed"];
        let files = names.map(|name| found("/p/python/pkg", name)).to_vec();
        let packages = [PackageFiles { package: "pkg".into(), found: files }];
        let mut findings = Vec::new();
        let none = excludes(&[], Format::Wheel, &mut findings);
        let module = ModuleLayout::Beside { import: "pkg._core".parse().unwrap() };
        let entries = python_files(selection(&[module], &none), &packages, &mut findings);
        assert_eq!(paths(&entries), ["pkg/__init__.py", "pkg/data/a b.txt", "pkg/.hidden", "pkg/py.typed"]);
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn data_trees_hold_only_the_five_directories() {
        let mut findings = Vec::new();
        let files = ["scripts/run", "data/share/x", "flavour/x", "scripts/sub/x", "loose", ".DS_Store"]
            .map(|name| found("/p/d.data", name));
        let none = excludes(&[], Format::Wheel, &mut findings);
        let entries = data_files(Path::new("/p/d.data"), &files, "d-1.data", selection(&[], &none), &mut findings);
        assert_eq!(paths(&entries), ["d-1.data/scripts/run", "d-1.data/data/share/x"]);
        assert_eq!(findings.len(), 3);
    }

    #[test]
    fn the_same_file_counts_once_and_different_ones_clash() {
        let mut findings = Vec::new();
        let twice = [Entry::text("b", "x"), Entry::text("a", "1"), Entry::text("b", "x")].to_vec();
        assert_eq!(paths(&unique(twice, &mut findings)), ["a", "b"]);
        assert!(findings.is_empty());
        unique(vec![Entry::text("a", "1"), Entry::text("a", "2")], &mut findings);
        assert_eq!(findings[0].message, "two files want to be `a`: a generated file and a generated file");
    }
}
