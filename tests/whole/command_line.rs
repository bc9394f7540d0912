//! The command line on the examples: what it prints, and where it puts what it makes.

use crate::fixture::{Archive, Project};
use crate::process::run;
use crate::setup;

fn hello() -> Project {
    Project::existing(&setup::source_tree().join("examples/hello"), "command-line-hello")
}

fn tour() -> Project {
    Project::existing(&setup::source_tree().join("examples/tour"), "command-line-tour")
}

#[test]
fn help_names_every_command_and_hides_the_hook() {
    let help = run(&mut hello().wainwright(&["--help"])).well().stdout;
    for command in ["build", "sdist", "develop", "list", "metadata"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command}:\n{help}");
    }
    assert!(!help.contains("hook"), "{help}");
}

#[test]
fn an_unknown_command_is_a_fault_of_usage() {
    let ran = run(&mut hello().wainwright(&["biuld"])).with_code(2);
    assert!(ran.stderr.contains("unrecognized subcommand 'biuld'") && ran.stderr.contains("'build'"), "{ran}");
}

#[test]
fn build_puts_the_wheel_in_dist_beside_pyproject_toml() {
    let project = hello().copy_to("command-line-dist");
    let ran = run(project.wainwright(&["build", "--interpreter"]).arg(setup::python3())).well();
    let wheel = Archive::only_in(&project.root.join("dist"));
    assert!(wheel.file_name().starts_with("hello-0.1.0-"), "{}", wheel.file_name());
    // As somebody in the project's directory would write it.
    assert!(ran.stderr.contains(&format!("Built dist/{} for CPython", wheel.file_name())), "{ran}");
}

#[test]
fn sdist_takes_a_project_that_lies_elsewhere() {
    let out = tour().out("elsewhere");
    let mut sdist = Project::existing(&out, "command-line-elsewhere").wainwright(&["sdist", "--out", "."]);
    run(sdist.arg(&tour().root)).well();
    assert_eq!(Archive::only_in(&out).file_name(), "tour-0.1.0.tar.gz");
}

#[test]
fn list_tells_what_the_wheel_then_holds() {
    let project = tour();
    // The tag that is true of it is known when it is compiled.
    let for_here = ["--compatibility", "linux", "--interpreter"];
    let listed = run(project.wainwright(&["list"]).args(for_here).arg(setup::python3())).well().stdout;
    let wheel = project.wheel_by(project.wainwright(&["build"]).args(for_here).arg(setup::python3()));
    let mut lines = listed.lines();
    assert_eq!(lines.next(), Some(wheel.file_name()));
    let (names, sources): (Vec<&str>, Vec<&str>) = lines.map(|line| line.trim().split_once("  <- ").unwrap()).unzip();
    assert_eq!(names, wheel.names());
    let source = |name: &str| sources[names.iter().position(|found| *found == name).unwrap()];
    assert_eq!(source("tour/__init__.py"), "python/tour/__init__.py");
    assert_eq!(source("tour-0.1.0.dist-info/METADATA"), "generated");
    assert_eq!(sources.iter().filter(|source| **source == "compiled").count(), 1);
}

#[test]
fn metadata_is_printed_and_nothing_else() {
    let ran = run(&mut hello().wainwright(&["metadata"])).well();
    assert_eq!(ran.stdout, "Metadata-Version: 2.3\nName: hello\nVersion: 0.1.0\nRequires-Python: >=3.9\n");
    assert_eq!(ran.stderr, "");
}
