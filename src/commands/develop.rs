//! `wainwright develop`: an editable install into an environment.

use std::path::PathBuf;

use crate::commands::World;
use crate::contents::editable::Call;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::develop::{self, Along};
use crate::spec::name::ExtraName;

/// Install the project into the active environment, with its Python sources live
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// Extras of the project to install with it, separated by commas.
    #[arg(short = 'E', long, value_name = "NAME", value_delimiter = ',', help_heading = "Install")]
    pub extras: Vec<ExtraName>,

    /// Dependency groups to install with it, separated by commas.
    #[arg(short = 'G', long, value_name = "NAME", value_delimiter = ',', help_heading = "Install")]
    pub group: Vec<String>,

    /// Install with uv, though the environment may have pip.
    #[arg(long, help_heading = "Install")]
    pub uv: bool,

    #[command(flatten)]
    pub settings: Settings,
}

/// Runs the command.
pub fn run(world: World<'_>, arguments: Arguments) -> Result<(), Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    let along = Along { extras: arguments.extras, groups: arguments.group, by_uv: arguments.uv };
    let call =
        Call { program: world.program, directory: Some(world.environment.directory()), arguments: world.arguments };
    develop::develop(&project, &along, call, super::source(world), world.report)
}
