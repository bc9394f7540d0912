//! `wainwright build`: a wheel.

use std::path::PathBuf;

use crate::commands::World;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::compile::Prebuilt;
use crate::ops::wheel::{self, Request, WheelKind};

/// Build a wheel
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// Where the wheel goes [default: `dist` beside `pyproject.toml`].
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub settings: Settings,
}

pub fn run(world: World<'_>, arguments: Arguments) -> Result<(), Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    let interpreter = super::interpreter(world, &project)?;
    let request = Request {
        kind: WheelKind::Regular,
        interpreter: &interpreter,
        environment: world.environment,
        directory: &super::out_directory(world, &project, arguments.out),
        prepared: None,
        prebuilt: &Prebuilt::new(),
    };
    let built = wheel::build(&project, &request, world.report)?;
    wheel::tell(&built, world.report);
    Ok(())
}
