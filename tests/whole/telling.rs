//! What is told while a build runs.

use std::time::SystemTime;

use crate::fixture;
use crate::process::run;
use crate::setup;

#[test]
fn a_compile_that_takes_its_time_tells_how_far_it_is() {
    let script = "fn main() {\n    println!(\"cargo::rerun-if-env-changed=ASKED\");\n    \
                  std::thread::sleep(std::time::Duration::from_secs(12));\n}\n";
    let project = fixture::binary("slow").file("build.rs", script).at("telling-slow");
    let mut build = project.wainwright(&["build", "--out"]);
    build.arg(project.out("wheel")).arg("--interpreter").arg(setup::python3());
    // So that the script runs, whatever was compiled by an earlier run of this test.
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos().to_string();
    let said = run(build.env("ASKED", now)).well().stderr;
    let told = said.lines().find(|line| line.contains(" crates after ")).expect(&said);
    assert!(told.starts_with("   Compiling slow for CPython 3.11 (dev): 0 of 1 crates after 1"), "{told}");
}

#[test]
fn a_quiet_build_says_nothing_but_what_is_wrong() {
    let project = fixture::mixed("hushed").at("telling-hushed");
    let mut build = project.wainwright(&["build", "--quiet", "--out"]);
    build.arg(project.out("wheel")).arg("--interpreter").arg(setup::python3());
    assert_eq!(run(&mut build).well().stderr, "");
    let project = project.copy_to("telling-hushed-and-wrong");
    std::fs::write(project.root.join("src/lib.rs"), "fn wrong( {}\n").unwrap();
    let mut build = project.wainwright(&["build", "--quiet", "--out"]);
    build.arg(project.out("wheel")).arg("--interpreter").arg(setup::python3());
    let said = run(&mut build).with_code(3).stderr;
    assert!(said.starts_with("error: "), "{said}");
}
