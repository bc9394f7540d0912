//! The keys of `[tool.maturin]` that few projects have: each does what it says, in maturin's table and in ours.

use crate::fixture::{self, Environment, Project, Sources};
use crate::process::run;
use crate::setup;

/// A module whose answer tells what it was compiled with: 1 for feature `a` (a default one), 2 for `b`, 4 for `--cfg
/// special`, and what cargo's configuration puts into `ADDED`.
fn telling(name: &str, keys: &str) -> Sources {
    fixture::mixed(name)
        .replace("pyproject.toml", "[tool.wainwright]", "[tool.maturin]")
        .append("pyproject.toml", keys)
        .append("Cargo.toml", "\n[features]\ndefault = [\"a\"]\na = []\nb = []\n\n[lints.rust]\nunexpected_cfgs = \"allow\"\n")
        .replace(
            "src/lib.rs",
            "        42\n",
            "        let added = option_env!(\"ADDED\").map_or(0, |added| added.parse().unwrap());\n        \
             u32::from(cfg!(feature = \"a\")) + 2 * u32::from(cfg!(feature = \"b\")) + 4 * u32::from(cfg!(special)) + added\n",
        )
}

#[track_caller]
fn answer(name: &str, keys: &str) -> String {
    let wheel = telling(name, keys).at(&format!("keys-{name}")).wheel();
    Environment::with(&wheel, &format!("keys-{name}")).says(&format!("import {name}; print({name}.answer())"))
}

#[test]
fn features_are_all_none_or_those_of_the_interpreter() {
    assert_eq!(answer("features", ""), "1");
    assert_eq!(answer("features", "all-features = true\n"), "3");
    assert_eq!(answer("features", "no-default-features = true\n"), "0");
    let conditional = "no-default-features = true\nfeatures = [{ feature = \"b\", python-version = \">=3.6\" }, \
                       { feature = \"a\", python-implementation = \"pypy\" }]\n";
    assert_eq!(answer("features", conditional), "2");
}

#[test]
fn rustc_and_cargo_are_given_what_the_table_says() {
    assert_eq!(answer("flags", "rustc-args = [\"--cfg\", \"special\"]\nconfig = [\"env.ADDED='8'\"]\n"), "13");
    // What this machine's cargo refuses, it was given.
    let project = telling("unstable", "unstable-flags = [\"no-such-flag\"]\n").at("keys-unstable");
    let ran = run(project.wainwright(&["build", "-i"]).arg(setup::python3())).with_code(3);
    assert!(ran.stderr.contains("-Z"), "{ran}");
}

#[test]
fn a_frozen_build_wants_its_lock_file() {
    let project = telling("frozen", "frozen = true\n").without("Cargo.lock").at("keys-frozen");
    let ran = run(project.wainwright(&["build", "-i"]).arg(setup::python3())).with_code(3);
    assert!(ran.stderr.contains("--frozen") || ran.stderr.contains("--locked"), "{ran}");
}

#[test]
fn what_has_no_effect_here_is_said_and_what_is_for_other_systems_does_no_harm() {
    let project =
        telling("idle", "use-base-python = true\ninclude-import-lib = true\nauditwheel = \"repair\"\n").at("keys-idle");
    let out = project.out("wheel");
    let ran = run(project.wainwright(&["build", "-i"]).arg(setup::python3()).arg("--out").arg(&out)).well();
    assert!(ran.stderr.contains("note[tool-table]: `tool.maturin.use-base-python` has no effect here"), "{ran}");
    assert!(!fixture::Archive::only_in(&out).names().iter().any(|name| name.ends_with(".lib")));
}

/// A crate of two programs.
fn programs(keys: &str) -> Project {
    let program = |sound: &str| format!("fn main() {{\n    println!(\"{sound}\");\n}}\n");
    fixture::binary("pair")
        .append("pyproject.toml", keys)
        .without("src/main.rs")
        .file("src/bin/ding.rs", &program("ding"))
        .file("src/bin/dong.rs", &program("dong"))
        .at("keys-pair")
}

#[test]
fn targets_name_the_only_ones_that_are_built() {
    let scripts = |keys: &str| {
        let names = programs(keys).wheel().names();
        names.into_iter().filter_map(|name| Some(name.split_once("/scripts/")?.1.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(scripts(""), ["ding", "dong"]);
    assert_eq!(scripts("targets = [{ name = \"dong\", kind = \"bin\" }]\n"), ["dong"]);
    let project = programs("targets = [\"dang\"]\n");
    let ran = run(project.wainwright(&["build", "-i"]).arg(setup::python3())).with_code(1);
    assert!(ran.stderr.contains("names the target `dang`, which the crate has not"), "{ran}");
}

#[test]
fn flags_of_maturin_are_taken_from_build_args() {
    let project = telling("argued", "").at("keys-argued");
    let out = project.out("wheel");
    let arguments =
        "--features b --compatibility off --strip --auditwheel=skip -j 1 --color never -b pyo3 --profile dev";
    run(project.hook("build_wheel", &[&out]).env("MATURIN_PEP517_ARGS", arguments)).well();
    let wheel = fixture::Archive::only_in(&out);
    assert_eq!(Environment::with(&wheel, "keys-argued").says("import argued; print(argued.answer())"), "3");
}
