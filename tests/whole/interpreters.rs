//! The shim's own tests pass in every Python there is, and wheels are built for another Python than the one at hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::fixture::{self, Environment};
use crate::process::{command, run};
use crate::setup;

/// Each Python from 3.8 on with its minor version: `python3`, and those that pyenv has below the home directory.
pub fn pythons() -> BTreeMap<u32, PathBuf> {
    let versions = std::env::home_dir().map(|home| home.join(".pyenv/versions"));
    let entries = versions.and_then(|versions| fs::read_dir(versions).ok()).into_iter().flatten();
    let found = entries.map(|entry| entry.unwrap().path().join("bin/python")).filter(|python| python.is_file());
    let all = found.chain([setup::python3().to_owned()]);
    all.map(|python| (minor(&python), python)).filter(|(minor, _)| *minor >= 8).collect()
}

/// The minor version of a Python 3, or 0.
pub fn minor(python: &Path) -> u32 {
    let code = "import sys; print(sys.version_info[1] if sys.version_info[0] == 3 else 0)";
    run(command(python).args(["-c", code])).well().stdout.trim().parse().unwrap()
}

#[test]
fn the_shims_own_tests_pass_in_every_python() {
    let pythons = pythons();
    assert!(!pythons.is_empty());
    // They wait more than they work, so all at once.
    std::thread::scope(|scope| {
        for python in pythons.values() {
            scope.spawn(move || {
                let mut tests = command(python);
                tests.args(["-m", "unittest", "discover", "--start-directory", "tests/python"]);
                let ran = run(tests.current_dir(setup::source_tree())).well();
                assert!(ran.stderr.trim_end().lines().last().is_some_and(|line| line.starts_with("OK")), "{ran}");
            });
        }
    });
}

#[test]
fn a_wheel_for_another_python_imports_there() {
    // The newest that PyO3 supports and that is not `python3`, unless there is no other.
    let own = minor(setup::python3());
    let pythons = pythons();
    let other = pythons.range(9..=14).rev().find(|(minor, _)| **minor != own);
    let (minor, python) = other.unwrap_or(pythons.last_key_value().unwrap());
    let project = fixture::mixed("foreign").at("interpreters-foreign");
    let mut build = project.wainwright(&["build", "--interpreter"]);
    // PyO3 is compiled anew for each Python: apart from the rest, which so stays fresh.
    build.arg(python).env("CARGO_TARGET_DIR", setup::place().join("cargo-of-another-python"));
    let wheel = project.wheel_by(&mut build);
    let tag = format!("cp3{minor}-cp3{minor}");
    assert!(wheel.file_name().starts_with(&format!("foreign-1.0-{tag}-")), "{}", wheel.file_name());
    let environment = Environment::of(python, "interpreters-foreign");
    environment.install(&wheel);
    assert_eq!(environment.says("import foreign; print(foreign.answer())"), "42");
}
