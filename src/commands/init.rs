//! `wainwright init`: what a directory lacks to be a project.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::commands::new::{Choice, directory_name, next};
use crate::error::Error;
use crate::ops::create;

/// Make a project of a directory, a crate or a Python package: adds what is missing, and changes nothing that is there
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub path: PathBuf,

    #[command(flatten)]
    pub choice: Choice,
}

/// Gives the text to print: what to do next.
pub fn run(world: World<'_>, arguments: &Arguments) -> Result<String, Error> {
    let directory = world.environment.directory().join(&arguments.path);
    let found = create::found(&directory)?;
    let name = arguments.choice.name.clone().or_else(|| found.name()).or_else(|| directory_name(&directory));
    let wish = arguments.choice.wish(world, name, create::kind(&found))?;
    let additions = found.additions(wish);
    let written = create::write(&directory, &additions, world.report)?;
    for note in additions.notes {
        (world.report)(Event::Diagnostic(note));
    }
    Ok(match written {
        0 => "Nothing is missing.\n".to_owned(),
        _ if found.is_empty() => next(None),
        _ => String::new(),
    })
}
