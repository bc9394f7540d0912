//! The phase "compose": what a wheel shall hold, gathered from the tree and from the stage.

use std::path::{Path, PathBuf};

use crate::actions::event::Report;
use crate::actions::manifest::{Entry, Manifest, Mode};
use crate::checks;
use crate::contents::dist_info;
use crate::contents::editable::{self, EditableModule};
use crate::contents::patterns::{self, Excludes, Format};
use crate::contents::sources;
use crate::contents::wheel::{self, PackageFiles, Roots};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::interpreter::Interpreter;
use crate::facts::sources::{Found, PathKind};
use crate::ops::compile::Staged;
use crate::ops::project::{Project, settle};
use crate::ops::wheel::WheelKind;
use crate::plan::cargo_calls::CompileTarget;
use crate::plan::layout::ModuleLayout;
use crate::spec::filename;
use crate::spec::tag::WheelTag;
use crate::system::disk;

/// Everything that does not come from cargo, read before cargo starts so that its faults come first.
pub fn python_entries(project: &Project, kind: WheelKind, report: Report<'_>) -> Result<Vec<Entry>, Error> {
    let mut findings = Vec::new();
    let tool = &project.pyproject.tool;
    let excludes = patterns::excludes(&tool.exclude, Format::Wheel, &mut findings);
    let mut entries = data_entries(project, &mut findings)?;
    if kind == WheelKind::Regular || !editable::has_live_sources(&project.layout) {
        entries.extend(package_entries(project, &excludes, &mut findings)?);
        entries.extend(included_entries(project, &excludes, &mut findings)?);
        let stub = stub(project)?;
        entries.extend(wheel::generated_files(&project.layout, stub.as_ref(), &mut findings));
    }
    settle(findings, &project.options.allow, report)?;
    Ok(entries)
}

fn roots(project: &Project) -> Roots<'_> {
    Roots { project: &project.directory, python: &project.layout.python_root }
}

fn package_entries(
    project: &Project,
    excludes: &Excludes,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Entry>, Error> {
    let packages = package_files(project)?;
    let module = project.layout.module.import();
    Ok(wheel::python_files(roots(project), &packages, module, excludes, findings))
}

/// The Python files of the project: one listing, for the wheel and for the sdist.
pub fn package_files(project: &Project) -> Result<Vec<PackageFiles>, Error> {
    let packages = project.layout.packages.iter().map(|package| {
        let found = disk::walk(&project.layout.python_root.join(package), &project.tree, usize::MAX, &is_source)?;
        Ok(PackageFiles { package: package.clone(), found })
    });
    packages.collect()
}

/// Build directories and caches mark themselves with a tag file; they are never sources.
fn is_source(directory: &Path) -> bool {
    disk::kind(&directory.join("CACHEDIR.TAG")) == PathKind::Missing
}

fn included_entries(
    project: &Project,
    excludes: &Excludes,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Entry>, Error> {
    let includes = patterns::includes(&project.pyproject.tool.include, Format::Wheel, findings);
    let found = included_files(project, &includes)?;
    Ok(wheel::included_files(roots(project), &found, &includes, excludes, findings))
}

/// What lies where the globs of `include` look.
pub fn included_files(project: &Project, includes: &[patterns::Include]) -> Result<Vec<Found>, Error> {
    let mut found: Vec<Found> = Vec::new();
    for include in includes {
        for base in [&project.directory, &project.layout.python_root] {
            let listed = listed(&base.join(include.prefix()), project)?;
            found.extend(
                listed.into_iter().filter(|new| !found.iter().any(|old| old.path == new.path)).collect::<Vec<_>>(),
            );
        }
    }
    Ok(found)
}

fn listed(root: &Path, project: &Project) -> Result<Vec<Found>, Error> {
    Ok(disk::walk(root, &project.tree, usize::MAX, &is_source)?)
}

/// The stub of a module without Python of its own: `<name>.pyi` beside `pyproject.toml`.
fn stub(project: &Project) -> Result<Option<Found>, Error> {
    let ModuleLayout::Generated { package, .. } = &project.layout.module else { return Ok(None) };
    Ok(listed(&project.directory.join(format!("{}.pyi", package.last())), project)?.pop())
}

fn data_entries(project: &Project, findings: &mut Vec<Diagnostic>) -> Result<Vec<Entry>, Error> {
    let Some(directory) = data_directory(project, findings) else { return Ok(Vec::new()) };
    let found = listed(&directory, project)?;
    let core = &project.metadata.core;
    Ok(wheel::data_files(&directory, &found, &filename::data_dir(&core.name, &core.version), findings))
}

/// The `.data` tree: the one that is named, else `<module>.data` if it is there.
pub fn data_directory(project: &Project, findings: &mut Vec<Diagnostic>) -> Option<PathBuf> {
    if let Some(named) = &project.pyproject.tool.data {
        let path = project.directory.join(&named.value);
        if disk::kind(&path) == PathKind::Directory {
            return Some(path);
        }
        let message = format!("`{}` names `{}`, which is not a directory", named.key, named.value);
        findings.push(named.error(Code::SourceFile, message));
        return None;
    }
    let module = match &project.layout.module {
        ModuleLayout::None => return None,
        ModuleLayout::Beside { import } => import,
        ModuleLayout::Generated { package, .. } => package,
    };
    let candidates =
        [module.to_string(), module.top().to_owned()].map(|name| project.directory.join(format!("{name}.data")));
    candidates.into_iter().find(|path| disk::kind(path) == PathKind::Directory)
}

/// The compiled files at their places, and in an editable wheel what leads to them.
pub fn compiled_entries(
    project: &Project,
    kind: WheelKind,
    interpreter: &Interpreter,
    staged: &[Staged],
) -> Result<Vec<Entry>, Error> {
    let core = &project.metadata.core;
    let distribution = core.name.escaped();
    let live = kind == WheelKind::Editable && editable::has_live_sources(&project.layout);
    let mut entries = Vec::new();
    for item in staged {
        let file_name = &item.compile.file_name;
        let path = match (&item.compile.target, project.layout.module.import()) {
            (CompileTarget::Module { .. }, Some(import)) if live => {
                editable::module_path(&distribution, &EditableModule { import, file_name })
            }
            (CompileTarget::Module { .. }, Some(import)) => wheel::module_path(import, file_name),
            _ => format!("{}/scripts/{file_name}", filename::data_dir(&core.name, &core.version)),
        };
        entries.push(Entry { path, source: item.source.clone(), mode: Mode::Executable });
    }
    if live {
        let import = project.layout.module.import();
        let module = import
            .zip(staged.first())
            .map(|(import, item)| EditableModule { import, file_name: &item.compile.file_name });
        entries.extend(editable::files(&distribution, &project.layout.python_root, module, interpreter.minor)?);
    }
    Ok(entries)
}

/// METADATA and its companions: the prepared ones, where a frontend had them prepared.
pub fn dist_info_entries(project: &Project, tag: &WheelTag, prepared: Option<&Path>) -> Result<Vec<Entry>, Error> {
    let mut entries = match prepared {
        Some(directory) => prepared_entries(project, directory)?,
        None => dist_info::files(&project.metadata),
    };
    entries.push(dist_info::wheel(&project.metadata, tag));
    Ok(entries)
}

fn prepared_entries(project: &Project, directory: &Path) -> Result<Vec<Entry>, Error> {
    let name = dist_info::directory(&project.metadata);
    let inside = directory.join(&name);
    let directory = if disk::kind(&inside) == PathKind::Directory { inside } else { directory.to_owned() };
    let found = disk::walk(&directory, &directory, usize::MAX, &|_| true)?;
    let mut findings = Vec::new();
    let kept =
        found.iter().filter(|found| found.relative != Path::new("WHEEL") && found.relative != Path::new("RECORD"));
    let entries: Vec<Entry> = kept
        .filter_map(|found| {
            let relative = sources::archive_path(&found.path, &found.relative, &mut findings)?;
            let entry = sources::entry(found, format!("{name}/{relative}"), &mut findings)?;
            Some(Entry { mode: Mode::Regular, ..entry })
        })
        .collect();
    if !entries.iter().any(|entry| entry.path.ends_with("/METADATA")) {
        let message = format!("the prepared metadata at `{}` has no METADATA", directory.display());
        findings.push(Diagnostic::error(Code::SourceFile, message).hint("let the frontend prepare it anew"));
    }
    settle(findings, &project.options.allow, &|_| {})?;
    Ok(entries)
}

/// Puts a wheel together from what the tree gave, what cargo made, and the metadata.
pub fn manifest(
    project: &Project,
    python: &[Entry],
    compiled: &[Entry],
    dist_info: Vec<Entry>,
    findings: &mut Vec<Diagnostic>,
) -> Manifest {
    let manifest = wheel::manifest([python, compiled].concat(), dist_info, findings);
    findings.extend(checks::path_clash::check(&manifest));
    if let (Some(import), Some(module)) = (project.layout.module.import(), compiled.first()) {
        findings.extend(checks::shadowed::check(&manifest, &module.path, import.last()));
    }
    manifest
}
