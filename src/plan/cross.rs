//! Compiling by cross, which runs cargo in a container.
//!
//! cross shows the container the target directory, the workspace and cargo's home, and passes on cargo's own variables.
//! What else a compile needs is written as options of the container engine. Source: the README of cross 0.2.5 and its
//! `docs/`, "Container Engine" and "Passing environment variables into the build environment".

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cargo_metadata::PackageId;

use crate::actions::cargo_call::CargoCall;
use crate::actions::container::Container;
use crate::facts::environment::Environment;
use crate::plan::sdist::{slashed, way};

/// Where a container sees the directory that `--target-dir` names.
const TARGET_DIR: &str = "/target";
/// Where it sees the workspace, unless crates from outside make cross show all of them where they lie.
const WORKSPACE: &str = "/project";

/// Variables of the user's that a compile heeds, and that cross does not pass on by itself.
const HEEDED: [&str; 2] = ["PYO3_USE_ABI3_FORWARD_COMPATIBILITY", "SOURCE_DATE_EPOCH"];

/// Where cross compiles below a project's target directory: what it compiles for build scripts needs the C library of the
/// container, and cargo would take what was compiled here for it.
pub fn target_dir(all: &Path) -> PathBuf {
    all.join("cross")
}

/// A call of cargo's as one of cross. `target_dir` is the directory that the call names.
pub fn in_container(
    mut call: CargoCall,
    target_dir: &Path,
    (workspace, packages): (&Path, Vec<PackageId>),
    environment: &Environment,
) -> CargoCall {
    if let Some(at) = call.arguments.iter().position(|word| word == "--manifest-path") {
        let manifest = slashed(&way(&call.directory, Path::new(&call.arguments[at + 1])));
        call.arguments[at + 1] = manifest.into();
    }
    let passed = call.set.iter().map(|(name, value)| (name.as_str(), seen(Path::new(value), target_dir)));
    let heeded = HEEDED.into_iter().map(|name| (name, None));
    let ours: Vec<String> = passed.chain(heeded).map(|(name, value)| passing(name, value)).collect();
    let variable = options_variable(environment);
    let users = environment.text(variable).map(str::to_owned);
    // The last word about a variable counts, and the user's own options are the user's last word.
    let options = ours.into_iter().chain(users).collect::<Vec<_>>().join(" ");
    call.set.push((variable.to_owned(), OsString::from(options)));
    let places = [(TARGET_DIR, target_dir), (WORKSPACE, workspace)];
    let places = places.map(|(there, here)| (PathBuf::from(there), here.to_owned())).into();
    call.container = Some(Container { places, packages });
    call
}

/// The variable by which cross is told options of the container engine: the older name where the user has that one alone,
/// which the newer one would switch off.
fn options_variable(environment: &Environment) -> &'static str {
    let [new, old] = ["CROSS_CONTAINER_OPTS", "DOCKER_OPTS"];
    if environment.get(new).is_none() && environment.get(old).is_some() { old } else { new }
}

/// The path by which a container sees what lies in the target directory.
fn seen(path: &Path, target_dir: &Path) -> Option<String> {
    let below = slashed(path.strip_prefix(target_dir).ok()?);
    Some(if below.is_empty() { TARGET_DIR.to_owned() } else { format!("{TARGET_DIR}/{below}") })
}

/// The option that gives a container a variable: with another value, or with the one that it has.
fn passing(name: &str, value: Option<String>) -> String {
    let word = value.map_or_else(|| name.to_owned(), |value| format!("{name}={value}"));
    format!("--env {}", shlex::try_quote(&word).unwrap_or((&*word).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(set: &[(&str, &str)], variables: &[(&str, &str)]) -> CargoCall {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::new(variables, "/".into(), None);
        let call = CargoCall {
            arguments: ["rustc", "--manifest-path", "/w/p/rust/Cargo.toml", "--", "-g"].map(OsString::from).into(),
            directory: "/w/p/python".into(),
            set: set.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect(),
            ..CargoCall::default()
        };
        in_container(call, Path::new("/w/t"), (Path::new("/w/p"), Vec::new()), &environment)
    }

    fn options(set: &[(&str, &str)], variables: &[(&str, &str)]) -> (String, String) {
        let (name, value) = called(set, variables).set.pop().unwrap();
        (name, value.into_string().unwrap())
    }

    #[test]
    fn the_manifest_is_named_from_where_cargo_runs() {
        let arguments = called(&[], &[]).arguments;
        assert_eq!(arguments, ["rustc", "--manifest-path", "../rust/Cargo.toml", "--", "-g"]);
    }

    #[test]
    fn variables_pass_and_what_lies_in_the_target_directory_is_seen_elsewhere() {
        let set = [("PYO3_CONFIG_FILE", "/w/t/pyo3/a b.txt"), ("CARGO_BUILD_BUILD_DIR", "/w/t"), ("VERSION", "1.0")];
        let (variable, options) = options(&set, &[]);
        let words = shlex::split(&options).unwrap();
        assert_eq!(variable, "CROSS_CONTAINER_OPTS");
        assert!(words.iter().step_by(2).all(|word| word == "--env"), "{options}");
        assert_eq!(
            words.into_iter().skip(1).step_by(2).collect::<Vec<_>>(),
            [
                "PYO3_CONFIG_FILE=/target/pyo3/a b.txt",
                "CARGO_BUILD_BUILD_DIR=/target",
                "VERSION",
                "PYO3_USE_ABI3_FORWARD_COMPATIBILITY",
                "SOURCE_DATE_EPOCH"
            ]
        );
        let call = called(&set, &[]);
        assert_eq!(call.set[0].1, "/w/t/pyo3/a b.txt");
        assert_eq!(call.container.unwrap().path_here(Path::new("/target/x")), Path::new("/w/t/x"));
    }

    #[test]
    fn the_users_own_options_stay_in_the_variable_that_has_them() {
        let heeded = "--env PYO3_USE_ABI3_FORWARD_COMPATIBILITY --env SOURCE_DATE_EPOCH";
        let [new, old] = [("CROSS_CONTAINER_OPTS", "--network host"), ("DOCKER_OPTS", "--cpus 2")];
        assert_eq!(options(&[], &[new, old]), (new.0.into(), format!("{heeded} --network host")));
        assert_eq!(options(&[], &[old]), (old.0.into(), format!("{heeded} --cpus 2")));
    }
}
