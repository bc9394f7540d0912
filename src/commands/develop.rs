//! `wainwright develop`: an editable install into an environment.

use std::path::PathBuf;

use crate::commands::World;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::develop;

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
    develop::develop(&project, super::source(world), world.report)
}
