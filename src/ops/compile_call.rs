//! What cargo is told for one compile: flags and variables that hang on the project, the machine and the linker.

use std::path::{Path, PathBuf};

use crate::actions::cargo_call::CargoCall;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::cargo_config::{self, RustFlags};
use crate::facts::environment::Environment;
use crate::facts::toml_document::Document;
use crate::ops::compile::Order;
use crate::ops::project::Project;
use crate::ops::resolve::{self, Cargo, ResolvedCrate, Toolchain};
use crate::plan::build::Compile;
use crate::plan::cache;
use crate::plan::cargo_calls::{self, Machine, Selection, through, with_rustflags, without_history};
use crate::plan::cross;
use crate::plan::options::Options;
use crate::plan::platform;
use crate::plan::remap;
use crate::plan::triple::Triple;
use crate::plan::zig;
use crate::system;
use crate::system::cargo::CargoError;
use crate::system::rustc;

/// What cargo is told for one target, or what stands in for it. Its file goes to `target_dir`.
pub fn call(
    project: &Project,
    (found, options): (&ResolvedCrate, &Options),
    toolchain: &Toolchain,
    (machine, name): (Machine<'_>, &str),
    compile: &Compile,
    (target_dir, profile): (&Path, &str),
    order: Order<'_>,
) -> Result<CargoCall, Error> {
    let cargo = toolchain.cargo.as_ref().ok_or(CargoError::Missing)?;
    // No container has the Python of this machine.
    let python = order.interpreter.executable.as_deref().filter(|_| !cargo.is_cross());
    let selection = Selection { options, ..found.selection(project) };
    let call = cargo_calls::compile(selection, &compile.target, profile, machine, target_dir, python);
    // The one above all units, which those that are copied from one to another share.
    let facts = resolve::platform_facts(project, name, order.environment);
    let macos = platform::deployment_target(&Triple::parse(name), &facts);
    let zig = toolchain.zig.as_deref().map(|zig| linked_by_zig(project, name, macos.as_deref(), zig)).transpose()?;
    let linker = zig.as_ref().map(|(_, target)| target.as_str());
    let call = with_flags(project, cargo, call, &found.target_dir.path, (machine.triple, name, linker), order);
    let call = match &zig {
        Some(zig) => with_zig(call, name, zig, &found.target_dir.path, order.environment)?,
        None => call,
    };
    let mut call = through(without_history(call, order.incremental), toolchain.wrapper.as_deref());
    if let Some(target) = macos {
        call.set.push(("MACOSX_DEPLOYMENT_TARGET".to_owned(), target.into()));
    }
    // For `option_env!`; what does not read it is not compiled again for it.
    call.set.push(("WAINWRIGHT_PROJECT_VERSION".to_owned(), project.metadata.core.version.to_string().into()));
    if cargo.is_cross() {
        let workspace = (found.facts.metadata.workspace_root.as_std_path(), found.facts.ids_from_disk());
        call = cross::in_container(call, target_dir, workspace, order.environment);
    }
    Ok(call)
}

/// zig, and the target as it names it.
fn linked_by_zig<'z>(
    project: &Project,
    name: &str,
    macos: Option<&str>,
    zig: &'z Path,
) -> Result<(&'z Path, String), Diagnostic> {
    let target = zig::target(name, &project.options, macos).ok_or_else(|| {
        Diagnostic::error(Code::BinaryPlatform, format!("zig does not link for `{name}`"))
            .hint("leave `--zig` out, and configure cargo's linker for the target")
    })?;
    Ok((zig, target))
}

/// Lets rustc and build scripts find zig.
fn with_zig(
    call: CargoCall,
    name: &str,
    (zig, target): &(&Path, String),
    target_dir: &Path,
    environment: &Environment,
) -> Result<CargoCall, Error> {
    let program = system::zig::this_program()?;
    let is_set = |name: &str| environment.get(name).is_some();
    let (directory, path) = (target_dir.join("zig"), environment.search_path());
    Ok(zig::with_scripts(call, (name, target), (zig, &program), &directory, &path, &is_set))
}

/// The flags that every crate is compiled with.
fn with_flags(
    project: &Project,
    cargo: &Cargo,
    call: CargoCall,
    target_dir: &Path,
    (triple, name, zig): (&Triple, &str, Option<&str>),
    order: Order<'_>,
) -> CargoCall {
    let environment = order.environment;
    let configured = configured_flags(project, name, environment);
    let mut flags = cargo_calls::shared_libc(triple);
    flags.extend(zig.map(|target| format!("-Clinker={}", zig::linker(target))));
    flags.extend(order.profiling.flags());
    if configured.is_some() {
        flags.extend(remap::flags(&builders_places(project, cargo, target_dir, environment)));
    }
    with_rustflags(call, &flags, &configured.unwrap_or_default(), name, environment)
}

/// What is the builder's own, the outer places first, and what stands for it.
fn builders_places(
    project: &Project,
    cargo: &Cargo,
    target_dir: &Path,
    environment: &Environment,
) -> Vec<(PathBuf, String)> {
    let rustup = remap::rustup_home(environment.path("RUSTUP_HOME"), environment.home());
    let homes = [
        (rustup.clone(), "/rustup"),
        (resolve::cargo_home(environment), "/cargo"),
        (Some(target_dir.into()), "/target"),
    ];
    let homes = homes.into_iter().filter_map(|(path, shown)| Some((path?, shown.to_owned())));
    let cache = cache::wanted(project.options.no_cache, environment);
    let known = (rustup.as_deref(), cache.as_deref());
    let source = || rustc::library_source(&cargo.path, environment, &project.directory, known);
    // A container shows the toolchain elsewhere.
    let source = if cargo.is_cross() { None } else { source() };
    homes.chain(source.map(|source| (source.directory, source.shown))).collect()
}

/// The flags of cargo's configuration that ours would take the place of; `None` where it cannot be told which.
fn configured_flags(project: &Project, triple: &str, environment: &Environment) -> Option<Vec<String>> {
    let files = resolve::configurations(project, environment);
    let said =
        project.options.config.iter().filter_map(|text| Document::parse(Path::new("--config"), text.as_bytes()).ok());
    let all: Vec<RustFlags> = said.chain(files).map(|document| cargo_config::rustflags(&document, triple)).collect();
    let variable = format!("CARGO_TARGET_{}_RUSTFLAGS", triple.to_uppercase().replace(['-', '.'], "_"));
    if all.iter().any(|flags| flags.of_target) || environment.get(&variable).is_some() {
        return Some(Vec::new());
    }
    // What stands nearer counts more, and stands last.
    let mut build: Vec<String> = all.iter().rev().flat_map(|flags| flags.build.clone()).collect();
    build.extend(
        environment.text("CARGO_BUILD_RUSTFLAGS").iter().flat_map(|words| words.split_whitespace()).map(str::to_owned),
    );
    // Whether a `cfg(...)` holds, cargo alone knows.
    let is_clear = build.is_empty() || !all.iter().any(|flags| flags.of_cfg);
    is_clear.then_some(build)
}
