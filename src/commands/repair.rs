//! `wainwright repair`: makes wheels portable, whoever made them.

use std::path::PathBuf;

use crate::actions::event::Event;
use crate::commands::World;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::ops::repair::{self, Order};
use crate::plan::compatibility::{self, Compatibility};
use crate::plan::portable::{Promise, Wish, macos};

/// Make wheels portable, whoever made them: graft the libraries that they need, and tag them for what they are
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

    /// A directory to look for libraries in before all others; repeatable.
    #[arg(long, alias = "add-path", value_name = "DIR")]
    pub library_path: Vec<PathBuf>,

    /// The tag to promise, such as `manylinux_2_28` or `macosx_12_0` [default: the most portable one that is true].
    #[arg(long, value_name = "TAG")]
    pub plat: Option<String>,
}

pub fn run(world: World<'_>, arguments: &Arguments) -> Result<(), Error> {
    let promise = arguments.plat.as_deref().map(promise).transpose()?.flatten();
    let wish = Wish::new(promise, &arguments.exclude)?;
    let directory = world.environment.directory();
    let out = directory.join(&arguments.out);
    let library_paths: Vec<PathBuf> = arguments.library_path.iter().map(|path| directory.join(path)).collect();
    let order = Order { directory: &out, wish: &wish, library_paths: &library_paths, environment: world.environment };
    for wheel in &arguments.wheels {
        let delivered = repair::repair(&directory.join(wheel), order, world.report)?;
        let object = arguments.out.join(&delivered.name).display().to_string();
        (world.report)(Event::Step { verb: "Repaired", object });
    }
    Ok(())
}

/// What a tag promises, with or without its architecture, which is the files' own; `auto` is nothing in particular.
fn promise(text: &str) -> Result<Option<Promise>, Diagnostic> {
    if text == "auto" {
        return Ok(None);
    }
    if let Some((oldest, _)) = macos::version_of_tag(text) {
        return Ok(Some(Promise::MacOs(oldest)));
    }
    match text.parse() {
        Ok(Compatibility::Policy(policy)) => Ok(Some(Promise::Linux(policy))),
        Ok(_) => Err(Diagnostic::error(Code::Setting, format!("`--plat` is `{text}`, which promises nothing"))),
        Err(reason) => match compatibility::policy_of_tag(text) {
            Some(policy) => Ok(Some(Promise::Linux(policy))),
            None => Err(Diagnostic::error(Code::Setting, format!("`--plat`: {reason}"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_with_and_without_its_architecture() {
        let shown = |text: &str| match promise(text).unwrap() {
            Some(Promise::Linux(policy)) => policy.to_string(),
            Some(Promise::MacOs((major, minor))) => format!("macOS {major}.{minor}"),
            None => String::new(),
        };
        assert_eq!(shown("manylinux_2_28_x86_64"), "manylinux_2_28");
        assert_eq!(shown("musllinux_1_2"), "musllinux_1_2");
        assert_eq!(shown("manylinux2014_aarch64"), "manylinux_2_17");
        assert_eq!(shown("manylinux2014"), "manylinux_2_17");
        assert_eq!(shown("auto"), "");
        assert_eq!(shown("macosx_12_0_arm64"), "macOS 12.0");
        assert_eq!(shown("macosx_10_13"), "macOS 10.13");
        assert!(promise("linux_x86_64").is_err() && promise("win_amd64").is_err());
    }
}
