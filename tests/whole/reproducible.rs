//! The same tree gives the same bytes: in another directory, at another time, under another umask, time zone and locale.

use std::fs;
use std::path::{Path, PathBuf};
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
fn what_was_deflated_for_the_last_wheel_makes_the_same_one() {
    let project = fixture::binary("packed-again").at("packed-again");
    let target = project.root.join("target");
    let wheel = |no_cache: &str| {
        let mut build = project.wainwright(&["build"]);
        build.env("CARGO_TARGET_DIR", &target).env("WAINWRIGHT_NO_CACHE", no_cache);
        project.wheel_by(&mut build).bytes()
    };
    let kept = || -> Vec<PathBuf> {
        let packed = fs::read_dir(target.join("wainwright/packed")).unwrap().map(|entry| entry.unwrap().path());
        packed.flat_map(|tag| fs::read_dir(tag).unwrap()).map(|entry| entry.unwrap().path()).collect()
    };
    let first = wheel("1");
    assert!(!target.join("wainwright/packed").exists());
    assert!(wheel("0") == first);
    let known = kept();
    let bytes = fs::read(&known[0]).unwrap();
    assert!(known.len() == 1 && wheel("0") == first && kept() == known);
    fs::write(&known[0], &bytes[1..]).unwrap();
    assert!(wheel("0") == first && fs::read(&known[0]).unwrap() == bytes);
    fs::write(project.root.join("src/main.rs"), "fn main() {\n    println!(\"forty-three\");\n}\n").unwrap();
    assert!(wheel("0") != first && kept().len() == 1 && kept() != known);
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

/// rustc takes the source of the standard library, where it finds it, for what it compiles from.
#[test]
fn the_source_of_the_standard_library_changes_nothing() {
    let project = project("reproducible-rust-src");
    let without = project.wheel();
    let search = |bin: &Path| {
        let rest = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths([bin.to_owned()].into_iter().chain(std::env::split_paths(&rest))).unwrap()
    };
    let bin = toolchain_with_source().join("bin");
    // What the other rustc has compiled, this one would find fresh.
    let mut build = project.wainwright(&["build", "--no-cache", "--target-dir"]);
    build.arg(project.out("target")).arg("--interpreter").arg(setup::python3());
    build.env("PATH", search(&bin)).env("RUSTC", bin.join("rustc"));
    let out = project.out("with-source");
    run(build.arg("--out").arg(&out)).well();
    without.equals(&Archive::only_in(&out));
}

/// The toolchain, with a file by which rustc knows the source.
fn toolchain_with_source() -> PathBuf {
    let said = run(Command::new("rustc").args(["--print", "sysroot"])).well().stdout;
    let copy = setup::place().join("toolchain-with-source");
    if !copy.exists() {
        let begun = copy.with_extension("begun");
        let _ = fs::remove_dir_all(&begun);
        for directory in ["bin", "lib"] {
            link_all(&Path::new(said.trim()).join(directory), &begun.join(directory));
        }
        let source = begun.join("lib/rustlib/src/rust/library/std/src");
        fs::create_dir_all(&source).unwrap();
        fs::write(source.join("lib.rs"), "").unwrap();
        fs::rename(&begun, &copy).unwrap();
    }
    copy
}

/// A tree of hard links to the files of another, of copies where those cannot be.
fn link_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, place) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            link_all(&path, &place);
        } else if fs::hard_link(&path, &place).is_err() {
            fs::copy(&path, &place).unwrap();
        }
    }
}
