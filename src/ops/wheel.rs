//! A wheel from end to end: plan, compile, prove, compose, deliver.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::actions::event::{Event, Report};
use crate::actions::manifest::{Entry, Manifest, Mode, Source};
use crate::binary;
use crate::checks;
use crate::contents::dist_info;
use crate::contents::editable::{self, EditableModule};
use crate::contents::patterns::{self, Excludes, Format};
use crate::contents::wheel::{self, PackageFiles, Roots};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::binary::BinaryFacts;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::loading::Loading;
use crate::facts::sources::{Found, PathKind};
use crate::ops::compile::{self, Order, Prebuilt, Resolved, Staged};
use crate::ops::deliver::{self, Delivered};
use crate::ops::project::{Project, settle};
use crate::plan::build::BuildPlan;
use crate::plan::cargo_calls::CompileTarget;
use crate::plan::layout::ModuleLayout;
use crate::plan::options::ImportCheck;
use crate::spec::digest::Sha256;
use crate::spec::filename;
use crate::spec::tag::WheelTag;
use crate::system::{disk, python};

/// Which of the two kinds of wheels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WheelKind {
    Regular,
    Editable,
}

/// A wheel that was delivered.
#[derive(Debug, Clone)]
pub struct Built {
    pub delivered: Delivered,
    pub tag: WheelTag,
    pub python: String,
    /// What was proven of it, in words.
    pub proofs: Vec<String>,
    pub elapsed: Duration,
}

/// What a wheel is built from, besides the project.
pub struct Request<'r> {
    pub kind: WheelKind,
    pub interpreter: &'r Interpreter,
    pub environment: &'r Environment,
    /// Where the wheel goes.
    pub directory: &'r Path,
    /// The `.dist-info` that a frontend had prepared; the wheel must carry it unchanged.
    pub prepared: Option<&'r Path>,
    pub prebuilt: &'r Prebuilt,
}

/// Builds a wheel.
pub fn build(project: &Project, request: &Request<'_>, report: Report<'_>) -> Result<Built, Error> {
    let start = Instant::now();
    let python = python_entries(project, request.kind, report)?;
    let resolved = compile::resolve(project, request.interpreter, request.environment, report)?;
    let plan = compile::plan(project, &resolved, request.interpreter, request.environment, report)?;
    let findings = requires_python(project, &plan, request.interpreter);
    settle(findings, &project.options.allow, report)?;
    let profile = profile(project, request.kind);
    let stage = disk::temporary_directory(&resolved.target_dir)?;
    let order = Order { profile, interpreter: request.interpreter, prebuilt: request.prebuilt, stage: stage.path() };
    let staged = compile::compile(project, &resolved, &plan, order, report)?;

    let compiled = compiled_entries(project, request, &staged)?;
    let mut findings = Vec::new();
    let mut proofs = Vec::new();
    for (entry, item) in compiled.iter().zip(&staged) {
        let found = judge_binary(project, &plan, entry, item)?;
        if !found.iter().any(Diagnostic::is_error) {
            findings.extend(prove_loading(project, &resolved, request.interpreter, entry, item, &mut proofs)?);
        }
        findings.extend(found);
    }
    let dist_info = dist_info_entries(project, &plan.tag, request.prepared)?;
    let manifest = compose(project, [python, compiled.clone()].concat(), &compiled, dist_info, &mut findings);
    settle(findings, &project.options.allow, report)?;
    let name = filename::wheel(&project.metadata.core.name, &project.metadata.core.version, None, &plan.tag);
    let delivered = deliver::wheel(&manifest, project, request.directory, &name, request.environment)?;
    proofs.push("read back and equal".to_owned());
    let (tag, python) = (plan.tag, request.interpreter.title());
    Ok(Built { delivered, tag, python, proofs, elapsed: start.elapsed() })
}

/// What the wheel would hold, planned by the same code; compiled files are empty.
pub fn list(project: &Project, request: &Request<'_>, report: Report<'_>) -> Result<(String, Manifest), Error> {
    let python = python_entries(project, request.kind, report)?;
    let resolved = compile::resolve(project, request.interpreter, request.environment, report)?;
    let plan = compile::plan(project, &resolved, request.interpreter, request.environment, report)?;
    let unmade = |compile: &crate::plan::build::Compile| Staged {
        compile: compile.clone(),
        path: PathBuf::from(&compile.file_name),
        source: Source::Bytes([].into()),
    };
    let staged: Vec<Staged> = plan.compiles.iter().map(unmade).collect();
    let compiled = compiled_entries(project, request, &staged)?;
    let mut findings = Vec::new();
    let dist_info = dist_info_entries(project, &plan.tag, None)?;
    let manifest = compose(project, [python, compiled.clone()].concat(), &compiled, dist_info, &mut findings);
    settle(findings, &project.options.allow, report)?;
    let name = filename::wheel(&project.metadata.core.name, &project.metadata.core.version, None, &plan.tag);
    Ok((name, manifest))
}

fn profile(project: &Project, kind: WheelKind) -> &str {
    match kind {
        WheelKind::Regular => &project.options.profiles.wheel,
        WheelKind::Editable => &project.options.profiles.editable,
    }
}

fn requires_python(project: &Project, plan: &BuildPlan, interpreter: &Interpreter) -> Vec<Diagnostic> {
    let required = project.metadata.core.requires_python.as_ref();
    required.map(|required| checks::requires_python::check(required, plan.abi, interpreter)).unwrap_or_default()
}

// --- what the wheel holds ---

/// Everything that does not come from cargo, read before cargo starts so that its faults come first.
fn python_entries(project: &Project, kind: WheelKind, report: Report<'_>) -> Result<Vec<Entry>, Error> {
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
fn compiled_entries(project: &Project, request: &Request<'_>, staged: &[Staged]) -> Result<Vec<Entry>, Error> {
    let core = &project.metadata.core;
    let distribution = core.name.escaped();
    let live = request.kind == WheelKind::Editable && editable::has_live_sources(&project.layout);
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
        entries.extend(editable::files(&distribution, &project.layout.python_root, module, request.interpreter.minor)?);
    }
    Ok(entries)
}

/// METADATA and its companions: the prepared ones, where a frontend had them prepared.
fn dist_info_entries(project: &Project, tag: &WheelTag, prepared: Option<&Path>) -> Result<Vec<Entry>, Error> {
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
            let relative = crate::contents::sources::archive_path(&found.path, &found.relative, &mut findings)?;
            let entry = crate::contents::sources::entry(found, format!("{name}/{relative}"), &mut findings)?;
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

/// `compiled` are those of `entries` that cargo made.
fn compose(
    project: &Project,
    entries: Vec<Entry>,
    compiled: &[Entry],
    dist_info: Vec<Entry>,
    findings: &mut Vec<Diagnostic>,
) -> Manifest {
    let manifest = wheel::manifest(entries, dist_info, findings);
    findings.extend(checks::path_clash::check(&manifest));
    if let (Some(import), Some(module)) = (project.layout.module.import(), compiled.first()) {
        findings.extend(checks::shadowed::check(&manifest, &module.path, import.last()));
    }
    manifest
}

// --- proof ---

fn judge_binary(project: &Project, plan: &BuildPlan, entry: &Entry, staged: &Staged) -> Result<Vec<Diagnostic>, Error> {
    let bytes = disk::read(&staged.path)?;
    let images: Vec<BinaryFacts> = match binary::parse(&bytes) {
        Ok(images) => images,
        Err(reason) => {
            let message = format!("`{}` cannot be read as a compiled file: {reason}", entry.path);
            return Ok(vec![Diagnostic::error(Code::BinaryPlatform, message)]);
        }
    };
    let mut findings: Vec<Diagnostic> =
        checks::binary_platform::check(&plan.triple, &entry.path, &images).into_iter().collect();
    if let (CompileTarget::Module { .. }, Some(import)) = (&staged.compile.target, project.layout.module.import()) {
        findings.extend(checks::entry_symbol::check(import, &entry.path, &images));
    }
    Ok(findings)
}

/// Loads a module where that is possible: on the machine that it was built for. Bytes that have been loaded once by
/// this Python under this name are not loaded again.
fn prove_loading(
    project: &Project,
    resolved: &Resolved,
    interpreter: &Interpreter,
    entry: &Entry,
    staged: &Staged,
    proofs: &mut Vec<String>,
) -> Result<Option<Diagnostic>, Error> {
    let (CompileTarget::Module { .. }, Some(import)) = (&staged.compile.target, project.layout.module.import()) else {
        return Ok(None);
    };
    if project.options.import_check == ImportCheck::Off || !resolved.runs_here {
        proofs.push("entry symbol found".to_owned());
        return Ok(None);
    }
    let proven = proven_mark(resolved, interpreter, &import.to_string(), staged);
    proofs.push("loads".to_owned());
    if proven.as_ref().is_some_and(|mark| disk::kind(mark) == PathKind::File) {
        return Ok(None);
    }
    let loading = python::load(&interpreter.executable, &import.to_string(), &staged.path)?;
    if let (Loading::Loaded, Some(mark)) = (&loading, proven) {
        disk::write_whole(&mark, b"")?;
    }
    Ok(checks::import::check(&entry.path, &loading))
}

/// The file whose presence says that these bytes were loaded before.
fn proven_mark(resolved: &Resolved, interpreter: &Interpreter, name: &str, staged: &Staged) -> Option<PathBuf> {
    let Source::Disk { sha256: Some(digest), .. } = &staged.source else { return None };
    let subject = format!("{} {} {name} {}", interpreter.title(), interpreter.full_version(), digest.hex());
    Some(resolved.target_dir.join("proven").join(Sha256::of(subject.as_bytes()).hex()))
}

/// Tells that a wheel is there.
pub fn tell(built: &Built, report: Report<'_>) {
    report(Event::Step { verb: "Built", object: crate::render::summary::line(built_summary(built)) });
}

fn built_summary(built: &Built) -> crate::render::summary::Summary<'_> {
    crate::render::summary::Summary {
        path: &built.delivered.path,
        size: built.delivered.size,
        subject: &built.python,
        elapsed: built.elapsed,
        proofs: &built.proofs,
    }
}
