//! `wainwright python list`: which Pythons were found, where, and why others were passed over.

use crate::commands::World;
use crate::ops::interpreters::{self, Considered};

/// Show the Pythons of this machine
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// List what was found, where, and why another was passed over
    List,
}

/// Gives the text to print, a line for each Python.
pub fn run(world: World<'_>, _arguments: &Arguments) -> String {
    interpreters::discover(world.environment).iter().map(line).collect()
}

fn line(considered: &Considered) -> String {
    let path = considered.path.display();
    match &considered.outcome {
        Ok(found) => {
            format!("{:<14} {:<9} {path} ({})\n", found.title(), found.full_version(), considered.origin)
        }
        Err(reason) => format!("{:<14} {:<9} {path} ({}): {reason}\n", "-", "", considered.origin),
    }
}
