//! The phase "compose": what a wheel shall hold, gathered from the tree and from the stage.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::actions::event::Report;
use crate::actions::manifest::{Entry, Manifest, Mode, Source};
use crate::checks;
use crate::contents::dist_info;
use crate::contents::editable::{self, Call, EditableModule, Freshness, Input, Leads};
use crate::contents::patterns::{self, Excludes, Format};
use crate::contents::secrets;
use crate::contents::sources;
use crate::contents::wheel::{self, PackageFiles, Selection};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::interpreter::Interpreter;
use crate::facts::sources::{Found, PathKind};
use crate::ops::compile::Staged;
use crate::ops::project::{Project, settle};
use crate::ops::wheel::WheelKind;
use crate::plan::build::Destination;
use crate::plan::layout::ModuleLayout;
use crate::spec::filename;
use crate::spec::relative_path::RelativePath;
use crate::spec::tag::WheelTag;
use crate::system::{disk, walk};

/// Everything that does not come from cargo, read before cargo starts so that its faults come first.
pub fn python_entries(project: &Project, kind: WheelKind, report: Report<'_>) -> Result<Vec<Entry>, Error> {
    let mut findings = Vec::new();
    let tool = &project.pyproject.tool;
    let excludes = patterns::excludes(&tool.exclude, Format::Wheel, &mut findings);
    let mut entries = data_entries(project, &excludes, &mut findings)?;
    if kind == WheelKind::Regular || !editable::has_live_sources(&project.layout) {
        entries.extend(package_entries(project, &excludes, &mut findings)?);
        entries.extend(included_entries(project, &excludes, &mut findings)?);
    }
    findings.extend(private_keys(&entries)?);
    settle(findings, &project.options.allow, report)?;
    Ok(entries)
}

/// The private keys among what would be packed.
pub fn private_keys(entries: &[Entry]) -> Result<Vec<Diagnostic>, Error> {
    let mut findings = Vec::new();
    for entry in entries.iter().filter(|entry| secrets::may_be_key(&entry.path)) {
        if let Source::Disk { path, .. } = &entry.source
            && secrets::is_private_key(&disk::head(path, 4096)?)
        {
            findings.push(secrets::private_key(path));
        }
    }
    Ok(findings)
}

/// What decides which files of the project travel.
pub fn selection<'s>(project: &'s Project, excludes: &'s Excludes) -> Selection<'s> {
    Selection {
        project: &project.directory,
        python: &project.layout.python_root,
        modules: &project.layout.modules,
        excludes,
    }
}

fn package_entries(
    project: &Project,
    excludes: &Excludes,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Entry>, Error> {
    let packages = package_files(project)?;
    Ok(wheel::python_files(selection(project, excludes), &packages, findings))
}

/// The Python files of the project: one listing, for the wheel and for the sdist.
pub fn package_files(project: &Project) -> Result<Vec<PackageFiles>, Error> {
    let packages = project.layout.packages.iter().map(|package| {
        let found = walk::files(&project.layout.python_root.join(package), &project.tree, usize::MAX, &is_source)?;
        Ok(PackageFiles { package: package.clone(), found })
    });
    packages.collect()
}

/// Build directories and caches mark themselves with a tag file; they are never sources. Where cargo has resolved and
/// not compiled yet, its directory has no tag, but what it knows of rustc.
fn is_source(directory: &Path) -> bool {
    let lacks = |name| disk::kind(&directory.join(name)) == PathKind::Missing;
    lacks("CACHEDIR.TAG") && lacks(".rustc_info.json")
}

fn included_entries(
    project: &Project,
    excludes: &Excludes,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<Entry>, Error> {
    let includes = patterns::includes(&project.pyproject.tool.include, Format::Wheel, findings);
    let found = included_files(project, &includes)?;
    Ok(wheel::included_files(selection(project, excludes), &found, &includes, findings))
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
    Ok(walk::files(root, &project.tree, usize::MAX, &is_source)?)
}

/// What is generated around a module, with its stub where it has one: `<name>.pyi` beside `pyproject.toml`.
fn generated_entries(project: &Project, module: &ModuleLayout) -> Result<Vec<Entry>, Error> {
    let stub = listed(&project.directory.join(format!("{}.pyi", module.name().last())), project)?.pop();
    let mut findings = Vec::new();
    let entries = wheel::generated_files(module, stub.as_ref(), &mut findings);
    settle(findings, &project.options.allow, &|_| {})?;
    Ok(entries)
}

fn data_entries(project: &Project, excludes: &Excludes, findings: &mut Vec<Diagnostic>) -> Result<Vec<Entry>, Error> {
    let Some(directory) = data_directory(project, findings) else { return Ok(Vec::new()) };
    let found = listed(&directory, project)?;
    let core = &project.metadata.core;
    let data_dir = filename::data_dir(&core.name, &core.version);
    Ok(wheel::data_files(&directory, &found, &data_dir, selection(project, excludes), findings))
}

/// The `.data` tree: the one that is named, else `<module>.data` if it is there.
pub fn data_directory(project: &Project, findings: &mut Vec<Diagnostic>) -> Option<PathBuf> {
    if let Some(named) = &project.pyproject.tool.data {
        let inside = match named.value.parse::<RelativePath>() {
            Ok(inside) => inside,
            Err(reason) => {
                findings.push(named.error(Code::OutsideTree, format!("`{}`: {reason}", named.key)));
                return None;
            }
        };
        let path = project.directory.join(inside.as_str());
        if disk::kind(&path) == PathKind::Directory {
            return Some(path);
        }
        let message = format!("`{}` names `{inside}`, which is not a directory", named.key);
        findings.push(named.error(Code::SourceFile, message).hint("make the directory, or take the key out"));
        return None;
    }
    let names = project.layout.modules.iter().map(ModuleLayout::name);
    let candidates = names.flat_map(|name| [name.to_string(), name.top().to_owned()]);
    let mut candidates = candidates.map(|name| project.directory.join(format!("{name}.data")));
    candidates.find(|path| disk::kind(path) == PathKind::Directory)
}

/// The compiled files at their places, in the order of what was staged; then what is generated around them, and in an
/// editable wheel what leads to them. `call` is how that is made again.
pub fn compiled_entries(
    project: &Project,
    kind: WheelKind,
    call: Call<'_>,
    interpreter: &Interpreter,
    staged: &[Staged],
) -> Result<Vec<Entry>, Error> {
    let core = &project.metadata.core;
    let distribution = core.name.escaped();
    let scripts = format!("{}/scripts", filename::data_dir(&core.name, &core.version));
    let live = kind == WheelKind::Editable && editable::has_live_sources(&project.layout);
    let (mut entries, mut around, mut led) = (Vec::new(), Vec::new(), Vec::new());
    let mut watched = Vec::new();
    for item in staged {
        let placed = wheel::placed(&item.compile.destination, &item.compile.file_name, &scripts);
        let hidden = live && placed.among_sources;
        let place = |path: String| if hidden { editable::private_path(&distribution, &path) } else { path };
        let path = place(placed.path);
        for entry in &item.beside {
            around.push(Entry { path: place(within(&placed.directory, &entry.path)), ..entry.clone() });
        }
        around.extend(item.out_dir.iter().filter(|new| !known(&around, new)).cloned().collect::<Vec<_>>());
        match &item.compile.destination {
            Destination::Module(module) => watched.push(module.import().clone()),
            Destination::Library { package, .. } => watched.push(package.clone()),
            Destination::Script | Destination::Package(_) => {}
        }
        match &item.compile.destination {
            Destination::Module(module) if hidden => {
                led.push(EditableModule { import: module.import().clone(), path: path.clone() });
            }
            Destination::Module(module) => around.extend(generated_entries(project, module)?),
            Destination::Library { package, .. } if hidden => {
                let path = place(format!("{}/__init__.py", placed.directory));
                led.push(EditableModule { import: package.clone(), path });
            }
            Destination::Library { .. } | Destination::Script | Destination::Package(_) => {}
        }
        entries.push(Entry { path, source: item.source.clone(), mode: Mode::Executable });
    }
    entries.extend(around);
    if kind == WheelKind::Editable {
        let python_root = live.then_some(project.layout.python_root.as_path());
        let leads = Leads { python_root, modules: &led, watched: &watched };
        let inputs = inputs(project, staged)?;
        let rebuild = project.options.editable_rebuild;
        let freshness = Freshness { project: &project.directory, rebuild, call, inputs: &inputs };
        entries.extend(editable::files(&distribution, leads, freshness, interpreter.minor)?);
    }
    Ok(entries)
}

/// What the staged files were compiled from, and what says how.
fn inputs(project: &Project, staged: &[Staged]) -> Result<Vec<Input>, Error> {
    let read = staged.iter().flat_map(|item| item.inputs.iter().cloned());
    let files: BTreeSet<PathBuf> = std::iter::once(project.pyproject.file.clone()).chain(read).collect();
    let mut inputs = Vec::new();
    for path in files {
        // What is not there any more, as a build script's own files, cannot have changed.
        if disk::kind(&path) == PathKind::File {
            let (size, sha256) = disk::digest(&path)?;
            inputs.push(Input { path, size, sha256 });
        }
    }
    Ok(inputs)
}

fn within(directory: &str, path: &str) -> String {
    if directory.is_empty() { path.to_owned() } else { format!("{directory}/{path}") }
}

/// Whether a build script's file is there already, by another run of the same script.
fn known(entries: &[Entry], new: &Entry) -> bool {
    entries.iter().any(|known| known.path == new.path)
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
    let found = walk::files(&directory, &directory, usize::MAX, &|_| true)?;
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
    findings.extend(prepared_for_another(project, &directory)?);
    if !entries.iter().any(|entry| entry.path.ends_with("/METADATA")) {
        let message = format!("the prepared metadata at `{}` has no METADATA", directory.display());
        findings.push(Diagnostic::error(Code::SourceFile, message).hint("let the frontend prepare it anew"));
    }
    settle(findings, &project.options.allow, &|_| {})?;
    Ok(entries)
}

/// The wheel's file name comes from the project: METADATA that was prepared for another name or version cannot go in.
fn prepared_for_another(project: &Project, directory: &Path) -> Result<Option<Diagnostic>, Error> {
    let path = directory.join("METADATA");
    let Some(bytes) = disk::read_if_there(&path)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let headers: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    let is_own = |key: &str, own: String| {
        let values: Vec<&str> = headers.iter().filter_map(|line| line.strip_prefix(key)).collect();
        values == [own.as_str()]
    };
    let core = &project.metadata.core;
    if is_own("Name: ", core.name.to_string()) && is_own("Version: ", core.version.to_string()) {
        return Ok(None);
    }
    let message = format!("the prepared `{}` is not that of {} {}", path.display(), core.name, core.version);
    let hint = "let the frontend prepare it anew: the project has changed, or the file was";
    Ok(Some(Diagnostic::error(Code::SourceFile, message).hint(hint)))
}

/// Puts a wheel together from what the tree gave, what cargo made, and the metadata. `compiled` begins with what was
/// staged, in the same order.
pub fn manifest(
    python: &[Entry],
    compiled: &[Entry],
    staged: &[Staged],
    dist_info: Vec<Entry>,
    findings: &mut Vec<Diagnostic>,
) -> Manifest {
    let manifest = wheel::manifest([python, compiled].concat(), dist_info, findings);
    for (entry, item) in compiled.iter().zip(staged) {
        if let Destination::Module(module) = &item.compile.destination {
            findings.extend(checks::shadowed::check(&manifest, &entry.path, module.import().last()));
        }
    }
    manifest
}
