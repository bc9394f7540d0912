//! `wainwright build`: the wheels that the chosen Pythons need.

use std::path::{Path, PathBuf};

use crate::commands::World;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::compile::Prebuilt;
use crate::ops::compose;
use crate::ops::interpreters;
use crate::ops::project::Project;
use crate::ops::resolve;
use crate::ops::sdist;
use crate::ops::wheel::{self, Request, WheelKind};
use crate::ops::wheels;
use crate::plan::profiling::Profiling;
use crate::plan::wheel_set::Share;

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

    #[command(flatten)]
    pub settings: Settings,
}

pub fn run(world: World<'_>, arguments: Arguments) -> Result<(), Error> {
    let project = super::project(world, &arguments.source, arguments.settings.clone())?;
    let out = super::out_directory(world, &project, arguments.out);
    if !arguments.sdist {
        return build_wheels(world, &project, &out);
    }
    let built = sdist::build(&project, world.environment, &out, world.report)?;
    sdist::tell(&built, world.environment, world.report);
    let unpacked = sdist::unpacked(&built)?;
    // Compiled where the tree's own crates are, or all of them would be compiled anew.
    let target_dir = arguments.settings.target_dir.clone().or(built.target_dir);
    let settings = Settings { target_dir, manifest_path: None, ..arguments.settings };
    build_wheels(world, &super::project(world, &unpacked.top, settings)?, &out)
}

fn build_wheels(world: World<'_>, project: &Project, out: &Path) -> Result<(), Error> {
    let toolchain = resolve::toolchain(project, world.environment, world.report)?;
    let pythons = interpreters::chosen(project, &toolchain, super::source(world), world.report)?;
    let python = compose::python_entries(project, WheelKind::Regular, world.report)?;
    let planned = wheel::plan(project, &toolchain, &pythons, world.environment, world.report)?;
    wheel::expect(project, &planned, Share::Whole)?;
    let request = Request {
        kind: WheelKind::Regular,
        environment: world.environment,
        directory: out,
        prepared: None,
        prebuilt: &Prebuilt::new(),
        profiling: &Profiling::Off,
    };
    for planned in &planned {
        let built = wheels::build(project, planned, &python, request, world.report)?;
        wheel::tell(&built, world.environment, world.report);
    }
    Ok(())
}
