//! The tools that work on whole projects, as `docs/frontends.md` shows them: the files of a section are written, its
//! commands run, and run again, when nothing is to be compiled.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::{self, Archive, Environment, Project, Sources};
use crate::index::index;
use crate::page::{self, Block};
use crate::process::{self, command, run};
use crate::setup;

/// A section of the page, with a project that it is true of.
struct Section {
    name: &'static str,
    blocks: Vec<Block>,
    sources: Sources,
    /// A place for what the tools keep of all projects.
    home: PathBuf,
    /// Directories of programs that come before all others.
    programs: Vec<PathBuf>,
    variables: BTreeMap<&'static str, PathBuf>,
}

impl Section {
    /// The section of a title, where `hello` bears a name of its own.
    fn new(title: &str, name: &'static str) -> Self {
        let blocks: Vec<Block> =
            page::blocks("frontends.md").into_iter().filter(|block| block.section == title).collect();
        assert!(blocks.iter().any(|block| block.language == "sh"), "{title}: {blocks:?}");
        let mut sources = fixture::mixed(name);
        for block in &blocks {
            if let Some(file) = &block.file {
                sources = sources.append(file, &format!("\n{}", block.text.replace("hello", name)));
            }
        }
        let home = fixture::empty(&setup::place().join("out/project-tools").join(name));
        Self { name, blocks, sources, home, programs: Vec::new(), variables: BTreeMap::new() }
    }

    fn written(&self) -> Project {
        self.sources.clone().at(&format!("project-tools/{}", self.name))
    }

    fn commands(&self) -> Vec<String> {
        let shell = self.blocks.iter().filter(|block| block.language == "sh");
        shell.flat_map(|block| block.text.lines()).map(|line| line.replace("hello", self.name)).collect()
    }

    /// A line of the shell, in the project.
    fn shell(&self, project: &Project, line: &str) -> Command {
        let mut path = OsString::new();
        let own = [setup::project_tools().parent().unwrap(), setup::program().parent().unwrap()];
        for directory in self.programs.iter().map(PathBuf::as_path).chain(own) {
            path.push(directory);
            path.push(":");
        }
        path.push(std::env::var_os("PATH").unwrap());
        let mut shell = process::with_network("sh");
        shell.args(["-ec", line]).current_dir(&project.root).env("PATH", path).env_remove("PIP_FIND_LINKS");
        shell.env("PIP_NO_CACHE_DIR", "1").env("NO_PROXY", "127.0.0.1").env("POETRY_VIRTUALENVS_IN_PROJECT", "1");
        for variable in ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PDM_PYPI_URL"] {
            shell.env(variable, index());
        }
        for (variable, directory) in [("CACHE", "cache"), ("CONFIG", "config"), ("DATA", "data"), ("STATE", "state")] {
            shell.env(format!("XDG_{variable}_HOME"), self.home.join(directory));
        }
        shell.envs(&self.variables);
        shell
    }

    /// Runs all commands; gives what they said.
    #[track_caller]
    fn runs(&self, project: &Project) -> String {
        self.commands().iter().map(|line| run(&mut self.shell(project, line)).well().stdout).collect()
    }

    /// In a tree without traces of the tool the commands end well and the module answers.
    #[track_caller]
    fn answers(&self) -> Project {
        let project = self.written();
        let said = self.runs(&project);
        assert!(said.lines().any(|line| line == "42"), "{said}");
        project
    }

    /// Runs the commands that build once more, when nothing is compiled.
    #[track_caller]
    fn builds_again(&self, project: &Project) {
        let commands = self.commands();
        let builds: Vec<&String> = commands.iter().filter(|line| !line.contains("python -c")).collect();
        assert!(!builds.is_empty(), "{commands:?}");
        for line in builds {
            run(&mut self.shell(project, line)).well();
        }
        compiled_nothing(project);
    }

    /// The same once more, and nothing is compiled.
    #[track_caller]
    fn holds(&self) -> Project {
        let project = self.answers();
        self.builds_again(&project);
        project
    }
}

#[track_caller]
fn compiled_nothing(project: &Project) {
    let why = run(&mut project.wainwright(&["why"])).well().stdout;
    assert!(why.contains("(dev): nothing was compiled, "), "{why}");
}

#[test]
fn hatch_builds_and_has_environments() {
    Section::new("Hatch", "by_hatch").holds();
}

#[test]
fn pdm_installs_and_builds() {
    Section::new("PDM", "by_pdm").holds();
}

#[test]
fn poetry_installs_what_an_application_depends_on() {
    let mut section = Section::new("Poetry", "by_poetry");
    let source = format!("\n[[tool.poetry.source]]\nname = \"local\"\nurl = \"{}\"\n", index());
    section.sources = section.sources.append("application/pyproject.toml", &source);
    section.answers();
    // What is installed would not be built again.
    section.builds_again(&section.written());
}

#[test]
fn tox_builds_in_an_environment_of_its_own() {
    Section::new("tox", "by_tox").holds();
}

#[test]
fn nox_installs_into_a_session() {
    let section = Section::new("nox", "by_nox");
    let project = section.holds();
    // What such tools leave stays out of sdists, also where nothing says that git ignores it.
    fs::write(project.root.join(".pdm-python"), "/usr/bin/python3").unwrap();
    assert!(project.root.join(".nox").is_dir());
    let names = project.sdist().names();
    assert!(names.iter().all(|name| !name.contains(".nox") && !name.contains(".pdm-python")), "{names:?}");
}

#[test]
fn uv_run_notices_changed_rust() {
    let section = Section::new("uv", "by_uv");
    let project = section.holds();
    let library = project.root.join("src/lib.rs");
    fs::write(&library, fs::read_to_string(&library).unwrap().replace("42", "43")).unwrap();
    let last = section.commands().pop().unwrap();
    assert_eq!(run(&mut section.shell(&project, &last)).well().stdout, "43\n");
    // The page says what `new --uv-cache-keys` writes.
    let above = Project::existing(&fixture::empty(&setup::place().join("new/cached")), "new-cached");
    run(&mut above.wainwright(&["new", "--uv-cache-keys", "cached"])).well();
    let made = fs::read_to_string(above.root.join("cached/pyproject.toml")).unwrap();
    let table = section.blocks.iter().find(|block| block.file.is_some()).unwrap();
    assert!(made.contains(table.text.strip_prefix("[tool.uv]\n").unwrap()), "{made}");
}

/// Makes a directory a repository with all that is in it.
fn committed(directory: &Path) {
    let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    run(command("git").args(["init", "--quiet"]).current_dir(directory)).well();
    run(command("git").args(["add", "--all"]).current_dir(directory)).well();
    run(command("git").args(identity).args(["commit", "--quiet", "--message", "All"]).current_dir(directory)).well();
}

/// A repository of what pre-commit builds wainwright from.
fn repository_of_hooks() -> PathBuf {
    let repository = fixture::empty(&setup::place().join("out/project-tools/hooks"));
    let files =
        [".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE-APACHE", "LICENSE-MIT", "Cargo.toml"];
    let mut copy = command("cp");
    copy.arg("-R").args(files).args(["Cargo.lock", "backend_shim", "benches", "src"]).arg(&repository);
    run(copy.current_dir(setup::source_tree())).well();
    committed(&repository);
    repository
}

#[test]
fn pre_commit_refuses_what_no_wheel_can_be_made_of() {
    let id = "wainwright-metadata";
    assert!(page::blocks("frontends.md").iter().any(|block| block.text.contains(&format!("- id: {id}\n"))));
    let repository = repository_of_hooks();
    let sound = fixture::binary("committed");
    let hook = |sources: &Sources| {
        let project = sources.clone().at("project-tools/committed");
        committed(&project.root);
        let home = fixture::empty(&setup::place().join("out/project-tools/pre-commit"));
        let mut tool = command(setup::project_tools().with_file_name("pre-commit"));
        tool.args(["try-repo", "--all-files"]).arg(&repository).arg(id).current_dir(&project.root);
        tool.env("PRE_COMMIT_HOME", home).env("WAINWRIGHT_BINARY_FOR_SOURCE_TREE", setup::program());
        run(&mut tool)
    };
    let passed = hook(&sound).well().stdout;
    assert!(passed.contains("wainwright metadata") && passed.contains("Passed"), "{passed}");
    let refused = hook(&sound.replace("pyproject.toml", "\"1.0\"", "\"one\"")).with_code(1).stdout;
    assert!(refused.contains("Failed") && refused.contains("error[project-value]: `project.version`"), "{refused}");
}

#[test]
fn a_distribution_builds_offline() {
    let mut section = Section::new("Builds of a distribution", "by_packagers");
    let environment = Environment::new("project-tools-packagers");
    let mut uv = command(setup::uv());
    uv.args(["pip", "install", "--quiet", "--no-index", "--find-links"]).arg(setup::wheels()).arg("--python");
    run(uv.arg(&environment.root).arg("wainwright")).well();
    section.programs.push(environment.root.join("bin"));
    // The environment has no pip: that of the tools works in it.
    section.variables.insert("PIP_PYTHON", environment.bin("python"));
    section.variables.insert("CARGO_NET_OFFLINE", "true".into());
    section.holds();
}

#[cfg(target_os = "linux")]
#[test]
fn the_steps_of_cibuildwheel_give_a_wheel_that_is_portable() {
    let section = Section::new("cibuildwheel", "by_ci");
    let project = section.written();
    let said = section.runs(&project);
    let minor = "import sys; print('cp%d%d-manylinux_x86_64' % sys.version_info[:2])";
    let identifier = run(command(setup::python3()).args(["-c", minor])).well().stdout;
    assert!(said.lines().any(|line| line == identifier.trim()), "{said}");
    let table = fs::read_to_string(project.root.join("pyproject.toml")).unwrap().parse::<toml::Table>().unwrap();
    let wish = |key: &str| table["tool"]["cibuildwheel"][key].as_str().unwrap().to_owned();
    let built = only_in(&project.root.join("built"));
    let repair =
        wish("repair-wheel-command").replace("{dest_dir}", "repaired").replace("{wheel}", built.to_str().unwrap());
    run(&mut section.shell(&project, &repair)).well();
    let wheel = Archive::only_in(&project.root.join("repaired"));
    assert!(wheel.file_name().contains("-manylinux"), "{}", wheel.file_name());
    let environment = Environment::with(&wheel, "project-tools-ci");
    let mut test = section.shell(&project, &wish("test-command"));
    let path = format!("{}:/usr/bin:/bin", environment.root.join("bin").display());
    assert_eq!(run(test.env("PATH", path).current_dir(&section.home)).well().stdout, "42\n");
    section.runs(&project);
    compiled_nothing(&project);
}

fn only_in(directory: &Path) -> PathBuf {
    Archive::only_in(directory).path
}
