//! Libraries that know nothing of Python, opened through cffi and uniffi, from the frontend to the call.

use crate::fixture::{Archive, Environment, Project, Sources};
use crate::process::{self, run};
use crate::setup;

/// A crate of C functions, without Python.
fn celsius(rest: &str) -> Sources {
    Sources::default()
        .pyproject(&format!(
            "[project]\nname = \"celsius\"\nversion = \"1.0\"\nrequires-python = \">=3.8\"\ndependencies = [\"cffi\"]\n{rest}"
        ))
        .file(
            "Cargo.toml",
            "[package]\nname = \"celsius\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [lib]\ncrate-type = [\"cdylib\"]\n\n[workspace]\n",
        )
        .file("Cargo.lock", "version = 4\n\n[[package]]\nname = \"celsius\"\nversion = \"0.0.0\"\n")
        .file(
            "src/lib.rs",
            "mod inner;\n\n#[repr(C)]\npub struct Pair {\n    pub one: u32,\n    pub other: u32,\n}\n\n\
             #[unsafe(no_mangle)]\npub extern \"C\" fn celsius_product(pair: Pair) -> u32 {\n    pair.one * pair.other\n}\n",
        )
        .file("src/inner.rs", "#[unsafe(no_mangle)]\npub extern \"C\" fn celsius_is_warm() -> bool {\n    true\n}\n")
}

/// An isolated build by pip, which installs cffi because the hook asks for it, and an environment with both.
#[track_caller]
fn installed(project: &Project) -> (Archive, Environment) {
    let out = project.out("wheel");
    let mut pip = process::with_network(setup::tools());
    pip.args(["-m", "pip", "wheel", "--no-deps", "--wheel-dir"]).arg(&out).arg(&project.root);
    run(pip.env("PIP_FIND_LINKS", setup::wheels())).well();
    let wheel = Archive::only_in(&out);
    let place = project.root.file_name().expect("a project has a directory of its own").to_string_lossy();
    let environment = Environment::new(&format!("of-{place}"));
    let mut uv = process::with_network(setup::uv());
    run(uv.args(["pip", "install", "--quiet", "--python"]).arg(&environment.root).arg(&wheel.path)).well();
    (wheel, environment)
}

#[test]
fn a_library_of_c_functions_is_opened_through_cffi() {
    let project = celsius("").at("bindings-cffi");
    assert_eq!(run(&mut project.hook("get_requires_for_build_wheel", &[])).well().stdout, "['cffi']\n");
    let (wheel, environment) = installed(&project);
    assert!(wheel.file_name().starts_with("celsius-1.0-py3-none-"), "{}", wheel.file_name());
    let code = "from celsius import ffi, lib; pair = ffi.new('Pair *', [6, 7]); print(lib.celsius_product(pair[0]))";
    assert_eq!(environment.says(code), "42");
    assert_eq!(environment.says("from celsius import lib; print(lib.celsius_is_warm())"), "True");
}

#[test]
fn a_header_that_the_project_ships_is_the_one_that_counts() {
    let project = celsius("[tool.wainwright]\nmodule-name = \"celsius._native\"\nbindings = \"cffi\"\n")
        .file("celsius/__init__.py", "from ._native import lib\n\nassert not hasattr(lib, \"celsius_product\")\n")
        .file(
            "build.rs",
            &format!("fn main() {{\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    {HEADER}\n}}\n"),
        )
        .at("bindings-cffi-header");
    let (wheel, environment) = installed(&project);
    let names = wheel.names();
    assert_eq!(
        names[..4],
        [
            "celsius/__init__.py",
            "celsius/_native/__init__.py",
            "celsius/_native/ffi.py",
            "celsius/_native/lib_native.so"
        ]
    );
    assert_eq!(environment.says("import celsius; print(celsius.lib.celsius_is_warm())"), "True");
}

/// Puts a header where cargo's target directory begins, as build scripts of such projects do.
const HEADER: &str = "let out = std::path::PathBuf::from(std::env::var_os(\"OUT_DIR\").unwrap());\n    \
                      let target = out.ancestors().nth(4).unwrap();\n    \
                      std::fs::write(target.join(\"header.h\"), \"bool celsius_is_warm(void);\\n\").unwrap();";

#[test]
fn what_uniffi_exports_by_macros_and_by_udl_is_called_from_python() {
    let project = Sources::default()
        .pyproject("[project]\nname = \"unified\"\nversion = \"1.0\"\nrequires-python = \">=3.8\"\n")
        .file(
            "Cargo.toml",
            "[package]\nname = \"unified\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [lib]\ncrate-type = [\"cdylib\"]\n\n[[bin]]\nname = \"uniffi-bindgen\"\npath = \"bindgen.rs\"\n\n\
             [dependencies]\nuniffi = { version = \"=0.32.2\", features = [\"cli\"] }\n\n\
             [build-dependencies]\nuniffi = { version = \"=0.32.2\", features = [\"build\", \"cli\"] }\n\n\
             [profile.dev]\ndebug = false\n\n[workspace]\n",
        )
        .file("bindgen.rs", "fn main() {\n    uniffi::uniffi_bindgen_main();\n}\n")
        .file("build.rs", "fn main() {\n    uniffi::generate_scaffolding(\"src/unified.udl\").unwrap();\n}\n")
        .file("src/unified.udl", "namespace unified {\n    u32 answer();\n};\n")
        .file(
            "src/lib.rs",
            "uniffi::include_scaffolding!(\"unified\");\n\nfn answer() -> u32 {\n    42\n}\n\n\
             #[uniffi::export]\nfn greeting(name: String) -> String {\n    format!(\"Hello, {name}\")\n}\n",
        )
        .at("bindings-uniffi");
    let (wheel, environment) = installed(&project);
    assert!(wheel.file_name().starts_with("unified-1.0-py3-none-"), "{}", wheel.file_name());
    assert_eq!(wheel.names()[..3], ["unified/__init__.py", "unified/libunified.so", "unified/unified.py"]);
    assert_eq!(environment.says("import unified; print(unified.answer(), unified.greeting('you'))"), "42 Hello, you");
}

#[test]
fn a_module_of_pyo3_ffi_alone_needs_no_pyo3() {
    let project = Sources::default()
        .pyproject("[project]\nname = \"bare\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n")
        .crate_at("", "bare", "bare")
        .replace("Cargo.toml", "pyo3 = \"0.30\"", "pyo3-ffi = \"0.30\"")
        .file("src/lib.rs", BARE)
        .at("bindings-bare");
    let wheel = project.wheel();
    assert_eq!(Environment::with(&wheel, "bindings-bare").says("import bare; print(bare.__name__)"), "bare");
}

/// A module with nothing in it, by the C API.
const BARE: &str = "use std::ptr;\n\nuse pyo3_ffi::*;\n\n\
    static mut DEFINITION: PyModuleDef = PyModuleDef {\n    m_base: PyModuleDef_HEAD_INIT,\n    m_name: c\"bare\".as_ptr(),\n    \
    m_doc: ptr::null(),\n    m_size: 0,\n    m_methods: ptr::null_mut(),\n    m_slots: ptr::null_mut(),\n    \
    m_traverse: None,\n    m_clear: None,\n    m_free: None,\n};\n\n\
    #[unsafe(no_mangle)]\n#[allow(non_snake_case)]\npub unsafe extern \"C\" fn PyInit_bare() -> *mut PyObject {\n    \
    unsafe { PyModule_Create(&raw mut DEFINITION) }\n}\n";
