//! Editable installs: Python sources live where they lie, the compiled module elsewhere, the tree stays as it was.

use std::fs;

use crate::fixture::{self, Environment, Project};
use crate::process::{command, run};
use crate::setup;

fn install(project: &Project, environment: &Environment) {
    run(environment.pip(&["install", "--quiet", "--editable"]).arg(&project.root)).well();
}

#[test]
fn a_python_edit_shows_at_once_and_no_file_appears_in_the_tree() {
    let project = fixture::mixed("living").at("editable-living");
    let before = project.files();
    let environment = Environment::new("editable-living");
    install(&project, &environment);
    assert_eq!(environment.says("import living; print(living.answer())"), "42");
    let init = project.root.join("python/living/__init__.py");
    let edited = fs::read_to_string(&init).unwrap() + "\nNEWS = 'fresh'\n";
    fs::write(&init, edited).unwrap();
    assert_eq!(environment.says("import living; print(living.NEWS)"), "fresh");
    assert_eq!(project.files(), before);
}

#[test]
fn two_projects_share_a_namespace() {
    let environment = Environment::new("editable-namespace");
    for name in ["first", "second"] {
        let project = fixture::rust(name, &format!("_{name}"))
            .append(
                "pyproject.toml",
                &format!("[tool.wainwright]\nmodule-name = \"space.{name}._{name}\"\npython-source = \"python\"\n"),
            )
            .file(&format!("python/space/{name}/__init__.py"), &format!("from ._{name} import answer\n"))
            .at(&format!("editable-{name}"));
        install(&project, &environment);
    }
    let sum = "from space import first, second; print(first.answer() + second.answer())";
    assert_eq!(environment.says(sum), "84");
}

#[test]
fn two_environments_have_one_project() {
    let project = fixture::mixed("twofold").at("editable-twofold");
    for place in ["editable-one", "editable-two"] {
        let environment = Environment::new(place);
        install(&project, &environment);
        assert_eq!(environment.says("import twofold; print(twofold.answer())"), "42");
        let module = environment.says("import twofold._twofold; print(twofold._twofold.__file__)");
        assert!(module.starts_with(environment.root.to_str().unwrap()), "{module}");
    }
}

#[test]
fn a_crate_alone_is_installed_whole() {
    let project = fixture::rust("alone", "alone").at("editable-alone");
    let environment = Environment::new("editable-alone");
    install(&project, &environment);
    assert_eq!(environment.says("import alone; print(alone.answer())"), "42");
}

#[test]
fn develop_installs_into_the_active_environment() {
    let project = fixture::mixed("driven").at("editable-driven");
    let before = project.files();
    let environment = Environment::new("editable-driven");
    let mut path = setup::uv().parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    run(project.wainwright(&["develop"]).env("VIRTUAL_ENV", &environment.root).env("PATH", path)).well();
    assert_eq!(
        environment.says("import driven; print(driven.answer(), driven.__file__)"),
        format!("42 {}", project.root.join("python/driven/__init__.py").display())
    );
    assert_eq!(project.files(), before);
}

#[test]
fn develop_installs_extras_and_groups_on_request() {
    let tables =
        "\n[project.optional-dependencies]\nmore = [\"wainwright\"]\n\n[dependency-groups]\nDev_Tools = [\"hello\"]\n";
    let project = fixture::mixed("accompanied").append("pyproject.toml", tables).at("editable-accompanied");
    let environment = Environment::new("editable-accompanied");
    let develop = |options: &[&str]| {
        let mut develop = project.wainwright(&["develop", "--uv"]);
        let mut path = setup::uv().parent().unwrap().as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        develop.args(options).env("VIRTUAL_ENV", &environment.root).env("PATH", path);
        develop.env("UV_FIND_LINKS", setup::wheels()).env("UV_NO_INDEX", "1");
        develop
    };
    let has = "from importlib.util import find_spec; print(find_spec('wainwright') is not None)";
    run(&mut develop(&[])).well();
    assert_eq!(environment.says(has), "False");
    run(&mut develop(&["-E", "More"])).well();
    assert_eq!(environment.says(has), "True");
    let unknown = run(&mut develop(&["--extras", "most"])).with_code(1).stderr;
    assert!(unknown.contains("the project has no extra `most`") && unknown.contains("it has `more`"), "{unknown}");
    let unknown = run(&mut develop(&["--group", "docs"])).with_code(1).stderr;
    assert!(unknown.contains("`[dependency-groups]` has no group `docs`"), "{unknown}");
    // It is asked for by another form of its name, and what it asks for is nowhere.
    let group = run(&mut develop(&["-G", "dev-tools"])).with_code(5).stderr;
    assert!(group.contains("hello"), "{group}");
}

#[test]
fn develop_refuses_a_python_outside_every_environment() {
    let project = fixture::mixed("driven").at("editable-refused");
    let mut develop = project.wainwright(&["develop", "--interpreter"]);
    let ran = run(develop.arg(setup::python3())).with_code(1);
    let title = "import platform as p; print(p.python_implementation(), '.'.join(p.python_version_tuple()[:2]))";
    let title = run(command(setup::python3()).args(["-c", title])).well().stdout;
    let expected = format!(
        "error[interpreter]: {} belongs to no virtual environment\n |\n = hint: make one with `python3 -m venv .venv`, \
         or activate yours\n\n",
        title.trim()
    );
    assert_eq!(ran.stderr, expected);
}
