//! `wainwright build`: the wheels that the chosen Pythons need.

use std::path::{Path, PathBuf};

use crate::commands::{Platforms, World};
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::deliver::Delivered;
use crate::ops::platforms;
use crate::ops::project::Project;
use crate::ops::reproduce;
use crate::ops::sdist;
use crate::ops::wheels;

/// Build wheels
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// Where the wheels go [default: `dist` beside `pyproject.toml`].
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Build the sdist too, and the wheels from what it holds.
    #[arg(long)]
    pub sdist: bool,

    /// Build again from the sdist, in another place and from nothing, and compare.
    #[arg(long)]
    pub verify_reproducible: bool,

    #[command(flatten)]
    pub platforms: Platforms,

    #[command(flatten)]
    pub settings: Settings,
}

pub fn run(world: World<'_>, arguments: Arguments) -> Result<(), Error> {
    let project = super::project(world, &arguments.source, arguments.settings.clone())?;
    let out = super::out_directory(world, &project, arguments.out);
    let platforms = arguments.platforms.platform;
    if arguments.verify_reproducible {
        return build_twice(world, &project, &platforms, &out, arguments.settings);
    }
    if !arguments.sdist {
        return build_wheels(world, &project, &platforms, &out).map(|_| ());
    }
    let built = sdist::build(&project, world.environment, &out, world.report)?;
    sdist::tell(&built, world.environment, world.report);
    let unpacked = sdist::unpacked(&built)?;
    // Compiled where the tree's own crates are, or all of them would be compiled anew.
    let target_dir = arguments.settings.target_dir.clone().or(built.target_dir);
    let settings = Settings { target_dir, manifest_path: None, ..arguments.settings };
    build_wheels(world, &super::project(world, &unpacked.top, settings)?, &platforms, &out).map(|_| ())
}

/// Builds the wheels, then once more from an sdist that lies elsewhere, with an empty target directory.
fn build_twice(
    world: World<'_>,
    project: &Project,
    platforms: &[String],
    out: &Path,
    settings: Settings,
) -> Result<(), Error> {
    let wheels = build_wheels(world, project, platforms, out)?;
    let elsewhere = reproduce::elsewhere()?;
    let built = sdist::build(project, world.environment, &elsewhere.path().join("sdist"), world.report)?;
    let unpacked = sdist::unpacked(&built)?;
    let target_dir = Some(elsewhere.path().join("target"));
    let settings = Settings { target_dir, manifest_path: None, ..settings };
    let again = elsewhere.path().join("again");
    build_wheels(world, &super::project(world, &unpacked.top, settings)?, platforms, &again)?;
    reproduce::compare(&wheels, &again, world.report)
}

/// The wheels for the Pythons of this machine, or for the platforms that are named.
fn build_wheels(
    world: World<'_>,
    project: &Project,
    platforms: &[String],
    out: &Path,
) -> Result<Vec<Delivered>, Error> {
    match platforms {
        [] => wheels::build_set(project, super::source(world), out, world.report),
        words => platforms::build(project, words, super::source(world), out, world.report),
    }
}
