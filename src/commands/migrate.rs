//! `wainwright migrate`: from `[tool.maturin]` to `[tool.wainwright]`.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::ops::migrate;

/// Turn a maturin project into one of wainwright's own: rewrites `pyproject.toml`, with its comments and order
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    /// Print the new text, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Gives the text to print, which is empty where the file was written.
pub fn run(world: World<'_>, arguments: &Arguments) -> Result<String, Error> {
    let directory = world.environment.directory().join(&arguments.source);
    let (migrated, faults) = migrate::migrated(&directory, world.environment)?;
    let tell = |diagnostic| (world.report)(Event::Diagnostic(diagnostic));
    for note in &migrated.notes {
        tell(Diagnostic::warning(Code::ToolTable, note));
    }
    if !faults.is_empty() {
        let message = "`lenient = true` is set, since `[project]` breaks its standard where maturin let it pass";
        let found = faults.iter().filter(|fault| fault.is_error());
        let note = Diagnostic::warning(Code::ToolTable, message).hint("mend these, and take the key out");
        tell(found.fold(note, |note, fault| note.with_note(fault.message.clone())));
    }
    if arguments.dry_run {
        return Ok(migrated.text);
    }
    migrate::write(&directory, &migrated)?;
    let file = arguments.source.join("pyproject.toml");
    (world.report)(Event::Step { verb: "Migrated", object: file.display().to_string() });
    Ok(String::new())
}
