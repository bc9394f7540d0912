//! `wainwright hook`: the hooks of PEP 517 and PEP 660, called by the Python shim.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::commands::{World, rebuild};
use crate::contents::editable::Call;
use crate::error::Error;
use crate::facts::request::{Hook, Request};
use crate::ops::compile::Prebuilt;
use crate::ops::contract::{self, Answer};
use crate::ops::project::{self, Project};
use crate::ops::wheel::{self, WheelKind};
use crate::ops::{interpreters, metadata, resolve, sdist, wheels};
use crate::plan::options::{self, TopLayer};
use crate::plan::parts::Part;
use crate::plan::profiling::Profiling;

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
    let request = contract::read(&arguments.request)?;
    let answer = if needs_rust(world, arguments.hook, &request) {
        Answer::SetUpRust
    } else {
        Answer::Result(answer(world, arguments, request)?)
    };
    contract::answer(&arguments.response, answer)
}

/// Whether a hook that compiles finds no cargo, while puccinialin is there to install Rust.
fn needs_rust(world: World<'_>, hook: Hook, request: &Request) -> bool {
    let compiles = matches!(hook, Hook::BuildWheel | Hook::BuildEditable | Hook::BuildSdist);
    compiles && request.puccinialin && resolve::rust_is_missing(world.environment)
}

fn answer(world: World<'_>, arguments: &Arguments, request: Request) -> Result<serde_json::Value, Error> {
    if is_requires(arguments.hook) {
        return Ok(json!(requires(world, arguments.hook, &request)));
    }
    let project = read_project(world, &request)?;
    let name = match arguments.hook {
        Hook::BuildSdist => {
            let built = sdist::build(&project, world.environment, directory(arguments)?, world.report)?;
            sdist::tell(&built, world.environment, world.report);
            built.delivered.name
        }
        Hook::BuildWheel => build(world, arguments, &project, request, WheelKind::Regular)?,
        Hook::BuildEditable => build(world, arguments, &project, request, WheelKind::Editable)?,
        _ => prepare(world, arguments, &project, request)?,
    };
    Ok(json!(name))
}

/// What a build needs installed. A fault of the project is not told here: the build itself tells it better.
fn requires(world: World<'_>, hook: Hook, request: &Request) -> Vec<&'static str> {
    let silent = World { report: &|_| {}, ..world };
    let project = read_project(silent, request).ok();
    let needs_cargo = project.as_ref().is_none_or(|project| project.parts.iter().any(Part::needs_cargo));
    let mut requires = Vec::new();
    if needs_cargo && resolve::rust_is_missing(world.environment) {
        requires.push("puccinialin");
    }
    let opens_by_cffi = project.is_some_and(|project| project.parts.iter().any(Part::is_opened_by_cffi));
    if opens_by_cffi && hook != Hook::GetRequiresForBuildSdist {
        requires.push("cffi");
    }
    requires
}

fn is_requires(hook: Hook) -> bool {
    matches!(hook, Hook::GetRequiresForBuildWheel | Hook::GetRequiresForBuildSdist | Hook::GetRequiresForBuildEditable)
}

fn read_project(world: World<'_>, request: &Request) -> Result<Project, Error> {
    let mut notes = Vec::new();
    let top = match &request.config_settings {
        Some(settings) => options::config_settings(settings, &mut notes).map_err(Error::Findings)?,
        None => TopLayer { by_hook: true, ..TopLayer::default() },
    };
    crate::actions::event::tell(world.report, notes);
    project::read(world.environment.directory(), top, world.environment, world.report)
}

fn directory(arguments: &Arguments) -> Result<&Path, Error> {
    arguments.directory.as_deref().ok_or_else(|| Error::Contract("the request names no directory".to_owned()))
}

fn prepare(world: World<'_>, arguments: &Arguments, project: &Project, request: Request) -> Result<String, Error> {
    let at_hand = interpreters::of_hook(request.interpreter, arguments.python.as_deref())?;
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
    let settings = request.config_settings.unwrap_or_default();
    let at_hand = interpreters::of_hook(request.interpreter, arguments.python.as_deref())?;
    let source = interpreters::Source { at_hand: at_hand.as_ref(), ..super::source(world) };
    let toolchain = resolve::toolchain(project, world.environment, world.report)?;
    let interpreter = interpreters::chosen_one(project, &toolchain, source, world.report)?;
    let arguments_again = rebuild::arguments(&project.directory, &settings);
    let call =
        Call { program: world.program, directory: Some(world.environment.directory()), arguments: &arguments_again };
    let prebuilt: Prebuilt = arguments.prebuilt.iter().cloned().collect();
    let request = wheel::Request {
        kind,
        environment: world.environment,
        directory: directory(arguments)?,
        prepared: arguments.metadata_directory.as_deref(),
        prebuilt: &prebuilt,
        profiling: &Profiling::Off,
        call,
    };
    let built = wheels::build_one(project, &toolchain, interpreter, request, world.report)?;
    wheel::tell(&built, world.environment, world.report);
    Ok(built.delivered.name)
}
