//! `wainwright generate-ci`: a workflow that builds, tests and publishes the project.

use std::path::PathBuf;

use crate::commands::World;
use crate::contents::workflow::Service;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::generate_ci::{self, Wishes};
use crate::plan::wheel_platform::PYPI;

/// Print a workflow that builds, tests and publishes the project
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[arg(value_enum)]
    pub service: Service,

    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// The platforms that the wheels are for, as wheels name them (`manylinux_2_28_aarch64`, `macos_universal2`,
    /// `win_amd64`), or `pypi`, the usual set; may be repeated.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = PYPI)]
    pub platform: Vec<String>,

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
    let wishes = Wishes {
        platforms: arguments.platform,
        pythons: arguments.python,
        tests: arguments.test,
        caches: !arguments.no_cache,
        publishes: !arguments.no_publish,
    };
    let text = generate_ci::text(&project, arguments.service, &wishes)?;
    match arguments.out {
        None => Ok(text),
        Some(file) => {
            generate_ci::write(&world.environment.directory().join(file), &text, world.report)?;
            Ok(String::new())
        }
    }
}
