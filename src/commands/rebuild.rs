//! `wainwright rebuild`: compiles an editable install again, called by the Python file that has found it stale.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::commands::{World, develop};
use crate::error::Error;
use crate::facts::request::SettingValue;
use crate::ops::rebuild;
use crate::plan::options;

/// Compile an editable install again (called by the install itself)
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Arguments {
    /// The directory that the project is installed in.
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,

    /// The interpreter that imports it.
    #[arg(long, value_name = "PATH")]
    pub python: String,

    /// A setting that a frontend was given.
    #[arg(short = 'C', long, value_name = "KEY=VALUE", value_parser = setting)]
    pub config_setting: Vec<(String, String)>,

    #[command(flatten)]
    pub develop: develop::Arguments,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The arguments that stand for a build by a frontend.
pub fn arguments(project: &Path, settings: &BTreeMap<String, SettingValue>) -> Vec<String> {
    let settings = settings.iter().flat_map(|(key, value)| {
        value.values().iter().map(move |value| format!("--config-setting={key}={value}")).collect::<Vec<_>>()
    });
    std::iter::once(project.to_string_lossy().into_owned()).chain(settings).collect()
}

/// Gives why nothing could be done, where that is no fault of the project.
pub fn run(world: World<'_>, arguments: Arguments) -> Result<String, Error> {
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in arguments.config_setting {
        given.entry(key).or_default().push(value);
    }
    let given = given.into_iter().map(|(key, values)| (key, SettingValue::of(values))).collect();
    let by_frontend = options::config_settings(&given, &mut Vec::new()).map_err(Error::Findings)?.settings;
    let mut settings = arguments.develop.settings.over(by_frontend);
    settings.interpreter = vec![arguments.python];
    let project = super::project(world, &arguments.develop.source, settings)?;
    rebuild::rebuild(&project, &arguments.into, super::source(world), world.report)
}
