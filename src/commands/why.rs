//! `wainwright why`: what the last build compiled, and a sentence for each crate.

use std::path::PathBuf;

use crate::commands::World;
use crate::commands::format::FormatArguments;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::build_record::{BuildRecord, CompileRecord};
use crate::facts::settings::Settings;
use crate::ops::why;

/// Tell why the last build compiled what it did
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory of the project.
    #[arg(default_value = ".")]
    pub source: PathBuf,

    #[command(flatten)]
    pub format: FormatArguments,
}

/// Gives the text to print.
pub fn run(world: World<'_>, arguments: &Arguments) -> Result<String, Error> {
    let project = super::project(world, &arguments.source, Settings::default())?;
    let last = why::last(&project, world.environment, world.report)?.ok_or_else(|| {
        let message = format!("no build of `{}` is on record", project.metadata.core.name);
        Diagnostic::error(Code::Setting, message)
            .hint("build it first; with `--target-dir`, set `WAINWRIGHT_TARGET_DIR`")
    })?;
    Ok(if arguments.format.is_json() { json(&last) } else { last.compiles.iter().map(text).collect() })
}

fn json(last: &BuildRecord) -> String {
    serde_json::to_string_pretty(&last.compiles).unwrap_or_default() + "\n"
}

fn text(compile: &CompileRecord) -> String {
    let mut text = format!("{}: ", compile.title);
    match compile.recompiled.len() {
        0 => text.push_str(&format!("nothing was compiled, {} crates were fresh\n", compile.fresh)),
        compiled => text.push_str(&format!("{compiled} compiled, {} fresh\n", compile.fresh)),
    }
    for one in &compile.recompiled {
        text.push_str(&format!("  {} {}: {}\n", one.name, one.version, one.why));
    }
    text
}
