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
             binaries = [{ name = \"train-whistle\", manifest-path = \"horns/Cargo.toml\", target = \"whistle\" },\n\
             \x20   { name = \"bell\", manifest-path = \"horns/Cargo.toml\" }]\n\
             [[tool.wainwright.modules]]\nname = \"train._engine\"\nmanifest-path = \"engine/Cargo.toml\"\n\
             [[tool.wainwright.modules]]\nname = \"train.cars._coach\"\nmanifest-path = \"coach/Cargo.toml\"\n\
             [[tool.wainwright.modules]]\nname = \"train_caboose\"\nmanifest-path = \"caboose/Cargo.toml\"\n",
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
            "modules = [{ name = \"fallback._fallback\", optional = true }]",
        )
        .file(
            "python/fallback/__init__.py",
            "try:\n    from ._fallback import answer\nexcept ImportError:\n    def answer():\n        return 41\n",
        )
        .at(place)
}

#[test]
fn a_module_that_is_optional_is_left_out_where_there_is_no_compiler() {
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
fn a_module_that_is_optional_is_left_out_where_it_does_not_compile() {
    let project = fallback("parts-broken");
    assert_eq!(
        Environment::with(&project.wheel(), "parts-whole").says("import fallback; print(fallback.answer())"),
        "42"
    );
    fs::write(project.root.join("src/lib.rs"), "compile_error!(\"not today\");\n").unwrap();
    let wheel = project.wheel();
    assert_eq!(wheel.file_name(), "fallback-1.0-py3-none-any.whl");
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
             modules = [{{ name = \"ready._ready\", prebuilt = \"built/{file}\" }}]\n"
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
