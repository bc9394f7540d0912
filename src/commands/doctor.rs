//! `wainwright doctor`: whether this machine, and the project at hand, have what a build needs.

use std::path::PathBuf;

use crate::checks::machine;
use crate::commands::format::FormatArguments;
use crate::commands::{Answer, World};
use crate::error::Error;
use crate::ops::doctor;
use crate::render;

/// Look over toolchain, Pythons, linker, variables, caches and the project: what is good, and what to do
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    #[command(flatten)]
    pub format: FormatArguments,
}

pub fn run(world: World<'_>, arguments: &Arguments) -> Result<Answer, Error> {
    let directory = world.environment.directory().join(&arguments.source);
    let lines = machine::check(&doctor::machine(&directory, world.environment, world.program));
    let text = match arguments.format.is_json() {
        true => format!("{:#}\n", render::machine::json(&lines)),
        false => render::machine::text(&lines, world.colour),
    };
    Ok(Answer { text, is_good: !lines.iter().any(machine::Line::is_broken) })
}
