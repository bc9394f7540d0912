//! `wainwright hook`: the hooks of PEP 517 and PEP 660, called by the Python shim.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::commands::World;
use crate::error::Error;
use crate::facts::interpreter::Interpreter;
use crate::facts::request::{CONTRACT, Hook, Request};
use crate::ops::compile::Prebuilt;
use crate::ops::project::{self, Project};
use crate::ops::wheel::{self, WheelKind};
use crate::ops::{interpreters, metadata, resolve, sdist};
use crate::plan::options::{self, TopLayer};
use crate::system::{cargo, disk, python};

/// Carry out a hook of PEP 517 or PEP 660 (called by the Python shim)
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[arg(value_enum)]
    pub hook: Hook,

    /// The request, a JSON file.
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,

    /// Where the response goes, a JSON file.
    #[arg(long, value_name = "FILE")]
    pub response: PathBuf,

    /// The interpreter that runs the hook.
    #[arg(long, value_name = "PATH")]
    pub python: Option<PathBuf>,

    /// Where the wheel, the sdist or the metadata goes.
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,

    /// The metadata that was prepared before.
    #[arg(long, value_name = "DIR")]
    pub metadata_directory: Option<PathBuf>,

    /// A program that is built already.
    #[arg(long, value_name = "NAME=PATH", value_parser = prebuilt)]
    pub prebuilt: Vec<(String, PathBuf)>,
}

fn prebuilt(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("it must be NAME=PATH")?;
    Ok((name.to_owned(), path.into()))
}

pub fn run(world: World<'_>, arguments: &Arguments) -> Result<(), Error> {
    let request = read_request(&arguments.request)?;
    let response = if needs_rust(world, arguments.hook, &request) {
        json!({ "contract": CONTRACT, "setup_rust": true })
    } else {
        json!({ "contract": CONTRACT, "result": answer(world, arguments, request)? })
    };
    Ok(disk::write_whole(&arguments.response, response.to_string().as_bytes())?)
}

fn read_request(path: &Path) -> Result<Request, Error> {
    let bytes = disk::read(path)?;
    let request: Request = serde_json::from_slice(&bytes)
        .map_err(|reason| Error::Contract(format!("the request cannot be read: {reason}")))?;
    if request.contract != CONTRACT {
        let message = format!("the shim speaks contract {}, the program {CONTRACT}", request.contract);
        return Err(Error::Contract(message));
    }
    Ok(request)
}

/// Whether a hook that compiles finds no cargo, while puccinialin is there to install Rust.
fn needs_rust(world: World<'_>, hook: Hook, request: &Request) -> bool {
    let compiles = matches!(hook, Hook::BuildWheel | Hook::BuildEditable | Hook::BuildSdist);
    compiles && request.puccinialin && rust_is_missing(world)
}

/// Whether there is no cargo, and nobody forbade to install one.
fn rust_is_missing(world: World<'_>) -> bool {
    let forbidden = ["WAINWRIGHT_NO_INSTALL_RUST", "MATURIN_NO_INSTALL_RUST"];
    !forbidden.iter().any(|name| world.environment.get(name).is_some()) && cargo::find(world.environment).is_none()
}

fn answer(world: World<'_>, arguments: &Arguments, request: Request) -> Result<serde_json::Value, Error> {
    if is_requires(arguments.hook) {
        let requires: &[&str] = if rust_is_missing(world) { &["puccinialin"] } else { &[] };
        return Ok(json!(requires));
    }
    let project = read_project(world, &request)?;
    let name = match arguments.hook {
        Hook::BuildSdist => {
            let built = sdist::build(&project, world.environment, directory(arguments)?, world.report)?;
            sdist::tell(&built, world.report);
            built.delivered.name
        }
        Hook::BuildWheel => build(world, arguments, &project, request, WheelKind::Regular)?,
        Hook::BuildEditable => build(world, arguments, &project, request, WheelKind::Editable)?,
        _ => prepare(world, arguments, &project, request)?,
    };
    Ok(json!(name))
}

fn is_requires(hook: Hook) -> bool {
    matches!(hook, Hook::GetRequiresForBuildWheel | Hook::GetRequiresForBuildSdist | Hook::GetRequiresForBuildEditable)
}

fn read_project(world: World<'_>, request: &Request) -> Result<Project, Error> {
    let mut notes = Vec::new();
    let top = match &request.config_settings {
        Some(settings) => options::config_settings(settings, &mut notes).map_err(Error::Findings)?,
        None => TopLayer::default(),
    };
    crate::actions::event::tell(world.report, notes);
    project::read(world.environment.directory(), top, world.environment, world.report)
}

fn directory(arguments: &Arguments) -> Result<&Path, Error> {
    arguments.directory.as_deref().ok_or_else(|| Error::Contract("the request names no directory".to_owned()))
}

/// The interpreter that runs the hook.
fn at_hand(arguments: &Arguments, request: Request) -> Result<Option<Interpreter>, Error> {
    match (request.interpreter, &arguments.python) {
        (Some(facts), executable) => Ok(Some(Interpreter { executable: executable.clone(), ..facts })),
        (None, Some(path)) => Ok(Some(python::probe(path)?)),
        (None, None) => Ok(None),
    }
}

fn prepare(world: World<'_>, arguments: &Arguments, project: &Project, request: Request) -> Result<String, Error> {
    let at_hand = at_hand(arguments, request)?;
    let source = interpreters::Source { at_hand: at_hand.as_ref(), ..super::source(world) };
    let interpreter = interpreters::named_or_at_hand(project, source)?;
    metadata::prepare(project, &interpreter, world.environment, directory(arguments)?)
}

fn build(
    world: World<'_>,
    arguments: &Arguments,
    project: &Project,
    request: Request,
    kind: WheelKind,
) -> Result<String, Error> {
    let at_hand = at_hand(arguments, request)?;
    let source = interpreters::Source { at_hand: at_hand.as_ref(), ..super::source(world) };
    let toolchain = resolve::toolchain(project, world.environment, world.report)?;
    let interpreter = interpreters::chosen_one(project, &toolchain, source, world.report)?;
    let prebuilt: Prebuilt = arguments.prebuilt.iter().cloned().collect();
    let request = wheel::Request {
        kind,
        environment: world.environment,
        directory: directory(arguments)?,
        prepared: arguments.metadata_directory.as_deref(),
        prebuilt: &prebuilt,
    };
    let built = wheel::build_one(project, &toolchain, interpreter, request, world.report)?;
    wheel::tell(&built, world.report);
    Ok(built.delivered.name)
}
