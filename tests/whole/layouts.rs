//! Every layout of a project ends in a wheel of the expected files, which imports or runs.

use crate::fixture::{self, Archive, Environment};
use crate::process::{command, run};
use crate::setup;

/// What `python3` prints of itself.
fn python_says(expression: &str) -> String {
    let code = format!("import sys, sysconfig; print({expression})");
    run(command(setup::python3()).args(["-c", &code])).well().stdout.trim().to_owned()
}

/// `.cpython-311-x86_64-linux-gnu.so`
fn suffix() -> String {
    python_says("sysconfig.get_config_var('EXT_SUFFIX')")
}

/// The wheel's name; `PLATFORM` stands for tags of this machine, whatever they promise.
fn name(wheel: &Archive) -> String {
    let (start, platform) = wheel.file_name().strip_suffix(".whl").unwrap().rsplit_once('-').unwrap();
    let machine = python_says("sysconfig.get_platform().split('-')[-1]");
    assert!(platform.split('.').all(|tag| tag.ends_with(&format!("_{machine}"))), "{platform}");
    format!("{start}-PLATFORM")
}

/// The wheel's files but those of `.dist-info`; `SUFFIX` stands for that of extensions.
fn files(wheel: &Archive) -> Vec<String> {
    let names = wheel.names().into_iter().filter(|name| !name.contains(".dist-info/"));
    names.map(|name| name.replace(&suffix(), "SUFFIX")).collect()
}

#[track_caller]
fn answers(wheel: &Archive, module: &str) {
    let environment = Environment::with(wheel, &format!("layouts-{module}-{}", wheel.file_name()));
    assert_eq!(environment.says(&format!("import {module}; print({module}.answer())")), "42");
}

#[test]
fn a_crate_alone_becomes_a_package_around_its_module() {
    let stub = "def answer() -> int: ...\n";
    let wheel = fixture::rust("solo", "solo").file("solo.pyi", stub).at("layouts-solo").wheel();
    assert_eq!(files(&wheel), ["solo/__init__.py", "solo/__init__.pyi", "solo/py.typed", "solo/soloSUFFIX"]);
    assert_eq!(wheel.text("solo/__init__.pyi"), stub);
    answers(&wheel, "solo");
}

#[test]
fn a_package_beside_cargo_toml_takes_the_module_in() {
    let wheel = fixture::rust("beside", "beside")
        .file("beside/__init__.py", "from .beside import answer\n")
        .at("layouts-beside")
        .wheel();
    assert_eq!(files(&wheel), ["beside/__init__.py", "beside/besideSUFFIX"]);
    answers(&wheel, "beside");
}

#[test]
fn a_package_in_its_own_directory_travels_with_its_data() {
    let wheel = fixture::mixed("sourced")
        .file("python/sourced/data/words.txt", "forty-two\n")
        .file("python/sourced/py.typed", "")
        .file("python/sourced/__pycache__/old.pyc", "")
        .file("python/stranger/__init__.py", "")
        .at("layouts-sourced")
        .wheel();
    assert_eq!(
        files(&wheel),
        ["sourced/__init__.py", "sourced/_sourcedSUFFIX", "sourced/data/words.txt", "sourced/py.typed"]
    );
    answers(&wheel, "sourced");
    let environment = Environment::with(&wheel, "layouts-sourced-data");
    let read = "import importlib.resources as r; print(r.files('sourced').joinpath('data/words.txt').read_text())";
    assert_eq!(environment.says(read), "forty-two");
}

#[test]
fn python_in_src_and_the_crate_in_rust_are_found_by_themselves() {
    let wheel = fixture::Sources::default()
        .pyproject(
            "[project]\nname = \"parted\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
             [tool.wainwright]\nmodule-name = \"parted._parted\"\n",
        )
        .crate_at("rust/", "parted", "_parted")
        .file("src/parted/__init__.py", "from ._parted import answer\n")
        .at("layouts-parted")
        .wheel();
    assert_eq!(files(&wheel), ["parted/__init__.py", "parted/_partedSUFFIX"]);
    answers(&wheel, "parted");
}

#[test]
fn a_nested_module_stands_deep_in_its_package() {
    let wheel = fixture::mixed("nested")
        .replace("pyproject.toml", "nested._nested", "nested.inner._nested")
        .file("python/nested/__init__.py", "from .inner import answer\n")
        .file("python/nested/inner/__init__.py", "from ._nested import answer\n")
        .at("layouts-nested")
        .wheel();
    assert_eq!(files(&wheel), ["nested/__init__.py", "nested/inner/__init__.py", "nested/inner/_nestedSUFFIX"]);
    answers(&wheel, "nested");
}

#[test]
fn a_crate_that_is_only_an_rlib_is_compiled_as_a_module_all_the_same() {
    let wheel = fixture::rust("quiet", "quiet")
        .replace("Cargo.toml", "crate-type = [\"cdylib\"]\n", "")
        .at("layouts-rlib")
        .wheel();
    assert_eq!(files(&wheel), ["quiet/__init__.py", "quiet/quietSUFFIX"]);
    answers(&wheel, "quiet");
}

#[test]
fn a_binary_is_installed_as_a_program() {
    let wheel = fixture::binary("rider").at("layouts-binary").wheel();
    assert_eq!(name(&wheel), "rider-1.0-py3-none-PLATFORM");
    assert_eq!(files(&wheel), ["rider-1.0.data/scripts/rider"]);
    let environment = Environment::with(&wheel, "layouts-binary");
    assert_eq!(run(&mut command(environment.bin("rider"))).well().stdout, "forty-two\n");
}

#[test]
fn a_data_tree_lands_where_its_directories_say() {
    let wheel = fixture::mixed("laden")
        .file("laden.data/data/share/laden/words.txt", "forty-two\n")
        .file("laden.data/scripts/laden-words", "#!python\nimport laden\nprint(laden.answer())\n")
        .append("pyproject.toml", "data = \"laden.data\"\n")
        .at("layouts-data")
        .wheel();
    assert_eq!(
        files(&wheel),
        [
            "laden-1.0.data/data/share/laden/words.txt",
            "laden-1.0.data/scripts/laden-words",
            "laden/__init__.py",
            "laden/_ladenSUFFIX"
        ]
    );
    let environment = Environment::with(&wheel, "layouts-data");
    assert_eq!(std::fs::read_to_string(environment.root.join("share/laden/words.txt")).unwrap(), "forty-two\n");
    assert_eq!(run(&mut command(environment.bin("laden-words"))).well().stdout, "42\n");
}

#[test]
fn console_scripts_run_and_entry_points_are_found() {
    let wheel = fixture::mixed("pointed")
        .append("python/pointed/__init__.py", "\n\ndef main() -> None:\n    print(answer())\n")
        .append("pyproject.toml", "[project.scripts]\npoint = \"pointed:main\"\n")
        .append("pyproject.toml", "[project.entry-points.\"pointed.plugins\"]\nplugin = \"pointed:answer\"\n")
        .at("layouts-scripts")
        .wheel();
    assert_eq!(
        wheel.text("pointed-1.0.dist-info/entry_points.txt"),
        "[console_scripts]\npoint=pointed:main\n\n[pointed.plugins]\nplugin=pointed:answer\n"
    );
    let environment = Environment::with(&wheel, "layouts-scripts");
    assert_eq!(run(&mut command(environment.bin("point"))).well().stdout, "42\n");
    let plugin = "from importlib.metadata import distribution as d\n\
                  print([p.load()() for p in d('pointed').entry_points if p.group == 'pointed.plugins'])";
    assert_eq!(environment.says(plugin), "[42]");
}

#[test]
fn a_module_for_one_python_says_so_in_its_names() {
    let wheel = fixture::mixed("narrow").at("layouts-narrow").wheel();
    let python = python_says("'cp%d%d' % sys.version_info[:2]");
    assert_eq!(name(&wheel), format!("narrow-1.0-{python}-{python}-PLATFORM"));
    assert!(wheel.names().contains(&format!("narrow/_narrow{}", suffix())));
}

#[test]
fn a_module_of_the_stable_abi_says_so_in_its_names() {
    let wheel = fixture::mixed("wide").stable_abi().at("layouts-wide").wheel();
    assert_eq!(name(&wheel), "wide-1.0-cp39-abi3-PLATFORM");
    assert_eq!(files(&wheel), ["wide/__init__.py", "wide/_wide.abi3.so"]);
    answers(&wheel, "wide");
}

#[test]
fn a_module_in_a_namespace_package_leaves_the_namespace_to_others() {
    let wheel = fixture::rust("spaced-part", "_spaced")
        .append(
            "pyproject.toml",
            "[tool.wainwright]\nmodule-name = \"spaced.part._spaced\"\npython-source = \"python\"\n",
        )
        .file("python/spaced/part/__init__.py", "from ._spaced import answer\n")
        .at("layouts-spaced")
        .wheel();
    assert_eq!(files(&wheel), ["spaced/part/__init__.py", "spaced/part/_spacedSUFFIX"]);
    let environment = Environment::with(&wheel, "layouts-spaced");
    assert_eq!(environment.says("import spaced.part as p; print(p.answer(), hasattr(p, '__path__'))"), "42 True");
}

#[test]
fn what_another_member_of_the_workspace_turns_on_does_not_count() {
    let member = |sources: fixture::Sources, directory: &str, module: &str| {
        sources
            .crate_at(&format!("{directory}/"), directory, module)
            .replace(&format!("{directory}/Cargo.toml"), "\n[workspace]\n", "")
            .without(&format!("{directory}/Cargo.lock"))
    };
    let sources = fixture::Sources::default()
        .pyproject(
            "[project]\nname = \"sober\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
             [tool.wainwright]\nmanifest-path = \"sober/Cargo.toml\"\n",
        )
        .file("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"sober\", \"stable\"]\n")
        .file("Cargo.lock", &fixture::locked("sober", "0.0.0"));
    let project = member(member(sources, "sober", "sober"), "stable", "stable")
        .replace("stable/Cargo.toml", "pyo3 = \"0.30\"", "pyo3 = { version = \"0.30\", features = [\"abi3-py39\"] }")
        .at("layouts-sober");
    let wheel = project.wheel();
    assert!(!wheel.file_name().contains("abi3"), "{}", wheel.file_name());
    answers(&wheel, "sober");
}
