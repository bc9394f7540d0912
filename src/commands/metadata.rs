//! `wainwright metadata`: METADATA as wheels and sdists will carry it. Needs neither cargo nor rustc.

use std::path::PathBuf;

use crate::commands::World;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::metadata;

/// Print the metadata of the distribution (needs no Rust)
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    #[command(flatten)]
    pub settings: Settings,
}

/// Gives the text to print.
pub fn run(world: World<'_>, arguments: Arguments) -> Result<String, Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    Ok(metadata::text(&project))
}
