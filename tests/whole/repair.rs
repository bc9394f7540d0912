//! Wheels that need libraries of the machine are made to bring them along.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fixture::{self, Archive, Environment};
use crate::process::{Ran, command, run};
use crate::setup;

const FIRST: &str = "int second(void);\nint first(void) { return second(); }\n";
const SECOND: &str = "int second(void) { return 42; }\n";
const PROGRAM: &str = "#include <stdio.h>\nint first(void);\nint main(int count, char **words) {\n\
    \x20   printf(\"%s %d\\n\", words[count - 1], first());\n    return count;\n}\n";
/// A module `NAME` with the function `answer`, which is that of the first library.
const MODULE: &str = "#include <Python.h>\n\
    #define TEXT2(x) #x\n#define TEXT(x) TEXT2(x)\n#define JOIN2(a, b) a##b\n#define JOIN(a, b) JOIN2(a, b)\n\
    int first(void);\n\
    static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(first()); }\n\
    static PyMethodDef methods[] = {{\"answer\", answer, METH_NOARGS, 0}, {0}};\n\
    static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, TEXT(NAME), 0, -1, methods};\n\
    PyMODINIT_FUNC JOIN(PyInit_, NAME)(void) { return PyModule_Create(&module); }\n";
/// A wheel with two modules that need `libfirst.so.1`, which needs `libsecond.so`, and the directory of these.
struct Linked {
    wheel: PathBuf,
    libraries: PathBuf,
    root: PathBuf,
}

fn says(code: &str) -> String {
    run(command(setup::python3()).args(["-c", code])).well().stdout.trim().to_owned()
}

fn gcc(source: &Path, output: &Path, words: &[&str]) {
    fs::create_dir_all(output.parent().unwrap()).unwrap();
    run(command("gcc").args(["-shared", "-fPIC", "-o"]).arg(output).arg(source).args(words)).well();
}

fn linked(place: &str) -> Linked {
    let root = fixture::empty(&setup::place().join("repair").join(place));
    let (libraries, files) = (root.join("libraries"), root.join("files"));
    for (name, text) in [("first.c", FIRST), ("second.c", SECOND), ("module.c", MODULE)] {
        fs::write(root.join(name), text).unwrap();
    }
    let search = format!("-L{}", libraries.display());
    let versions = root.join("second.map");
    fs::write(&versions, "SECOND_1 { global: *; };\n").unwrap();
    let script = format!("-Wl,--version-script={}", versions.display());
    gcc(&root.join("second.c"), &libraries.join("libsecond.so"), &[&script, "-Wl,-soname,libsecond.so"]);
    let soname = "-Wl,-soname,libfirst.so.1";
    gcc(&root.join("first.c"), &libraries.join("libfirst.so.1.2"), &[soname, &search, "-lsecond"]);
    for link in ["libfirst.so.1", "libfirst.so"] {
        std::os::unix::fs::symlink("libfirst.so.1.2", libraries.join(link)).unwrap();
    }
    let include = format!("-I{}", says("import sysconfig; print(sysconfig.get_path('include'))"));
    let suffix = says("import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))");
    for (path, name) in [("pkg/", "one"), ("pkg/inner/", "two")] {
        let output = files.join(format!("{path}{name}{suffix}"));
        gcc(&root.join("module.c"), &output, &[&include, &format!("-DNAME={name}"), &search, "-lfirst"]);
        fs::write(files.join(format!("{path}__init__.py")), "").unwrap();
    }
    fs::write(root.join("program.c"), PROGRAM).unwrap();
    let program = files.join("linked-1.0.data/scripts/tell-first");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let mut compile = command("gcc");
    compile.arg("-o").arg(&program).arg(root.join("program.c")).args([&search, "-lfirst", "-lsecond"]);
    run(&mut compile).well();
    let described = files.join("linked-1.0.dist-info");
    let tag =
        says("import sys, platform; v = 'cp%d%d' % sys.version_info[:2]; print(f'{v}-{v}-linux_{platform.machine()}')");
    fs::create_dir_all(&described).unwrap();
    fs::write(described.join("METADATA"), "Metadata-Version: 2.1\nName: linked\nVersion: 1.0\n").unwrap();
    let wheel = format!("Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: false\nTag: {tag}\n");
    fs::write(described.join("WHEEL"), wheel).unwrap();
    let wheel = root.join(format!("linked-1.0-{tag}.whl"));
    fixture::pack(&files, &wheel);
    Linked { wheel, libraries, root }
}

impl Linked {
    fn repair(&self, words: &[&str], out: &str, library_path: Option<&Path>) -> Ran {
        let mut repair = command(setup::program());
        repair.arg("repair").args(words).arg("--out").arg(fixture::empty(&self.root.join(out))).arg(&self.wheel);
        run(repair.envs(library_path.map(|path| ("LD_LIBRARY_PATH", path))))
    }

    fn repaired(&self, words: &[&str], out: &str) -> Archive {
        self.repair(words, out, Some(&self.libraries)).well();
        Archive::only_in(&self.root.join(out))
    }
}

fn libraries(wheel: &Archive) -> Vec<String> {
    wheel.names().into_iter().filter(|name| name.starts_with("linked.libs/")).collect()
}

#[test]
fn two_modules_and_a_program_share_what_is_grafted_and_run_without_the_originals() {
    let linked = linked("shared");
    let wheel = linked.repaired(&[], "out");
    let brought = libraries(&wheel);
    assert!(brought.len() == 2 && brought[0].starts_with("linked.libs/libfirst-") && brought[0].ends_with(".so.1.2"));
    let bill = wheel.text("linked-1.0.dist-info/sboms/linked.libraries.cyclonedx.json");
    assert!(brought.iter().all(|library| bill.contains(library)), "{bill}");
    let again = linked.repaired(&[], "again");
    wheel.equals(&again);
    fs::remove_dir_all(&linked.libraries).unwrap();
    let environment = Environment::with(&wheel, "repair-shared");
    let code = "from pkg.one import answer as a\nfrom pkg.inner.two import answer as b\nprint(a() + b())\n\
                print(len({l.split()[-1] for l in open('/proc/self/maps') if 'libfirst' in l}))";
    assert_eq!(environment.says(code), "84\n1");
    let ran = run(command(environment.bin("tell-first")).arg("is")).with_code(2);
    assert_eq!(ran.stdout, "is 42\n");
    run(command(setup::program()).args(["check", "--strict"]).arg(&wheel.path)).well();
}

#[test]
fn the_tag_is_the_one_that_auditwheel_finds() {
    let wheel = linked("tagged").repaired(&[], "out");
    let tag = shown_tag(&wheel);
    assert!(wheel.file_name().contains(&tag), "{} and {tag}", wheel.file_name());
    let shown = run(command(setup::tools()).args(["-m", "auditwheel", "show"]).arg(&wheel.path)).well().stdout;
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!words.contains("external shared libraries are required"), "{shown}");
    assert!(wheel.text("linked-1.0.dist-info/WHEEL").contains(&format!("-{tag}\n")));
}

/// The tag that `auditwheel show` finds for a wheel as it is.
fn shown_tag(wheel: &Archive) -> String {
    let shown = run(command(setup::tools()).args(["-m", "auditwheel", "show"]).arg(&wheel.path)).well().stdout;
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, after) = words.split_once("following platform tag: \"").unwrap_or_else(|| panic!("{shown}"));
    after.split('"').next().unwrap().to_owned()
}

#[test]
fn a_frontend_gets_the_tag_that_is_true_and_nothing_is_grafted() {
    let project = fixture::mixed("seen").at("repair-seen");
    let hook = |hook: &str, project: &fixture::Project| {
        let out = project.out(hook);
        run(project.hook(hook, &[&out]).env("WAINWRIGHT_IMPORT_CHECK", "false")).well();
        Archive::only_in(&out)
    };
    let wheel = hook("build_wheel", &project);
    assert!(wheel.file_name().contains(&format!("{}.", shown_tag(&wheel))), "{}", wheel.file_name());
    assert_eq!(Environment::with(&wheel, "repair-seen").says("import seen; print(seen.answer())"), "42");
    assert!(hook("build_editable", &project).file_name().contains("-linux_"));
    let linked = linked("seen");
    let needing = built("repair-seen-needing", &linked.libraries);
    let wheel = hook("build_wheel", &needing);
    assert!(wheel.file_name().contains("-linux_") && !wheel.names().iter().any(|name| name.contains(".libs/")));
}

#[test]
fn a_system_may_have_its_say_on_manylinux_wheels() {
    let project = fixture::mixed("vetoed").at("repair-vetoed");
    let out = project.out("wheel");
    let site = fixture::empty(&setup::place().join("out/repair-vetoed-site"));
    fs::write(site.join("_manylinux.py"), "def manylinux_compatible(*_):\n    return False\n").unwrap();
    run(project.hook("build_wheel", &[&out]).env("PYTHONPATH", &site)).well();
    assert!(Archive::only_in(&out).file_name().contains("-linux_"));
}

#[test]
fn what_others_bring_stays_outside_and_a_repaired_wheel_can_be_repaired_again() {
    let linked = linked("excluded");
    let wheel = linked.repaired(&["--exclude", "libsecond*", "--plat", "manylinux_2_39"], "out");
    let brought = libraries(&wheel);
    assert!(brought.len() == 1 && brought[0].contains("libfirst"), "{brought:?}");
    assert!(wheel.file_name().contains("-manylinux_2_39_"), "{}", wheel.file_name());
    let second = Linked { wheel: wheel.path, libraries: linked.libraries, root: linked.root };
    let again = second.repaired(&[], "again");
    assert_eq!(libraries(&again).len(), 2, "{:?}", again.names());
    fs::remove_dir_all(&second.libraries).unwrap();
    let environment = Environment::with(&again, "repair-excluded");
    assert_eq!(environment.says("import pkg.one, pkg.inner.two; print(pkg.inner.two.answer())"), "42");
}

#[test]
fn a_missing_library_is_an_error_that_names_it_and_who_needs_it() {
    let linked = linked("missing");
    let ran = linked.repair(&[], "out", None).with_code(1);
    let needs = |user: &str, library: &str| {
        let lines = ran.stderr.lines().filter(|line| line.starts_with("error[library]"));
        lines.filter(|line| line.contains(user) && line.contains(&format!("`{library}`"))).count()
    };
    assert_eq!((needs("`pkg/one.", "libfirst.so.1"), needs("`pkg/inner/two.", "libfirst.so.1")), (1, 1), "{ran}");
    fs::remove_file(linked.libraries.join("libsecond.so")).unwrap();
    let ran = linked.repair(&[], "out", Some(&linked.libraries)).with_code(1);
    assert!(ran.stderr.contains("libfirst.so.1.2` needs the library `libsecond.so`"), "{ran}");
    assert!(fs::read_dir(linked.root.join("out")).unwrap().next().is_none());
}

/// A PyO3 module whose answer is that of the first library, from a directory that its build script names.
fn built(place: &str, libraries: &Path) -> fixture::Project {
    let search = format!(
        "fn main() {{\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    \
         println!(\"cargo::rustc-link-search=native={}\");\n}}\n",
        libraries.display()
    );
    fixture::mixed("grafting")
        .file("build.rs", &search)
        .replace(
            "src/lib.rs",
            "use pyo3::prelude::*;",
            "use pyo3::prelude::*;\n\n#[link(name = \"first\")]\nunsafe extern \"C\" {\n    fn first() -> i32;\n}",
        )
        .replace("src/lib.rs", "        42\n", "        u32::try_from(unsafe { first() }).unwrap()\n")
        .at(place)
}

#[test]
fn a_build_grafts_where_it_is_asked_to() {
    let linked = linked("built");
    let project = built("repair-built", &linked.libraries);
    let build = |words: &[&str], out: &str| {
        let out = project.out(out);
        let mut build = project.wainwright(&["build", "-i"]);
        run(build.arg(setup::python3()).arg("--out").arg(&out).args(words)).well();
        Archive::only_in(&out)
    };
    let plain = build(&["--import-check=false", "--auditwheel", "warn"], "plain");
    assert!(plain.file_name().contains("-linux_") && !plain.names().iter().any(|name| name.contains(".libs/")));
    let wheel = build(&["--compatibility", "pypi"], "repaired");
    assert!(wheel.file_name().contains("manylinux_2_"), "{}", wheel.file_name());
    let brought: Vec<String> = wheel.names().into_iter().filter(|name| name.starts_with("grafting.libs/")).collect();
    assert_eq!(brought.len(), 2, "{:?}", wheel.names());
    wheel.text("grafting-1.0.dist-info/sboms/grafting.libraries.cyclonedx.json");
    let mut old = project.wainwright(&["build", "--auditwheel", "repair", "--compatibility", "manylinux2010", "-i"]);
    let ran = run(old.arg(setup::python3()).arg("--out").arg(project.out("old"))).with_code(1);
    assert!(ran.stderr.contains("error[platform-policy]") && ran.stderr.contains("needs `GLIBC_2."), "{ran}");
    fs::remove_dir_all(&linked.libraries).unwrap();
    let environment = Environment::with(&wheel, "repair-built");
    assert_eq!(environment.says("import grafting; print(grafting.answer())"), "42");
}
