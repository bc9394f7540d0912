//! `wainwright develop`: an editable install into an environment.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::compile::Prebuilt;
use crate::ops::install;
use crate::ops::interpreters;
use crate::ops::resolve;
use crate::ops::wheel::{self, Request, WheelKind};
use crate::render::summary;
use crate::system::disk::Scratch;
use crate::system::python;

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
    let toolchain = resolve::toolchain(&project, world.environment, world.report)?;
    let interpreter = interpreters::chosen_one(&project, &toolchain, super::source(world), world.report)?;
    let Some(executable) = interpreter.executable.clone().filter(|path| install::belongs_to_environment(path)) else {
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
    let built = wheel::build_one(&project, &toolchain, interpreter, request, world.report)?;
    install::install(&built.delivered.path, &executable, world.environment, &project.directory)?;
    let core = &project.metadata.core;
    python::mark_editable(&executable, &core.name.normalized(), &project.directory)?;
    let size = summary::size(built.delivered.size);
    let seconds = built.elapsed.as_secs_f64();
    let proofs = built.proofs.join(", ");
    let object =
        format!("{} {} into {}: {size} in {seconds:.1} s; {proofs}", core.name, core.version, executable.display());
    (world.report)(Event::Step { verb: "Installed", object });
    Ok(())
}
