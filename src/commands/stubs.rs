//! `wainwright stubs`: the type stubs of the modules, as files.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::{interpreters, resolve, stubs, wheel};

/// Compile the modules, and write the type stubs that PyO3 tells of them (feature `experimental-inspect`)
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// Where the stubs go [default: the Python sources].
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub settings: Settings,
}

pub fn run(world: World<'_>, arguments: Arguments) -> Result<(), Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    let toolchain = resolve::toolchain(&project, world.environment, world.report)?;
    let python = interpreters::chosen_one(&project, &toolchain, super::source(world), world.report)?;
    let planned = wheel::plan(&project, &toolchain, &[python], world.environment, world.report)?;
    let out = arguments.out.map(|out| world.environment.directory().join(out));
    let out = out.unwrap_or_else(|| project.layout.python_root.clone());
    for wheel in &planned {
        for file in stubs::write(&project, wheel, &out, world.environment, world.report)? {
            (world.report)(Event::Step { verb: "Wrote", object: file.display().to_string() });
        }
    }
    Ok(())
}
