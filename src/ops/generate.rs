//! The phase "generate": the Python that opens a library, made by cffi from its C header, or by the project's own
//! generator for uniffi.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report};
use crate::contents::bindings;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::cargo::ArtifactKind;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::facts::settings::Bindings;
use crate::facts::sources::PathKind;
use crate::facts::toml_document::Document;
use crate::facts::uniffi::UniffiConfig;
use crate::ops::c_headers;
use crate::ops::compile::{self, Staged};
use crate::ops::progress;
use crate::ops::project::Project;
use crate::ops::resolve::{Resolved, ResolvedCrate};
use crate::plan::build::Destination;
use crate::plan::cargo_calls;
use crate::plan::generator;
use crate::plan::triple::Triple;
use crate::system::cargo::CargoError;
use crate::system::{disk, lock, process, python};

/// What generators work with.
#[derive(Clone, Copy)]
pub struct Bench<'b> {
    pub interpreter: &'b Interpreter,
    pub environment: &'b Environment,
    pub triple: &'b Triple,
    /// Where what is generated goes.
    pub stage: &'b Path,
}

/// Generates what each staged library needs.
pub fn generate(
    project: &Project,
    resolved: &Resolved,
    staged: &mut [Staged],
    bench: Bench<'_>,
    report: Report<'_>,
) -> Result<(), Error> {
    for item in staged {
        let Destination::Library { bindings, .. } = &item.compile.destination else { continue };
        let Some(found) = &resolved.crates[item.compile.part] else { continue };
        let compiler = resolved.toolchain.cargo.as_ref().ok_or(CargoError::Missing)?;
        match bindings {
            Bindings::Uniffi => uniffi(project, found, &compiler.path, item, bench, report)?,
            _ => cffi(found, &compiler.path, item, bench)?,
        }
    }
    Ok(())
}

fn cffi(found: &ResolvedCrate, cargo: &Path, item: &mut Staged, bench: Bench<'_>) -> Result<(), Error> {
    let header = match c_headers::shipped(found, &found.target_dir.path.join(&item.compile.units)) {
        Some(header) => header,
        None => {
            let header = bench.stage.join("made.h");
            disk::write_whole(&header, c_headers::made(cargo, found.directory())?.as_bytes())?;
            header
        }
    };
    let python = bench.interpreter.executable.as_deref().ok_or_else(|| no_python(bench.interpreter))?;
    let module = bench.stage.join("ffi.py");
    let made = python::make_ffi(python, &header, &module, bench.stage)?;
    if let Some(complaint) = made {
        return Err(ffi_failed(&complaint, &header, bench.interpreter).into());
    }
    let text = String::from_utf8_lossy(&disk::read(&module)?).into_owned();
    item.beside.extend(bindings::cffi(&item.compile.file_name, &text));
    Ok(())
}

fn no_python(interpreter: &Interpreter) -> Diagnostic {
    let message = format!("cffi needs a Python that runs here, and {} does not", interpreter.title());
    Diagnostic::error(Code::Interpreter, message).hint("name one with `--interpreter`: the wheel serves every Python 3")
}

fn ffi_failed(complaint: &python::FfiComplaint, header: &Path, interpreter: &Interpreter) -> Diagnostic {
    match complaint {
        python::FfiComplaint::NoCffi => {
            let message =
                format!("{} has no `cffi`, which makes the Python that opens the library", interpreter.title());
            Diagnostic::error(Code::Bindings, message)
                .hint("frontends install it by themselves; here, run `pip install cffi` for that Python")
        }
        python::FfiComplaint::Refused(reason) => {
            let message = format!("cffi does not understand the C header: {reason}");
            Diagnostic::error(Code::Bindings, message)
                .at(Place::file(header))
                .hint("leave out what cffi cannot read, by `cbindgen.toml` or by a `header.h` of your own")
        }
    }
}

fn uniffi(
    project: &Project,
    found: &ResolvedCrate,
    cargo: &Path,
    item: &mut Staged,
    bench: Bench<'_>,
    report: Report<'_>,
) -> Result<(), Error> {
    let config_file = found.directory().join("uniffi.toml");
    let config = read_config(&config_file)?;
    if let Some(name) = &config.cdylib_name {
        item.compile.file_name = bench.triple.shared_library(name);
        let renamed = bench.stage.join("uniffi").join(&item.compile.file_name);
        item.source = disk::stage(&item.path, &renamed)?;
        item.path = renamed;
    }
    let generator = generator(project, found, cargo, bench, report)?;
    let out = bench.stage.join("uniffi-out");
    disk::make_directory(&out)?;
    let config_file = (disk::kind(&config_file) == PathKind::File).then_some(config_file);
    let words = generator::words(&item.path, &out, config_file.as_deref());
    let object = format!("Python for {} by {}", found.facts.package().name, generator.display());
    report(Event::Step { verb: "Generating", object });
    // It asks cargo for the graph, to find each crate's own configuration.
    let workspace = found.facts.metadata.workspace_root.as_std_path();
    process::run_with(&generator, &words, workspace, &[("CARGO", cargo.into())])?;
    let modules = modules(&out, &config)?;
    item.beside.extend(bindings::uniffi(&modules));
    if modules.is_empty() {
        let message = format!("`{}` made no Python of the library `{}`", generator.display(), item.compile.artifact);
        return Err(Diagnostic::error(Code::Bindings, message).hint("see whether the crate exports anything").into());
    }
    Ok(())
}

fn read_config(file: &Path) -> Result<UniffiConfig, Error> {
    let Some(bytes) = disk::read_if_there(file)? else { return Ok(UniffiConfig::default()) };
    Ok(UniffiConfig::read(&Document::parse(file, &bytes).map_err(Error::Findings)?))
}

/// The generator: a program of the project's workspace, compiled for this machine; else the one on PATH.
fn generator(
    project: &Project,
    found: &ResolvedCrate,
    cargo: &Path,
    bench: Bench<'_>,
    report: Report<'_>,
) -> Result<PathBuf, Error> {
    let Some(own) = generator::of_workspace(&found.facts) else {
        let name = OsStr::new(generator::NAME);
        let beside = bench.interpreter.executable.as_ref().and_then(|python| python.parent().map(Path::to_owned));
        let directories: Vec<PathBuf> = beside.into_iter().chain(bench.environment.search_path()).collect();
        return process::find(name, &directories).ok_or_else(|| no_generator(found).into());
    };
    let target_dir = found.target_dir.path.join("any");
    let _lock = lock::directory(&target_dir, || compile::waiting(&target_dir, report)).map_err(Error::Lock)?;
    let object = format!("{} of {} (dev)", own.binary, own.package);
    report(Event::Step { verb: "Compiling", object: object.clone() });
    let call = cargo_calls::generator(&project.options, &own, &project.directory, &target_dir);
    let subject = progress::Subject { object: &object, packages: None };
    let made = progress::compile(cargo, &call, &own.id, subject, report)?;
    let program =
        made.artifacts.into_iter().find(|made| made.kind == ArtifactKind::Binary && made.target == own.binary);
    program.map(|made| made.path).ok_or_else(|| no_generator(found).into())
}

fn no_generator(found: &ResolvedCrate) -> Diagnostic {
    let message = format!(
        "there is no `{}` to make the Python of `{}`: neither a binary of its workspace nor one on PATH",
        generator::NAME,
        found.facts.package().name
    );
    let hint =
        "add a binary `uniffi-bindgen` whose `main` calls `uniffi::uniffi_bindgen_main()`, with uniffi's feature `cli`";
    Diagnostic::error(Code::Bindings, message).at(Place::file(&found.manifest_path)).hint(hint)
}

/// What was generated, but for crates that travel in packages of their own.
fn modules(out: &Path, config: &UniffiConfig) -> Result<BTreeMap<String, String>, Error> {
    let mut modules = BTreeMap::new();
    for name in disk::names(out)? {
        let Some(stem) = name.strip_suffix(".py").filter(|stem| !config.external_packages.contains(*stem)) else {
            continue;
        };
        let text = String::from_utf8_lossy(&disk::read(&out.join(&name))?).into_owned();
        modules.insert(stem.to_owned(), text);
    }
    Ok(modules)
}
