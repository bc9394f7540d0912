//! wainwright builds itself from its own tree, with the program that is there already.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::{self, Archive, Project};
use crate::process::{command, run};
use crate::setup;

/// A hook of the shim in a source tree, called as frontends call it by `backend-path`.
fn hook(tree: &Path, hook: &str, out: &Path) -> Command {
    let code = "import sys; sys.path.insert(0, 'backend_shim')\nimport wainwright\n\
                print(getattr(wainwright, sys.argv[1])(sys.argv[2]))";
    let mut python = command(setup::python3());
    python.args(["-c", code, hook]).arg(out).current_dir(tree);
    python.env("WAINWRIGHT_BINARY_FOR_SOURCE_TREE", setup::program());
    python
}

fn out(purpose: &str) -> PathBuf {
    Project::existing(setup::source_tree(), "building-itself").out(purpose)
}

#[test]
fn its_wheel_holds_the_program_once_and_the_shim_as_the_package() {
    let wheel = Archive::only_in(&setup::wheels());
    let version = env!("CARGO_PKG_VERSION");
    let shim =
        ["__init__.py", "__main__.py", "_binary.py", "_call.py", "_probe.py", "_schema.py", "py.typed", "schema.json"];
    let mut expected = vec![format!("wainwright-{version}.data/scripts/wainwright")];
    expected.extend(shim.map(|name| format!("wainwright/{name}")));
    let licenses = ["licenses/LICENSE-APACHE", "licenses/LICENSE-MIT"];
    let info = [
        "METADATA",
        "WHEEL",
        "entry_points.txt",
        licenses[0],
        licenses[1],
        "sboms/wainwright.cyclonedx.json",
        "RECORD",
    ];
    expected.extend(info.map(|name| format!("wainwright-{version}.dist-info/{name}")));
    assert_eq!(wheel.names(), expected);
    assert!(wheel.file_name().starts_with(&format!("wainwright-{version}-py3-none-")), "{}", wheel.file_name());
    let program = wheel.contents().into_iter().find(|(name, _)| name.ends_with("/scripts/wainwright")).unwrap().1;
    assert!(program == fs::read(setup::program()).unwrap(), "the program is not the one that was built");
}

#[test]
fn it_lets_cargo_compile_nothing_when_the_program_is_there() {
    let (cargo, log) = fixture::counting_cargo("building-itself");
    let out = out("counted");
    run(hook(setup::source_tree(), "build_wheel", &out).env("CARGO", cargo)).well();
    Archive::only_in(&out);
    let calls = fs::read_to_string(&log).unwrap();
    let compiling = ["build", "rustc", "check", "run", "install"];
    assert!(calls.contains("metadata\n"), "{calls}");
    assert!(!calls.lines().any(|call| compiling.contains(&call)), "{calls}");
}

#[test]
fn its_sdist_holds_what_a_build_needs_and_builds_the_same_wheel() {
    let out = out("sdist");
    run(&mut hook(setup::source_tree(), "build_sdist", &out)).well();
    let sdist = Archive::only_in(&out);
    let names = sdist.names();
    let needed = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-MIT",
        "PKG-INFO",
        "README.md",
        "backend_shim/wainwright/__init__.py",
        "backend_shim/wainwright/py.typed",
        "pyproject.toml",
        "src/main.rs",
        "src/contents/python/editable_finder.py",
        "tests/whole/main.rs",
    ];
    for name in needed {
        let path = format!("wainwright-{}/{name}", env!("CARGO_PKG_VERSION"));
        assert!(names.contains(&path), "{path} is not among {names:#?}");
    }
    let junk = |name: &&String| name.contains("__pycache__") || name.contains("/target/") || name.contains("/.git");
    assert_eq!(names.iter().find(junk), None);
    let unpacked = sdist.unpacked_in(&setup::place().join("unpacked/wainwright"));
    let wheel = self::out("wheel-of-sdist");
    run(&mut hook(&unpacked.root, "build_wheel", &wheel)).well();
    assert!(Archive::only_in(&wheel).bytes() == Archive::only_in(&setup::wheels()).bytes(), "the wheels differ");
}
