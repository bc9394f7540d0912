//! The same tree gives the same bytes: in another directory, at another time, under another umask, time zone and locale.

use std::process::Command;

use crate::fixture::{self, Archive, Project};
use crate::process::run;
use crate::sdists::with_umask;
use crate::setup;

/// Each test has a tree of its own: cargo writes its lock file anew.
fn project(place: &str) -> Project {
    fixture::mixed("steady").file("python/steady/data/words.txt", "forty-two\n").at(place)
}

/// The tree elsewhere, its files old and readable by their owner alone.
fn elsewhere(project: &Project) -> Project {
    let name = project.root.file_name().unwrap().to_str().unwrap();
    let copy = project.copy_to(&format!("{name}-copy/in/another/place"));
    let age = "find . -type f -exec chmod 600 {} + -exec touch -d '2001-02-03 04:05:06' {} +";
    run(Command::new("sh").args(["-c", age]).current_dir(&copy.root)).well();
    copy
}

fn otherwise(build: &mut Command) -> Command {
    with_umask(build.env("TZ", "Pacific/Kiritimati").env("LC_ALL", "tr_TR.UTF-8"), "077")
}

#[test]
fn wheels_are_the_same() {
    let project = project("reproducible-wheel");
    let copy = elsewhere(&project);
    let mut build = copy.wainwright(&["build", "--interpreter"]);
    build.arg(setup::python3());
    project.wheel().equals(&copy.wheel_by(&mut otherwise(&mut build)));
}

#[test]
fn sdists_are_the_same() {
    let project = project("reproducible-sdist");
    let copy = elsewhere(&project);
    let out = copy.out("sdist");
    run(otherwise(&mut copy.wainwright(&["sdist"])).arg("--out").arg(&out)).well();
    project.sdist().equals(&Archive::only_in(&out));
}

#[test]
fn no_path_of_the_builder_stands_in_what_is_compiled_and_the_users_flags_count() {
    let flagged = "#[pyfunction]\n    fn flagged() -> bool {\n        cfg!(asked_for)\n    }\n\n    /// The answer.\n";
    let project = fixture::mixed("unnamed")
        .replace("src/lib.rs", "/// The answer.\n", flagged)
        .file(".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"asked_for\"]\n")
        .at("reproducible-unnamed");
    let wheel = project.wheel();
    let environment = fixture::Environment::with(&wheel, "reproducible-unnamed");
    assert_eq!(environment.says("from unnamed import _unnamed; print(_unnamed.flagged())"), "True");
    let (name, library) = wheel.contents().into_iter().find(|(name, _)| name.ends_with(".so")).unwrap();
    let holds = |text: &str| library.windows(text.len()).any(|window| window == text.as_bytes());
    let home = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap()));
    assert!(holds("/cargo/registry/src/") && !holds(&home), "{name} holds {home}");
    assert!(!holds(setup::place().to_str().unwrap()), "{name} holds the target directory");
}
