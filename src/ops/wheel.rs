//! A wheel from end to end: plan, compile, prove, compose, deliver.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::actions::event::{Event, Report};
use crate::actions::manifest::{Manifest, Source};
use crate::checks;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::ops::compile::{self, Order, Prebuilt, Staged};
use crate::ops::compose;
use crate::ops::deliver::{self, Delivered};
use crate::ops::project::{Project, settle};
use crate::ops::prove;
use crate::plan::build::BuildPlan;
use crate::render::summary::{self, Summary};
use crate::spec::filename;
use crate::spec::tag::WheelTag;
use crate::system::disk;

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
    let python = compose::python_entries(project, request.kind, report)?;
    let resolved = compile::resolve(project, request.interpreter, request.environment, report)?;
    let plan = compile::plan(project, &resolved, request.interpreter, request.environment, report)?;
    let findings = requires_python(project, &plan, request.interpreter);
    settle(findings, &project.options.allow, report)?;
    let profile = profile(project, request.kind);
    let stage = disk::temporary_directory(&resolved.target_dir)?;
    let order = Order { profile, interpreter: request.interpreter, prebuilt: request.prebuilt, stage: stage.path() };
    let staged = compile::compile(project, &resolved, &plan, order, report)?;

    let compiled = compose::compiled_entries(project, request, &staged)?;
    let mut findings = Vec::new();
    let mut proofs = Vec::new();
    for (entry, item) in compiled.iter().zip(&staged) {
        let found = prove::binary(project, &plan, entry, item)?;
        if !found.iter().any(Diagnostic::is_error) {
            findings.extend(prove::loading(project, &resolved, request.interpreter, entry, item, &mut proofs)?);
        }
        findings.extend(found);
    }
    let dist_info = compose::dist_info_entries(project, &plan.tag, request.prepared)?;
    let manifest = compose::manifest(project, [python, compiled.clone()].concat(), &compiled, dist_info, &mut findings);
    settle(findings, &project.options.allow, report)?;
    let name = filename::wheel(&project.metadata.core.name, &project.metadata.core.version, None, &plan.tag);
    let delivered = deliver::wheel(&manifest, project, request.directory, &name, request.environment)?;
    proofs.push("read back and equal".to_owned());
    let (tag, python) = (plan.tag, request.interpreter.title());
    Ok(Built { delivered, tag, python, proofs, elapsed: start.elapsed() })
}

/// What the wheel would hold, planned by the same code; compiled files are empty.
pub fn list(project: &Project, request: &Request<'_>, report: Report<'_>) -> Result<(String, Manifest), Error> {
    let python = compose::python_entries(project, request.kind, report)?;
    let resolved = compile::resolve(project, request.interpreter, request.environment, report)?;
    let plan = compile::plan(project, &resolved, request.interpreter, request.environment, report)?;
    let unmade = |compile: &crate::plan::build::Compile| Staged {
        compile: compile.clone(),
        path: PathBuf::from(&compile.file_name),
        source: Source::Bytes([].into()),
    };
    let staged: Vec<Staged> = plan.compiles.iter().map(unmade).collect();
    let compiled = compose::compiled_entries(project, request, &staged)?;
    let mut findings = Vec::new();
    let dist_info = compose::dist_info_entries(project, &plan.tag, None)?;
    let manifest = compose::manifest(project, [python, compiled.clone()].concat(), &compiled, dist_info, &mut findings);
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

/// Tells that a wheel is there.
pub fn tell(built: &Built, report: Report<'_>) {
    let summary = Summary {
        path: &built.delivered.path,
        size: built.delivered.size,
        subject: &built.python,
        elapsed: built.elapsed,
        proofs: &built.proofs,
    };
    report(Event::Step { verb: "Built", object: summary::line(summary) });
}
