//! Workflows for continuous integration: valid by the services' own schemas, and true of what wainwright can do.

use std::fs;

use crate::fixture::{self, Project};
use crate::process::{command, run};
use crate::setup;
use crate::wheel_sets::with_zig;

const EVERY_PLATFORM: &str = "pypi,macos_universal2,win32,manylinux_2_28_x86_64,manylinux_s390x";

fn judged(project: &Project, service: &str, schema: &str, options: &[&str]) -> String {
    let file = project.out(service).join("workflow.yml");
    run(project.wainwright(&["generate-ci", service, "--out"]).arg(&file).args(options)).well();
    let mut judge = command(setup::tools());
    judge.args(["-m", "check_jsonschema", "--builtin-schema", schema]).arg(&file);
    run(&mut judge).well();
    fs::read_to_string(file).unwrap()
}

#[test]
fn they_are_valid_by_the_services_own_schemas() {
    let project = fixture::mixed("served").at("workflows-served");
    for (service, schema) in [("github", "vendor.github-workflows"), ("gitlab", "vendor.gitlab-ci")] {
        judged(&project, service, schema, &[]);
        judged(&project, service, schema, &["--no-cache", "--no-publish", "--python", "3.12"]);
        judged(&project, service, schema, &["--platform", EVERY_PLATFORM, "--test", "python -c 'import served'"]);
    }
}

#[test]
fn what_they_call_builds_the_wheel_of_this_machine() {
    let project = fixture::mixed("called").stable_abi().at("workflows-called");
    let python = "import platform; print('.'.join(platform.python_version_tuple()[:2]))";
    let version = run(command(setup::python3()).args(["-c", python])).well().stdout;
    let text = judged(&project, "github", "vendor.github-workflows", &["--python", version.trim()]);
    let build = text.lines().find_map(|line| line.trim().strip_prefix("- run: wainwright build ")).unwrap();
    let words = build
        .replace("${{ matrix.platform }}", &format!("manylinux_{}", std::env::consts::ARCH))
        .replace("--out dist", "");
    let mut call = with_zig(&project, &["build"]);
    let wheel = project.wheel_by(call.args(words.split_whitespace()));
    assert!(wheel.path.to_string_lossy().contains("-abi3-"), "{}", wheel.path.display());
}

#[test]
fn the_own_workflow_is_one_of_these() {
    let tree = setup::source_tree();
    let kept = fs::read_to_string(tree.join(".github/workflows/wheels.yml")).unwrap_or_default();
    let words = ["generate-ci", "github", "--test", "wainwright --version"];
    let made = run(command(setup::program()).args(words).current_dir(tree)).well().stdout;
    let hint = "write it again: `cargo run -- generate-ci github --test 'wainwright --version' --out .github/workflows/wheels.yml`";
    assert!(kept == made, "{hint}");
    assert!(
        made.contains("- run: python -m pip install .\n") && !made.contains("- run: python -m pip install wainwright"),
        "{made}"
    );
}

#[test]
fn a_file_of_others_is_left_alone() {
    let project = fixture::mixed("owned").at("workflows-owned");
    let file = project.out("mine").join("release.yml");
    fs::write(&file, "name: mine\n").unwrap();
    let refused = run(project.wainwright(&["generate-ci", "github", "--out"]).arg(&file)).with_code(1).stderr;
    assert!(refused.contains("was not made by `wainwright generate-ci`"), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "name: mine\n");
}
