//! What else a wheel may carry: what build scripts make, and what cargo makes beside a module.

use crate::fixture::{self, Archive};
use crate::process::{command, run};
use crate::setup;

const SCRIPT: &str = "fn main() {\n    let out = std::path::PathBuf::from(std::env::var_os(\"OUT_DIR\").unwrap());\n    \
                      std::fs::create_dir_all(out.join(\"sub\")).unwrap();\n    \
                      std::fs::write(out.join(\"sub/words.txt\"), \"made\\n\").unwrap();\n    \
                      std::fs::write(out.join(\"other.bin\"), \"\").unwrap();\n    \
                      println!(\"cargo::rerun-if-changed=build.rs\");\n}\n";

#[test]
fn what_a_build_script_makes_goes_where_the_configuration_says() {
    let include = "include = [{ path = \"**/*.txt\", from = \"out-dir\", to = \"scripted/data/\" }]\n";
    let project =
        fixture::mixed("scripted").append("pyproject.toml", include).file("build.rs", SCRIPT).at("contents-scripted");
    for _ in 0..2 {
        let wheel = project.wheel();
        assert_eq!(wheel.text("scripted/data/sub/words.txt"), "made\n");
        assert!(!wheel.names().iter().any(|name| name.ends_with("other.bin")));
    }
}

#[test]
fn files_of_a_crate_without_a_build_script_are_refused() {
    let include = "include = [{ path = \"*\", from = \"out-dir\", to = \"x\", crate-name = \"pyo3\" }]\n";
    let project = fixture::mixed("scriptless").append("pyproject.toml", include).at("contents-scriptless");
    let out = project.out("wheel");
    let ran = run(project.wainwright(&["build", "-i"]).arg(setup::python3()).arg("--out").arg(&out)).with_code(0);
    // pyo3 has a script, which makes nothing.
    assert!(ran.stderr.contains("matches nothing that the build script has made"), "{ran}");
    let project = fixture::mixed("scriptless")
        .append("pyproject.toml", &include.replace("\"pyo3\"", "\"scriptless\""))
        .at("contents-scriptless");
    let ran = run(project.wainwright(&["build", "-i"]).arg(setup::python3()).arg("--out").arg(&out)).with_code(1);
    assert!(ran.stderr.contains("takes files of the build script of `scriptless`, which has none"), "{ran}");
}

#[test]
fn a_wheel_is_stored_or_compressed_as_asked_and_says_what_it_promises() {
    let project = fixture::mixed("promising").at("contents-promising");
    let build = |options: &[&str]| {
        let mut build = project.wainwright(&["build", "-i"]);
        project.wheel_by(build.arg(setup::python3()).args(options))
    };
    let size = |options: &[&str]| build(options).bytes().len();
    assert!(size(&["--compression-method", "stored"]) > 2 * size(&["--compression-level", "1"]));
    // The oldest glibc that the machine's own Rust code can need is newer than the first of the tags.
    let refused = run(project.wainwright(&["build", "--compatibility", "manylinux1", "-i"]).arg(setup::python3()));
    let refused = refused.with_code(1);
    assert!(refused.stderr.contains("error[platform-policy]: the wheel does not keep what `manylinux_2_5` promises"));
    let newest = build(&["--compatibility", "manylinux_2_99"]);
    assert!(newest.file_name().contains("-manylinux_2_99_"), "{}", newest.file_name());
}

/// It is unpacked at once, where it was made.
#[test]
fn an_editable_wheel_is_stored() {
    let project = fixture::mixed("unpressed").at("contents-unpressed");
    let methods = |hook: &str| {
        let out = project.out(hook);
        run(&mut project.hook(hook, &[&out])).well();
        let code = "import sys, zipfile\nprint({i.compress_type for i in zipfile.ZipFile(sys.argv[1]).infolist()})";
        run(command(setup::python3()).args(["-c", code]).arg(Archive::only_in(&out).path)).well().stdout
    };
    assert_eq!(methods("build_editable").trim(), "{0}");
    assert!(methods("build_wheel").contains('8'));
}

#[test]
fn what_the_configuration_promises_does_not_fail_the_build_of_a_frontend() {
    let project =
        fixture::mixed("modest").append("pyproject.toml", "compatibility = \"manylinux1\"\n").at("contents-modest");
    let out = project.out("wheel");
    let ran = run(project.hook("build_wheel", &[&out]).env("WAINWRIGHT_PROFILE", "dev")).well();
    assert!(ran.stderr.contains("warning[platform-policy]"), "{ran}");
    let wheel = fixture::Archive::only_in(&out);
    // The tag that is true of it.
    let tag = wheel.file_name().rsplit('-').next().unwrap();
    assert!(tag.starts_with("manylinux_2_") && !tag.contains("manylinux1_"), "{tag}");
    run(project.wainwright(&["build", "-i"]).arg(setup::python3())).with_code(1);
}

#[test]
fn a_wheel_is_built_for_what_its_training_shows_or_the_missing_tool_is_named() {
    let command = "pgo-command = \"python -c 'import trained; print(trained.answer())'\"\n";
    let project = fixture::mixed("trained").append("pyproject.toml", command).at("contents-trained");
    let out = project.out("wheel");
    let mut build = project.wainwright(&["build", "--pgo", "--out"]);
    let ran = run(build.arg(&out).arg("-i").arg(setup::python3()));
    // LLVM's tools are no part of a usual Rust, and the system's may be too old for it.
    let lacks = ["there is no `llvm-profdata` to join", "cannot read the profiles of rustc's LLVM"];
    if ran.stderr.contains("error[profiling]: ") && lacks.iter().any(|lack| ran.stderr.contains(lack)) {
        assert!(ran.stderr.contains("rustup component add llvm-tools"), "{ran}");
        return;
    }
    let said = ran.well();
    assert!(said.stderr.contains("Training with") && said.stdout.contains("42\n"), "{said}");
    fixture::Archive::only_in(&out);
}

#[test]
fn a_training_without_a_command_is_refused() {
    let project = fixture::mixed("untrained").at("contents-untrained");
    let ran = run(project.wainwright(&["build", "--pgo", "-i"]).arg(setup::python3())).with_code(1);
    assert!(ran.stderr.contains("error[profiling]: a profile-guided build needs `pgo-command`"), "{ran}");
}

#[cfg(target_os = "linux")]
#[test]
fn debug_information_lies_beside_the_module_where_debuggers_look_or_the_file_leads_nowhere() {
    let profile = "\n[profile.dev.package.debugged]\ndebug = 1\n";
    let project = fixture::mixed("debugged").stable_abi().append("Cargo.toml", profile).at("contents-debugged");
    let split =
        |wheel: &fixture::Archive| wheel.names().into_iter().filter(|name| name.ends_with(".dwp")).collect::<Vec<_>>();
    let wheel = project.wheel_by(project.wainwright(&["build"]).arg("--include-debuginfo"));
    assert_eq!(split(&wheel), ["debugged/_debugged.abi3.so.dwp"]);
    let mut build = project.wainwright(&["build", "--include-debuginfo", "--out"]);
    let out = project.out("stripped");
    let ran = run(build.arg(&out).args(["--", "-C", "strip=symbols"])).well();
    assert!(ran.stderr.contains("once stripped, the file does not lead to it"), "{ran}");
    assert_eq!(split(&fixture::Archive::only_in(&out)), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_stripped_module_leads_to_its_debug_file() {
    let sources = fixture::mixed("parted").append("Cargo.toml", "\n[profile.dev.package.parted]\ndebug = 1\n");
    let project = sources.stable_abi().at("contents-parted");
    let wheel = project.wheel_by(project.wainwright(&["build"]).args(["--include-debuginfo", "--strip"]));
    let contents = wheel.contents();
    let bytes = |name: &str| &contents.iter().find(|(path, _)| path == name).unwrap().1;
    let [module, debug] = ["parted/_parted.abi3.so", "parted/_parted.abi3.so.debug"].map(bytes);
    let holds = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    assert!(holds(module, "_parted.abi3.so.debug\0") && !holds(module, "\0.symtab\0") && holds(debug, "\0.symtab\0"));
    let environment = fixture::Environment::with(&wheel, "contents-parted");
    assert_eq!(environment.says("import parted; print(parted.answer())"), "42");
}

#[test]
fn stubs_are_made_of_what_the_module_tells_of_itself() {
    let inspected = "pyo3 = { version = \"0.30\", features = [\"experimental-inspect\"] }";
    let project = fixture::mixed("described")
        .replace("Cargo.toml", "pyo3 = \"0.30\"", inspected)
        .append("pyproject.toml", "generate-stubs = true\n")
        .at("contents-described");
    let stub = project.wheel().text("described/_described.pyi");
    assert!(stub.contains("def answer() -> int:"), "{stub}");
    let out = project.out("stubs");
    run(project.wainwright(&["stubs", "--out"]).arg(&out).arg("-i").arg(setup::python3())).well();
    assert_eq!(std::fs::read_to_string(out.join("described/_described.pyi")).unwrap(), stub);
    let silent = fixture::mixed("silent").at("contents-silent");
    let ran = run(silent.wainwright(&["stubs", "--out"]).arg(&out).arg("-i").arg(setup::python3())).with_code(1);
    assert!(ran.stderr.contains("hint: turn on PyO3's feature `experimental-inspect`"), "{ran}");
}
