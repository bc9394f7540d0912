//! A wheel from end to end: plan, compile, prove, compose, deliver.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::actions::event::{Event, Report};
use crate::actions::manifest::{Entry, Manifest, Source};
use crate::checks;
use crate::contents::editable::Call;
use crate::contents::{bindings, dist_info, rewheel};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::facts::binary::BinaryFacts;
use crate::facts::build_record::{Moment, TimeSpan, WheelRecord};
use crate::facts::cargo::PackageSet;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::settings::{AuditMode, Bindings};
use crate::ops::compile::{self, Order, Prebuilt, Staged};
use crate::ops::compose;
use crate::ops::deliver::{self, Delivered};
use crate::ops::generate::{self, Bench};
use crate::ops::graft::Grafted;
use crate::ops::materials;
use crate::ops::portable::{self, Made, Portable};
use crate::ops::project::{Project, settle};
use crate::ops::prove;
use crate::ops::resolve::{self, Resolved, Toolchain};
use crate::ops::stubs;
use crate::ops::why;
use crate::plan::build::{self, BuildPlan, Compile, Destination, Subject};
use crate::plan::cache;
use crate::plan::cargo_calls::Incremental;
use crate::plan::compatibility::{self, Compatibility};
use crate::plan::features;
use crate::plan::guesses;
use crate::plan::options::AskedTag;
use crate::plan::parts::Part;
use crate::plan::portable::{Treatment, Verdict};
use crate::plan::profiling::Profiling;
use crate::plan::wheel_set::{self, Candidate, Share};
use crate::render::summary::{self, Summary};
use crate::spec::filename;
use crate::system::clock;
use crate::system::disk::Scratch;

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
    /// The Pythons that it serves, as people call them.
    pub serves: String,
    /// What was proven of it, in words.
    pub proofs: Vec<String>,
    pub elapsed: Duration,
}

/// How planned wheels are built.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    pub kind: WheelKind,
    pub environment: &'r Environment,
    /// Where the wheels go.
    pub directory: &'r Path,
    /// The `.dist-info` that a frontend had prepared; the wheel must carry it unchanged.
    pub prepared: Option<&'r Path>,
    pub prebuilt: &'r Prebuilt,
    pub profiling: &'r Profiling,
    /// How an editable wheel is made again.
    pub call: Call<'r>,
}

/// A wheel that is planned, with nothing compiled yet.
#[derive(Debug, Clone)]
pub struct PlannedWheel {
    /// The file's name.
    pub name: String,
    /// The Python that it is built with.
    pub interpreter: Interpreter,
    /// The Pythons that it serves, as people call them.
    pub serves: Vec<String>,
    pub resolved: Resolved,
    pub plan: BuildPlan,
}

/// Plans the wheels that these Pythons need, before anything is compiled.
pub fn plan(
    project: &Project,
    toolchain: &Toolchain,
    interpreters: &[Interpreter],
    environment: &Environment,
    report: Report<'_>,
) -> Result<Vec<PlannedWheel>, Error> {
    let mut resolutions: Vec<(Vec<Vec<String>>, Resolved)> = Vec::new();
    let mut planned: Vec<(Resolved, BuildPlan)> = Vec::new();
    for interpreter in interpreters {
        let of_part = |part: &Part| features::of(&project.options, &part.features, interpreter);
        let features = project.parts.iter().map(of_part).collect::<Result<Vec<_>, _>>()?;
        let known = resolutions.iter().find(|(known, _)| *known == features).map(|(_, resolved)| resolved.clone());
        let resolved = match known {
            Some(resolved) => resolved,
            None => {
                let resolved = resolve::resolve(project, toolchain, &features, environment);
                resolve::told_of_the_switch(project, resolved, report)?
            }
        };
        let plan = resolve::plan(project, &resolved, interpreter, environment, report)?;
        resolutions.push((features, resolved.clone()));
        planned.push((resolved, plan));
    }
    settle(requires_python(project, interpreters, &planned), &project.options.allow, report)?;
    let features: Vec<Vec<String>> = planned.iter().map(|(resolved, _)| resolved.features()).collect();
    let candidates = interpreters
        .iter()
        .zip(&planned)
        .zip(&features)
        .map(|((interpreter, (_, plan)), features)| Candidate { interpreter, plan, features });
    let members = wheel_set::group(&candidates.collect::<Vec<_>>())?;
    let wheels = members.into_iter().map(|member| {
        let (resolved, plan) = planned[member.builder].clone();
        PlannedWheel {
            name: file_name(project, &plan),
            interpreter: interpreters[member.builder].clone(),
            serves: served(&plan, member.serves.iter().map(|index| &interpreters[*index])),
            resolved,
            plan,
        }
    });
    Ok(wheels.collect())
}

fn file_name(project: &Project, plan: &BuildPlan) -> String {
    let core = &project.metadata.core;
    filename::wheel(&core.name, &core.version, None, &plan.tag)
}

/// What the plan takes for granted, a sentence each.
pub fn guesses(project: &Project) -> Vec<String> {
    guesses::guesses(&project.pyproject, project.manifest.as_ref(), &project.layout, &project.parts)
}

/// The Pythons that a wheel serves, as people call them; one without a module serves all.
fn served<'i>(plan: &BuildPlan, interpreters: impl Iterator<Item = &'i Interpreter>) -> Vec<String> {
    if plan.tag.python() == ["py3"] {
        return vec!["every Python 3".to_owned()];
    }
    interpreters.map(Interpreter::title).collect()
}

/// The files that were compiled for a wheel.
struct Compiled {
    staged: Vec<Staged>,
    /// Where they go in the wheel; the first ones are those of `staged`, in their order.
    entries: Vec<Entry>,
    /// What each of `staged` says of itself.
    images: Vec<Vec<BinaryFacts>>,
}

/// Builds a planned wheel. `python` is what the wheel holds without cargo (`compose::python_entries`).
pub fn build(
    project: &Project,
    wheel: &PlannedWheel,
    python: &[Entry],
    request: Request<'_>,
    report: Report<'_>,
) -> Result<Built, Error> {
    let start = Instant::now();
    deliver::prepare(request.directory, request.environment)?;
    let stage = Scratch::below(&wheel.resolved.target_dir.path)?;
    let mut compiled = compiled(project, wheel, request, stage.path(), report)?;
    let compiled_at = clock::now();
    let treatment = treatment(project, wheel, request.kind, &compiled.images);
    let made = Made {
        project,
        toolchain: &wheel.resolved.toolchain,
        platforms: wheel.plan.tag.platform(),
        python,
        compiled: &compiled.entries,
        images: &compiled.images,
        staged: &compiled.staged,
        environment: request.environment,
        stage: stage.path(),
    };
    let (portable, (met, tied)) = match treatment {
        Treatment::Leave => (None, (None, Vec::new())),
        Treatment::Look => (None, portable::met(made)?),
        Treatment::Graft => (Some(portable::portable(made, report)?), (None, Vec::new())),
    };
    if let Some(portable) = &portable {
        compiled.staged = portable::packed(&compiled.staged, portable.compiled(), stage.path());
        compiled.entries = portable.compiled().to_vec();
    }
    let python = portable.as_ref().map_or(python, Portable::python);
    let broken = if portable.is_some() { None } else { broken_promise(project, wheel, &compiled) };
    let found = portable.as_ref().map(|portable| portable.grafted.verdict.clone());
    let promise = promise(project, found, met, broken.is_some());
    let plan = plan_of(project, wheel, &compiled.staged, promise, request.environment)?;
    let name = file_name(project, &plan);
    if name != wheel.name {
        wheel_set::expect(&project.options.expect, &[&name], Share::One)?;
    }
    let mut findings: Vec<Diagnostic> = broken.into_iter().chain(tied).collect();
    if treatment == Treatment::Look {
        findings.extend(resolve::for_pypi(project, &plan));
    }
    let mut proofs = proven(project, wheel, &plan, &compiled, &mut findings)?;
    let manifest = composed(
        project,
        wheel,
        (&plan, python),
        compiled,
        portable.as_ref().map(|it| &it.grafted),
        request,
        &mut findings,
    )?;
    settle(findings, &project.options.allow, report)?;
    let proven_at = clock::now();
    let cache = deflate_cache(project, wheel, request.environment);
    let to = deliver::To { directory: request.directory, name: &name, cache: cache.as_deref() };
    let delivered = deliver::wheel(&manifest, project, request.kind, to, request.environment)?;
    record(project, &wheel.resolved, &delivered, (compiled_at, proven_at))?;
    proofs.push("read back and equal".to_owned());
    Ok(Built { delivered, serves: wheel.serves.join(", "), proofs, elapsed: start.elapsed() })
}

/// Where the wheels of one tag keep their compiled files as they were deflated.
fn deflate_cache(project: &Project, wheel: &PlannedWheel, environment: &Environment) -> Option<PathBuf> {
    let name = format!("{}-{}", project.metadata.core.name.escaped(), wheel.plan.tag);
    let place = wheel.resolved.target_dir.path.join("packed").join(name);
    cache::wanted(project.options.no_cache, environment).map(|_| place)
}

/// Compiles what is planned, and generates what belongs to it.
fn compiled(
    project: &Project,
    wheel: &PlannedWheel,
    request: Request<'_>,
    stage: &Path,
    report: Report<'_>,
) -> Result<Compiled, Error> {
    let order = Order {
        kind: request.kind,
        interpreter: &wheel.interpreter,
        incremental: if request.kind == WheelKind::Editable { Incremental::AsConfigured } else { Incremental::Off },
        environment: request.environment,
        prebuilt: request.prebuilt,
        profiling: request.profiling,
        stage,
    };
    let mut staged = compile::compile(project, &wheel.resolved, &wheel.plan, order, report)?;
    let bench =
        Bench { interpreter: &wheel.interpreter, environment: request.environment, triple: &wheel.plan.triple, stage };
    generate::generate(project, &wheel.resolved, &mut staged, bench, report)?;
    if project.options.companions.stubs && request.kind == WheelKind::Regular {
        stubs::generate(project, &mut staged)?;
    }
    let entries = compose::compiled_entries(project, request.kind, request.call, &wheel.interpreter, &staged)?;
    let images = entries.iter().zip(&staged).map(|(entry, item)| prove::images(entry, item));
    let images = images.collect::<Result<Vec<_>, Error>>()?;
    Ok(Compiled { staged, entries, images })
}

/// Judges each compiled file, and loads those that nothing speaks against. What was proven, in words.
fn proven(
    project: &Project,
    wheel: &PlannedWheel,
    plan: &BuildPlan,
    compiled: &Compiled,
    findings: &mut Vec<Diagnostic>,
) -> Result<Vec<String>, Error> {
    let mut proofs = Vec::new();
    for ((entry, item), images) in compiled.entries.iter().zip(&compiled.staged).zip(&compiled.images) {
        let found = prove::binary(plan, entry, item, images);
        if !found.iter().any(Diagnostic::is_error) {
            findings.extend(prove::loading(project, &wheel.resolved, &wheel.interpreter, entry, item, &mut proofs)?);
        }
        findings.extend(found);
    }
    Ok(proofs)
}

/// All files of the wheel, judged together.
fn composed(
    project: &Project,
    wheel: &PlannedWheel,
    (plan, python): (&BuildPlan, &[Entry]),
    compiled: Compiled,
    grafted: Option<&Grafted>,
    request: Request<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Result<Manifest, Error> {
    let mut described = compose::dist_info_entries(project, &plan.tag, request.prepared)?;
    if request.kind == WheelKind::Regular {
        described.extend(materials::entries(project, &wheel.resolved, &compiled.staged, request.environment)?);
    }
    let paths = compiled.entries.iter().map(|entry| entry.path.clone());
    let mut images: BTreeMap<String, Vec<BinaryFacts>> = paths.zip(compiled.images).collect();
    if let Some(grafted) = grafted {
        described.extend(portable::bill(project, grafted, request.environment)?);
        images.extend(grafted.images.clone());
        findings.extend(grafted.notes.clone());
    }
    let manifest = compose::manifest(python, &compiled.entries, &compiled.staged, described, findings);
    let dist_info = dist_info::directory(&project.metadata);
    findings.extend(prove::contents(&manifest, &plan.tag, &dist_info, images.into_iter()));
    Ok(manifest)
}

/// Records that the wheel came of what cargo compiled.
fn record(
    project: &Project,
    resolved: &Resolved,
    delivered: &Delivered,
    (compiled, proven): (Moment, Moment),
) -> Result<(), Error> {
    let (Some(found), Some(record)) = (resolved.crates.iter().flatten().next(), delivered.record) else {
        return Ok(());
    };
    let wheel = WheelRecord {
        name: delivered.name.clone(),
        record: record.hex(),
        proven: TimeSpan { begin: compiled, end: proven },
        packed: TimeSpan { begin: proven, end: clock::now() },
    };
    why::record_wheel(&why::record_file(project, &found.target_dir.path), wheel)
}

/// How the wheel gets its platform tag. An editable one stays on its machine; and an installer may be told to take no
/// manylinux wheels.
fn treatment(project: &Project, wheel: &PlannedWheel, kind: WheelKind, images: &[Vec<BinaryFacts>]) -> Treatment {
    let toolchain = &wheel.resolved.toolchain;
    let treatment = toolchain.treatment(&project.options);
    let is_vetoed = treatment == Treatment::Look && toolchain.runs_here && wheel.interpreter.has_manylinux_module;
    if kind == WheelKind::Editable || images.is_empty() || is_vetoed { Treatment::Leave } else { treatment }
}

/// What the binaries need beyond what the tag that was asked for promises.
fn broken_promise(project: &Project, wheel: &PlannedWheel, compiled: &Compiled) -> Option<Diagnostic> {
    let asked = project.options.compatibility.as_ref().filter(|_| project.options.audit != AuditMode::Skip)?;
    let Compatibility::Policy(policy) = asked.compatibility else { return None };
    if wheel.resolved.toolchain.triple.c_library() != Some(policy.library) {
        return None;
    }
    let all = compiled.entries.iter().zip(&compiled.images);
    let reasons: Vec<String> =
        all.flat_map(|(entry, images)| compatibility::unmet(policy, &entry.path, images, &|_| false)).collect();
    (!reasons.is_empty()).then(|| asked.judged(compatibility::broken(policy, &reasons)))
}

/// What became of the promise of the tag.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Promise {
    AsPlanned,
    /// It is what the binaries keep.
    Found(Verdict),
    Broken,
}

/// `grafted` is true of the wheel with its libraries, `met` of its files as they are. What was asked for and is kept stays,
/// though more may be true.
fn promise(project: &Project, grafted: Option<Verdict>, met: Option<Verdict>, is_broken: bool) -> Promise {
    let names_policy = |asked: &AskedTag| matches!(asked.compatibility, Compatibility::Policy(_));
    let is_kept = !is_broken && project.options.compatibility.as_ref().is_some_and(names_policy);
    match (grafted, met) {
        (Some(verdict), _) => Promise::Found(verdict),
        (None, Some(verdict)) if !is_kept => Promise::Found(verdict),
        _ if is_broken => Promise::Broken,
        _ => Promise::AsPlanned,
    }
}

/// The plan as it came out: parts that the wheel can do without may have failed, and the promise of its tag may be one
/// that cannot be kept.
fn plan_of(
    project: &Project,
    wheel: &PlannedWheel,
    staged: &[Staged],
    promise: Promise,
    environment: &Environment,
) -> Result<BuildPlan, Error> {
    if staged.len() == wheel.plan.compiles.len() && promise == Promise::AsPlanned {
        return Ok(wheel.plan.clone());
    }
    let mut platform = resolve::platform_facts(project, &wheel.resolved.toolchain.platform, environment);
    platform.linux_policy = match &promise {
        Promise::Found(Verdict::Linux { policy, .. }) => Some(*policy),
        Promise::AsPlanned | Promise::Found(_) => platform.linux_policy,
        Promise::Broken => None,
    };
    let subject = Subject { interpreter: &wheel.interpreter, triple: &wheel.plan.triple, platform: &platform };
    let mut plan = build::together(staged.iter().map(|item| item.compile.clone()).collect(), subject)?;
    if let Promise::Found(verdict @ Verdict::MacOs(_)) = &promise {
        plan.tag = rewheel::with_platform(&plan.tag, &verdict.platform(plan.tag.platform()))?;
    }
    Ok(plan)
}

/// Compares what is planned with what the options expect.
pub fn expect(project: &Project, planned: &[PlannedWheel], share: Share) -> Result<(), Diagnostic> {
    let names: Vec<&str> = planned.iter().map(|wheel| wheel.name.as_str()).collect();
    wheel_set::expect(&project.options.expect, &names, share)
}

/// What a planned wheel would hold, by the same code; compiled files are empty.
pub fn list(
    project: &Project,
    wheel: &PlannedWheel,
    environment: &Environment,
    report: Report<'_>,
) -> Result<Manifest, Error> {
    let python = compose::python_entries(project, WheelKind::Regular, report)?;
    let unmade = |compile: &Compile| Staged {
        compile: compile.clone(),
        path: PathBuf::from(&compile.file_name),
        source: Source::Bytes([].into()),
        out_dir: Vec::new(),
        link_paths: Vec::new(),
        packages: PackageSet::new(),
        inputs: Vec::new(),
        beside: match &compile.destination {
            Destination::Library { bindings: Bindings::Cffi, .. } => bindings::cffi(&compile.file_name, "# by cffi\n"),
            _ => Vec::new(),
        },
    };
    let staged: Vec<Staged> = wheel.plan.compiles.iter().map(unmade).collect();
    let compiled =
        compose::compiled_entries(project, WheelKind::Regular, Call::default(), &wheel.interpreter, &staged)?;
    let mut findings = Vec::new();
    let mut dist_info = compose::dist_info_entries(project, &wheel.plan.tag, None)?;
    dist_info.extend(materials::entries(project, &wheel.resolved, &staged, environment)?);
    let manifest = compose::manifest(&python, &compiled, &staged, dist_info, &mut findings);
    settle(findings, &project.options.allow, report)?;
    Ok(manifest)
}

fn requires_python(
    project: &Project,
    interpreters: &[Interpreter],
    planned: &[(Resolved, BuildPlan)],
) -> Vec<Diagnostic> {
    let Some(required) = &project.metadata.core.requires_python else { return Vec::new() };
    let abis: Vec<_> = planned.iter().map(|(_, plan)| plan.abi).zip(interpreters).collect();
    let excluded = abis.iter().filter_map(|(abi, python)| checks::requires_python::excluded(required, *abi, python));
    excluded.chain(checks::requires_python::unserved(required, &abis)).collect()
}

/// Tells that a wheel is there.
pub fn tell(built: &Built, environment: &Environment, report: Report<'_>) {
    let summary = Summary {
        path: summary::shown(&built.delivered.path, environment.directory()),
        size: built.delivered.size,
        subject: &built.serves,
        elapsed: built.elapsed,
        proofs: &built.proofs,
    };
    report(Event::Step { verb: "Built", object: summary::line(summary) });
}
