//! What cannot become a working wheel is refused, by a sentence that says why and what to do.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::fixture::{self, Project};
use crate::process::{Ran, run};
use crate::setup;

/// What `wainwright build` says of a project that it refuses, the tree's own path shown as `TREE`.
#[track_caller]
fn refused(project: &Project) -> String {
    let out = project.out("wheel");
    let mut build = project.wainwright(&["build", "--quiet", "--interpreter"]);
    let ran = run(build.arg(setup::python3()).arg("--out").arg(&out)).with_code(1);
    assert_eq!(std::fs::read_dir(out).unwrap().count(), 0, "{ran}");
    said(&ran, project)
}

/// The diagnostics of a run, without its steps.
fn said(ran: &Ran, project: &Project) -> String {
    let text = ran.stderr.replace(project.root.to_str().unwrap(), "TREE");
    let is_step = |line: &&str| line.starts_with("   ") && line.trim_start().starts_with(char::is_uppercase);
    text.lines().filter(|line| !is_step(line)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_module_of_another_name() {
    let project = fixture::mixed("misnamed")
        .stable_abi()
        .replace("src/lib.rs", "mod _misnamed", "mod other")
        .at("refusals-misnamed");
    assert_eq!(
        refused(&project),
        r#"error[entry-symbol]: `misnamed/_misnamed.abi3.so` cannot be imported as `misnamed._misnamed`: it does not export `PyInit__misnamed`
 |
 = note: it exports `PyInit_other`
 = hint: rename the `#[pymodule]` to `_misnamed`, or set `module-name` in the tool table so that it ends in `other`

"#
    );
}

#[test]
fn a_crate_without_a_module() {
    let project =
        fixture::mixed("moduleless").stable_abi().file("src/lib.rs", "pub use pyo3;\n").at("refusals-moduleless");
    assert_eq!(
        refused(&project),
        r#"error[entry-symbol]: `moduleless/_moduleless.abi3.so` cannot be imported as `moduleless._moduleless`: it does not export `PyInit__moduleless`
 |
 = note: it exports no `PyInit_` symbol at all
 = hint: give the crate a `#[pymodule]` named `_moduleless`, and see that no `cfg` leaves it out

"#
    );
}

#[test]
fn a_link_that_leads_out_of_the_tree() {
    let project = fixture::mixed("leaky").at("refusals-leaky");
    symlink("/etc/hostname", project.root.join("python/leaky/leak.txt")).unwrap();
    assert_eq!(
        refused(&project),
        r#"error[outside-tree]: `TREE/python/leaky/leak.txt` is a symlink that leads outside the project's tree, to `/etc/hostname`
 --> TREE/python/leaky/leak.txt
 = hint: copy the file into the project, or leave the link out with `exclude`

"#
    );
}

#[test]
fn several_faults_of_pyproject_toml_at_once() {
    let project = fixture::mixed("faulty")
        .pyproject(concat!(
            "[project]\nname = \"faulty\"\nversion = \"one\"\nrequires-python = \">=3.9\"\nflavour = \"sweet\"\n",
            "dependencies = [\"packaging\", \"no name here\"]\n\n[tool.wainwright]\nstrip = \"yes\"\n",
        ))
        .at("refusals-faulty");
    assert_eq!(
        refused(&project),
        r#"error[project-value]: `project.version`: `one` is not a version: it must begin with a number
 --> TREE/pyproject.toml:7:11
  |
7 | version = "one"
  |           ^^^^^
  |
  = hint: write it as `1.2.3`, `1.2.3rc1` or `1.2.3.post1` (PEP 440)

error[unknown-key]: unknown key `flavour` in `[project]`
 --> TREE/pyproject.toml:9:1
  |
9 | flavour = "sweet"
  | ^^^^^^^
  |
  = hint: remove it; the keys of this table are `name`, `version`, `description`, `readme`, `requires-python`, `license`, `license-files`, `authors`, `maintainers`, `keywords`, `classifiers`, `urls`, `scripts`, `gui-scripts`, `entry-points`, `dependencies`, `optional-dependencies`, `import-names`, `import-namespaces`, `dynamic`

error[project-value]: `project.dependencies[1]`: the requirement `no name here` must end or go on with `;` before `name here`
  --> TREE/pyproject.toml:10:30
   |
10 | dependencies = ["packaging", "no name here"]
   |                              ^^^^^^^^^^^^^^
   |
   = hint: write it as `name[extra]>=1.0; python_version < '3.12'` (PEP 508)

error[value-type]: `tool.wainwright.strip` must be a boolean (`true` or `false`), not a string
  --> TREE/pyproject.toml:13:9
   |
13 | strip = "yes"
   |         ^^^^^
   |
   = hint: write `true` or `false`, without quotation marks

"#
    );
}

#[test]
fn an_unknown_key_in_its_own_table() {
    let project =
        fixture::mixed("unknown").append("pyproject.toml", "python-sources = \"python\"\n").at("refusals-unknown");
    assert_eq!(
        refused(&project),
        r#"error[unknown-key]: unknown key `python-sources` in `[tool.wainwright]`
  --> TREE/pyproject.toml:12:1
   |
12 | python-sources = "python"
   | ^^^^^^^^^^^^^^
   |
   = hint: did you mean `python-source`?

"#
    );
}

#[test]
fn an_unknown_setting_only_warns_and_names_the_near_one() {
    let project = fixture::mixed("settled").at("refusals-settled");
    let code = "import sys, wainwright; wainwright.build_wheel(sys.argv[1], {'profil': 'dev'})";
    let mut python = crate::process::command(setup::python_with_wainwright());
    python.args(["-c", code]).arg(project.out("wheel")).current_dir(&project.root);
    let ran = run(&mut python).well();
    let warning =
        "warning[setting]: unknown config setting `profil` is ignored\n |\n = hint: did you mean `profile`?\n";
    assert!(ran.stderr.starts_with(warning), "{ran}");
}

#[test]
fn a_directory_that_is_no_project() {
    let project =
        Project::existing(&fixture::empty(&setup::place().join("projects/refusals-nothing")), "refusals-nothing");
    assert_eq!(
        refused(&project),
        r#"error[source-file]: there is no `pyproject.toml` in `TREE`
 --> TREE/pyproject.toml
 = hint: name the directory of the project; a new project needs `[build-system]` and `[project]` in that file

"#
    );
}

#[test]
fn a_readme_that_is_not_there() {
    let project = fixture::mixed("unread")
        .replace("pyproject.toml", "version = \"1.0\"\n", "version = \"1.0\"\nreadme = \"README.md\"\n")
        .at("refusals-unread");
    assert!(!Path::new(&project.root).join("README.md").exists());
    assert_eq!(
        refused(&project),
        r#"error[source-file]: `project.readme` names `README.md`, which is missing
 --> TREE/pyproject.toml:8:10
  |
8 | readme = "README.md"
  |          ^^^^^^^^^^^
  |
  = hint: write the file, or mend its name here

"#
    );
}

#[test]
fn what_cargo_would_wait_for() {
    let project = fixture::mixed("waiting").stable_abi().at("refusals-waiting");
    let file = project.root.join("rust-toolchain.toml");
    // A run before this one may have left it.
    drop(std::fs::remove_file(&file));
    run(std::process::Command::new("mkfifo").arg(&file)).with_code(0);
    let said = refused(&project);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(
        said,
        r#"error[source-kind]: `TREE/rust-toolchain.toml` is a FIFO, socket or device, from which nothing can be read
 --> TREE/rust-toolchain.toml
 = hint: put a file in its place

"#
    );
}
