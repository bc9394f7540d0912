//! cross compiles in a container where `CARGO` names it; `cross.py` stands in for it, and says what holds there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::{self, Environment, Project, empty};
use crate::process::{Ran, command, run};
use crate::setup;

/// A `cross` of this test's own, in a directory of its own.
fn cross(place: &str) -> PathBuf {
    let program = empty(&setup::place().join("cross").join(place)).join("cross");
    let script = fs::read_to_string(setup::source_tree().join("tests/whole/cross.py")).unwrap();
    fs::write(&program, format!("#!{}\n{script}", setup::python3().display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// The calls of that program since they were last asked for.
fn calls(cross: &Path) -> Vec<String> {
    let file = cross.with_file_name("calls.txt");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    text.lines().map(str::to_owned).collect()
}

fn host() -> String {
    let said = run(command("rustc").arg("-vV")).well().stdout;
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn build(project: &Project, cross: &Path) -> Command {
    let mut build = project.wainwright(&["build", "--interpreter"]);
    build.arg(setup::python3()).env("CARGO", cross);
    build
}

/// The crates that a build compiles.
fn compiled(ran: &Ran) -> Vec<&str> {
    let lines = ran.stderr.lines().filter_map(|line| line.trim().strip_prefix("Compiling "));
    lines.filter_map(|line| Some(line.split_once(" v")?.0)).collect()
}

/// What the module of a build answers, and what the build compiled of `crates`.
fn answer(project: &Project, cross: &Path, crates: &[&str]) -> (String, Vec<String>) {
    let out = project.out("wheel");
    let ran = run(build(project, cross).arg("--out").arg(&out)).well();
    let compiled = compiled(&ran).into_iter().filter(|name| crates.contains(name)).map(str::to_owned).collect();
    let wheel = fixture::Archive::only_in(&out);
    let name = crates[0];
    let environment = Environment::with(&wheel, &format!("cross-{name}"));
    (environment.says(&format!("import {name}; print({name}.answer())")), compiled)
}

fn edit(file: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(file, text.replace(old, new)).unwrap();
}

/// A build script whose result is an answer of the variables that it sees.
const ASKING: &str = r#"fn main() {
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let seen = ["SOURCE_DATE_EPOCH", "WAINWRIGHT_PROJECT_VERSION", "PYO3_PYTHON", "CARGO_BUILD_BUILD_DIR"]
        .map(|name| std::env::var(name).is_ok());
    assert_eq!(seen, [true, true, false, true]);
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), "42").unwrap();
}
"#;

#[test]
fn cross_compiles_once_and_cargo_answers_all_else() {
    let project = fixture::mixed("crossed")
        .file("build.rs", ASKING)
        .replace("src/lib.rs", "        42\n", "        include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"))\n")
        .at("cross-module");
    let cross = cross("module");
    let build = |options: &str| {
        let mut build = build(&project, &cross);
        build.env("SOURCE_DATE_EPOCH", "1700000000").env("CROSS_CONTAINER_OPTS", options);
        build
    };
    let wheel = project.wheel_by(&mut build("--network 'my net'"));
    assert_eq!(Environment::with(&wheel, "cross-module").says("import crossed; print(crossed.answer())"), "42");
    assert_eq!(calls(&cross), [format!("rustc {} --network my net", host())]);
    // The build script has said that it reads none of these.
    fs::write(project.root.join("notes.txt"), "nothing").unwrap();
    let again = run(build("").arg("--out").arg(project.out("again"))).well();
    assert_eq!(compiled(&again), [""; 0]);
    assert_eq!(calls(&cross), [format!("rustc {}", host())]);
}

#[test]
fn an_edit_is_seen_through_the_containers_paths() {
    let project = fixture::mixed("crossedit").at("cross-edit");
    let cross = cross("edit");
    let of = |answer: &str, compiled: &[&str]| (answer.to_owned(), compiled.iter().map(|n| (*n).to_owned()).collect());
    let all = ["crossedit"];
    let library = project.root.join("src/lib.rs");
    assert_eq!(answer(&project, &cross, &all).0, "42");
    assert_eq!(answer(&project, &cross, &all), of("42", &[]));
    edit(&library, "42", "43");
    // As a checkout may leave it: cargo by itself would not look.
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_153_704_088);
    fs::OpenOptions::new().write(true).open(&library).unwrap().set_modified(long_ago).unwrap();
    assert_eq!(answer(&project, &cross, &all), of("43", &all));
    assert_eq!(answer(&project, &cross, &all), of("43", &[]));
}

#[test]
fn a_crate_beside_the_workspace_is_compiled_where_it_lies() {
    let beside = "[package]\nname = \"beside\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    let lock = fixture::locked("crossout", "0.0.0")
        .replace(
            "[[package]]\nname = \"crossout\"",
            "[[package]]\nname = \"beside\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"crossout\"",
        )
        .replace("dependencies = [\n \"pyo3\",\n]", "dependencies = [\n \"beside\",\n \"pyo3\",\n]");
    let project = fixture::rust("crossout", "crossout")
        .replace("Cargo.toml", "[dependencies]\n", "[dependencies]\nbeside = { path = \"../beside\" }\n")
        .replace("src/lib.rs", "        42\n", "        beside::number()\n")
        .file("Cargo.lock", &lock)
        .below("project/")
        .file("beside/Cargo.toml", beside)
        .file("beside/src/lib.rs", "pub fn number() -> u32 {\n    42\n}\n")
        .at("cross-beside");
    let cross = cross("beside");
    let inner = project.below("project");
    let all = ["crossout", "beside"];
    assert_eq!(answer(&inner, &cross, &all).0, "42");
    let told = run(build(&inner, &cross).arg("--quiet").arg("--out").arg(inner.out("told"))).well().stderr;
    assert_eq!(
        told,
        "warning[reproducible]: the bytes of the wheel depend on the directory that it is built in, since the crate `beside` \
         does\n |\n = note: cross shows crates from outside of the workspace where they lie\n\n"
    );
    edit(&project.root.join("beside/src/lib.rs"), "42", "43");
    let (said, mut compiled) = answer(&inner, &cross, &all);
    compiled.sort();
    assert_eq!((said.as_str(), compiled), ("43", vec!["beside".to_owned(), "crossout".to_owned()]));
}

#[test]
fn hooks_compile_by_cross_too() {
    let project = fixture::mixed("crosshook").at("cross-hook");
    let cross = cross("hook");
    let out = project.out("wheel");
    run(project.hook("build_wheel", &[&out]).env("CARGO", &cross)).well();
    let wheel = fixture::Archive::only_in(&out);
    assert_eq!(Environment::with(&wheel, "cross-hook").says("import crosshook; print(crosshook.answer())"), "42");
    assert_eq!(calls(&cross), [format!("rustc {}", host())]);
}

/// What a build says that fails with `code`.
#[track_caller]
fn failed(project: &Project, change: impl FnOnce(&mut Command), code: i32) -> String {
    let mut build = project.wainwright(&["build", "--quiet", "--out"]);
    build.arg(project.out("wheel"));
    change(&mut build);
    run(&mut build).with_code(code).stderr
}

#[test]
fn what_cross_cannot_do_is_told() {
    let project = fixture::binary("crossless").at("cross-less");
    let missing = failed(
        &project,
        |build| {
            build.env("CARGO", "/nowhere/cross");
        },
        1,
    );
    assert_eq!(
        missing,
        "error[tool-missing]: `CARGO` names `/nowhere/cross`, which is not there\n |\n = hint: run `cargo install cross`, \
         see that it is on PATH, or unset `CARGO` to compile without it\n\n"
    );
    let cross = cross("less");
    let by_zig = failed(
        &project,
        |build| {
            build.arg("--zig").env("CARGO", &cross);
        },
        1,
    );
    assert_eq!(
        by_zig,
        "error[setting]: zig cannot link what cross compiles: that happens in a container\n |\n = hint: leave `--zig` out, \
         or unset `CARGO`, which names cross\n\n"
    );
    fs::write(&cross, "#!/bin/sh\nexit 1\n").unwrap();
    let without_engine = failed(
        &project,
        |build| {
            build.env("CARGO", &cross).env("CROSS_CONTAINER_ENGINE", "/nowhere/docker");
        },
        3,
    );
    assert_eq!(
        without_engine,
        "note[tool-missing]: cross compiles in a container, and no engine for those is here\n |\n = hint: install docker \
         or podman, or name another engine by `CROSS_CONTAINER_ENGINE`\n\nerror[cargo-failed]: `cross rustc` failed (exit status: 1)\n\n"
    );
}

#[test]
fn a_profile_is_not_seen_in_a_container() {
    let project = fixture::mixed("crosspgo").append("pyproject.toml", "pgo-command = \"true\"\n").at("cross-profile");
    let cross = cross("profile");
    let refused = failed(
        &project,
        |build| {
            build.arg("--pgo").arg("--interpreter").arg(setup::python3()).env("CARGO", &cross);
        },
        1,
    );
    assert_eq!(
        refused,
        "error[profiling]: a profile lies on this machine, where cross, which compiles in a container, does not see it\n |\n \
         = hint: leave `--pgo` out, or unset `CARGO`\n\n"
    );
    assert_eq!(calls(&cross), [""; 0]);
}

#[test]
fn a_compiler_cache_of_this_machine_is_told_to_be_without_effect() {
    let project = fixture::binary("crosscache").at("cross-cache");
    let cross = cross("cache");
    let mut build = project.wainwright(&["build", "--quiet", "--compiler-cache", "sccache", "--out"]);
    let ran = run(build.arg(project.out("wheel")).env("CARGO", &cross)).well();
    assert_eq!(
        ran.stderr,
        "warning[setting]: `compiler-cache = \"sccache\"` is without effect: cross compiles in a container\n |\n = hint: \
         leave it out where cross compiles\n\n"
    );
    assert_eq!(calls(&cross), [format!("rustc {}", host())]);
}
