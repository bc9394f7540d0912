//! Editable installs that find their modules stale: by default they warn, on request they compile again.

use std::fs;
use std::process::Command;

use crate::fixture::{self, Environment, Project};
use crate::process::run;
use crate::setup;

fn install(project: &Project, environment: &Environment, options: &[&str]) {
    let mut path = setup::uv().parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut develop = project.wainwright(&["develop"]);
    run(develop.args(options).env("VIRTUAL_ENV", &environment.root).env("PATH", path)).well();
}

fn replace(project: &Project, old: &str, new: &str) {
    let library = project.root.join("src/lib.rs");
    let text = fs::read_to_string(&library).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(library, text.replace(old, new)).unwrap();
}

/// A Python of the environment that prints the module's answer.
fn ask(environment: &Environment, name: &str) -> Command {
    let mut python = crate::process::command(environment.bin("python"));
    python.args(["-c", &format!("import {name}; print({name}.answer())")]);
    python
}

#[test]
fn a_stale_module_warns_once_and_names_the_file() {
    let project = fixture::mixed("stale").at("rebuilding-stale");
    let environment = Environment::new("rebuilding-stale");
    install(&project, &environment, &[]);
    let fresh = run(&mut ask(&environment, "stale")).well();
    assert_eq!((fresh.stdout.trim(), fresh.stderr.as_str()), ("42", ""));
    replace(&project, "42", "43");
    let stale = run(&mut ask(&environment, "stale")).well();
    assert_eq!(stale.stdout.trim(), "42");
    let file = project.root.join("src/lib.rs");
    let told = format!("UserWarning: {} has changed since stale._stale was compiled; ", file.display());
    assert_eq!(stale.stderr.matches(&told).count(), 1, "{stale}");
    let off = run(ask(&environment, "stale").env("WAINWRIGHT_NO_REBUILD", "1")).well();
    assert_eq!((off.stdout.trim(), off.stderr.as_str()), ("42", ""));
    // What was touched and is the same is fresh, and the same again is not looked at.
    replace(&project, "43", "42");
    for _ in 0..2 {
        assert_eq!(run(&mut ask(&environment, "stale")).well().stderr, "");
    }
}

#[test]
fn a_stale_module_is_compiled_again_where_that_is_asked_for() {
    let project = fixture::mixed("living_on").at("rebuilding-living");
    let environment = Environment::new("rebuilding-living");
    install(&project, &environment, &["--rebuild"]);
    replace(&project, "42", "43");
    let again = run(&mut ask(&environment, "living_on")).well();
    assert_eq!((again.stdout.trim(), again.stderr.as_str()), ("43", ""));
    replace(&project, "43", "wrong(");
    let broken = run(&mut ask(&environment, "living_on")).with_code(1);
    for part in ["ImportError: ", "src/lib.rs has changed since living_on._living_on was compiled", "error: "] {
        assert!(broken.stderr.contains(part), "{part}: {broken}");
    }
    replace(&project, "wrong(", "44");
    assert_eq!(run(&mut ask(&environment, "living_on")).well().stdout.trim(), "44");
    // Several at once find it stale, and all get the new one.
    replace(&project, "44", "45");
    let children: Vec<_> =
        (0..4).map(|_| ask(&environment, "living_on").stdout(std::process::Stdio::piped()).spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "45");
    }
    // Without cargo the last good one is what can be had.
    replace(&project, "45", "46");
    let mut without = ask(&environment, "living_on");
    let nothing = fixture::empty(&setup::place().join("out/rebuilding-nothing"));
    without.env("PATH", &nothing).env("HOME", &nothing).env_remove("CARGO").env_remove("CARGO_HOME");
    let kept = run(&mut without).well();
    assert_eq!(kept.stdout.trim(), "45");
    assert!(kept.stderr.contains("there is no cargo to compile it again"), "{kept}");
}

#[test]
fn a_module_that_was_installed_by_a_frontend_keeps_its_settings_when_it_is_compiled_again() {
    let project = fixture::rust("kept_so", "kept_so")
        .append("Cargo.toml", "\n[features]\nother = []\n")
        .append("pyproject.toml", "\n[tool.wainwright]\neditable-rebuild = true\n")
        .replace("src/lib.rs", "        42\n", "        if cfg!(feature = \"other\") { 7 } else { 42 }\n")
        .at("rebuilding-kept");
    let environment = Environment::new("rebuilding-kept");
    let mut pip = environment.pip(&["install", "--quiet", "--config-settings", "features=other", "--editable"]);
    run(pip.arg(&project.root)).well();
    assert_eq!(run(&mut ask(&environment, "kept_so")).well().stdout.trim(), "7");
    replace(&project, "{ 7 }", "{ 8 }");
    // Where wainwright is not installed, nothing can be done but to tell.
    let alone = run(&mut ask(&environment, "kept_so")).well();
    assert_eq!(alone.stdout.trim(), "7");
    assert!(alone.stderr.contains("install wainwright in this environment"), "{alone}");
    let mut path = setup::program().parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let again = run(ask(&environment, "kept_so").env("PATH", path)).well();
    assert_eq!((again.stdout.trim(), again.stderr.as_str()), ("8", ""));
}
