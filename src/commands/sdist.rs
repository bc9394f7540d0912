//! `wainwright sdist`: a source distribution.

use std::path::PathBuf;

use crate::commands::World;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::sdist;

/// Build a source distribution
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// Where the sdist goes [default: `dist` beside `pyproject.toml`].
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub settings: Settings,
}

pub fn run(world: World<'_>, arguments: Arguments) -> Result<(), Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    let out = super::out_directory(world, &project, arguments.out);
    let built = sdist::build(&project, world.environment, &out, world.report)?;
    sdist::tell(&built, world.environment, world.report);
    Ok(())
}
