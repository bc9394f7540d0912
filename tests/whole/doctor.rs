//! `wainwright doctor` on a sound machine, and on machines that lack something: what is said is what a build meets.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::fixture::{self, Project};
use crate::process::{Ran, command, run};
use crate::setup;

fn doctor(project: &Project) -> Command {
    project.wainwright(&["doctor", "--format", "json"])
}

fn lines(ran: &Ran) -> Vec<Value> {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|reason| panic!("{reason}: {ran}"))
}

/// The subjects of the lines that would make a build fail.
fn broken(ran: &Ran) -> Vec<String> {
    let lines = lines(ran);
    let broken = lines.iter().filter(|line| line["level"] == "error");
    broken.map(|line| line["subject"].as_str().unwrap().to_owned()).collect()
}

/// A directory of programs: those of the toolchain itself, which need no home, and Python.
fn programs(place: &str, names: &[&str]) -> PathBuf {
    let sysroot = run(command("rustc").args(["--print", "sysroot"])).well().stdout;
    let directory = fixture::empty(&setup::place().join("doctor").join(place));
    for name in names {
        let real = match *name {
            "python3" => setup::python3().to_owned(),
            name => PathBuf::from(sysroot.trim()).join("bin").join(name),
        };
        symlink(real, directory.join(name)).unwrap();
    }
    directory
}

#[test]
fn a_sound_machine_is_good_and_the_plan_is_that_of_the_build() {
    let project = fixture::mixed("healthy").at("doctor-healthy");
    let ran = run(&mut doctor(&project)).well();
    assert_eq!(broken(&ran), [""; 0]);
    let lines = lines(&ran);
    let found =
        |subject: &str| lines.iter().find(|line| line["subject"] == subject).map(|line| line["message"].clone());
    for subject in ["cargo", "rustc", "linker", "cargo's home", "temporary files", "build cache", "healthy 1.0"] {
        assert!(found(subject).is_some(), "{subject}: {ran}");
    }
    let planned = run(&mut project.wainwright(&["plan"])).well().stdout;
    assert_eq!(found("would build").unwrap().as_str(), planned.lines().next());
    let text = run(&mut project.wainwright(&["doctor"])).well().stdout;
    assert!(text.starts_with("toolchain\n  good  cargo ") && text.contains("\nproject\n  good  healthy 1.0"), "{text}");
}

#[test]
fn a_machine_without_cargo_is_broken_unless_nothing_is_compiled() {
    let python = programs("python-alone", &["python3"]);
    let project = fixture::mixed("lacking").at("doctor-lacking");
    let ran = run(&mut without_cargo(&project, &python)).with_code(1);
    assert_eq!(broken(&ran), ["cargo"], "{ran}");
    let optional = fixture::mixed("pure").append("pyproject.toml", "optional = true\n").at("doctor-pure");
    let ran = run(without_cargo(&optional, &python).env("WAINWRIGHT_PURE_PYTHON", "1")).well();
    assert_eq!(broken(&ran), [""; 0], "{ran}");
    assert!(ran.stdout.contains("\"pure-1.0-py3-none-any.whl\""), "{ran}");
}

#[test]
fn a_crate_that_asks_for_a_newer_rust_is_broken_and_a_build_there_fails() {
    let asking = |version: &str| {
        let key = format!("[package]\nrust-version = \"{version}\"\n");
        fixture::binary("ahead").replace("Cargo.toml", "[package]\n", &key).at("doctor-ahead")
    };
    assert_eq!(broken(&run(&mut doctor(&asking("1.85"))).well()), [""; 0]);
    let project = asking("1.999");
    let ran = run(&mut doctor(&project)).with_code(1);
    assert_eq!(broken(&ran), ["rust-version"], "{ran}");
    assert!(ran.stdout.contains("ahead asks for Rust 1.999, and rustc is "), "{ran}");
    let mut build = project.wainwright(&["build", "--out"]);
    let failed = run(build.arg(project.out("wheel"))).with_code(3);
    assert!(failed.stderr.contains("1.999"), "{failed}");
    let again = run(project.wainwright(&["build", "--ignore-rust-version", "--out"]).arg(project.out("wheel")));
    assert_eq!(again.code, Some(0), "{again}");
}

fn without_cargo(project: &Project, programs: &Path) -> Command {
    let mut doctor = doctor(project);
    doctor.env("PATH", programs).env("HOME", "/nowhere").env("CARGO_HOME", "/nowhere");
    doctor
}

#[test]
fn a_machine_without_a_linker_or_a_python_is_broken_and_a_build_there_fails() {
    let project = fixture::binary("unlinked").at("doctor-unlinked");
    let toolchain = programs("toolchain-alone", &["cargo", "rustc"]);
    let there = |mut command: Command| {
        command.env("PATH", &toolchain).env_remove("PYENV_ROOT");
        command.env("HOME", "/nowhere").env("CARGO_TARGET_DIR", project.out("target"));
        run(&mut command)
    };
    let ran = there(doctor(&project)).with_code(1);
    assert!(broken(&ran).starts_with(&["linker".to_owned(), "Python".to_owned()]), "{ran}");
    let linker = lines(&ran).into_iter().find(|line| line["subject"] == "linker").unwrap();
    assert!(linker["message"].as_str().unwrap().contains("`cc` not found"), "{linker}");
    let mut build = project.wainwright(&["build", "-i"]);
    build.arg(setup::python3()).arg("--out").arg(project.out("wheel"));
    assert_eq!(there(build).code, Some(3));
}

#[test]
fn faults_of_the_project_and_of_variables_are_lines_with_what_to_do() {
    let project = fixture::mixed("ailing").append("pyproject.toml", "python-sources = \"x\"\n").at("doctor-ailing");
    let mut doctor = doctor(&project);
    doctor.env("SOURCE_DATE_EPOCH", "soon").env("WAINWRIGHT_PROFIL", "dev").env("WAINWRIGHT_CACHE_SIZE", "much");
    let ran = run(&mut doctor).with_code(1);
    let mut found = broken(&ran);
    found.sort();
    assert_eq!(found, ["SOURCE_DATE_EPOCH", "build cache", "unknown-key"], "{ran}");
    let hint = |subject: &str| lines(&ran).into_iter().find(|line| line["subject"] == subject).unwrap()["hint"].clone();
    assert_eq!(hint("unknown-key"), "did you mean `python-source`?");
    assert_eq!(hint("WAINWRIGHT_PROFIL"), "nothing reads it; did you mean `WAINWRIGHT_PROFILE`?");
    let elsewhere = Project::existing(&fixture::empty(&setup::place().join("doctor/nothing")), "doctor-nothing");
    run(&mut self::doctor(&elsewhere)).well();
}
