//! `wainwright cache`: what the user's build cache holds, and removing it.

use std::path::Path;
use std::time::SystemTime;

use crate::commands::World;
use crate::error::Error;
use crate::ops::cache::{self, Kept};
use crate::plan;
use crate::spec::byte_size::ByteSize;

/// Show what the build cache holds, or remove it
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    pub action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
pub enum Action {
    /// Print where the cache lies
    Dir,
    /// Remove what the cache holds: all of it, or the entries that are named
    Clean {
        #[arg(value_name = "ENTRY")]
        names: Vec<String>,
    },
}

/// Gives the text to print.
pub fn run(world: World<'_>, arguments: &Arguments) -> Result<String, Error> {
    let Some(directory) = plan::cache::directory(world.environment) else {
        return Ok("there is no cache: no home directory is known, and `WAINWRIGHT_CACHE_DIR` is not set\n".to_owned());
    };
    match &arguments.action {
        None => Ok(shown(&directory, &cache::list(&directory)?, plan::cache::limit(world.environment)?)),
        Some(Action::Dir) => Ok(format!("{}\n", directory.display())),
        Some(Action::Clean { names }) => clean(&directory, names),
    }
}

fn shown(directory: &Path, kept: &[Kept], limit: u64) -> String {
    let total: u64 = kept.iter().map(|entry| entry.size).sum();
    let mut text = format!("{}: {} of {}\n", directory.display(), ByteSize(total), ByteSize(limit));
    for entry in kept {
        text.push_str(&format!("  {:>9}  {}  used {}\n", ByteSize(entry.size), entry.name, ago(entry.used)));
    }
    text
}

fn clean(directory: &Path, names: &[String]) -> Result<String, Error> {
    let mut text = String::new();
    for (entry, is_removed) in cache::remove(directory, names)? {
        let outcome = if is_removed { "removed" } else { "in use, and stays" };
        text.push_str(&format!("{} ({}): {outcome}\n", entry.name, ByteSize(entry.size)));
    }
    if text.is_empty() { Ok("nothing to remove\n".to_owned()) } else { Ok(text) }
}

fn ago(time: SystemTime) -> String {
    let seconds = SystemTime::now().duration_since(time).unwrap_or_default().as_secs();
    match seconds {
        ..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}
