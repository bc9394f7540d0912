//! The phases "plan" and "compile": cargo resolves, the plan is made, cargo compiles, what it made is staged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report};
use crate::actions::manifest::Source;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo::{Artifact, ArtifactKind, CargoFacts, CargoOutcome};
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::sources::PathKind;
use crate::ops::fresh;
use crate::ops::project::{Project, settle};
use crate::plan::build::{self, BuildPlan, Compile, Subject};
use crate::plan::cache;
use crate::plan::cargo_calls::{self, CompileTarget, Selection};
use crate::plan::options::Options;
use crate::plan::platform::Triple;
use crate::system::cargo::CargoError;
use crate::system::{cargo, disk, lock};

/// A project that cargo has resolved.
#[derive(Debug)]
pub struct Resolved {
    pub cargo: PathBuf,
    pub facts: CargoFacts,
    pub features: Vec<String>,
    pub triple: Triple,
    /// Whether what is compiled runs on this machine.
    pub runs_here: bool,
    pub target_dir: PathBuf,
}

/// A compiled file, copied out of cargo's reach.
#[derive(Debug, Clone)]
pub struct Staged {
    pub compile: Compile,
    pub path: PathBuf,
    pub source: Source,
}

/// Files that are built already and need no cargo, by the name of their target.
pub type Prebuilt = BTreeMap<String, PathBuf>;

/// Lets cargo resolve the project for an interpreter.
pub fn resolve(
    project: &Project,
    interpreter: &Interpreter,
    environment: &Environment,
    report: Report<'_>,
) -> Result<Resolved, Error> {
    let cargo = find(project, environment, report)?;
    let toolchain = cargo::toolchain(&cargo, &project.directory)?;
    let target = project.options.target.clone().or_else(|| environment.text("CARGO_BUILD_TARGET").map(str::to_owned));
    let runs_here = target.as_ref().is_none_or(|target| *target == toolchain.host);
    let platform = target.unwrap_or(toolchain.host);
    let features = build::features(&project.options, interpreter)?;
    let (facts, target_dir) = metadata(project, selection(project, &features), &cargo, Some(&platform), environment)?;
    Ok(Resolved { cargo, facts, features, triple: Triple::parse(&platform), runs_here, target_dir })
}

/// Lets cargo resolve the project for every platform and with all features, as an sdist must serve them all.
pub fn resolve_for_sdist(
    project: &Project,
    environment: &Environment,
    report: Report<'_>,
) -> Result<(PathBuf, CargoFacts, PathBuf), Error> {
    let cargo = find(project, environment, report)?;
    let options = Options { all_features: true, no_default_features: false, ..project.options.clone() };
    let selection = Selection { options: &options, ..selection(project, &[]) };
    let (facts, target_dir) = metadata(project, selection, &cargo, None, environment)?;
    Ok((cargo, facts, target_dir))
}

fn find(project: &Project, environment: &Environment, report: Report<'_>) -> Result<PathBuf, Error> {
    if disk::kind(&project.manifest_path) != PathKind::File {
        return Err(no_manifest(project).into());
    }
    passed_over(project, report);
    Ok(cargo::find(environment).ok_or(CargoError::Missing)?)
}

fn metadata(
    project: &Project,
    selection: Selection<'_>,
    cargo: &Path,
    platform: Option<&str>,
    environment: &Environment,
) -> Result<(CargoFacts, PathBuf), Error> {
    let metadata = cargo::metadata(cargo, &cargo_calls::metadata(selection, platform))?;
    let manifest = disk::real_path(&project.manifest_path).unwrap_or_else(|| project.manifest_path.clone());
    let is_root = |path: &Path| disk::real_path(path).as_deref() == Some(manifest.as_path());
    let root = metadata.packages.iter().find(|package| is_root(package.manifest_path.as_std_path()));
    let root = root.ok_or_else(|| no_package(project))?.id.clone();
    let target_dir = target_dir(project, metadata.target_directory.as_std_path(), environment)?;
    Ok((CargoFacts { metadata, root }, target_dir))
}

fn selection<'s>(project: &'s Project, features: &'s [String]) -> Selection<'s> {
    Selection { options: &project.options, features, manifest: &project.manifest_path, directory: &project.directory }
}

fn no_manifest(project: &Project) -> Diagnostic {
    let message = format!("there is no crate at `{}`", project.manifest_path.display());
    let hint = "add `Cargo.toml`, or name the one to build with `manifest-path` in the tool table";
    Diagnostic::error(Code::CargoManifest, message).at(Place::file(&project.manifest_path)).hint(hint)
}

fn no_package(project: &Project) -> Diagnostic {
    let message = format!("cargo knows no package at `{}`", project.manifest_path.display());
    Diagnostic::error(Code::CargoManifest, message).at(Place::file(&project.manifest_path))
}

/// cargo runs where `pyproject.toml` lies: what lies beside the manifest alone has no effect.
fn passed_over(project: &Project, report: Report<'_>) {
    let Some(beside) = project.manifest_path.parent().filter(|beside| *beside != project.directory) else { return };
    for name in [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"] {
        let file = beside.join(name);
        if disk::kind(&file) == PathKind::File && disk::kind(&project.directory.join(name)) == PathKind::Missing {
            let message =
                format!("`{}` is passed over: cargo runs in `{}`", file.display(), project.directory.display());
            let hint = "move the file beside `pyproject.toml`";
            report(Event::Diagnostic(Diagnostic::warning(Code::CargoConfig, message).at(Place::file(file)).hint(hint)));
        }
    }
}

/// Where cargo compiles: apart from what the user's own cargo and editor do.
fn target_dir(project: &Project, cargos: &Path, environment: &Environment) -> Result<PathBuf, Error> {
    if let Some(named) = &project.options.target_dir {
        return Ok(environment.directory().join(named));
    }
    let own = cargos.join("wainwright");
    if disk::is_writable(&own) {
        return Ok(own);
    }
    let cached = cache::target_dir(environment, &project.directory).filter(|cached| disk::is_writable(cached));
    cached.ok_or_else(|| {
        let message =
            format!("cargo's target directory `{}` cannot be written, nor can the user's cache", own.display());
        Diagnostic::error(Code::Disk, message).hint("name a directory with `--target-dir` or `CARGO_TARGET_DIR`").into()
    })
}

/// Plans the wheel for an interpreter.
pub fn plan(
    project: &Project,
    resolved: &Resolved,
    interpreter: &Interpreter,
    environment: &Environment,
    report: Report<'_>,
) -> Result<BuildPlan, Error> {
    let deployment_target = environment.text("MACOSX_DEPLOYMENT_TARGET");
    let subject = Subject { interpreter, triple: &resolved.triple, deployment_target };
    let mut notes = Vec::new();
    let plan = build::plan(&project.pyproject.tool, &project.layout, &resolved.facts, subject, &mut notes)?;
    settle(notes, &project.options.allow, report)?;
    Ok(plan)
}

/// How a plan is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    pub profile: &'o str,
    pub interpreter: &'o Interpreter,
    pub prebuilt: &'o Prebuilt,
    /// Where the copies go.
    pub stage: &'o Path,
}

/// Compiles all that the plan names and copies it to the stage.
pub fn compile(
    project: &Project,
    resolved: &Resolved,
    plan: &BuildPlan,
    order: Order<'_>,
    report: Report<'_>,
) -> Result<Vec<Staged>, Error> {
    let target_dir = resolved.target_dir.join(&plan.units);
    let _lock = lock::directory(&target_dir, || waiting(&target_dir, report)).map_err(Error::Lock)?;
    seed(&resolved.target_dir, &target_dir)?;
    let mut staged = Vec::new();
    for compile in &plan.compiles {
        let made = match order.prebuilt.get(&compile.artifact) {
            Some(path) => path.clone(),
            None => artifact(project, resolved, plan, compile, order, report)?,
        };
        let path = order.stage.join(&compile.file_name);
        let source = disk::stage(&made, &path)?;
        staged.push(Staged { compile: compile.clone(), path, source });
    }
    Ok(staged)
}

fn waiting(target_dir: &Path, report: Report<'_>) {
    report(Event::Step { verb: "Waiting", object: format!("for another build in `{}`", target_dir.display()) });
}

/// Gives a new directory the units of the one that was used last: the crates that do not depend on Python need no
/// second compile.
fn seed(all: &Path, new: &Path) -> Result<(), Error> {
    if !disk::names(new)?.iter().all(|name| name.starts_with('.')) {
        return Ok(());
    }
    let others = disk::names(all)?.into_iter().map(|name| all.join(name)).filter(|other| other != new);
    let built = others.filter(|other| disk::kind(&other.join("inputs")) == PathKind::Directory);
    if let Some(last) = built.max_by_key(|other| disk::modified(&other.join("inputs"))) {
        let _lock = lock::directory(&last, || {}).map_err(Error::Lock)?;
        disk::copy_units(&last, new)?;
    }
    Ok(())
}

/// Lets cargo compile one target and returns where it put the file.
fn artifact(
    project: &Project,
    resolved: &Resolved,
    plan: &BuildPlan,
    compile: &Compile,
    order: Order<'_>,
    report: Report<'_>,
) -> Result<PathBuf, Error> {
    let (profile, interpreter) = (order.profile, order.interpreter);
    let object = format!("{} for {} ({profile})", resolved.facts.package().name, interpreter.title());
    report(Event::Step { verb: "Compiling", object });
    let packages = fresh::local_packages(&resolved.facts);
    let target_dir = resolved.target_dir.join(&plan.units);
    let place = fresh::Place { target_dir: &target_dir, profile };
    fresh::forget_stale(&packages, place)?;
    let call = cargo_calls::compile(
        selection(project, &resolved.features),
        &compile.target,
        profile,
        &plan.triple,
        &target_dir,
        interpreter.executable.as_deref(),
    );
    let outcome = cargo::compile(&resolved.cargo, &call, &resolved.facts.root, &mut |_| {})?;
    let path = found(compile, outcome).ok_or_else(|| {
        let message = format!("cargo made no file for the target `{}`", compile.artifact);
        let hint = "see whether a setting of cargo or rustc changes the crate type";
        Diagnostic::error(Code::CrateTarget, message).hint(hint)
    })?;
    fresh::record(&packages, place, &path, &project.directory)?;
    Ok(path)
}

fn found(compile: &Compile, outcome: CargoOutcome) -> Option<PathBuf> {
    let kind = match compile.target {
        CompileTarget::Module { .. } => ArtifactKind::Cdylib,
        CompileTarget::Binary { .. } => ArtifactKind::Binary,
    };
    // cargo names a library by its file's name, in which `-` is `_`.
    let same = |name: &str| name.replace('-', "_") == compile.artifact.replace('-', "_");
    let fits = |artifact: &Artifact| artifact.kind == kind && same(&artifact.target);
    outcome.artifacts.into_iter().find(fits).map(|artifact| artifact.path)
}
