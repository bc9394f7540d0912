//! The phase "compile": cargo compiles what the plan names, and what it made is staged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::PackageId;

use crate::actions::cargo_call::CargoCall;
use crate::actions::event::{Event, Report};
use crate::actions::manifest::{Entry, Source};
use crate::binary::universal;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::build_record::Moment;
use crate::facts::cargo::{Artifact, ArtifactKind, CargoFacts, CargoOutcome, PackageSet};
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::sources::PathKind;
use crate::ops::c_headers;
use crate::ops::companions;
use crate::ops::compile_call;
use crate::ops::fresh;
use crate::ops::out_dirs;
use crate::ops::progress;
use crate::ops::project::Project;
use crate::ops::resolve::{self, Cargo, Resolved, ResolvedCrate, Toolchain};
use crate::ops::stable_tree;
use crate::ops::wheel::WheelKind;
use crate::ops::why;
use crate::plan::build::{BuildPlan, Compile};
use crate::plan::cargo_calls::{CompileTarget, Incremental, Machine};
use crate::plan::cross;
use crate::plan::fresh::LocalPackage;
use crate::plan::options::Options;
use crate::plan::parts::Need;
use crate::plan::profiling::Profiling;
use crate::plan::why::Forgotten;
use crate::spec::digest::Sha256;
use crate::system;
use crate::system::cargo::CargoError;
use crate::system::disk::Scratch;
use crate::system::{clock, disk, lock};

/// A compiled file, copied out of cargo's reach.
#[derive(Debug, Clone)]
pub struct Staged {
    pub compile: Compile,
    pub path: PathBuf,
    pub source: Source,
    /// What travels beside it: the Python that was generated to open it, debug information and the like; by paths
    /// within its directory.
    pub beside: Vec<Entry>,
    /// What build scripts have made for the wheel, by paths within it.
    pub out_dir: Vec<Entry>,
    /// Where build scripts have found native libraries.
    pub link_paths: Vec<PathBuf>,
    /// The packages that it was compiled from.
    pub packages: PackageSet,
    /// The files from disk that it was compiled from, and the manifests that say how.
    pub inputs: Vec<PathBuf>,
}

/// Files that are built already and need no cargo, by the name of their target.
pub type Prebuilt = BTreeMap<String, PathBuf>;

/// How a plan is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    pub kind: WheelKind,
    pub interpreter: &'o Interpreter,
    pub incremental: Incremental,
    pub environment: &'o Environment,
    pub prebuilt: &'o Prebuilt,
    pub profiling: &'o Profiling,
    /// Where the copies go.
    pub stage: &'o Path,
}

/// Compiles all that the plan names and copies it to the stage. What fails though the wheel can do without it is told,
/// and missing among what is returned.
pub fn compile(
    project: &Project,
    resolved: &Resolved,
    plan: &BuildPlan,
    order: Order<'_>,
    report: Report<'_>,
) -> Result<Vec<Staged>, Error> {
    let mut staged: Vec<Staged> = Vec::new();
    let mut failed = BTreeSet::new();
    for compile in &plan.compiles {
        let part = &project.parts[compile.part];
        match stage(project, resolved, plan, compile, order, report) {
            Ok(item) => staged.push(item),
            Err(Error::Cargo(error)) if part.need == Need::Auto => {
                report(Event::Diagnostic(resolve::left_out(part, &error.to_string())));
                failed.insert(compile.part);
            }
            Err(error) => return resolve::told_of_the_switch(project, Err(error), report),
        }
    }
    // Half a part is none.
    staged.retain(|item| !failed.contains(&item.compile.part));
    Ok(staged)
}

/// Makes one file and copies it to the stage.
fn stage(
    project: &Project,
    resolved: &Resolved,
    plan: &BuildPlan,
    compile: &Compile,
    order: Order<'_>,
    report: Report<'_>,
) -> Result<Staged, Error> {
    let directory = order.stage.join(compile.part.to_string());
    disk::make_directory(&directory)?;
    let path = directory.join(&compile.file_name);
    let there = order.prebuilt.get(&compile.artifact).cloned();
    let there = there.or_else(|| compile.prebuilt.as_ref().map(|file| project.directory.join(file)));
    match (there, &resolved.crates[compile.part]) {
        (Some(file), _) => Ok(Staged {
            compile: compile.clone(),
            source: disk::stage(&file, &path)?,
            path,
            beside: Vec::new(),
            out_dir: Vec::new(),
            link_paths: Vec::new(),
            packages: PackageSet::new(),
            inputs: Vec::new(),
        }),
        (None, Some(found)) => {
            stage_compiled(project, (&resolved.toolchain, found), plan, compile, (order, path), report)
        }
        (None, None) => Err(CargoError::Missing.into()),
    }
}

/// Compiles a file and copies it to `path` on the stage, while nobody else compiles in its directory.
fn stage_compiled(
    project: &Project,
    (toolchain, found): (&Toolchain, &ResolvedCrate),
    plan: &BuildPlan,
    compile: &Compile,
    (order, path): (Order<'_>, PathBuf),
    report: Report<'_>,
) -> Result<Staged, Error> {
    let cargo = toolchain.cargo.as_ref().ok_or(CargoError::Missing)?;
    let target_dir = units(found, cargo, order.profiling, compile);
    let _lock = lock::directory(&target_dir, || waiting(&target_dir, report)).map_err(Error::Lock)?;
    seed(found, &target_dir, report)?;
    let shown = stable_tree::shown(project, found, toolchain, report)?;
    let (found, options) = shown.as_ref().map_or((found, &*found.options), |shown| (&shown.found, &shown.options));
    let is_library = compile.target == CompileTarget::Library;
    if is_library {
        c_headers::before_compile(&target_dir)?;
    }
    let directory = path.parent().unwrap_or(&path);
    let (mut made, mut beside, mut out_dir, mut link_paths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut packages, mut inputs) = (PackageSet::new(), Vec::new());
    for target in &toolchain.targets {
        let name = target.as_deref().unwrap_or(&toolchain.platform);
        let machine = Machine { triple: &plan.triple, named: target.as_deref() };
        let (one, read) = artifact(project, (found, options), toolchain, (machine, name), compile, order, report)?;
        let whole = (one.path.as_path(), &*one.others);
        beside.extend(companions::staged(options, whole, (directory, &compile.file_name), report)?);
        out_dir = out_dirs::staged(project, found, &one.out_dirs, &directory.join("out-dir"), report)?;
        link_paths.extend(one.link_paths);
        packages.extend(found.facts.named(one.packages.keys()));
        inputs.extend(read);
        made.push((one.path, one.content));
    }
    if is_library {
        c_headers::after_compile(found, &target_dir)?;
    }
    let mut source = joined(&made, &path)?;
    if options.takes_debug_information_out(&plan.triple) {
        beside.push(companions::debug_file(&path, source, (directory, &compile.file_name))?);
        source = companions::stripped(&path, &compile.file_name)?;
    }
    // A debugger looks for the sources of an editable install where they were shown.
    if let (Some(shown), Incremental::Off) = (shown, order.incremental) {
        shown.end();
    }
    Ok(Staged { compile: compile.clone(), path, source, beside, out_dir, link_paths, packages, inputs })
}

/// Where the units of a compile lie.
fn units(found: &ResolvedCrate, cargo: &Cargo, profiling: &Profiling, compile: &Compile) -> PathBuf {
    let all = &found.target_dir.path;
    let all = if cargo.is_cross() { &cross::target_dir(all) } else { all };
    all.join(profiling.units(&compile.units))
}

/// Copies the file to the stage, or joins the halves of a universal one.
fn joined(made: &[(PathBuf, (u64, Sha256))], path: &Path) -> Result<Source, Error> {
    if let [(one, (size, sha256))] = made {
        // Whether the copy is whole, packing will show.
        disk::copy(one, path)?;
        return Ok(Source::Disk { path: path.to_owned(), size: *size, sha256: Some(*sha256) });
    }
    let halves = made.iter().map(|(half, _)| disk::read(half)).collect::<Result<Vec<_>, _>>()?;
    let whole = universal::join(&halves).map_err(|reason| {
        Diagnostic::error(
            Code::BinaryPlatform,
            format!("the halves of `{}` cannot be joined: {reason}", path.display()),
        )
    })?;
    disk::write_whole(path, &whole)?;
    let (size, sha256) = disk::digest(path)?;
    Ok(Source::Disk { path: path.to_owned(), size, sha256: Some(sha256) })
}

pub fn waiting(target_dir: &Path, report: Report<'_>) {
    report(Event::Step { verb: "Waiting", object: format!("for another build in `{}`", target_dir.display()) });
}

/// Gives a new directory the units of the one that was used last: the crates that do not depend on Python need no
/// second compile.
fn seed(found: &ResolvedCrate, new: &Path, report: Report<'_>) -> Result<(), Error> {
    let Some(all) = new.parent() else { return Ok(()) };
    if !disk::names(new)?.iter().all(|name| name.starts_with('.')) {
        return Ok(());
    }
    let others = disk::names(all)?.into_iter().map(|name| all.join(name)).filter(|other| other != new);
    let built = others.filter(|other| disk::kind(&other.join("inputs")) == PathKind::Directory);
    if let Some(last) = built.max_by_key(|other| disk::modified(&other.join("inputs"))) {
        let _lock = lock::directory(&last, || waiting(&last, report)).map_err(Error::Lock)?;
        let scratch = Scratch::below(all)?;
        // What is ours gets times of its own in each.
        let packages = fresh::local_packages(&found.facts);
        let is_shared = |name: &str| !packages.iter().any(|package| package.makes(name));
        disk::copy_units(&last, scratch.path(), &is_shared)?;
        // Only a whole copy gets its place: cargo would take a half one for fresh.
        disk::move_entries(scratch.path(), new)?;
    }
    Ok(())
}

/// What one run of cargo made.
struct Made {
    path: PathBuf,
    /// Its size, in bytes, and its digest.
    content: (u64, Sha256),
    others: Vec<PathBuf>,
    out_dirs: Vec<(PackageId, PathBuf)>,
    link_paths: Vec<PathBuf>,
    /// Whether it was compiled, and not found fresh.
    compiled: bool,
    /// Of each package, whether all of it was found fresh.
    packages: BTreeMap<PackageId, bool>,
    /// When each package that was compiled was done.
    times: BTreeMap<PackageId, Moment>,
}

/// Lets cargo compile one target. Tells what an editable wheel was made from, too: files.
fn artifact(
    project: &Project,
    (found, options): (&ResolvedCrate, &Options),
    toolchain: &Toolchain,
    (machine, name): (Machine<'_>, &str),
    compile: &Compile,
    order: Order<'_>,
    report: Report<'_>,
) -> Result<(Made, Vec<PathBuf>), Error> {
    let cargo = toolchain.cargo.as_ref().ok_or(CargoError::Missing)?;
    let interpreter = order.interpreter;
    let own = project.parts[compile.part].profile.as_deref();
    let profile = match order.kind {
        WheelKind::Regular => project.options.profiles.for_wheel(own),
        WheelKind::Editable => project.options.profiles.for_editable(own),
    };
    let object = format!("{} for {} ({profile})", found.facts.package().name, interpreter.title());
    report(Event::Step { verb: "Compiling", object: object.clone() });
    let packages = fresh::local_packages(&found.facts);
    let target_dir = units(found, cargo, order.profiling, compile);
    let place = fresh::Place { target_dir: &target_dir, profile };
    let mut forgotten = fresh::forget_stale(&packages, place)?;
    if found.target_dir.are_times_idle {
        fresh::fix_times(&packages, &project.tree, place)?;
    } else {
        fresh::trust_contents(&packages, place)?;
    }
    let call = compile_call::call(
        project,
        (found, options),
        toolchain,
        (machine, name),
        compile,
        (&target_dir, profile),
        order,
    )?;
    let root = fresh::root_package(&found.facts);
    fresh::begin(place)?;
    let begin = clock::now();
    let mut made = run(cargo, &found.facts, &call, compile, &object, (order.environment, report))?;
    if !made.compiled && !fresh::is_ours(&root, place, &call, made.content.1)? {
        fresh::forget(&root, place)?;
        forgotten.insert(root.name.clone(), Forgotten::Replaced);
        made = run(cargo, &found.facts, &call, compile, &object, (order.environment, report))?;
    }
    let recorded = fresh::record(&root, &packages, place, &call, (&made.path, made.content.1))?;
    let file = why::record_file(project, &found.target_dir.path);
    let course = why::Course { title: &object, begin, packages: &made.packages, times: &made.times };
    why::record(&file, place, &found.facts, course, &forgotten)?;
    if made.compiled {
        found.target_dir.grow();
    }
    let inputs = match order.kind {
        WheelKind::Regular => Vec::new(),
        WheelKind::Editable => inputs(found, &packages, recorded)?,
    };
    Ok((made, inputs))
}

/// The files that something was made from, the manifests too.
fn inputs(found: &ResolvedCrate, packages: &[LocalPackage], recorded: Vec<PathBuf>) -> Result<Vec<PathBuf>, Error> {
    let manifests = packages.iter().map(|package| package.directory.join("Cargo.toml"));
    let lock_file = found.facts.metadata.workspace_root.as_std_path().join("Cargo.lock");
    let mut files: Vec<PathBuf> = manifests.chain([lock_file]).collect();
    for path in recorded {
        files.extend(fresh::files_at(&path)?);
    }
    Ok(files)
}

fn run(
    cargo: &Cargo,
    facts: &CargoFacts,
    call: &CargoCall,
    compile: &Compile,
    object: &str,
    (environment, report): (&Environment, Report<'_>),
) -> Result<Made, Error> {
    let subject = progress::Subject { object, packages: Some(facts.built_packages()) };
    let outcome = progress::compile(&cargo.compiler, call, &facts.root, subject, report);
    if outcome.is_err() && cargo.is_cross() && system::cargo::container_engine(environment).is_none() {
        let note =
            Diagnostic::note(Code::ToolMissing, "cross compiles in a container, and no engine for those is here");
        report(Event::Diagnostic(
            note.hint("install docker or podman, or name another engine by `CROSS_CONTAINER_ENGINE`"),
        ));
    }
    let mut outcome = outcome?;
    let compiled = outcome.compiled.iter().any(|name| same_target(name, &compile.artifact));
    let out_dirs = std::mem::take(&mut outcome.out_dirs);
    let packages = std::mem::take(&mut outcome.packages);
    let times = std::mem::take(&mut outcome.times);
    let link_paths = std::mem::take(&mut outcome.link_paths);
    let found = found(compile, outcome).ok_or_else(|| {
        let message = format!("cargo made no file for the target `{}`", compile.artifact);
        let hint = "see whether a setting of cargo or rustc changes the crate type";
        Diagnostic::error(Code::CrateTarget, message).hint(hint)
    })?;
    let content = disk::digest(&found.path)?;
    Ok(Made { path: found.path, content, others: found.others, out_dirs, link_paths, compiled, packages, times })
}

/// cargo names a library by its file's name, in which `-` is `_`.
fn same_target(a: &str, b: &str) -> bool {
    a.replace('-', "_") == b.replace('-', "_")
}

fn found(compile: &Compile, outcome: CargoOutcome) -> Option<Artifact> {
    let kind = match compile.target {
        CompileTarget::Module { .. } | CompileTarget::Library => ArtifactKind::Cdylib,
        CompileTarget::Binary { .. } => ArtifactKind::Binary,
    };
    let fits = |artifact: &Artifact| artifact.kind == kind && same_target(&artifact.target, &compile.artifact);
    outcome.artifacts.into_iter().find(fits)
}
