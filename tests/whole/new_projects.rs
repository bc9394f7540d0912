//! Projects as `wainwright new` and `wainwright init` make them: each kind builds, imports, and passes its own tests.

use std::fs;
use std::path::Path;

use crate::fixture::{self, Archive, Environment, Project};
use crate::process::{self, Ran, command, run};
use crate::setup;

/// Runs the functions of a file of tests as pytest would; gives their number.
const TEST: &str = "import runpy, sys\n\
    tests = [run for name, run in runpy.run_path(sys.argv[1]).items() if name.startswith('test_')]\n\
    print(len([run() for run in tests]))";

/// An empty place for a project called `name`.
fn place(name: &str) -> Project {
    Project::existing(&fixture::empty(&setup::place().join("new").join(name)), &format!("new-{name}"))
}

/// A project of a kind, made where nothing was.
#[track_caller]
fn new(kind: &str) -> Project {
    let name = format!("made-{kind}");
    let above = place(&name);
    run(&mut above.wainwright(&["new", "--kind", kind, &name])).well();
    let project = above.below(&name);
    if ["pure", "mixed", "src"].contains(&kind) {
        // What the fixtures have compiled is of use here too.
        fs::write(project.root.join("Cargo.lock"), fixture::locked(&name, "0.1.0")).unwrap();
    }
    project
}

#[track_caller]
fn own_tests(project: &Project, environment: &Environment) -> String {
    let name = project.root.file_name().unwrap().to_str().unwrap().replace('-', "_");
    let file = project.root.join(format!("tests/test_{name}.py"));
    let mut python = environment.python();
    python.args(["-c", TEST]).arg(file).current_dir(environment.root.join("bin"));
    run(&mut python).well().stdout.trim().to_owned()
}

#[track_caller]
fn is_good(kind: &str, tests: &str) -> (Project, Archive) {
    let project = new(kind);
    let wheel = project.wheel();
    let environment = Environment::new(&format!("new-{kind}"));
    let mut uv = process::with_network(setup::uv());
    run(uv.args(["pip", "install", "--quiet", "--python"]).arg(&environment.root).arg(&wheel.path)).well();
    assert_eq!(own_tests(&project, &environment), tests);
    let ran = run(command("cargo").args(["test", "--quiet"]).current_dir(&project.root)).well();
    assert_eq!(ran.stdout.matches("1 passed").count().to_string(), tests, "{ran}");
    let judged = run(project.wainwright(&["check", "--strict"]).arg(&wheel.path));
    assert_eq!(judged.code, Some(0), "{judged}");
    (project, wheel)
}

#[test]
fn a_module_of_rust_alone() {
    let (_, wheel) = is_good("pure", "1");
    let names = wheel.names();
    assert!(
        names.contains(&"made_pure/__init__.pyi".into()) && names.contains(&"made_pure/py.typed".into()),
        "{names:?}"
    );
}

#[test]
fn a_mixed_package_by_all_frontends() {
    let (project, wheel) = is_good("mixed", "1");
    assert!(wheel.names().contains(&"made_mixed/_made_mixed.pyi".into()));
    let mut build = command(setup::tools());
    build.args(["-m", "build", "--quiet", "--outdir"]).arg(project.out("build")).arg(&project.root);
    run(build.env("PIP_FIND_LINKS", setup::wheels())).well();
    let environment = Environment::new("new-editable");
    run(environment.pip(&["install", "--quiet", "--editable"]).arg(&project.root)).well();
    assert_eq!(own_tests(&project, &environment), "1");
}

#[test]
fn python_in_src_and_the_crate_in_rust() {
    is_good("src", "1");
}

#[test]
fn several_modules_in_one_package() {
    is_good("modules", "2");
}

#[test]
fn a_program() {
    is_good("bin", "1");
}

#[test]
fn a_library_that_cffi_opens() {
    let project = new("cffi");
    let out = project.out("wheel");
    let mut pip = process::with_network(setup::tools());
    pip.args(["-m", "pip", "wheel", "--no-deps", "--wheel-dir"]).arg(&out).arg(&project.root);
    run(pip.env("PIP_FIND_LINKS", setup::wheels())).well();
    let environment = Environment::new("new-cffi");
    let mut uv = process::with_network(setup::uv());
    run(uv.args(["pip", "install", "--quiet", "--python"]).arg(&environment.root).arg(&Archive::only_in(&out).path))
        .well();
    assert_eq!(own_tests(&project, &environment), "1");
}

#[test]
fn a_library_that_uniffi_makes_python_for() {
    let project = new("uniffi");
    let manifest = project.root.join("Cargo.toml");
    // The fixtures' version, which is compiled already.
    let text = fs::read_to_string(&manifest).unwrap().replace("version = \"0.32\"", "version = \"=0.32.2\"");
    fs::write(manifest, text + "\n[profile.dev]\ndebug = false\n").unwrap();
    assert_eq!(own_tests(&project, &Environment::with(&project.wheel(), "new-uniffi")), "1");
}

#[test]
fn what_is_not_free_or_bears_no_good_name_is_refused_before_anything_is_written() {
    let above = place("refused");
    fs::write(above.root.join("held"), "").unwrap();
    for (path, expected) in [
        (
            "json",
            "error[setting]: a project cannot be called `json`: `json` is a module of Python's own, which would be \
             imported in its place\n |\n = hint: choose another name with `--name`, such as `my-project`\n\n",
        ),
        (
            "a b",
            "error[setting]: the name `a b` holds ` `, only ASCII letters, digits, `-`, `_` and `.` are allowed\n |\n \
             = hint: choose another name with `--name`, such as `my-project`\n\n",
        ),
    ] {
        assert_eq!(run(&mut above.wainwright(&["new", path])).with_code(1).stderr, expected);
    }
    let held = run(&mut above.wainwright(&["new", "--name", "fine", "."])).with_code(1).stderr;
    assert!(held.contains("is there already, and not empty") && held.contains("`wainwright init`"), "{held}");
    assert_eq!(above.files(), ["held"]);
}

#[test]
fn init_changes_no_file_of_a_crate_and_nothing_at_all_when_run_again() {
    let crate_alone = fixture::rust("taken", "taken").without("pyproject.toml").at("init-crate");
    let library = crate_alone.root.join("src/lib.rs");
    let before = fs::read(&library).unwrap();
    run(&mut crate_alone.wainwright(&["init"])).well();
    assert_eq!(crate_alone.files(), [".gitignore", "Cargo.lock", "Cargo.toml", "pyproject.toml", "src/lib.rs"]);
    assert_eq!(fs::read(&library).unwrap(), before);
    let environment = Environment::with(&crate_alone.wheel(), "init-crate");
    assert_eq!(environment.says("import taken; print(taken.answer())"), "42");
    assert_eq!(run(&mut crate_alone.wainwright(&["init"])).well().stdout, "Nothing is missing.\n");
}

#[test]
fn init_gives_a_python_package_a_crate() {
    let project = place("older");
    let write = |path: &str, text: &str| {
        let file = project.root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    let table =
        "# Older than its crate.\n[project]\nname = \"older\"\nversion = \"2.0\"\nrequires-python = \">=3.9\"\n";
    write("pyproject.toml", table);
    write("older/__init__.py", "AGE = 2\n");
    run(&mut project.wainwright(&["init"])).well();
    let text = fs::read_to_string(project.root.join("pyproject.toml")).unwrap();
    assert!(text.starts_with(table), "{text}");
    fs::write(project.root.join("Cargo.lock"), fixture::locked("older", "0.1.0")).unwrap();
    let environment = Environment::with(&project.wheel(), "init-python");
    let code = "import older, older._older; print(older.AGE, older._older.greet('Ada'))";
    assert_eq!(environment.says(code), "2 Hello, Ada!");
}

/// Runs a command in a terminal, where `answer` is typed.
fn in_terminal(project: &Project, arguments: &[&str], answer: &str) -> Ran {
    let code = "import os, pty, sys\n\
        child, terminal = pty.fork()\n\
        if not child: os.execv(sys.argv[2], sys.argv[2:])\n\
        said = b''\n\
        while not said.rstrip().endswith(b']:'): said += os.read(terminal, 1000)\n\
        os.write(terminal, sys.argv[1].encode())\n\
        try:\n    \
            while more := os.read(terminal, 1000): said += more\n\
        except OSError: pass\n\
        print(said.decode())\n\
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))";
    let mut python = command(setup::tools());
    python.args(["-c", code, answer]).arg(setup::program()).args(arguments).current_dir(&project.root);
    run(&mut python)
}

#[test]
fn the_kind_is_asked_for_in_a_terminal_alone() {
    let project = place("asked");
    let ran = in_terminal(&project, &["new", "asked"], "bin\n").well();
    assert!(ran.stdout.contains("What shall the project be?"), "{ran}");
    assert!(has(&project, "asked/src/main.rs"));
    let ran = run(&mut project.wainwright(&["new", "unasked"])).well();
    assert!(!ran.stderr.contains("What shall"), "{ran}");
    assert!(has(&project, "unasked/python/unasked/__init__.py"));
    in_terminal(&project, &["new", "ended"], "\u{4}").with_code(1);
    assert!(!Path::new(&project.root).join("ended").exists());
}

fn has(project: &Project, path: &str) -> bool {
    project.root.join(path).is_file()
}
