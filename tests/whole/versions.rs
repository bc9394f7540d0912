//! The version from where it lives: the tags of a repository, what an sdist has frozen of them, what packagers name.

use crate::fixture::{self, Project};
use crate::process::{Ran, command, run};
use crate::setup;

/// A project that takes its version from git, and whose module tells the version that it was compiled as.
fn tagged(name: &str, place: &str) -> Project {
    let rust = "        42\n    }\n\n    /// The version.\n    #[pyfunction]\n    fn version() -> &'static str {\n        env!(\"WAINWRIGHT_PROJECT_VERSION\")\n";
    let project = fixture::mixed(name)
        .replace("pyproject.toml", "version = \"1.0\"\n", "dynamic = [\"version\"]\n")
        .append("pyproject.toml", "version = { from = \"git\" }\n")
        .replace("src/lib.rs", "        42\n", rust)
        .file(".gitignore", "/target\n")
        .at(place);
    let repository = project.root.join(".git");
    if repository.exists() {
        std::fs::remove_dir_all(repository).unwrap();
    }
    git(&project, &["init", "--quiet"]);
    // The lock file as cargo would have it, or the first build would leave a change.
    run(command("cargo").args(["metadata", "--format-version", "1"]).current_dir(&project.root)).well();
    commit(&project, "begin");
    project
}

fn git(project: &Project, words: &[&str]) -> String {
    let mut git = command("git");
    git.args(["-c", "init.defaultBranch=main", "-c", "user.name=A", "-c", "user.email=a@example.org"]);
    run(git.args(words).current_dir(&project.root)).well().stdout.trim().to_owned()
}

fn commit(project: &Project, message: &str) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--allow-empty", "--message", message]);
}

/// The version that METADATA tells.
#[track_caller]
fn version(project: &Project) -> String {
    let ran = run(&mut project.wainwright(&["metadata"])).well();
    ran.stdout.lines().find_map(|line| line.strip_prefix("Version: ")).unwrap().to_owned()
}

#[test]
fn tags_tell_the_version_and_commits_since_lead_up_to_the_next() {
    let project = tagged("tagged", "versions-tagged");
    git(&project, &["tag", "v1.4.0"]);
    assert_eq!(version(&project), "1.4.0");
    commit(&project, "more");
    let commit = git(&project, &["rev-parse", "HEAD"]);
    assert_eq!(version(&project), format!("1.4.1.dev1+g{}", &commit[..9]));
    std::fs::write(project.root.join(".gitignore"), "/target\n/dist\n").unwrap();
    assert_eq!(version(&project), format!("1.4.1.dev1+g{}.dirty", &commit[..9]));
}

#[test]
fn an_sdist_keeps_the_version_below_other_repositories_and_the_module_tells_it() {
    let project = tagged("frozen", "versions-frozen");
    git(&project, &["tag", "2.0rc1"]);
    let sdist = project.sdist();
    assert_eq!(sdist.file_name(), "frozen-2.0rc1.tar.gz");
    let other = tagged("frozenabove", "versions-frozen-above");
    git(&other, &["tag", "v9.9"]);
    let unpacked = sdist.unpacked_in(&other.root.join("sub"));
    assert_eq!(version(&unpacked), "2.0rc1");
    let wheel = unpacked.wheel();
    wheel.equals(&project.wheel());
    let environment = fixture::Environment::with(&wheel, "versions-frozen");
    assert_eq!(environment.says("from frozen import _frozen; print(_frozen.version())"), "2.0rc1");
}

#[test]
fn one_of_several_distributions_counts_its_own_tags() {
    let project = tagged("several", "versions-several");
    git(&project, &["tag", "several-v1.0"]);
    commit(&project, "more");
    git(&project, &["tag", "other-v7.0"]);
    assert_eq!(version(&project), "7.0");
    let text = std::fs::read_to_string(project.root.join("pyproject.toml")).unwrap();
    let text = text.replace("from = \"git\"", "from = \"git\", tag-prefix = \"several-v\"");
    std::fs::write(project.root.join("pyproject.toml"), text).unwrap();
    assert!(version(&project).starts_with("1.1.dev1+g"), "{}", version(&project));
}

#[test]
fn without_a_tag_there_must_be_a_fallback_or_a_variable() {
    let project = tagged("untagged", "versions-untagged");
    let refused: Ran = run(&mut project.wainwright(&["metadata"])).with_code(1);
    assert!(
        refused.stderr.contains("error[git-version]: `tool.wainwright.version.from` is `git`, but no tag"),
        "{refused}"
    );
    assert!(refused.stderr.contains("hint: tag the first version"), "{refused}");
    let pretended = |variable: &str| {
        let ran = run(project.wainwright(&["metadata"]).env(variable, "3.3")).well();
        assert!(ran.stdout.contains("\nVersion: 3.3\n"), "{ran}");
    };
    pretended("SETUPTOOLS_SCM_PRETEND_VERSION");
    pretended("SETUPTOOLS_SCM_PRETEND_VERSION_FOR_UNTAGGED");
    let text = std::fs::read_to_string(project.root.join("pyproject.toml")).unwrap();
    let text = text.replace("from = \"git\"", "from = \"git\", fallback = \"0.1\"");
    std::fs::write(project.root.join("pyproject.toml"), text).unwrap();
    assert_eq!(version(&project), "0.1");
}

#[test]
fn a_clone_of_limited_depth_is_named_as_the_cause() {
    let project = tagged("shallow", "versions-shallow");
    git(&project, &["tag", "v1.0"]);
    commit(&project, "more");
    let clone = fixture::empty(&setup::place().join("projects/versions-shallow-clone"));
    let address = format!("file://{}", project.root.display());
    git(&project, &["clone", "--quiet", "--depth", "1", "--no-tags", &address, clone.to_str().unwrap()]);
    let ran = run(&mut Project::existing(&clone, "versions-shallow-clone").wainwright(&["metadata"])).with_code(1);
    assert!(ran.stderr.contains("hint: the clone is shallow"), "{ran}");
}
