//! Wheels of many parts: several modules and programs, some optional, some built already.

use std::fs;

use crate::fixture::{self, Environment, Project, Sources};
use crate::process::{command, run};
use crate::setup;

/// A workspace of three PyO3 crates and one with two programs, around a Python package.
fn train() -> Sources {
    let mut train = Sources::default()
        .pyproject(
            "[project]\nname = \"train\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
             [tool.wainwright]\npython-source = \"python\"\n\
             bin = [{ name = \"train-whistle\", manifest-path = \"horns/Cargo.toml\", target = \"whistle\" },\n\
             \x20   { name = \"bell\", manifest-path = \"horns/Cargo.toml\" }]\n\
             [[tool.wainwright.module]]\nname = \"train._engine\"\nmanifest-path = \"engine/Cargo.toml\"\n\
             [[tool.wainwright.module]]\nname = \"train.cars._coach\"\nmanifest-path = \"coach/Cargo.toml\"\n\
             [[tool.wainwright.module]]\nname = \"train_caboose\"\nmanifest-path = \"caboose/Cargo.toml\"\n",
        )
        .file("python/train/__init__.py", "from ._engine import answer\n")
        .file("python/train/cars/__init__.py", "from ._coach import answer\n")
        .file(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"engine\", \"coach\", \"caboose\", \"horns\"]\n",
        )
        .file("Cargo.lock", &fixture::locked("train-engine", "0.0.0"))
        .file("horns/Cargo.toml", "[package]\nname = \"train-horns\"\nversion = \"0.0.0\"\nedition = \"2024\"\n")
        .file("horns/src/bin/whistle.rs", "fn main() {\n    println!(\"whee\");\n}\n")
        .file("horns/src/bin/bell.rs", "fn main() {\n    println!(\"dong\");\n}\n");
    for (directory, module) in [("engine", "_engine"), ("coach", "_coach"), ("caboose", "train_caboose")] {
        train = train
            .crate_at(&format!("{directory}/"), &format!("train-{directory}"), module)
            .replace(&format!("{directory}/Cargo.toml"), "\n[workspace]\n", "")
            .without(&format!("{directory}/Cargo.lock"));
    }
    train
}

const IMPORTS: &str =
    "import train, train.cars, train_caboose as c; print(train.answer(), train.cars.answer(), c.answer())";

#[track_caller]
fn rings(environment: &Environment) {
    assert_eq!(environment.says(IMPORTS), "42 42 42");
    for (program, sound) in [("train-whistle", "whee\n"), ("bell", "dong\n")] {
        assert_eq!(run(&mut command(environment.bin(program))).well().stdout, sound);
    }
}

#[test]
fn three_modules_and_two_programs_travel_in_one_wheel_and_its_sdist_gives_the_same() {
    let project = train().at("parts-train");
    let wheel = project.wheel();
    rings(&Environment::with(&wheel, "parts-train"));
    let modules = wheel.names().into_iter().filter(|name| name.ends_with(".so"));
    let places: Vec<String> = modules.map(|name| name.split_once('.').unwrap().0.to_owned()).collect();
    assert_eq!(places, ["train/_engine", "train/cars/_coach", "train_caboose/train_caboose"]);
    let again = project.sdist().unpacked_in(&project.out("unpacked")).wheel();
    wheel.equals(&again);
}

#[test]
fn an_editable_install_leads_to_every_module() {
    let project = train().at("parts-train-editable");
    let out = project.out("editable");
    run(project.hook("build_editable", &[&out]).env("WAINWRIGHT_PROFILE", "dev")).well();
    let environment = Environment::with(&fixture::Archive::only_in(&out), "parts-train-editable");
    rings(&environment);
}

/// A package that does without its module where there is no compiler.
fn fallback(place: &str) -> Project {
    fixture::mixed("fallback")
        .replace(
            "pyproject.toml",
            "module-name = \"fallback._fallback\"",
            "module = [{ name = \"fallback._fallback\", optional = \"auto\" }]",
        )
        .file(
            "python/fallback/__init__.py",
            "try:\n    from ._fallback import answer\nexcept ImportError:\n    def answer():\n        return 41\n",
        )
        .at(place)
}

#[test]
fn an_optional_module_is_left_out_by_itself_where_there_is_no_compiler() {
    let project = fallback("parts-fallback");
    let out = project.out("pure");
    let mut requires = project.hook("get_requires_for_build_wheel", &[]);
    assert_eq!(run(without_cargo(&mut requires)).well().stdout, "[]\n");
    let ran = run(without_cargo(&mut project.hook("build_wheel", &[&out]))).well();
    assert!(
        ran.stderr.contains("warning[part-left-out]: the wheel goes without the module `fallback._fallback`"),
        "{ran}"
    );
    let wheel = fixture::Archive::only_in(&out);
    assert_eq!(wheel.file_name(), "fallback-1.0-py3-none-any.whl");
    assert!(wheel.text("fallback-1.0.dist-info/WHEEL").contains("Root-Is-Purelib: true\n"));
    assert_eq!(Environment::with(&wheel, "parts-fallback").says("import fallback; print(fallback.answer())"), "41");
}

#[test]
fn an_optional_module_is_left_out_by_itself_where_it_does_not_compile() {
    let project = fallback("parts-broken");
    assert_eq!(
        Environment::with(&project.wheel(), "parts-whole").says("import fallback; print(fallback.answer())"),
        "42"
    );
    fs::write(project.root.join("src/lib.rs"), "compile_error!(\"not today\");\n").unwrap();
    let wheel = project.wheel();
    assert_eq!(wheel.file_name(), "fallback-1.0-py3-none-any.whl");
}

/// A package that says of its module that it is of use without it.
fn declared(place: &str) -> Project {
    let project = fallback(place);
    let file = project.root.join("pyproject.toml");
    let text = fs::read_to_string(&file).unwrap().replace("optional = \"auto\"", "optional = true");
    fs::write(&file, text).unwrap();
    project
}

#[test]
fn a_wheel_of_the_python_alone_is_built_on_purpose_and_without_cargo() {
    let project = declared("parts-pure");
    for (way, name, value) in [("setting", "", ""), ("variable", "WAINWRIGHT_PURE_PYTHON", "1")] {
        let out = project.out(way);
        let settings = if way == "setting" { ", {'pure-python': 'true'}" } else { "" };
        let mut python = command(setup::python_with_wainwright());
        let code = format!("import sys, wainwright; print(wainwright.build_wheel(sys.argv[1]{settings}))");
        python.args(["-c", &code]).arg(&out).current_dir(&project.root);
        if !name.is_empty() {
            python.env(name, value);
        }
        let ran = run(without_cargo(&mut python)).well();
        assert_eq!(ran.last_line(), "fallback-1.0-py3-none-any.whl");
        let wheel = fixture::Archive::only_in(&out);
        assert!(wheel.names().iter().all(|name| !name.ends_with(".so")), "{:?}", wheel.names());
    }
    let mut requires = project.hook("get_requires_for_build_wheel", &[]);
    let asked = run(without_cargo(requires.env("WAINWRIGHT_PURE_PYTHON", "1"))).well();
    assert_eq!(asked.stdout, "[]\n");
    let mut prepare = project.hook("prepare_metadata_for_build_wheel", &[&project.out("prepared")]);
    run(without_cargo(prepare.env("WAINWRIGHT_PURE_PYTHON", "1"))).well();
    let prepared = setup::place().join("out/parts-pure/prepared/fallback-1.0.dist-info/WHEEL");
    assert!(fs::read_to_string(prepared).unwrap().contains("Tag: py3-none-any\n"));
}

#[test]
fn a_module_that_is_optional_names_the_switch_where_it_fails() {
    let project = declared("parts-declared");
    fs::write(project.root.join("src/lib.rs"), "compile_error!(\"not today\");\n").unwrap();
    let mut build = project.wainwright(&["build", "-i"]);
    let ran = run(build.arg(setup::python3()).arg("--out").arg(project.out("wheel"))).with_code(3);
    assert!(ran.stderr.contains("pure-python=true") && ran.stderr.contains("WAINWRIGHT_PURE_PYTHON=1"), "{ran}");
    let mut hook = project.hook("build_wheel", &[&project.out("hook")]);
    let missing = run(without_cargo(&mut hook));
    assert!(missing.stderr.contains("WAINWRIGHT_PURE_PYTHON=1"), "{missing}");
}

#[test]
fn one_crate_gives_two_modules_and_a_program_inside_a_package() {
    let library = "use pyo3::prelude::*;\n\n#[pymodule]\nmod _one {\n    use super::*;\n\n    #[pyfunction]\n    fn answer() -> u32 {\n        \
                   if cfg!(feature = \"more\") { 43 } else if cfg!(feature = \"usual\") { 42 } else { 41 }\n    }\n}\n";
    let project = Sources::default()
        .crate_at("", "twice", "_one")
        .file("src/lib.rs", library)
        .file("src/main.rs", "fn main() {\n    println!(\"inside\");\n}\n")
        .replace(
            "Cargo.toml",
            "crate-type = [\"cdylib\"]\n",
            "crate-type = [\"cdylib\"]\n\n[features]\ndefault = [\"usual\"]\nusual = []\nmore = []\n",
        )
        .pyproject(
            "[project]\nname = \"twice\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
             [tool.wainwright]\npython-source = \"python\"\n\
             [[tool.wainwright.module]]\nname = \"twice.plain._one\"\nno-default-features = true\nprofile = \"fast\"\n\
             [[tool.wainwright.module]]\nname = \"twice.more._one\"\nfeatures = [\"more\"]\n\
             [[tool.wainwright.bin]]\nname = \"twice\"\nplace = \"twice.tools\"\n",
        )
        .append("Cargo.toml", "\n[profile.fast]\ninherits = \"dev\"\nopt-level = 1\n")
        .file("python/twice/__init__.py", "")
        .file("python/twice/plain/__init__.py", "from ._one import answer\n")
        .file("python/twice/more/__init__.py", "from ._one import answer\n")
        .file("python/twice/tools/__init__.py", "")
        .at("parts-twice");
    let mut build = project.wainwright(&["build", "--interpreter"]);
    let wheel = project.wheel_by(build.arg(setup::python3()).env_remove("WAINWRIGHT_PROFILE"));
    let environment = Environment::with(&wheel, "parts-twice");
    assert_eq!(
        environment.says("import twice.plain, twice.more; print(twice.plain.answer(), twice.more.answer())"),
        "41 43"
    );
    let called = "import importlib.resources as r, subprocess, twice.tools as t; print(subprocess.check_output([r.files(t) / 'twice'], text=True))";
    assert_eq!(environment.says(called), "inside");
}

fn without_cargo(command: &mut std::process::Command) -> &mut std::process::Command {
    command.env("PATH", "/nowhere").env("HOME", "/nowhere").env_remove("CARGO").env_remove("CARGO_HOME")
}

#[test]
fn a_module_that_is_built_already_needs_no_crate() {
    let built = fixture::mixed("ready").at("parts-ready-source").wheel();
    let (name, bytes) = built.contents().into_iter().find(|(name, _)| name.ends_with(".so")).unwrap();
    let file = name.rsplit('/').next().unwrap();
    let project = Sources::default()
        .pyproject(&format!(
            "[project]\nname = \"ready\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
             [tool.wainwright]\npython-source = \"python\"\n\
             module = [{{ name = \"ready._ready\", artifact = \"built/{file}\" }}]\n"
        ))
        .file("python/ready/__init__.py", "from ._ready import answer\n")
        .at("parts-ready");
    fs::create_dir_all(project.root.join("built")).unwrap();
    fs::write(project.root.join("built").join(file), bytes).unwrap();
    let out = project.out("wheel");
    run(without_cargo(&mut project.hook("build_wheel", &[&out]))).well();
    let wheel = fixture::Archive::only_in(&out);
    assert_eq!(wheel.file_name(), built.file_name());
    assert_eq!(Environment::with(&wheel, "parts-ready").says("import ready; print(ready.answer())"), "42");
    assert!(setup::python3().exists());
}
