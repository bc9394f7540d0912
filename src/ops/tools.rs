//! Looks for the tools that builds for other machines need.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::Error;
use crate::facts::cargo_config;
use crate::facts::cross;
use crate::facts::environment::Environment;
use crate::facts::sources::PathKind;
use crate::facts::tools::{StandardLibrary, Tools};
use crate::ops::project::Project;
use crate::ops::resolve;
use crate::plan::platform_set::PROGRAMS;
use crate::plan::triple::Triple;
use crate::plan::wheel_platform::WheelPlatform;
use crate::system::cargo::CargoError;
use crate::system::{cargo, disk, process, rustc, zig};

/// What this machine has of what the platforms may need.
pub fn tools(project: &Project, platforms: &[WheelPlatform], environment: &Environment) -> Result<Tools, Error> {
    let cargo = cargo::find(environment).ok_or(CargoError::Missing)?;
    let (_, host) = cargo::version(&cargo, &project.directory, None)?;
    let mut targets: BTreeSet<String> = BTreeSet::new();
    for target in platforms.iter().flat_map(WheelPlatform::targets) {
        targets.extend(Triple::parse(target).targets(target));
    }
    let is_there = |program: &&str| match *program {
        "zig" => zig::find(environment).is_some(),
        program => cargo::find_tool(program, environment).is_some(),
    };
    Ok(Tools {
        glibc: glibc(&host, environment),
        programs: PROGRAMS.iter().filter(|program| is_there(program)).map(|program| (*program).to_owned()).collect(),
        with_linker: targets.iter().filter(|target| has_linker(target, project, environment)).cloned().collect(),
        standard_library: standard_library(project, &cargo, &targets, environment),
        has_cross: cross::named(environment).is_some(),
        host,
    })
}

/// The version of the machine's glibc, by its own word.
fn glibc(host: &str, environment: &Environment) -> Option<(u64, u64)> {
    if !host.ends_with("-linux-gnu") {
        return None;
    }
    let getconf = process::find("getconf".as_ref(), &environment.search_path())?;
    let (_, answer, _) = process::output(&getconf, &["GNU_LIBC_VERSION".into()]).ok()?;
    let (major, minor) = answer.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Whether a variable or cargo's configuration names a linker for the target.
fn has_linker(target: &str, project: &Project, environment: &Environment) -> bool {
    let variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
    let configured = || resolve::configurations(project, environment);
    environment.get(&variable).is_some()
        || configured().iter().any(|document| cargo_config::linker(document, target).is_some())
}

fn standard_library(
    project: &Project,
    cargo: &Path,
    targets: &BTreeSet<String>,
    environment: &Environment,
) -> StandardLibrary {
    let answer = |words: &[&str]| {
        let answer = rustc::answer(cargo, environment, &project.directory, words).ok()?;
        Some(Path::new(answer.trim()).to_owned())
    };
    let is_asked = |flag: &String| flag == "build-std" || flag.starts_with("build-std=");
    let is_configured = || {
        let configurations = resolve::configurations(project, environment);
        configurations.iter().any(cargo_config::builds_std) || environment.get("CARGO_UNSTABLE_BUILD_STD").is_some()
    };
    if project.options.unstable_flags.iter().any(is_asked) || is_configured() {
        let sources = answer(&["--print", "sysroot"]).map(|root| root.join("lib/rustlib/src/rust/library/std"));
        let has_sources = sources.is_some_and(|sources| disk::kind(&sources) == PathKind::Directory);
        return StandardLibrary::Compiled { has_sources };
    }
    let is_there = |target: &&String| {
        let directory = answer(&["--print", "target-libdir", "--target", target]);
        directory
            .and_then(|directory| disk::names(&directory).ok())
            .is_some_and(|names| names.iter().any(|name| name.starts_with("libstd-")))
    };
    StandardLibrary::Installed(targets.iter().filter(is_there).cloned().collect())
}
