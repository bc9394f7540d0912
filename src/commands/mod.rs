//! The commands: arguments plus one operation each.

pub mod build;
pub mod cache;
pub mod check;
pub mod develop;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod format;
pub mod generate_ci;
pub mod hook;
pub mod init;
pub mod inspect;
pub mod licenses;
pub mod list;
pub mod metadata;
pub mod migrate;
pub mod new;
pub mod plan;
pub mod python;
pub mod rebuild;
pub mod repair;
pub mod sdist;
pub mod stubs;
pub mod why;

use std::path::{Path, PathBuf};

use crate::actions::event::Report;
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::settings::Settings;
use crate::ops::interpreters::Source;
use crate::ops::project::{self, Project};
use crate::plan::options::TopLayer;
use crate::render::diagnostic::Colour;

/// Shows a question and gives the answer; nothing where the input ends.
pub type Ask<'w> = &'w dyn Fn(&str) -> Option<String>;

/// The platforms that a command is for, where they are named.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Platforms {
    /// Build for these platforms, as wheels name them (`manylinux_2_28_aarch64`, `musllinux_x86_64`, `macos_universal2`,
    /// `win_amd64`), or for `pypi`, the usual set; may be repeated.
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with_all = ["target", "compatibility"],
          help_heading = "Python")]
    pub platform: Vec<String>,
}

/// The world a command runs in.
#[derive(Clone, Copy)]
pub struct World<'w> {
    pub environment: &'w Environment,
    /// The program's own path.
    pub program: Option<&'w Path>,
    /// What stands behind the command's name.
    pub arguments: &'w [String],
    pub report: Report<'w>,
    /// Whether what is printed at last, on standard output, is coloured.
    pub colour: Colour,
    /// Asks the user, where there is a terminal.
    pub ask: Option<Ask<'w>>,
}

/// What a command answers: the text to print, and whether what it judged is good.
pub struct Answer {
    pub text: String,
    pub is_good: bool,
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self { text, is_good: true }
    }
}

impl From<()> for Answer {
    fn from((): ()) -> Self {
        String::new().into()
    }
}

/// Reads the project at `source`, a path of the command line, with the settings of the command line.
fn project(world: World<'_>, source: &Path, settings: Settings) -> Result<Project, Error> {
    let from = world.environment.directory();
    let settings = settings.with_blanks_split();
    // Paths of the command line start where the user stands, not where the project lies.
    let manifest_path = settings.manifest_path.as_ref().map(|path| from.join(path));
    let settings = Settings { manifest_path, ..settings };
    let top = TopLayer { settings, ..TopLayer::default() };
    project::read(&from.join(source), top, world.environment, world.report)
}

/// Where a command's Pythons come from.
fn source<'w>(world: World<'w>) -> Source<'w> {
    Source { environment: world.environment, at_hand: None, program: world.program }
}

/// Where files go if nobody says: `dist/` beside `pyproject.toml`.
fn out_directory(world: World<'_>, project: &Project, out: Option<PathBuf>) -> PathBuf {
    match out {
        Some(out) => world.environment.directory().join(out),
        None => project.directory.join("dist"),
    }
}
