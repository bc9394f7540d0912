//! `wainwright generate-ci`: a workflow that builds, tests and publishes the project.

use std::path::PathBuf;

use crate::commands::World;
use crate::contents::workflow::{Platform, Service};
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::generate_ci::{self, Wishes};

/// Print a workflow that builds, tests and publishes the project
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[arg(value_enum)]
    pub service: Service,

    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// What the wheels are for, separated by commas [default: what most users have].
    #[arg(long, value_name = "PLATFORM", value_enum, value_delimiter = ',')]
    pub platform: Vec<Platform>,

    /// The Pythons, separated by commas [default: those that the project allows].
    #[arg(long, value_name = "VERSION", value_delimiter = ',')]
    pub python: Vec<String>,

    /// The command that tests what was built, such as `python -m pytest`.
    #[arg(long, value_name = "COMMAND")]
    pub test: Option<String>,

    /// Keep nothing from one run to the next.
    #[arg(long)]
    pub no_cache: bool,

    /// Publish nothing.
    #[arg(long)]
    pub no_publish: bool,

    /// Where the workflow goes [default: it is printed].
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Gives the text to print.
pub fn run(world: World<'_>, arguments: Arguments) -> Result<String, Error> {
    let project = super::project(world, &arguments.source, Settings::default())?;
    let platforms = if arguments.platform.is_empty() { Platform::USUAL.to_vec() } else { arguments.platform };
    let wishes = Wishes {
        platforms,
        pythons: arguments.python,
        tests: arguments.test,
        caches: !arguments.no_cache,
        publishes: !arguments.no_publish,
    };
    let text = generate_ci::text(&project, arguments.service, &wishes);
    match arguments.out {
        None => Ok(text),
        Some(file) => {
            generate_ci::write(&world.environment.directory().join(file), &text, world.report)?;
            Ok(String::new())
        }
    }
}
