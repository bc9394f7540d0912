//! `wainwright licenses`: the licence texts of the crates that are compiled in, as files.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::settings::Settings;
use crate::ops::interpreters;
use crate::ops::materials;
use crate::ops::resolve;
use crate::ops::wheel;

/// Write the licence texts of the crates that are compiled in, as files that `license-files` can name
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// Where the texts go.
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,

    #[command(flatten)]
    pub settings: Settings,
}

pub fn run(world: World<'_>, arguments: Arguments) -> Result<(), Error> {
    let project = super::project(world, &arguments.source, arguments.settings)?;
    let toolchain = resolve::toolchain(&project, world.environment, world.report)?;
    let python = interpreters::chosen_one(&project, &toolchain, super::source(world), world.report)?;
    let planned = wheel::plan(&project, &toolchain, &[python], world.environment, world.report)?;
    let directory = world.environment.directory().join(&arguments.out);
    for wheel in &planned {
        let without = materials::write_licenses(&project, &wheel.resolved, &directory)?;
        if !without.is_empty() {
            let message = format!("these crates carry no licence text: `{}`", without.join("`, `"));
            (world.report)(Event::Diagnostic(Diagnostic::warning(Code::LicenseText, message)));
        }
    }
    (world.report)(Event::Step { verb: "Wrote", object: arguments.out.display().to_string() });
    Ok(())
}
