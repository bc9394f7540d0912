//! `wainwright list`: what would be in the wheel, from the same code, without compiling.

use std::path::PathBuf;

use crate::actions::manifest::{Entry, Source};
use crate::commands::World;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::interpreters;
use crate::ops::resolve;
use crate::ops::sdist;
use crate::ops::wheel;

/// List what would be in the wheel, without compiling
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// List what would be in the sdist.
    #[arg(long)]
    pub sdist: bool,

    #[command(flatten)]
    pub settings: Settings,
}

/// Gives the text to print: each wheel's name, then a line for each of its files.
pub fn run(world: World<'_>, arguments: Arguments) -> Result<String, Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    if arguments.sdist {
        let manifest = sdist::list(&project, world.environment, world.report)?;
        return Ok(manifest.entries.iter().map(|entry| line(entry, &project.directory)).collect());
    }
    let toolchain = resolve::toolchain(&project, world.environment, world.report)?;
    let pythons = interpreters::chosen(&project, &toolchain, super::source(world), world.report)?;
    let mut text = String::new();
    for planned in wheel::plan(&project, &toolchain, &pythons, world.environment, world.report)? {
        let manifest = wheel::list(&project, &planned, world.environment, world.report)?;
        let lines: String = manifest.entries.iter().map(|entry| line(entry, &project.directory)).collect();
        let dist_info = manifest.entries.last().and_then(|entry| entry.path.split('/').next()).unwrap_or_default();
        text.push_str(&format!("{}\n{lines}  {dist_info}/RECORD  <- generated\n", planned.name));
    }
    Ok(text)
}

fn line(entry: &Entry, directory: &std::path::Path) -> String {
    let source = match &entry.source {
        Source::Bytes(bytes) if bytes.is_empty() && !entry.path.ends_with("py.typed") => "compiled".to_owned(),
        Source::Bytes(_) => "generated".to_owned(),
        Source::Disk { path, .. } => path.strip_prefix(directory).unwrap_or(path).display().to_string(),
    };
    format!("  {}  <- {source}\n", entry.path)
}
