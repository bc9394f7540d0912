//! `wainwright build`: the wheels that the chosen Pythons need.

use std::path::{Path, PathBuf};

use crate::actions::event::Event;
use crate::actions::manifest::Entry;
use crate::commands::{Platforms, World};
use crate::contents::editable::Call;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::compile::Prebuilt;
use crate::ops::compose;
use crate::ops::deliver::Delivered;
use crate::ops::interpreters;
use crate::ops::platforms;
use crate::ops::project::Project;
use crate::ops::reproduce;
use crate::ops::resolve;
use crate::ops::sdist;
use crate::ops::wheel::{self, PlannedWheel, Request, WheelKind};
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

fn build_wheels(
    world: World<'_>,
    project: &Project,
    platforms: &[String],
    out: &Path,
) -> Result<Vec<Delivered>, Error> {
    if !platforms.is_empty() {
        return build_platforms(world, project, platforms, out);
    }
    let toolchain = resolve::toolchain(project, world.environment, world.report)?;
    let pythons = interpreters::chosen(project, &toolchain, super::source(world), world.report)?;
    let python = compose::python_entries(project, WheelKind::Regular, world.report)?;
    let planned = wheel::plan(project, &toolchain, &pythons, world.environment, world.report)?;
    wheel::expect(project, &planned, Share::Whole)?;
    build_planned(world, project, &planned, &python, out)
}

/// Plans the wheels of all platforms, then builds them in turn.
fn build_platforms(world: World<'_>, project: &Project, words: &[String], out: &Path) -> Result<Vec<Delivered>, Error> {
    let set = platforms::set(project, words, world.environment)?;
    for line in set.shown().lines() {
        (world.report)(Event::Step { verb: "Planned", object: line.trim_start().to_owned() });
    }
    set.complete()?;
    let all = platforms::plan(project, &set, super::source(world), world.report)?;
    let python = compose::python_entries(project, WheelKind::Regular, world.report)?;
    let mut delivered = Vec::new();
    for one in &all {
        let built = build_planned(world, &one.project, &one.wheels, &python, out)
            .and_then(|built| platforms::kept(one, &built).map(|()| built));
        match built {
            Ok(built) => delivered.extend(built),
            Err(error) => {
                platforms::tell_incomplete(&all, &delivered, world.report);
                return Err(error);
            }
        }
    }
    Ok(delivered)
}

fn build_planned(
    world: World<'_>,
    project: &Project,
    planned: &[PlannedWheel],
    python: &[Entry],
    out: &Path,
) -> Result<Vec<Delivered>, Error> {
    let request = Request {
        kind: WheelKind::Regular,
        environment: world.environment,
        directory: out,
        prepared: None,
        prebuilt: &Prebuilt::new(),
        profiling: &Profiling::Off,
        call: Call::default(),
    };
    let mut delivered = Vec::new();
    for planned in planned {
        let built = wheels::build(project, planned, python, request, world.report)?;
        wheel::tell(&built, world.environment, world.report);
        delivered.push(built.delivered);
    }
    Ok(delivered)
}
