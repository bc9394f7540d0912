//! `wainwright diff`: what tells two wheels or sdists apart.

use std::path::PathBuf;

use crate::commands::format::FormatArguments;
use crate::commands::{Answer, World};
use crate::error::Error;
use crate::ops::diff;
use crate::render::difference;

/// Compare two wheels or sdists: files, modes, metadata, what compiled files export and need. Exits with 1 if they differ
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[arg(value_name = "A")]
    pub from: PathBuf,

    #[arg(value_name = "B")]
    pub to: PathBuf,

    #[command(flatten)]
    pub format: FormatArguments,
}

pub fn run(world: World<'_>, arguments: &Arguments) -> Result<Answer, Error> {
    let directory = world.environment.directory();
    let found = diff::between(&directory.join(&arguments.from), &directory.join(&arguments.to))?;
    let text = match arguments.format.is_json() {
        true => format!("{:#}\n", difference::json(&found)),
        false if found.is_empty() => "the same, byte for byte\n".to_owned(),
        false => difference::text(&found),
    };
    Ok(Answer { text, is_good: found.is_empty() })
}
