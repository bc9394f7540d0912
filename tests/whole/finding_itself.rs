//! However wainwright was installed, the shim finds the program that came with it, and no other.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::{self, Archive, Environment};
use crate::process::{command, run};
use crate::setup;

const VERSION: &str = concat!("wainwright ", env!("CARGO_PKG_VERSION"), "\n");

/// Puts a program named `wainwright` that only fails, and loudly, into a directory.
fn place_impostor(directory: &Path) {
    let impostor = directory.join("wainwright");
    fs::write(&impostor, "#!/bin/sh\necho 'the wrong wainwright was called' >&2\nexit 99\n").unwrap();
    fs::set_permissions(&impostor, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Lets the search path of a command begin with an impostor.
fn misled<'c>(command: &'c mut Command, place: &str) -> &'c mut Command {
    let directory = fixture::empty(&setup::place().join("impostors").join(place));
    place_impostor(&directory);
    let mut path = directory.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    command.env("PATH", path)
}

/// The shim that this Python imports finds a program below `home`, and it runs.
#[track_caller]
fn finds_its_own_below(python: impl Fn() -> Command, home: &Path, place: &str) {
    let where_is = "from wainwright import _binary; print(_binary.installed())";
    let found = PathBuf::from(run(misled(python().args(["-c", where_is]), place)).well().stdout.trim());
    assert!(found.starts_with(home), "{} is not below {}", found.display(), home.display());
    let version = run(misled(python().args(["-m", "wainwright", "--version"]), place)).well();
    assert_eq!(version.stdout, VERSION);
}

#[test]
fn in_a_virtual_environment() {
    let environment = Environment::new("finding-venv");
    run(&mut environment.pip(&["install", "--quiet", "wainwright"])).well();
    finds_its_own_below(|| environment.python(), &environment.root, "venv");
}

#[test]
fn in_a_directory_of_pip_install_target() {
    let target = fixture::empty(&setup::place().join("envs/finding-target"));
    let mut pip = command(setup::tools());
    pip.args(["-m", "pip", "install", "--quiet", "wainwright", "--target"]).arg(&target);
    run(pip.env("PIP_FIND_LINKS", setup::wheels())).well();
    let python = || {
        let mut python = command(setup::python3());
        python.env("PYTHONPATH", &target);
        python
    };
    finds_its_own_below(python, &target, "target");
}

#[test]
fn among_the_packages_of_the_user() {
    let base = fixture::empty(&setup::place().join("envs/finding-user"));
    let python = || {
        let mut python = command(setup::python3());
        python.env("PYTHONUSERBASE", &base).env("PIP_BREAK_SYSTEM_PACKAGES", "1");
        python
    };
    let mut pip = command(setup::tools());
    pip.args(["-m", "pip", "--python"]).arg(setup::python3()).args(["install", "--quiet", "--user", "wainwright"]);
    pip.env("PYTHONUSERBASE", &base).env("PIP_BREAK_SYSTEM_PACKAGES", "1").env("PIP_FIND_LINKS", setup::wheels());
    run(&mut pip).well();
    finds_its_own_below(python, &base, "user");
}

#[test]
fn in_the_isolated_environment_of_pip_though_the_outer_one_has_another() {
    let environment = Environment::new("finding-isolated-pip");
    place_impostor(&environment.root.join("bin"));
    let project = fixture::binary("finder").at("finding-isolated-pip");
    run(misled(environment.pip(&["install", "--quiet"]).arg(&project.root), "isolated-pip")).well();
    assert_eq!(run(&mut command(environment.bin("finder"))).well().stdout, "forty-two\n");
}

#[test]
fn in_the_isolated_environment_of_uv_though_the_outer_one_has_another() {
    let environment = Environment::new("finding-isolated-uv");
    place_impostor(&environment.root.join("bin"));
    let project = fixture::binary("finder").at("finding-isolated-uv");
    let out = project.out("uv-build");
    let mut uv = command(setup::uv());
    uv.args(["build", "--quiet", "--wheel", "--no-index", "--find-links"]).arg(setup::wheels());
    uv.arg("--python").arg(environment.bin("python")).arg("--out-dir").arg(&out).arg(&project.root);
    run(misled(&mut uv, "isolated-uv")).well();
    fs::remove_file(out.join(".gitignore")).unwrap();
    environment.install(&Archive::only_in(&out));
    assert_eq!(run(&mut command(environment.bin("finder"))).well().stdout, "forty-two\n");
}
