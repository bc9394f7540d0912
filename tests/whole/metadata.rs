//! Metadata needs neither cargo nor rustc, and what was prepared is what the wheel carries.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture::{self, Archive, Project};
use crate::process::{command, run};
use crate::setup;

/// Takes away everything by which a cargo could be found.
fn without_cargo(command: &mut Command) -> &mut Command {
    let nothing = setup::place().join("nothing");
    fs::create_dir_all(&nothing).unwrap();
    command.env("PATH", &nothing).env("HOME", &nothing).env_remove("CARGO").env_remove("CARGO_HOME")
}

/// A project with most of what metadata can say.
fn talkative() -> fixture::Sources {
    fixture::mixed("talkative")
        .replace(
            "pyproject.toml",
            "requires-python = \">=3.9\"\n",
            concat!(
                "requires-python = \">=3.9\"\n",
                "description = \"Says much\"\n",
                "readme = \"README.md\"\n",
                "license = \"mit OR Apache-2.0\"\n",
                "license-files = [\"LICENSE*\", \"licenses/*.txt\"]\n",
                "keywords = [\"rust\", \"python\"]\n",
                "authors = [{ name = \"Ada Lovelace\", email = \"ada@example.org\" }, { name = \"Björn\" }]\n",
                "dependencies = [\"packaging>=20; python_version < '4'\"]\n",
                "classifiers = [\"Programming Language :: Rust\"]\n",
                "[project.optional-dependencies]\nExtra_One = [\"packaging\"]\n",
                "[project.urls]\nSource = \"https://example.org/source\"\n",
                "[project.scripts]\ntalk = \"talkative:answer\"\n",
                "[project.entry-points.\"talkative.plugins\"]\nplugin = \"talkative\"\n",
            ),
        )
        .file("README.md", "# Talkative\n\nÜber alles.\n")
        .file("LICENSE", "Do what is right.\n")
        .file("licenses/other.txt", "And what is good.\n")
}

#[test]
fn it_is_prepared_without_any_cargo_and_the_wheel_carries_the_same_bytes() {
    let project = talkative().at("metadata-talkative");
    let prepared = project.out("prepared");
    let ran = run(without_cargo(&mut project.hook("prepare_metadata_for_build_wheel", &[&prepared]))).well();
    assert_eq!(ran.last_line(), "talkative-1.0.dist-info");
    let directory = prepared.join("talkative-1.0.dist-info");
    let names = Project::existing(&directory, "").files();
    assert_eq!(names, ["METADATA", "WHEEL", "entry_points.txt", "licenses/LICENSE", "licenses/licenses/other.txt"]);
    let wheel = project.wheel();
    for name in names {
        // Which promise the platform tag keeps is known when the module is compiled.
        let without_tags = |text: String| text.lines().filter(|line| !line.starts_with("Tag: ")).collect::<String>();
        let prepared = without_tags(fs::read_to_string(directory.join(&name)).unwrap());
        assert_eq!(prepared, without_tags(wheel.text(&format!("talkative-1.0.dist-info/{name}"))), "{name}");
    }
}

#[test]
fn the_prepared_directory_is_carried_over_whatever_a_frontend_added_to_it() {
    let project = talkative().at("metadata-handed-back");
    let prepared = project.out("prepared");
    run(&mut project.hook("prepare_metadata_for_build_wheel", &[&prepared])).well();
    let directory = prepared.join("talkative-1.0.dist-info");
    fs::write(directory.join("ORIGIN"), "the frontend\n").unwrap();
    let out = project.out("wheel");
    // config_settings, the second argument, are none.
    let code = "import sys, wainwright; wainwright.build_wheel(sys.argv[1], None, sys.argv[2])";
    let mut python = command(setup::python_with_wainwright());
    run(python.args(["-c", code]).arg(&out).arg(&directory).current_dir(&project.root)).well();
    assert_eq!(Archive::only_in(&out).text("talkative-1.0.dist-info/ORIGIN"), "the frontend\n");
}

#[test]
fn it_says_what_the_project_says() {
    let project = talkative().at("metadata-words");
    let said = run(&mut project.wainwright(&["metadata"])).well().stdout;
    let expected = "Metadata-Version: 2.4\nName: talkative\nVersion: 1.0\nSummary: Says much\nKeywords: rust,python\n\
                    Author: Björn\nAuthor-email: Ada Lovelace <ada@example.org>\nLicense-Expression: MIT OR Apache-2.0\n\
                    License-File: LICENSE\nLicense-File: licenses/other.txt\nClassifier: Programming Language :: Rust\n\
                    Project-URL: Source, https://example.org/source\nRequires-Python: >=3.9\n\
                    Requires-Dist: packaging>=20; python_version < \"4\"\n\
                    Requires-Dist: packaging; extra == \"extra-one\"\nProvides-Extra: extra-one\n\
                    Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM\n\n# Talkative\n\nÜber alles.\n";
    assert_eq!(said, expected);
}

#[test]
fn without_cargo_a_build_fails_with_the_way_to_get_it() {
    let project = fixture::mixed("lonely").at("metadata-lonely");
    let ran = run(without_cargo(&mut project.hook("build_wheel", &[&project.out("wheel")]))).with_code(3);
    let expected = "error[cargo-missing]: no `cargo` was found\n |\n = hint: install Rust with rustup (see https://rustup.rs) \
                    or from your system's packages, and see that `cargo` is on PATH, or name it by `CARGO`\n\n";
    assert_eq!(ran.stderr, expected);
}

#[test]
fn a_version_of_the_workspace_becomes_that_of_the_distribution() {
    let project = workspace().at("metadata-workspace");
    let said = run(without_cargo(&mut project.wainwright(&["metadata"]))).well().stdout;
    assert!(said.contains("\nName: inherited\nVersion: 2.0.0rc1\nSummary: From the workspace\n"), "{said}");
    let wheel = project.wheel();
    assert!(wheel.file_name().starts_with("inherited-2.0.0rc1-"), "{}", wheel.file_name());
    assert_eq!(wheel.text("inherited-2.0.0rc1.dist-info/METADATA"), said);
}

/// A crate in `rust/` whose version and description are those of the workspace.
fn workspace() -> fixture::Sources {
    let pyproject = "[project]\nname = \"inherited\"\nrequires-python = \">=3.9\"\n\
                         dynamic = [\"version\", \"description\"]\n[tool.wainwright]\nmanifest-path = \"rust/Cargo.toml\"\n";
    fixture::Sources::default()
        .crate_at("rust/", "inherited", "inherited")
        .pyproject(pyproject)
        .replace("rust/Cargo.toml", "version = \"0.0.0\"", "version.workspace = true\ndescription.workspace = true")
        .replace("rust/Cargo.toml", "\n[workspace]\n", "")
        .without("rust/Cargo.lock")
        .file("Cargo.lock", &fixture::locked("inherited", "2.0.0-rc.1"))
        .file(
            "Cargo.toml",
            "[workspace]\nmembers = [\"rust\"]\nresolver = \"3\"\n[workspace.package]\n\
                 version = \"2.0.0-rc.1\"\ndescription = \"From the workspace\"\n",
        )
}

#[test]
fn without_a_project_table_the_crate_speaks() {
    let project = fixture::rust("cratespeak", "cratespeak")
        .pyproject("")
        .replace("Cargo.toml", "version = \"0.0.0\"", "version = \"0.3.0\"\ndescription = \"All from the crate\"")
        .file("Cargo.lock", &fixture::locked("cratespeak", "0.3.0"))
        .at("metadata-crate");
    let said = run(without_cargo(&mut project.wainwright(&["metadata"]))).well().stdout;
    assert!(said.contains("\nName: cratespeak\nVersion: 0.3.0\nSummary: All from the crate\n"), "{said}");
    assert_eq!(project.wheel().text("cratespeak-0.3.0.dist-info/METADATA"), said);
}

#[test]
fn what_a_build_requires_is_nothing_where_there_is_cargo_and_rust_itself_where_there_is_none() {
    let project = fixture::mixed("lonely").at("metadata-requires");
    let hook = |command: &mut Command| run(command).well().last_line().to_owned();
    let ask = || project.hook("get_requires_for_build_wheel", &[] as &[&Path]);
    assert_eq!(hook(&mut ask()), "[]");
    assert_eq!(hook(without_cargo(&mut ask())), "['puccinialin']");
    assert_eq!(hook(without_cargo(&mut ask()).env("WAINWRIGHT_NO_INSTALL_RUST", "1")), "[]");
}
