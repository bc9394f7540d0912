//! Every frontend builds and installs the same small project, and the module answers.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use crate::fixture::{self, Archive, Environment, Project};
use crate::process::{command, run};
use crate::setup;

const ASK: &str = "import waggon; print(waggon.answer())";

/// The project that all frontends share, so that its crate is compiled once where it lies.
fn project() -> &'static Project {
    static PROJECT: LazyLock<Project> = LazyLock::new(|| fixture::mixed("waggon").at("frontends"));
    &PROJECT
}

fn uv(arguments: &[&str]) -> Command {
    let mut uv = command(setup::uv());
    uv.args(arguments).args(["--quiet", "--no-index", "--find-links"]).arg(setup::wheels()).arg("--python");
    uv
}

#[track_caller]
fn answers(wheel: &Archive, place: &str) {
    assert_eq!(Environment::with(wheel, place).says(ASK), "42");
}

/// The one file of a kind among what a frontend made.
fn made(directory: PathBuf, suffix: &str) -> Archive {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = files.filter(|path| path.to_str().unwrap().ends_with(suffix)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    Archive::judged(&found[0])
}

#[test]
fn pip_wheel_builds_in_an_isolated_environment() {
    let out = project().out("pip-wheel");
    let mut pip = command(setup::tools());
    pip.args(["-m", "pip", "wheel", "--no-deps", "--wheel-dir"]).arg(&out).arg(&project().root);
    run(pip.env("PIP_FIND_LINKS", setup::wheels())).well();
    answers(&Archive::only_in(&out), "frontends-pip-wheel");
}

#[test]
fn pip_install_builds_and_installs() {
    let environment = Environment::new("frontends-pip-install");
    run(environment.pip(&["install"]).arg(&project().root)).well();
    assert_eq!(environment.says(ASK), "42");
}

#[test]
fn build_makes_an_sdist_and_from_it_a_wheel() {
    let out = project().out("build");
    let mut build = command(setup::tools());
    build.args(["-m", "build", "--outdir"]).arg(&out).arg(&project().root);
    run(build.env("PIP_FIND_LINKS", setup::wheels())).well();
    made(out.clone(), ".tar.gz");
    answers(&made(out, ".whl"), "frontends-build");
}

#[test]
fn uv_build_makes_an_sdist_and_from_it_a_wheel() {
    let out = project().out("uv-build");
    run(uv(&["build"]).arg(setup::python3()).arg("--out-dir").arg(&out).arg(&project().root)).well();
    std::fs::remove_file(out.join(".gitignore")).unwrap();
    made(out.clone(), ".tar.gz");
    answers(&made(out, ".whl"), "frontends-uv-build");
}

#[test]
fn uv_pip_install_builds_and_installs() {
    let environment = Environment::new("frontends-uv-pip-install");
    run(uv(&["pip", "install"]).arg(&environment.root).arg(&project().root)).well();
    assert_eq!(environment.says(ASK), "42");
}
