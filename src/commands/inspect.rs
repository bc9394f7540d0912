//! `wainwright inspect`: what a wheel or sdist holds, what it is for, and what takes the room.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::commands::format::FormatArguments;
use crate::contents::overview;
use crate::error::Error;
use crate::ops::inspect;
use crate::render::overview::text::Depth;
use crate::render::overview::{html, json, text};

/// Show what a wheel or sdist holds: files and sizes, modules with their symbols, what they need, metadata
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    #[command(flatten)]
    pub format: FormatArguments,

    /// Write a page for browsers, with a map of the sizes, to this file; and with the course of the build, where the wheel
    /// lies in the project whose last build made it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "json"])]
    pub html: Option<PathBuf>,

    /// Show all files, also where there are many.
    #[arg(long)]
    pub all: bool,
}

/// Gives the text to print.
pub fn run(world: World<'_>, arguments: &Arguments) -> Result<String, Error> {
    let directory = world.environment.directory();
    let path = directory.join(&arguments.file);
    let (archive, digest) = inspect::read(&path)?;
    let overview = overview::of(&archive);
    if let Some(file) = &arguments.html {
        let build = inspect::build(&path, &archive, world.environment);
        inspect::write(&directory.join(file), &html::page(&overview, &digest, build.as_ref()))?;
        (world.report)(Event::Step { verb: "Wrote", object: file.display().to_string() });
        return Ok(String::new());
    }
    let depth = if arguments.all { Depth::All } else { Depth::Large };
    Ok(match arguments.format.is_json() {
        true => format!("{:#}\n", json::json(&overview, &digest)),
        false => text::text(&overview, &digest, depth),
    })
}
