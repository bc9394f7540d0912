//! Nothing that is unchanged is compiled, and nothing that is changed is missed, whatever the times of files say.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::fixture::{self, Environment, Project};
use crate::process::{command, run};
use crate::setup;

/// Gives a file the time of an unpacked sdist, long before any build.
fn age(file: &Path) {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_153_704_088);
    fs::OpenOptions::new().write(true).open(file).unwrap().set_modified(long_ago).unwrap();
}

/// How many crates a build of the project compiles.
fn compiled(project: &Project, options: &[&str]) -> usize {
    let mut build = project.wainwright(&["build", "--out"]);
    build.arg(project.out("wheel")).arg("--interpreter").arg(setup::python3()).args(options);
    let said = run(&mut build).well().stderr;
    said.lines().filter(|line| line.trim().starts_with("Compiling ") && line.contains(" v")).count()
}

fn answer(project: &Project, name: &str) -> String {
    let environment = Environment::with(&project.wheel(), &format!("freshness-{name}"));
    environment.says(&format!("import {name}; print({name}.answer())"))
}

#[test]
fn an_edit_that_looks_older_than_the_last_build_is_compiled() {
    let project = fixture::mixed("aged").at("freshness-aged");
    assert_eq!(answer(&project, "aged"), "42");
    let library = project.root.join("src/lib.rs");
    fs::write(&library, fs::read_to_string(&library).unwrap().replace("42", "43")).unwrap();
    age(&library);
    assert_eq!(answer(&project, "aged"), "43");
    assert_eq!(compiled(&project, &[]), 0);
}

#[test]
fn an_unchanged_project_compiles_nothing_whichever_python_or_check_came_between() {
    let project = fixture::mixed("unchanged").at("freshness-unchanged");
    compiled(&project, &[]);
    let mut check = command("cargo");
    run(check.arg("check").current_dir(&project.root).env("PYO3_PYTHON", setup::python3())).well();
    assert_eq!(compiled(&project, &[]), 0);
}

#[test]
fn features_that_come_and_go_bring_their_own_code() {
    let project = fixture::mixed("fickle")
        .append("Cargo.toml", "\n[features]\nother = []\n")
        .replace("src/lib.rs", "        42\n", "        if cfg!(feature = \"other\") { 7 } else { 42 }\n")
        .at("freshness-fickle");
    let with = |options: &[&str]| {
        let mut build = project.wainwright(&["build", "--interpreter"]);
        build.arg(setup::python3()).args(options);
        let environment = Environment::with(&project.wheel_by(&mut build), "freshness-fickle");
        environment.says("import fickle; print(fickle.answer())")
    };
    assert_eq!([with(&[]), with(&["--features", "other"]), with(&[])], ["42", "7", "42"]);
}

#[test]
fn a_build_script_finds_the_python_of_each_environment_and_runs_once() {
    let script = "fn main() {\n    println!(\"cargo::rerun-if-env-changed=PYO3_PYTHON\");\n    \
                  let python = std::env::var_os(\"PYO3_PYTHON\").unwrap();\n    \
                  let asked = std::process::Command::new(python).args([\"-c\", \"import wainwright\"]).status().unwrap();\n    \
                  assert!(asked.success());\n}\n";
    let project = fixture::mixed("asking").file("build.rs", script).at("freshness-asking");
    for time in 0..2 {
        // Each has a path of its own, and wainwright among its packages.
        let environment = Environment::new(&format!("freshness-asking-{time}"));
        let mut uv = command(setup::uv());
        uv.args(["pip", "install", "--quiet", "--find-links"]).arg(setup::wheels()).arg("--python");
        run(uv.arg(&environment.root).arg("wainwright")).well();
        let out = project.out("wheel");
        let ran =
            run(project.wainwright(&["build", "--out"]).arg(&out).arg("-i").arg(environment.bin("python"))).well();
        // An earlier run of this test may have compiled it before.
        assert!(time == 0 || !ran.stderr.contains("Compiling asking v0.0.0"), "{ran}");
    }
}

#[test]
fn a_new_file_that_a_build_script_reads_is_a_change() {
    let script = "fn main() {\n    println!(\"cargo::rerun-if-changed=data\");\n    \
                  let count = std::fs::read_dir(\"data\").unwrap().count();\n    \
                  println!(\"cargo::rustc-env=COUNT={count}\");\n}\n";
    let project = fixture::mixed("counting")
        .file("build.rs", script)
        .file("data/one", "")
        .replace("src/lib.rs", "        42\n", "        env!(\"COUNT\").parse().unwrap()\n")
        .at("freshness-counting");
    assert_eq!(answer(&project, "counting"), "1");
    fs::write(project.root.join("data/two"), "").unwrap();
    age(&project.root.join("data/two"));
    assert_eq!(answer(&project, "counting"), "2");
    assert_eq!(compiled(&project, &[]), 0);
}

#[test]
fn sources_with_new_times_beside_a_restored_target_directory_are_not_compiled_again() {
    let project = fixture::mixed("restored").at("freshness-restored");
    compiled(&project, &[]);
    for file in project.files() {
        fs::OpenOptions::new()
            .write(true)
            .open(project.root.join(file))
            .unwrap()
            .set_modified(SystemTime::now())
            .unwrap();
    }
    assert_eq!([compiled(&project, &[]), compiled(&project, &[])], [0, 0]);
    let library = project.root.join("src/lib.rs");
    fs::write(&library, fs::read_to_string(&library).unwrap().replace("42", "44")).unwrap();
    assert_eq!(compiled(&project, &[]), 1);
    assert_eq!(answer(&project, "restored"), "44");
}

/// What is kept beside the records of crates has names that no crate can have.
#[test]
fn a_crate_of_any_name_is_found_fresh() {
    let project = fixture::binary("units").at("freshness-units");
    assert_eq!([compiled(&project, &[]), compiled(&project, &[])][1], 0);
    let main = project.root.join("src/main.rs");
    fs::write(&main, fs::read_to_string(&main).unwrap() + "\n// changed\n").unwrap();
    assert_eq!([compiled(&project, &[]), compiled(&project, &[])], [1, 0]);
}

#[test]
fn what_was_compiled_and_why_is_told() {
    // A variable that other projects' crates do not read: they share what is compiled.
    let script = "fn main() {\n    println!(\"cargo::rerun-if-env-changed=ASKED\");\n}\n";
    let project = fixture::mixed("asked")
        .append("Cargo.toml", "\n[features]\nother = []\n")
        .file("build.rs", script)
        .at("freshness-why");
    let why = || run(&mut project.wainwright(&["why"])).well().stdout;
    compiled(&project, &[]);
    compiled(&project, &[]);
    assert!(why().contains("nothing was compiled"), "{}", why());
    let library = project.root.join("src/lib.rs");
    fs::write(&library, fs::read_to_string(&library).unwrap() + "\n// changed\n").unwrap();
    compiled(&project, &[]);
    assert!(
        why().contains(": 1 compiled, ") && why().ends_with("\n  asked 0.0.0: `src/lib.rs` has changed\n"),
        "{}",
        why()
    );
    compiled(&project, &["--features", "other"]);
    assert!(why().contains("\n  asked 0.0.0: its features are others: `other` came\n"), "{}", why());
    let mut build = project.wainwright(&["build", "--out"]);
    run(build.arg(project.out("wheel")).arg("--interpreter").arg(setup::python3()).env("ASKED", "")).well();
    assert!(why().contains("\n  asked 0.0.0: the variable `ASKED` was not set and is ``\n"), "{}", why());
}
