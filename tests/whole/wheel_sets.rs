//! Many Pythons in one command, targets that no Python here runs on, and sets that must be complete.

use std::fs;
use std::process::Command;

use crate::fixture::{self, Archive, Environment, Project};
use crate::interpreters::{minor, pythons};
use crate::process::{Ran, run};
use crate::setup;

/// The crates that cargo compiled, by its own lines.
fn compiled(ran: &Ran) -> Vec<String> {
    let crates = ran.stderr.lines().filter_map(|line| line.trim().strip_prefix("Compiling ")?.split_once(" v"));
    crates.map(|(name, _)| name.to_owned()).collect()
}

/// `wainwright build` for the oldest and the newest Python that PyO3 supports and that are here; perhaps one and the
/// same.
fn build_for_two(project: &Project, out: &std::path::Path) -> Ran {
    let pythons = pythons();
    let supported: Vec<_> = pythons.range(9..=14).map(|(_, python)| python).collect();
    let mut build = project.wainwright(&["build", "--out"]);
    build.arg(out);
    for python in [supported[0], supported[supported.len() - 1]] {
        build.arg("--interpreter").arg(python);
    }
    run(&mut build).well()
}

fn wheels(out: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut wheels: Vec<_> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).collect();
    wheels.sort();
    wheels
}

#[test]
fn every_python_gets_its_wheel_in_one_command_and_the_second_time_nothing_is_compiled() {
    let project = fixture::mixed("manifold").at("wheel-sets-manifold");
    let out = project.out("wheels");
    build_for_two(&project, &out);
    let first: Vec<_> = wheels(&out).iter().map(|wheel| fs::read(wheel).unwrap()).collect();
    assert_eq!(compiled(&build_for_two(&project, &out)), [""; 0]);
    assert!(first == wheels(&out).iter().map(|wheel| fs::read(wheel).unwrap()).collect::<Vec<_>>());
    for (path, python) in wheels(&out).iter().map(|path| (path, path.to_str().unwrap())) {
        let own = pythons().into_values().find(|own| python.contains(&format!("-cp3{}-", minor(own)))).unwrap();
        let environment = Environment::of(&own, &format!("wheel-sets-{}", minor(&own)));
        environment.install(&Archive::judged(path));
        assert_eq!(environment.says("import manifold; print(manifold.answer())"), "42");
    }
}

#[test]
fn crates_that_do_not_depend_on_python_are_compiled_for_the_first_python_alone() {
    let project = fixture::mixed("frugal").at("wheel-sets-frugal");
    let pythons = pythons();
    let mut supported = pythons.range(9..=14);
    let target = fixture::empty(&setup::place().join("cargo-of-frugal"));
    let build = |python: &std::path::Path| {
        let mut build = project.wainwright(&["build", "--out"]);
        build.arg(project.out("wheels")).arg("--interpreter").arg(python).env("CARGO_TARGET_DIR", &target);
        compiled(&run(&mut build).well())
    };
    assert!(build(supported.next().unwrap().1).contains(&"syn".to_owned()));
    if let Some((_, other)) = supported.next_back() {
        assert_eq!(build(other), ["pyo3-ffi", "pyo3", "frugal"]);
    }
}

#[test]
fn one_wheel_of_the_stable_abi_serves_all_that_it_fits() {
    let project = fixture::mixed("steady").stable_abi().at("wheel-sets-steady");
    let out = project.out("wheels");
    build_for_two(&project, &out);
    let [wheel] = &wheels(&out)[..] else { panic!("{:?}", wheels(&out)) };
    assert!(wheel.to_str().unwrap().contains("-cp39-abi3-"), "{wheel:?}");
}

#[test]
fn a_set_that_is_not_the_expected_one_is_refused_before_anything_is_compiled() {
    let project = fixture::mixed("expected").stable_abi().at("wheel-sets-expected");
    let plan = |expected: &str| {
        let mut plan = project.wainwright(&["plan", "--interpreter"]);
        run(plan.arg(setup::python3()).args(["--expect", expected]))
    };
    let name = plan("").with_code(0).stdout.lines().next().unwrap().to_owned();
    plan(&name).well();
    let refused = plan("cp312-cp312-win_amd64").with_code(1).stderr;
    assert!(refused.contains("error[wheel-set]: the wheels that would be built are not those that are expected"));
    assert!(
        refused.contains("missing: `cp312-cp312-win_amd64`") && refused.contains(&format!("not expected: `{name}`"))
    );
}

#[test]
fn wheels_for_machines_that_are_not_here_are_planned_from_what_is_known_of_their_pythons() {
    let project = fixture::mixed("distant").at("wheel-sets-distant");
    let planned = |target: &str, pythons: &str| {
        let mut plan = project.wainwright(&["plan", "--target", target, "--interpreter", pythons]);
        let said = run(&mut plan).well().stdout;
        said.lines().filter(|line| line.ends_with(".whl")).map(|line| line.to_owned()).collect::<Vec<_>>()
    };
    let name = |tag: &str| format!("distant-1.0-{tag}.whl");
    assert_eq!(
        planned("x86_64-pc-windows-gnu", "3.12,3.14t"),
        [name("cp312-cp312-win_amd64"), name("cp314-cp314t-win_amd64")]
    );
    assert_eq!(planned("aarch64-apple-darwin", "3.13"), [name("cp313-cp313-macosx_11_0_arm64")]);
    assert_eq!(planned("aarch64-unknown-linux-gnu", "pypy3.11"), [name("pp311-pypy311_pp73-linux_aarch64")]);
}

#[test]
fn the_facts_of_a_foreign_python_are_read_from_its_own_file() {
    let data = "build_time_vars = {'VERSION': '3.12', 'ABIFLAGS': '', 'SOABI': 'cpython-312-aarch64-linux-gnu',\n \
                'EXT_SUFFIX': '.cpython-312-aarch64-linux-gnu.so', 'MULTIARCH': 'aarch64-linux-gnu', 'SIZEOF_VOID_P': 8,\n \
                'Py_ENABLE_SHARED': 1, 'Py_DEBUG': 0, 'LDVERSION': '3.12', 'MACHDEP': 'linux',\n \
                'HOST_GNU_TYPE': 'aarch64-unknown-linux-gnu'}\n";
    let library = fixture::Sources::default()
        .file("lib/python3.12/_sysconfigdata__linux_aarch64-linux-gnu.py", data)
        .at("wheel-sets-library");
    let project = fixture::mixed("crossed").at("wheel-sets-crossed");
    let mut plan = project.wainwright(&["plan", "--target", "aarch64-unknown-linux-gnu"]);
    let said = run(plan.env("PYO3_CROSS_LIB_DIR", library.root.join("lib"))).well().stdout;
    assert!(said.starts_with("crossed-1.0-cp312-cp312-linux_aarch64.whl\n"), "{said}");
}

#[test]
fn an_interpreter_of_another_kind_of_machine_than_the_target_is_not_mixed_in() {
    let project = fixture::mixed("unmixed").at("wheel-sets-unmixed");
    let mut plan = project.wainwright(&["plan", "--target", "x86_64-pc-windows-gnu", "--interpreter"]);
    let said = run(plan.arg(setup::python3())).well().stdout;
    let minor = minor(setup::python3());
    assert!(said.starts_with(&format!("unmixed-1.0-cp3{minor}-cp3{minor}-win_amd64.whl\n")), "{said}");
}

#[test]
fn the_pythons_of_the_machine_are_listed_with_those_that_are_passed_over() {
    let project = fixture::mixed("listed").at("wheel-sets-listed");
    let said = run(&mut project.wainwright(&["python", "list"])).well().stdout;
    assert!(said.lines().any(|line| line.starts_with("CPython 3.") && line.contains('(')), "{said}");
}

/// A command of wainwright's with zig within reach.
pub fn with_zig(project: &Project, words: &[&str]) -> Command {
    let mut build = project.wainwright(words);
    build.env("VIRTUAL_ENV", setup::zig().parent().unwrap().parent().unwrap());
    build
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn platforms_are_built_in_turn_over_shared_host_artefacts_and_keep_the_promise_of_their_tags() {
    let project = fixture::mixed("promised").stable_abi().at("wheel-sets-promised");
    let out = fixture::empty(&project.out("wheels"));
    let target = fixture::empty(&setup::place().join("cargo-of-promised"));
    let list = ["2_17", "2_28"].map(|version| format!("manylinux_{version}_{}", std::env::consts::ARCH)).join(",");
    let mut build = with_zig(&project, &["build", "--platform", &list, "--out"]);
    let ran = run(build.arg(&out).env("CARGO_TARGET_DIR", &target)).well();
    let planned = ran.stderr.lines().filter(|line| line.trim().starts_with("Planned manylinux_2_"));
    assert!(planned.clone().all(|line| line.ends_with("linked by zig")) && planned.count() == 2, "{ran}");
    let compiled = compiled(&ran);
    for of_host in ["syn", "pyo3-macros", "pyo3-build-config"] {
        assert_eq!(compiled.iter().filter(|name| *name == of_host).count(), 1, "{of_host}: {compiled:?}");
    }
    assert_eq!(compiled.iter().filter(|name| *name == "promised").count(), 2, "{compiled:?}");
    let [first, second] = &wheels(&out)[..] else { panic!("{:?}", wheels(&out)) };
    assert!(
        first.to_str().unwrap().contains("manylinux_2_17_") && second.to_str().unwrap().contains("manylinux_2_28_")
    );
    let environment = Environment::of(setup::python3(), "wheel-sets-promised");
    environment.install(&Archive::judged(first));
    assert_eq!(environment.says("import promised; print(promised.answer())"), "42");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_set_that_comes_to_a_stop_says_which_wheels_are_done() {
    let project = fixture::mixed("halted").stable_abi().at("wheel-sets-halted");
    let out = fixture::empty(&project.out("wheels"));
    let list = ["2_28", "2_29"].map(|version| format!("manylinux_{version}_{}", std::env::consts::ARCH));
    fs::create_dir_all(out.join(format!("halted-1.0-cp39-abi3-{}.whl", list[1])).join("in the way")).unwrap();
    let mut build = with_zig(&project, &["build", "--platform", &list[0], "--platform", &list[1], "--out"]);
    let ran = run(build.arg(&out)).with_code(4);
    assert!(ran.stderr.contains("note[wheel-set]: the set is not complete: 1 of 2 wheels are done"), "{ran}");
    assert!(ran.stderr.contains(&format!("done: `halted-1.0-cp39-abi3-{}.whl`", list[0])), "{ran}");
}

#[test]
fn tools_that_are_missing_for_platforms_are_refused_at_once_before_anything_is_compiled() {
    let project = fixture::mixed("toolless").stable_abi().at("wheel-sets-toolless");
    let list = "musllinux_loongarch64,macos_universal2,manylinux_loongarch64";
    for command in ["plan", "build"] {
        let ran = run(&mut with_zig(&project, &[command, "--platform", list])).with_code(1);
        assert_eq!(ran.stderr.matches("error[tool-missing]").count(), 1, "{ran}");
        assert!(ran.stderr.contains("Planned macosx_10_12_universal2"), "{ran}");
        assert!(ran.stderr.contains("hint: run `rustup target add ") && compiled(&ran).is_empty(), "{ran}");
        assert!(ran.stderr.contains("loongarch64-unknown-linux-gnu loongarch64-unknown-linux-musl"), "{ran}");
    }
}

#[test]
fn words_that_name_no_platform_are_refused_together() {
    let project = fixture::mixed("misnamed").at("wheel-sets-misnamed");
    let ran = run(&mut project.wainwright(&["plan", "--platform", "manylinx_x86_64,macosx_13_4_arm64"])).with_code(1);
    assert!(ran.stderr.contains("hint: did you mean `manylinux_x86_64`?"), "{ran}");
    assert!(ran.stderr.contains("hint: ask for `macosx_13_0_arm64`"), "{ran}");
    run(&mut project.wainwright(&["plan", "--platform", "win_amd64", "--target", "x86_64-pc-windows-gnu"]))
        .with_code(2);
}
