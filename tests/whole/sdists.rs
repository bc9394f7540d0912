//! An sdist holds what a build needs: the wheel that is built from it is the wheel that is built from the tree.

use std::path::Path;
use std::process::Command;

use crate::fixture::{self, Archive, Project};
use crate::process::{command, run};
use crate::setup;

/// The sdist's files, below its top directory.
fn files(sdist: &Archive) -> Vec<String> {
    sdist.names().into_iter().map(|name| name.split_once('/').unwrap().1.to_owned()).collect()
}

/// The wheel from the unpacked sdist, built under another umask, equals the wheel from the tree.
#[track_caller]
fn is_as_good_as_the_tree(project: &Project, sdist: &Archive, place: &str) {
    let unpacked = sdist.unpacked_in(&setup::place().join("unpacked").join(place));
    let mut build = unpacked.wainwright(&["build", "--interpreter"]);
    build.arg(setup::python3());
    project.wheel().equals(&unpacked.wheel_by(&mut with_umask(&build, "077")));
}

/// The same call under another umask.
pub fn with_umask(inner: &Command, umask: &str) -> Command {
    let mut outer = Command::new("sh");
    outer.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"]).arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer.current_dir(inner.get_current_dir().unwrap());
    outer
}

#[test]
fn of_a_mixed_project_it_holds_both_halves_and_nothing_of_earlier_builds() {
    let project = fixture::mixed("carried")
        .replace(
            "pyproject.toml",
            "version = \"1.0\"\n",
            "version = \"1.0\"\nreadme = \"README.md\"\nlicense-files = [\"LICENSE\"]\n",
        )
        .append("pyproject.toml", "include = [{ path = \"notes/*.txt\", format = \"sdist\" }]\n")
        .file("README.md", "# carried\n")
        .file("LICENSE", "Do what is right.\n")
        .file("notes/why.txt", "For the sdist alone.\n")
        .file("python/carried/data/words.txt", "forty-two\n")
        .file("python/carried/__pycache__/old.pyc", "")
        .file("dist/carried-0.9.tar.gz", "")
        .file("PKG-INFO", "an older one\n")
        .file(".venv/pyvenv.cfg", "home = /usr/bin\n")
        .file(".venv/lib/module.py", "")
        .at("sdists-mixed");
    let sdist = project.sdist();
    assert_eq!(sdist.file_name(), "carried-1.0.tar.gz");
    assert_eq!(
        files(&sdist),
        [
            "PKG-INFO",
            "Cargo.lock",
            "Cargo.toml",
            "LICENSE",
            "README.md",
            "notes/why.txt",
            "pyproject.toml",
            "python/carried/__init__.py",
            "python/carried/data/words.txt",
            "src/lib.rs"
        ]
    );
    assert_eq!(sdist.text("carried-1.0/PKG-INFO"), project.wheel().text("carried-1.0.dist-info/METADATA"));
    is_as_good_as_the_tree(&project, &sdist, "mixed");
}

#[test]
fn of_a_crate_alone_it_holds_the_stub() {
    let project = fixture::rust("typed", "typed").file("typed.pyi", "def answer() -> int: ...\n").at("sdists-stub");
    let sdist = project.sdist();
    assert!(files(&sdist).contains(&"typed.pyi".to_owned()), "{:?}", sdist.names());
    is_as_good_as_the_tree(&project, &sdist, "stub");
}

#[test]
fn of_a_workspace_it_holds_the_crates_that_are_needed() {
    let project = fixture::mixed("joined")
        .replace("Cargo.toml", "[workspace]\n", "[workspace]\nmembers = [\"helper\"]\n")
        .replace("Cargo.toml", "pyo3 = \"0.30\"\n", "pyo3 = \"0.30\"\nhelper = { path = \"helper\" }\n")
        .replace(
            "Cargo.lock",
            "name = \"joined\"\nversion = \"0.0.0\"\ndependencies = [\n",
            "name = \"joined\"\nversion = \"0.0.0\"\ndependencies = [\n \"helper\",\n",
        )
        .replace(
            "Cargo.lock",
            "[[package]]\nname = \"joined\"",
            "[[package]]\nname = \"helper\"\nversion = \"0.0.0\"\n\n[[package]]\nname = \"joined\"",
        )
        .replace("src/lib.rs", "        42\n", "        helper::answer()\n")
        .file("helper/Cargo.toml", "[package]\nname = \"helper\"\nversion = \"0.0.0\"\nedition = \"2024\"\n")
        .file("helper/src/lib.rs", "pub fn answer() -> u32 {\n    42\n}\n")
        .at("sdists-workspace");
    let sdist = project.sdist();
    assert!(files(&sdist).contains(&"helper/src/lib.rs".to_owned()), "{:?}", sdist.names());
    is_as_good_as_the_tree(&project, &sdist, "workspace");
}

#[test]
fn of_an_sdist_it_is_the_same_sdist() {
    let project = fixture::mixed("again").at("sdists-again");
    let sdist = project.sdist();
    let unpacked = sdist.unpacked_in(&setup::place().join("unpacked/again"));
    assert!(unpacked.sdist().bytes() == sdist.bytes(), "the sdists differ");
}

/// A project in `bindings/python` whose crate needs one in `core`, and a workspace of another that nobody needs.
fn outlying(place: &str) -> Project {
    let others = "[[package]]\nname = \"core-heart\"\nversion = \"0.0.0\"\n\n[[package]]\nname = \"idle\"\nversion = \"0.0.0\"\n\n";
    let own = "[[package]]\nname = \"outlying\"\nversion = \"0.0.0\"\ndependencies = [\n";
    let lock = fixture::locked("outlying", "0.0.0").replace(own, &format!("{others}{own} \"core-heart\",\n"));
    let heart = "pyo3 = \"0.30\"\nheart = { package = \"core-heart\", path = \"../../core\" }\n";
    let member = |name: &str, version: &str| format!("[package]\nname = \"{name}\"\n{version}\nedition = \"2024\"\n");
    fixture::mixed("outlying")
        .replace("Cargo.toml", "pyo3 = \"0.30\"\n", heart)
        .replace("Cargo.toml", "\n[workspace]\n", "")
        .replace("src/lib.rs", "        42\n", "        heart::answer()\n")
        .without("Cargo.lock")
        .below("bindings/python/")
        .file("Cargo.lock", &lock)
        .file("core/Cargo.toml", &member("core-heart", "version.workspace = true"))
        .file("core/src/lib.rs", "pub fn answer() -> u32 {\n    42\n}\n")
        .file("idle/Cargo.toml", &member("idle", "version = \"0.0.0\""))
        .file("idle/src/lib.rs", "")
        .file(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"core\", \"idle\", \"bindings/*\"] # all\n\n\
             [workspace.package]\nversion = \"0.0.0\"\n",
        )
        .at(place)
        .below("bindings/python")
}

#[test]
fn crates_beside_and_above_the_project_travel_as_they_lie_to_each_other() {
    let project = outlying("sdists-outlying");
    let sdist = project.sdist();
    assert_eq!(
        files(&sdist),
        [
            "PKG-INFO",
            "Cargo.lock",
            "Cargo.toml",
            "bindings/python/Cargo.toml",
            "bindings/python/src/lib.rs",
            "core/Cargo.toml",
            "core/src/lib.rs",
            "pyproject.toml",
            "python/outlying/__init__.py",
        ]
    );
    let root = sdist.text("outlying-1.0/Cargo.toml");
    assert!(
        root.contains("members = [\"bindings/python\", \"core\"]") && root.contains("[workspace.package]"),
        "{root}"
    );
    let pyproject = sdist.text("outlying-1.0/pyproject.toml");
    assert!(pyproject.contains("manifest-path = \"bindings/python/Cargo.toml\"\n"), "{pyproject}");
    is_as_good_as_the_tree(&project, &sdist, "outlying");
    let unpacked = sdist.unpacked_in(&setup::place().join("unpacked/outlying-again"));
    assert!(unpacked.sdist().bytes() == sdist.bytes(), "the sdist of the sdist differs");
}

#[test]
fn an_sdist_builds_where_somebody_elses_workspace_lies_above() {
    let project = fixture::mixed("guest").replace("Cargo.toml", "\n[workspace]\n", "").at("sdists-guest");
    let sdist = project.sdist();
    assert!(sdist.text("guest-1.0/Cargo.toml").ends_with("\n[workspace]\n"));
    let host = fixture::Sources::default()
        .file("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = []\n")
        .at("sdists-host");
    let unpacked = sdist.unpacked_in(&host.root.join("guests"));
    project.wheel().equals(&unpacked.wheel());
}

#[test]
fn a_target_whose_file_stays_behind_is_no_target_there() {
    let project = fixture::mixed("lean")
        .replace("Cargo.toml", "edition = \"2024\"\n", "edition = \"2024\"\nexclude = [\"/benches\"]\n")
        .append("Cargo.toml", "\n[[bench]]\nname = \"slow\"\nharness = false\n")
        .file("benches/slow.rs", "fn main() {}\n")
        .at("sdists-lean");
    let sdist = project.sdist();
    assert!(!sdist.text("lean-1.0/Cargo.toml").contains("[[bench]]"));
    is_as_good_as_the_tree(&project, &sdist, "lean");
}

#[test]
fn an_sdist_that_would_not_build_gets_no_name() {
    // The library's own file is left out by the configuration.
    let project = fixture::mixed("hollow")
        .append("pyproject.toml", "exclude = [{ path = \"src/lib.rs\", format = \"sdist\" }]\n")
        .at("sdists-hollow");
    let out = project.out("sdist");
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(&out)).with_code(1);
    assert!(ran.stderr.contains("error[sdist-proof]: the sdist would not build"), "{ran}");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0);
}

#[test]
fn one_command_makes_the_sdist_and_from_it_the_wheel() {
    let project = fixture::mixed("both").at("sdists-both");
    let out = project.out("both");
    run(project.wainwright(&["build", "--sdist", "-i"]).arg(setup::python3()).arg("--out").arg(&out)).well();
    let made = |ending: &str| {
        let files = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
        Archive::judged(&files.into_iter().find(|path| path.to_str().unwrap().ends_with(ending)).unwrap())
    };
    made(".whl").equals(&project.wheel());
    let listed = run(&mut project.wainwright(&["list", "--sdist"])).well().stdout;
    let names: Vec<&str> = listed.lines().map(|line| line.trim().split_once("  <- ").unwrap().0).collect();
    assert_eq!(names, made(".tar.gz").names());
}

#[test]
fn git_lists_the_files_where_it_is_asked_to() {
    let project = fixture::mixed("tracked")
        .append("pyproject.toml", "sdist-generator = \"git\"\n")
        .file("notes.txt", "tracked\n")
        .file("scratch.txt", "untracked\n")
        .at("sdists-tracked");
    git(&project.root, &["init", "--quiet"]);
    git(&project.root, &["add", "Cargo.toml", "Cargo.lock", "pyproject.toml", "notes.txt", "src", "python"]);
    let sdist = project.sdist();
    let names = files(&sdist);
    assert!(names.contains(&"notes.txt".to_owned()) && !names.contains(&"scratch.txt".to_owned()), "{names:?}");
    is_as_good_as_the_tree(&project, &sdist, "tracked");
}

#[test]
fn a_lock_file_that_was_missing_is_told_and_demanded_where_it_is_to_be_locked() {
    let project = fixture::mixed("loose").without("Cargo.lock").at("sdists-loose");
    let refused = run(project.wainwright(&["sdist", "--locked", "--out"]).arg(project.out("locked")));
    refused.with_code(3);
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(project.out("sdist"))).well();
    assert!(ran.stderr.contains("warning[cargo-manifest]: there was no `Cargo.lock`"), "{ran}");
}

#[test]
fn what_older_pythons_cannot_read_is_refused_with_its_place() {
    let project =
        fixture::mixed("modern").append("pyproject.toml", "[tool.other]\nkey = { a = 1, }\n").at("sdists-modern");
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(project.out("sdist"))).with_code(1);
    assert!(
        ran.stderr.contains("error[toml-syntax]: a comma stands behind the last entry of an inline table"),
        "{ran}"
    );
    assert!(ran.stderr.contains("pyproject.toml:13:7"), "{ran}");
}

/// Runs git in a project's directory.
fn git(directory: &std::path::Path, words: &[&str]) {
    let mut git = command("git");
    git.args(["-c", "init.defaultBranch=main", "-c", "user.name=A", "-c", "user.email=a@example.org"]);
    git.args(["-c", "protocol.file.allow=always"]);
    run(git.args(words).current_dir(directory)).well();
}

/// A library without dependencies, whose function `value` gives a number.
fn library(name: &str, value: u32) -> fixture::Sources {
    fixture::Sources::default()
        .file("Cargo.toml", &format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"))
        .file("src/lib.rs", &format!("pub fn value() -> u32 {{\n    {value}\n}}\n"))
}

/// A program `name` that prints the sum of what an expression says.
fn program(name: &str, dependencies: &str, sum: &str) -> fixture::Sources {
    fixture::binary(name)
        .replace("Cargo.toml", "[workspace]\n", &format!("\n{dependencies}"))
        .replace("src/main.rs", "\"forty-two\"", &format!("\"{{}}\", {sum}"))
        .without("Cargo.lock")
}

/// Makes the lock file that a fixture lacks.
fn locked(project: Project) -> Project {
    run(command("cargo").args(["metadata", "--format-version", "1"]).current_dir(&project.root)).well();
    project
}

/// What the program of the wheel from the sdist prints, after both ways to the wheel gave the same.
#[track_caller]
fn prints(project: &Project, name: &str, place: &str) -> String {
    let sdist = project.sdist();
    is_as_good_as_the_tree(project, &sdist, place);
    let environment = fixture::Environment::with(&project.wheel(), place);
    run(&mut command(environment.bin(name))).well().stdout.trim().to_owned()
}

#[test]
fn path_dependencies_travel_from_wherever_they_lie() {
    let dependencies = "[dependencies]\nabove = { path = \"../..\" }\nnickname = { package = \"beside\", path = \"../beside\" }\n\
                        deep = { path = \"inner/deeper/deep\", optional = true }\n\n[features]\ndefault = [\"deep\"]\n\n\
                        [target.'cfg(windows)'.dependencies]\nwindows-only = { path = \"../windows-only\" }\n\n\
                        [build-dependencies]\nbuilding = { path = \"../building\" }\n\n\
                        [dev-dependencies]\ntesting = { path = \"../testing\" }\n";
    let project = program("wanderer", dependencies, "above::value() + nickname::value() + deep::value()")
        .file("build.rs", "fn main() {\n    assert_eq!(building::value(), 8);\n}\n")
        .below("crates/wanderer/")
        .and(library("above", 1))
        .and(library("beside", 2).below("crates/beside/"))
        .and(library("deep", 4).below("crates/wanderer/inner/deeper/deep/"))
        .and(library("building", 8).below("crates/building/"))
        .and(library("testing", 16).below("crates/testing/"))
        .and(library("windows-only", 32).below("crates/windows-only/"))
        .and(library("idle", 64).below("crates/idle/"))
        .at("sdists-wanderer");
    let project = locked(project.below("crates/wanderer"));
    assert_eq!(prints(&project, "wanderer", "wanderer"), "7");
    let names = files(&project.sdist());
    for name in ["", "crates/beside/", "crates/building/", "crates/testing/", "crates/windows-only/"] {
        assert!(names.contains(&format!("{name}src/lib.rs")), "{name} in {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("idle")), "{names:?}");
}

#[test]
fn what_members_inherit_comes_from_the_root_that_travels() {
    let root = "[workspace]\nresolver = \"3\"\nmembers = [\"core\", \"py-*\"] # all\n\n[workspace.package]\nversion = \"1.2.3\"\n\
                edition = \"2024\"\nreadme = \"README.md\"\nlicense-file = \"legal/LICENSE\"\ndescription = \"Inherited\"\n\n\
                [workspace.dependencies]\ncore-of = { path = \"core\" }\n\n[workspace.lints.rust]\nunsafe_code = \"forbid\"\n\n\
                [profile.dev]\nopt-level = 1\n";
    let member = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\nreadme.workspace = true\n\
                 license-file.workspace = true\ndescription.workspace = true\n\n[lints]\nworkspace = true\n"
        )
    };
    let distribution = |name: &str| {
        let dynamic = "dynamic = [\"version\", \"readme\", \"license-files\", \"description\"]\n";
        program(name, "", "core_of::value()")
            .replace("pyproject.toml", "version = \"1.0\"\n", dynamic)
            .file("Cargo.toml", &format!("{}\n[dependencies]\ncore-of.workspace = true\n", member(name)))
            .below(&format!("{name}/"))
    };
    let project = distribution("py-first")
        .and(distribution("py-second"))
        .file("Cargo.toml", root)
        .file("core/Cargo.toml", &member("core-of"))
        .file("core/src/lib.rs", "pub fn value() -> u32 {\n    5\n}\n")
        .file("README.md", "# Both\n")
        .file("legal/LICENSE", "Do what is right.\n")
        .at("sdists-inheriting");
    let first = locked(project.below("py-first"));
    let second = project.below("py-second");
    for (project, name, other) in [(&first, "py-first", "py-second"), (&second, "py-second", "py-first")] {
        assert_eq!(prints(project, name, name), "5");
        let sdist = project.sdist();
        let names = files(&sdist);
        assert!(!names.iter().any(|file| file.contains(other)), "{names:?}");
        let text = sdist.text(&format!("{}-1.2.3/PKG-INFO", name.replace('-', "_")));
        assert!(text.contains("\nSummary: Inherited\n") && text.contains("License-File: LICENSE\n"), "{text}");
        assert!(text.ends_with("# Both\n"), "{text}");
    }
}

#[test]
fn what_a_source_names_travels_though_no_list_names_it() {
    let sources = "mod spoken;\n\nconst NEAR: &str = include_str!(\"../near.txt\");\nconst FAR: &str = include_str!(\"../../far.txt\");\n\n\
                   fn main() {\n    println!(\"{}{}{}\", NEAR.trim(), FAR.trim(), spoken::WORD);\n}\n";
    let project = program("naming", "", "0")
        .replace("Cargo.toml", "edition = \"2024\"\n", "edition = \"2024\"\ninclude = [\"/src/main.rs\"]\n")
        .file("src/main.rs", sources)
        .file("src/spoken/mod.rs", "pub const WORD: &str = \"3\";\n")
        .file("near.txt", "1\n")
        .file("other.txt", "nobody names it\n")
        .below("crate/")
        .file("far.txt", "2\n")
        .file("other.txt", "nor this\n")
        .at("sdists-naming");
    if !project.root.join(".git").exists() {
        git(&project.root, &["init", "--quiet"]);
    }
    let project = locked(project.below("crate"));
    assert_eq!(prints(&project, "naming", "naming"), "123");
    let names = files(&project.sdist());
    assert!(!names.iter().any(|name| name.contains("other.txt")), "{names:?}");
}

#[test]
fn a_readme_and_a_licence_from_above_get_a_place_in_the_sdist() {
    let project = program("lettered", "", "0")
        .replace(
            "pyproject.toml",
            "version = \"1.0\"\n",
            "version = \"1.0\"\nreadme = \"../README.md\"\ndynamic = [\"license-files\"]\n",
        )
        .replace("Cargo.toml", "edition = \"2024\"\n", "edition = \"2024\"\nlicense-file = \"../COPYING\" # above\n")
        .below("crate/")
        .file("README.md", "# Lettered\n")
        .file("COPYING", "Do what is right.\n")
        .at("sdists-lettered");
    if !project.root.join(".git").exists() {
        git(&project.root, &["init", "--quiet"]);
    }
    let project = locked(project.below("crate"));
    let sdist = project.sdist();
    let names = ["PKG-INFO", "COPYING", "Cargo.lock", "Cargo.toml", "README.md", "pyproject.toml", "src/main.rs"];
    assert_eq!(files(&sdist), names);
    assert!(sdist.text("lettered-1.0/pyproject.toml").contains("readme = \"README.md\"\n"));
    assert!(sdist.text("lettered-1.0/Cargo.toml").contains("license-file = \"COPYING\" # above\n"));
    assert_eq!(sdist.text("lettered-1.0/PKG-INFO"), project.wheel().text("lettered-1.0.dist-info/METADATA"));
    is_as_good_as_the_tree(&project, &sdist, "lettered");
}

#[cfg(unix)]
#[test]
fn a_linked_readme_is_packed_as_what_it_links_to() {
    let project = program("linked", "", "0")
        .replace("pyproject.toml", "version = \"1.0\"\n", "version = \"1.0\"\nreadme = \"README.md\"\n")
        .below("crate/")
        .file("docs/README.md", "# Linked\n")
        .at("sdists-linked");
    if !project.root.join(".git").exists() {
        git(&project.root, &["init", "--quiet"]);
    }
    let project = locked(project.below("crate"));
    std::os::unix::fs::symlink("../docs/README.md", project.root.join("README.md")).unwrap();
    let sdist = project.sdist();
    assert_eq!(sdist.text("linked-1.0/README.md"), "# Linked\n");
    is_as_good_as_the_tree(&project, &sdist, "linked");
}

#[test]
fn the_files_of_a_submodule_travel() {
    let part = library("part", 9).at("sdists-submodule-part");
    let project =
        program("whole-of", "[dependencies]\npart = { path = \"part\" }\n", "part::value()").at("sdists-submodule");
    for directory in [&part.root, &project.root] {
        if !directory.join(".git").exists() {
            git(directory, &["init", "--quiet"]);
        }
        git(directory, &["add", "--all"]);
        git(directory, &["commit", "--quiet", "--allow-empty", "--message", "all"]);
    }
    git(&project.root, &["submodule", "--quiet", "add", "--force", part.root.to_str().unwrap(), "part"]);
    let project = locked(project);
    assert_eq!(prints(&project, "whole-of", "submodule"), "9");
    let names = files(&project.sdist());
    assert!(
        names.contains(&"part/src/lib.rs".to_owned()) && !names.iter().any(|name| name.contains(".git/")),
        "{names:?}"
    );
}

#[test]
fn patches_travel_where_they_are_used() {
    let dependencies = "[dependencies]\npatched = \"0.1\"\n\n[patch.crates-io]\npatched = { path = \"patches/patched\" }\n\
                        idle = { path = \"patches/idle\" } # for later\n";
    let project = program("mended", dependencies, "patched::value()")
        .and(library("patched", 6).below("patches/patched/"))
        .and(library("idle", 7).below("patches/idle/"))
        .at("sdists-mended");
    let project = locked(project);
    assert_eq!(prints(&project, "mended", "mended"), "6");
    let sdist = project.sdist();
    let manifest = sdist.text("mended-1.0/Cargo.toml");
    assert!(
        manifest.contains("patched = { path = \"patches/patched\" }\n") && !manifest.contains("idle"),
        "{manifest}"
    );
    assert!(!sdist.text("mended-1.0/Cargo.lock").contains("patch.unused"));
}

#[test]
fn two_files_that_want_one_place_are_told() {
    let project = program("crowded", "[dependencies]\nabove = { path = \"..\" }\n", "above::value()")
        .replace("pyproject.toml", "version = \"1.0\"\n", "version = \"1.0\"\nreadme = \"README.md\"\n")
        .file("README.md", "# The program\n")
        .below("crate/")
        .and(library("above", 1))
        .file("README.md", "# The library\n")
        .at("sdists-crowded");
    let project = locked(project.below("crate"));
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(project.out("sdist"))).with_code(1);
    assert!(ran.stderr.contains("error[path-clash]") && ran.stderr.contains("README.md"), "{ran}");
}

#[test]
fn a_lock_file_that_does_not_fit_any_more_is_told_and_refused_where_it_is_to_be_locked() {
    let stale = "version = 4\n\n[[package]]\nname = \"another\"\nversion = \"0.0.0\"\n";
    let project = program("stale", "", "0").file("Cargo.lock", stale).at("sdists-stale");
    run(project.wainwright(&["sdist", "--locked", "--out"]).arg(project.out("locked"))).with_code(3);
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(project.out("sdist"))).well();
    assert!(ran.stderr.contains("`Cargo.lock` did not fit the manifests any more"), "{ran}");
}

#[test]
fn python_that_only_the_tree_has_is_told() {
    let project = fixture::mixed("halved")
        .append("pyproject.toml", "exclude = [{ path = \"python/halved/extra.py\", format = \"sdist\" }]\n")
        .file("python/halved/extra.py", "")
        .at("sdists-halved");
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(project.out("sdist"))).well();
    assert!(ran.stderr.contains("warning[sdist-proof]") && ran.stderr.contains("extra.py` goes into wheels"), "{ran}");
}

/// The command where there is no network, if this machine lets us take it away; where not, cargo is told to do without.
#[test]
fn a_crate_inside_its_package_keeps_what_cargo_leaves_there_to_itself() {
    let project = fixture::binary("hidden")
        .below("hidden/")
        .pyproject(
            "[project]\nname = \"hidden\"\nversion = \"1.0\"\n[tool.wainwright]\nbindings = \"bin\"\n\
             manifest-path = \"hidden/Cargo.toml\"\npython-packages = [\"hidden\"]\n",
        )
        .replace("hidden/Cargo.toml", "[workspace]\n", "")
        .file("hidden/__init__.py", "")
        .file("hidden/target/.rustc_info.json", "{}")
        .at("sdists-hidden");
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(project.out("sdist"))).well();
    assert!(!ran.stderr.contains("sdist-proof"), "{ran}");
    let names = run(&mut project.wainwright(&["list"])).well().stdout;
    assert!(names.contains("hidden/__init__.py") && !names.contains("rustc_info"), "{names}");
}

fn without_network(inner: &Command) -> Command {
    let mut probe = command("unshare");
    let can = probe.args(["--net", "--map-root-user", "true"]).status().is_ok_and(|status| status.success());
    let mut outer = command(if can { "unshare" } else { "env" });
    outer.args(if can { &["--net", "--map-root-user"][..] } else { &["CARGO_NET_OFFLINE=true"] });
    outer.arg(inner.get_program()).args(inner.get_args()).current_dir(inner.get_current_dir().unwrap());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

#[test]
fn an_sdist_with_the_crates_of_others_builds_without_a_network() {
    let dependencies = "[dependencies]\nitoa = \"1\"\n\n[target.'cfg(windows)'.dependencies]\nwindows-link = \"0.2\"\n";
    let targets = "vendor = { targets = [\"x86_64-unknown-linux-gnu\", \"aarch64-unknown-linux-gnu\", \"aarch64-apple-darwin\", \"x86_64-apple-darwin\"] }\n";
    let project = program("packed", dependencies, "itoa::Buffer::new().format(77)")
        .append("pyproject.toml", targets)
        .file(".cargo/config.toml", "[term]\nprogress.when = \"never\"\n")
        .at("sdists-packed");
    let project = locked(project);
    let sdist = project.sdist();
    let names = files(&sdist);
    let of = |name: &str| names.iter().filter(|file| file.starts_with(&format!("vendor/{name}-"))).count();
    // Of the crate for Windows only what the lock file asks for is there.
    assert!(of("itoa") > 3 && of("windows-link") == 3, "{names:?}");
    assert!(
        sdist
            .text("packed-1.0/.cargo/config.toml")
            .starts_with("[term]\nprogress.when = \"never\"\n\n[source.crates-io]\n")
    );
    let unpacked = sdist.unpacked_in(&setup::place().join("unpacked/packed"));
    let elsewhere = fixture::empty(&setup::place().join("unpacked/packed-home"));
    let mut build = unpacked.wainwright(&["build", "--locked", "--offline"]);
    build.env("CARGO_HOME", elsewhere.join("cargo")).env("CARGO_TARGET_DIR", elsewhere.join("target"));
    let wheel = unpacked.wheel_by(&mut without_network(&build));
    let environment = fixture::Environment::with(&wheel, "packed");
    assert_eq!(run(&mut command(environment.bin("packed"))).well().stdout.trim(), "77");
    assert!(unpacked.sdist().bytes() == sdist.bytes(), "the sdist of the sdist differs");
    // Vendored or not, and wherever it lies, the same is compiled.
    let other = sdist.unpacked_in(&setup::place().join("unpacked/deeper/than/packed"));
    other.wheel().equals(&unpacked.wheel());
    // The path under which cargo was shown the tree is free again: another user could not remove what lies there.
    assert!(!Path::new("/tmp/wainwright-tree-packed").exists());
}

/// A program whose crate is no workspace, and needs one of a workspace below it, of which `members` are named.
fn hosting(members: &str, place: &str) -> Project {
    let root = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{members}] # theirs\n\n[workspace.package]\nversion = \"0.5.0\"\n"
    );
    let project = program("hosting", "[dependencies]\nlodger = { path = \"theirs/lodger\" }\n", "lodger::value()")
        .and(
            library("lodger", 11)
                .replace("Cargo.toml", "version = \"0.1.0\"", "version.workspace = true")
                // What tests of a crate need that is no member is in no lock file.
                .append("Cargo.toml", "\n[dev-dependencies]\ntesting = { path = \"../testing\" }\n")
                .below("theirs/lodger/"),
        )
        .and(library("testing", 12).below("theirs/testing/"))
        .and(library("idle", 13).below("theirs/idle/"))
        .file("theirs/Cargo.toml", &root)
        .at(place);
    locked(project)
}

#[test]
fn a_crate_of_another_workspace_brings_the_root_that_it_inherits_from() {
    let project = hosting("\"lodger\", \"testing\", \"idle\"", "sdists-hosting");
    assert_eq!(prints(&project, "hosting", "hosting"), "11");
    let sdist = project.sdist();
    assert!(sdist.text("hosting-1.0/Cargo.toml").ends_with("\n[workspace]\nexclude = [\"theirs/lodger\"]\n"));
    assert!(sdist.text("hosting-1.0/theirs/Cargo.toml").contains("members = [\"lodger\"] # theirs\n"));
    let names = files(&sdist);
    assert!(!names.iter().any(|name| name.contains("idle") || name.contains("testing")), "{names:?}");
}

#[test]
fn a_member_that_is_missing_is_named() {
    let project = hosting("\"lodger\", \"lost\"", "sdists-lost");
    let out = project.out("sdist");
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(&out)).with_code(1);
    assert!(ran.stderr.contains("names the member `lost`, which is not there"), "{ran}");
    assert!(!out.exists() || std::fs::read_dir(&out).unwrap().count() == 0);
}
