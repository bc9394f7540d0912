//! `wainwright plan`: the set of wheels that would be built, before anything is compiled.

use std::path::PathBuf;

use crate::commands::{Platforms, World};
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::interpreters;
use crate::ops::platforms;
use crate::ops::project::Project;
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
    pub platforms: Platforms,

    #[command(flatten)]
    pub settings: Settings,
}

/// Gives the text to print, some lines for each wheel.
pub fn run(world: World<'_>, arguments: Arguments) -> Result<String, Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    if !arguments.platforms.platform.is_empty() {
        return of_platforms(world, &project, &arguments.platforms.platform);
    }
    let toolchain = resolve::toolchain(&project, world.environment, world.report)?;
    let pythons = interpreters::chosen(&project, &toolchain, super::source(world), world.report)?;
    let planned = wheel::plan(&project, &toolchain, &pythons, world.environment, world.report)?;
    wheel::expect(&project, &planned, Share::Whole)?;
    Ok(with_guesses(&project, planned.iter().map(lines).collect()))
}

/// How the wheels of each platform are linked and what is missing for it, then the wheels.
fn of_platforms(world: World<'_>, project: &Project, words: &[String]) -> Result<String, Error> {
    let set = platforms::set(project, words, world.environment)?;
    let refused = set.complete();
    if refused.is_err() {
        set.tell(world.report);
    }
    refused?;
    let all = platforms::plan(project, &set, super::source(world), world.report)?;
    let wheels = all.iter().flat_map(|one| &one.wheels).map(lines).collect::<String>();
    Ok(with_guesses(project, format!("platforms:\n{}{wheels}", set.shown())))
}

fn with_guesses(project: &Project, wheels: String) -> String {
    let guesses: String = wheel::guesses(project).into_iter().map(|guess| format!("  {guess}\n")).collect();
    if guesses.is_empty() { wheels } else { format!("{wheels}guessed, since nothing is written:\n{guesses}") }
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
