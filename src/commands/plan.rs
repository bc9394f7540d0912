//! `wainwright plan`: the set of wheels that would be built, before anything is compiled.

use std::path::PathBuf;

use crate::commands::World;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::interpreters;
use crate::ops::resolve;
use crate::ops::wheel::{self, PlannedWheel};
use crate::plan::wheel_set::Share;

/// Print the wheels that would be built, for which Pythons and from which features
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    #[command(flatten)]
    pub settings: Settings,
}

/// Gives the text to print, some lines for each wheel.
pub fn run(world: World<'_>, arguments: Arguments) -> Result<String, Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    let toolchain = resolve::toolchain(&project, world.environment, world.report)?;
    let pythons = interpreters::chosen(&project, &toolchain, super::source(world), world.report)?;
    let planned = wheel::plan(&project, &toolchain, &pythons, world.environment, world.report)?;
    wheel::expect(&project, &planned, Share::Whole)?;
    let wheels: String = planned.iter().map(lines).collect();
    let guesses: String = wheel::guesses(&project).into_iter().map(|guess| format!("  {guess}\n")).collect();
    Ok(if guesses.is_empty() { wheels } else { format!("{wheels}guessed, since nothing is written:\n{guesses}") })
}

fn lines(wheel: &PlannedWheel) -> String {
    let features = match wheel.resolved.features() {
        features if features.is_empty() => "the default ones".to_owned(),
        features => features.join(", "),
    };
    format!(
        "{}\n  for {}\n  built with {}, features: {features}\n",
        wheel.name,
        wheel.serves.join(", "),
        wheel.interpreter.title()
    )
}
