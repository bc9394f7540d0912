//! `wainwright repair`: makes Linux wheels portable, whoever made them.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::ops::repair;
use crate::plan::compatibility::{self, Compatibility, Policy};
use crate::plan::portable::Wish;

/// Make Linux wheels portable, whoever made them: graft the libraries that they need, and tag them for what they are
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The wheels.
    #[arg(required = true, value_name = "WHEEL")]
    pub wheels: Vec<PathBuf>,

    /// Where the repaired wheels go.
    #[arg(short, long, alias = "wheel-dir", value_name = "DIR", default_value = "wheelhouse")]
    pub out: PathBuf,

    /// A library that others bring, or a glob of such; repeatable.
    #[arg(long, value_name = "LIB")]
    pub exclude: Vec<String>,

    /// The tag to promise, such as `manylinux_2_28` [default: the most portable one that is true].
    #[arg(long, value_name = "TAG")]
    pub plat: Option<String>,
}

pub fn run(world: World<'_>, arguments: &Arguments) -> Result<(), Error> {
    let policy = arguments.plat.as_deref().map(policy).transpose()?.flatten();
    let wish = Wish::new(policy, &arguments.exclude)?;
    let directory = world.environment.directory();
    let out = directory.join(&arguments.out);
    for wheel in &arguments.wheels {
        let delivered = repair::repair(&directory.join(wheel), &out, &wish, world.environment, world.report)?;
        let object = arguments.out.join(&delivered.name).display().to_string();
        (world.report)(Event::Step { verb: "Repaired", object });
    }
    Ok(())
}

/// The policy of a tag, with or without its architecture, which is the files' own; `auto` is none in particular.
fn policy(text: &str) -> Result<Option<Policy>, Diagnostic> {
    if text == "auto" {
        return Ok(None);
    }
    match text.parse() {
        Ok(Compatibility::Policy(policy)) => Ok(Some(policy)),
        Ok(_) => Err(Diagnostic::error(Code::Setting, format!("`--plat` is `{text}`, which promises nothing"))),
        Err(reason) => match compatibility::policy_of_tag(text) {
            Some(policy) => Ok(Some(policy)),
            None => Err(Diagnostic::error(Code::Setting, format!("`--plat`: {reason}"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_with_and_without_its_architecture() {
        let shown = |text: &str| policy(text).unwrap().map(|policy| policy.to_string()).unwrap_or_default();
        assert_eq!(shown("manylinux_2_28_x86_64"), "manylinux_2_28");
        assert_eq!(shown("musllinux_1_2"), "musllinux_1_2");
        assert_eq!(shown("manylinux2014_aarch64"), "manylinux_2_17");
        assert_eq!(shown("manylinux2014"), "manylinux_2_17");
        assert_eq!(shown("auto"), "");
        assert!(policy("linux_x86_64").is_err() && policy("win_amd64").is_err());
    }
}
