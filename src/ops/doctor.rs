//! Asking the machine, and the project at hand, whether they have what a build needs.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::actions::event::Event;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::facts::cargo_config;
use crate::facts::cargo_version;
use crate::facts::cross;
use crate::facts::environment::Environment;
use crate::facts::machine::{BuildCache, Compilers, Cross, Found, Machine, Place, ProjectState, Python, Variable};
use crate::facts::settings;
use crate::facts::sources::PathKind;
use crate::facts::toml_document::{Document, nearest};
use crate::ops::deliver;
use crate::ops::interpreters::{self, Source};
use crate::ops::project::{self, Project};
use crate::ops::resolve::{self, Toolchain};
use crate::ops::wheel::{self, PlannedWheel};
use crate::plan::options::TopLayer;
use crate::plan::parts::Part;
use crate::plan::triple::Triple;
use crate::plan::{cache, cargo_calls};
use crate::system::{build_cache, cargo, disk, process, python, rustc};

/// Variables that change what is built, or where, besides wainwright's own.
const VARIABLES: [&str; 37] = [
    "ARCHFLAGS",
    "CARGO",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_HOME",
    "CARGO_NET_OFFLINE",
    "CARGO_TARGET_DIR",
    "CC",
    "CFLAGS",
    "CONDA_PREFIX",
    "CROSS_CONFIG",
    "CROSS_CONTAINER_ENGINE",
    "CROSS_CONTAINER_OPTS",
    "DOCKER_OPTS",
    "LD_LIBRARY_PATH",
    "MACOSX_DEPLOYMENT_TARGET",
    "MATURIN_PEP517_ARGS",
    "PIP_NO_CACHE_DIR",
    "PYO3_CONFIG_FILE",
    "PYO3_CROSS",
    "PYO3_CROSS_LIB_DIR",
    "PYO3_CROSS_PYTHON_VERSION",
    "PYO3_NO_PYTHON",
    "PYO3_PYTHON",
    "PYO3_USE_ABI3_FORWARD_COMPATIBILITY",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SOURCE_DATE_EPOCH",
    "TMPDIR",
    "UV_CACHE_DIR",
    "UV_NO_CACHE",
    "VIRTUAL_ENV",
    "_PYTHON_SYSCONFIGDATA_NAME",
];

/// wainwright's own that are no options.
const OWN: [&str; 6] = [
    "WAINWRIGHT_CACHE_DIR",
    "WAINWRIGHT_CACHE_SIZE",
    "WAINWRIGHT_NO_INSTALL_RUST",
    "WAINWRIGHT_NO_REBUILD",
    "WAINWRIGHT_PROJECT_VERSION",
    "WAINWRIGHT_BINARY_FOR_SOURCE_TREE",
];

/// Looks the machine over, from `directory`, where a project may lie.
pub fn machine(directory: &Path, environment: &Environment, program: Option<&Path>) -> Machine {
    let directory = disk::real_path(directory).unwrap_or_else(|| directory.to_owned());
    let (project, mut state) = read(&directory, environment);
    let cargo = cargo::find(environment);
    let can_compile = |state: &ProjectState| cargo.is_some() && state.has_lock_file == Some(true);
    // That cargo is missing is told already, and without a lock file cargo would make one.
    let can_plan = state.as_ref().is_some_and(|state| !state.needs_cargo || can_compile(state));
    let known = project.as_ref().filter(|_| can_plan);
    let toolchain =
        known.map(|project| resolve::toolchain(project, environment, &|_| {}).map_err(Error::into_diagnostics));
    let source = Source { environment, at_hand: None, program };
    let planned = known.zip(toolchain.as_ref()).map(|(project, toolchain)| match toolchain {
        Ok(toolchain) => planned(project, toolchain, source),
        Err(faults) => Err(faults.clone()),
    });
    let target_dir = planned.as_ref().and_then(|planned| planned.as_ref().ok()?.first()).map(target_dir);
    if let Some(state) = &mut state {
        let name = |wheel: &PlannedWheel| wheel.name.clone();
        let names = |wheels: Vec<PlannedWheel>| wheels.iter().map(name).collect::<Vec<_>>().join(", ");
        state.plan = planned.map(|planned| planned.map(names));
    }
    let target = toolchain.as_ref().and_then(|found| found.as_ref().ok()).filter(|found| !found.runs_here);
    Machine {
        compilers: compilers(cargo.as_deref(), target, (project.as_ref(), &directory), environment),
        pythons: pythons(environment),
        environment: active(environment),
        variables: variables(environment),
        cargo_home: resolve::cargo_home(environment).map(cargo_home),
        target_dir,
        temporary: temporary(),
        cache: build_cache(project.as_ref(), environment),
        project: state,
    }
}

/// The project in a directory, and how it stands; nothing where none lies.
fn read(directory: &Path, environment: &Environment) -> (Option<Project>, Option<ProjectState>) {
    let file = directory.join("pyproject.toml");
    if disk::kind(&file) != PathKind::File {
        return (None, None);
    }
    let told = Mutex::new(Vec::new());
    let report = |event: Event| {
        if let (Event::Diagnostic(found), Ok(mut told)) = (event, told.lock()) {
            told.push(found);
        }
    };
    let read = project::read(directory, TopLayer::default(), environment, &report);
    let mut findings = told.into_inner().unwrap_or_default();
    let project = read.map_err(|error| findings.extend(error.into_diagnostics())).ok();
    let named = project.as_ref().map(|project| {
        let core = &project.metadata.core;
        format!("{} {}", core.name, core.version)
    });
    let needs_cargo = project.as_ref().is_none_or(|project| project.parts.iter().any(Part::needs_cargo));
    let state = ProjectState {
        name: named,
        findings,
        backend: backend(&file),
        needs_cargo,
        has_lock_file: project.as_ref().map(has_lock_file),
        rust_versions: project.as_ref().map(rust_versions).unwrap_or_default(),
        plan: None,
        file,
    };
    (project, Some(state))
}

fn backend(file: &Path) -> Option<String> {
    let document = Document::parse(file, &disk::read_if_there(file).ok()??).ok()?;
    let mut ignored = Vec::new();
    let table = document.root().table("build-system", &mut ignored)?;
    table.string("build-backend", &mut ignored).map(|named| named.value)
}

/// What the project's crates ask of rustc, where cargo heeds it.
fn rust_versions(project: &Project) -> Vec<(String, String)> {
    let asked = project.manifests.values().filter_map(|manifest| {
        let name = manifest.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
        Some((name, manifest.rust_version.as_ref()?.value.clone()))
    });
    asked.filter(|_| !project.options.ignore_rust_version).collect()
}

/// In the crate's directory, or above, where the workspace may lie.
fn has_lock_file(project: &Project) -> bool {
    let below = |directory: &&Path| directory.starts_with(&project.tree);
    let directories = project.manifest_path.ancestors().skip(1).take_while(below);
    directories.map(|directory| directory.join("Cargo.lock")).any(|lock| disk::kind(&lock) == PathKind::File)
}

/// The wheels that would be built.
fn planned(project: &Project, toolchain: &Toolchain, source: Source<'_>) -> Result<Vec<PlannedWheel>, Vec<Diagnostic>> {
    let silent = |_: Event| {};
    let pythons = interpreters::chosen(project, toolchain, source, &silent).map_err(Error::into_diagnostics)?;
    wheel::plan(project, toolchain, &pythons, source.environment, &silent).map_err(Error::into_diagnostics)
}

fn target_dir(wheel: &PlannedWheel) -> Place {
    let path = wheel.resolved.target_dir.path.clone();
    Place { is_writable: can_be_written(&path), size: None, path }
}

fn compilers(
    cargo: Option<&Path>,
    foreign: Option<&Toolchain>,
    (project, directory): (Option<&Project>, &Path),
    environment: &Environment,
) -> Compilers {
    let rustup = rustup(environment, directory);
    let cross = cross::named(environment).map(|named| in_containers(named, environment));
    let Some(path) = cargo else { return Compilers { rustup, cross, ..Compilers::default() } };
    // It brings standard library and linker.
    let foreign = foreign.filter(|_| cross.is_none());
    let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let says =
        cargo::version(path, directory, None).map(|(answer, _)| first_line(&answer)).map_err(|error| error.to_string());
    let asked = |words: &[&str]| rustc::answer(path, environment, directory, words).map_err(|error| error.to_string());
    let answer = asked(&["-vV"]);
    let host = answer.as_deref().ok().and_then(cargo_version::host);
    let described = answer.map(|answer| match &host {
        Some(host) => format!("{} for {host}", first_line(&answer)),
        None => first_line(&answer),
    });
    let target = foreign.map(|toolchain| toolchain.platform.clone());
    let has_library = |target: &String| {
        let directory = asked(&["--print", "target-libdir", "--target", target]);
        directory.is_ok_and(|directory| disk::kind(Path::new(directory.trim())) == PathKind::Directory)
    };
    let target = target.map(|target| (target.clone(), has_library(&target)));
    // Tools that stand in for cargo bring linkers of their own.
    let stands_in = foreign.zip(host.as_deref()).and_then(|(toolchain, host)| {
        let linker = project.map(|project| project.options.linker)?;
        cargo_calls::linking_tool(linker, &toolchain.triple, &Triple::parse(host))
    });
    let by_zig = foreign.is_some_and(|toolchain| toolchain.zig.is_some());
    let is_tried = stands_in.is_none()
        && cross.is_none()
        && !by_zig
        && described.is_ok()
        && target.as_ref().is_none_or(|(_, is_there)| *is_there);
    let linking = is_tried.then(|| {
        let foreign = target.as_ref().map(|(name, _)| name.as_str());
        let linker = linker(foreign.or(host.as_deref()).unwrap_or_default(), project, environment);
        let tried = rustc::links(path, environment, directory, foreign, linker.as_deref());
        tried.map(|()| linker.unwrap_or_else(|| "rustc's own choice".to_owned()))
    });
    let cargo = Some(Found { path: path.to_owned(), says });
    Compilers { cargo, rustc: Some(described), rustup, target, linking, cross }
}

fn in_containers(named: &Path, environment: &Environment) -> Cross {
    let program = cargo::find_cross(named, environment);
    Cross { named: named.to_owned(), program, engine: cargo::container_engine(environment) }
}

/// The linker that a variable or cargo's configuration names for a target.
fn linker(target: &str, project: Option<&Project>, environment: &Environment) -> Option<String> {
    let variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace(['-', '.'], "_"));
    let configured = || {
        let documents = resolve::configurations(project?, environment);
        documents.iter().find_map(|document| cargo_config::linker(document, target))
    };
    environment.text(&variable).map(str::to_owned).or_else(configured)
}

fn rustup(environment: &Environment, directory: &Path) -> Option<Found> {
    let path = cargo::find_tool("rustup", environment)?;
    let says = match process::output_in(&path, &["show", "active-toolchain"], directory) {
        Ok((status, said, _)) if status.success() => Ok(said.lines().next().unwrap_or_default().to_owned()),
        Ok((status, _, complaint)) => Err(format!("{}: {}", status, complaint.lines().next().unwrap_or_default())),
        Err(error) => Err(error.to_string()),
    };
    Some(Found { path, says })
}

fn pythons(environment: &Environment) -> Vec<Python> {
    let python = |considered: interpreters::Considered| Python {
        says: considered.outcome.map(|found| format!("{} ({})", found.title(), found.full_version())),
        path: considered.path,
        origin: considered.origin,
    };
    interpreters::discover(environment).into_iter().map(python).collect()
}

fn active(environment: &Environment) -> Option<(PathBuf, bool)> {
    let directory = ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().find_map(|name| environment.path(name))?;
    Some((directory.to_owned(), python::of_environment(directory).is_some()))
}

fn variables(environment: &Environment) -> Vec<Variable> {
    let options = settings::option_names().into_iter();
    let known: Vec<String> = options
        .map(|name| format!("WAINWRIGHT_{}", name.to_uppercase().replace('-', "_")))
        .chain(OWN.map(str::to_owned))
        .collect();
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let is_own = |name: &str| name.starts_with("WAINWRIGHT_");
    let is_told = |name: &&str| is_own(name) || VARIABLES.contains(name) || is_of_target(name);
    let variable = |name: &str| Variable {
        name: name.to_owned(),
        value: environment.get(name).unwrap_or_default().to_string_lossy().into_owned(),
        fault: fault(name, environment),
        unread: (is_own(name) && !names.contains(&name)).then(|| nearest(name, &names).map(str::to_owned)),
    };
    environment.names().filter(is_told).map(variable).collect()
}

/// `CARGO_TARGET_<TRIPLE>_LINKER` and the like.
fn is_of_target(name: &str) -> bool {
    name.starts_with("CARGO_TARGET_") && ["_LINKER", "_RUSTFLAGS", "_RUNNER"].iter().any(|end| name.ends_with(end))
}

/// What is wrong with the value of a variable that no project is needed to judge. Options are judged with the project.
fn fault(name: &str, environment: &Environment) -> Option<Diagnostic> {
    match name {
        "SOURCE_DATE_EPOCH" => deliver::given_time(environment).err(),
        _ => None,
    }
}

fn cargo_home(path: PathBuf) -> Place {
    let packed = path.join("registry").join("cache");
    let indexes = disk::names(&packed).unwrap_or_default();
    let files = indexes.iter().map(|index| packed.join(index));
    let size = |directory: PathBuf| -> u64 {
        let names = disk::names(&directory).unwrap_or_default();
        names.iter().filter_map(|name| disk::size(&directory.join(name)).ok()).sum()
    };
    Place { size: Some(files.map(size).sum()), is_writable: can_be_written(&path), path }
}

fn temporary() -> Place {
    let path = disk::temporary();
    Place { is_writable: disk::kind(&path) == PathKind::Directory && disk::is_writable(&path), size: None, path }
}

fn build_cache(project: Option<&Project>, environment: &Environment) -> BuildCache {
    let chosen = project.is_some_and(|project| project.options.no_cache).then_some("no-cache");
    let off = cache::turned_off_by(environment).or(chosen);
    let place = cache::directory(environment).map(|path| Place {
        size: Some(build_cache::list(&path).unwrap_or_default().iter().map(|entry| entry.size).sum()),
        is_writable: can_be_written(&path),
        path,
    });
    BuildCache { place, limit: cache::limit(environment), off }
}

/// Whether files can be made in a directory, or it can be made itself. Nothing is left behind.
fn can_be_written(directory: &Path) -> bool {
    let there = directory.ancestors().find(|above| disk::kind(above) != PathKind::Missing);
    there.is_some_and(|there| disk::kind(there) == PathKind::Directory && disk::is_writable(there))
}
