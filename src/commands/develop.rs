//! `wainwright develop`: an editable install into an environment.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::compile::Prebuilt;
use crate::ops::install;
use crate::ops::wheel::{self, Request, WheelKind};
use crate::system::disk::Scratch;

/// Install the project into the active environment, with its Python sources live
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    #[command(flatten)]
    pub settings: Settings,
}

pub fn run(world: World<'_>, arguments: Arguments) -> Result<(), Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    let interpreter = super::one_python(world, &project)?;
    let Some(python) = interpreter.executable.clone().filter(|python| install::is_environment(python)) else {
        let message = format!("{} belongs to no virtual environment", interpreter.title());
        let hint = "make one with `python3 -m venv .venv`, or activate yours";
        return Err(Diagnostic::error(Code::Interpreter, message).hint(hint).into());
    };
    let stage = Scratch::new()?;
    let request = Request {
        kind: WheelKind::Editable,
        environment: world.environment,
        directory: stage.path(),
        prepared: None,
        prebuilt: &Prebuilt::new(),
    };
    let built = wheel::build_one(&project, interpreter, request, world.report)?;
    install::install(&built.delivered.path, &python, world.environment, &project.directory)?;
    let core = &project.metadata.core;
    let object = format!("{} {} ({}) into {}", core.name, core.version, built.proofs.join(", "), python.display());
    (world.report)(Event::Step { verb: "Installed", object });
    Ok(())
}
