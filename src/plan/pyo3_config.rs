//! The configuration file that PyO3's build script reads (`PYO3_CONFIG_FILE`), named by its contents.
//!
//! With such a file PyO3 looks at no interpreter and at no path, so that nothing of a temporary environment enters
//! cargo's fingerprints. pyo3-build-config writes the keys of PyO3 0.29 and later; older ones get the same facts in the
//! keys that they know. PyO3 derives the ABI once more, from its features and the `version` in the file: hence `version`
//! is the minimum of a stable ABI, and the interpreter's own otherwise.

use pyo3_build_config::{InterpreterConfig, InterpreterConfigBuilder, PythonAbi, PythonImplementation, PythonVersion};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;
use crate::plan::abi::{Abi, StableFamily};
use crate::spec::digest::Sha256;
use crate::spec::version::Version;

/// A configuration and the name of the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pyo3Config {
    pub file_name: String,
    pub text: String,
}

/// What is linked: a module finds Python's symbols in the process that loads it, a program brings libpython.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking {
    Module,
    Libpython,
}

/// The three forms that the file has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Before 0.29: `abi3=true`
    Abi3,
    /// 0.29: `target_abi`, debug builds among the flags alone
    TargetAbi,
    /// From 0.30 on: `target_abi`, debug builds in it too
    TargetAbiWithDebug,
}

impl Keys {
    fn of(pyo3: &Version) -> Self {
        match pyo3.release() {
            release if release < &[0, 29][..] => Keys::Abi3,
            release if release < &[0, 30][..] => Keys::TargetAbi,
            _ => Keys::TargetAbiWithDebug,
        }
    }
}

/// The configuration for an interpreter and an ABI, in the keys of the project's version of PyO3.
///
/// Fails where that PyO3 has no word for the interpreter or the ABI. Which Python versions it supports is not judged
/// here: PyO3's metadata tells that.
pub fn write(interpreter: &Interpreter, abi: Abi, linking: Linking, pyo3: &Version) -> Result<Pyo3Config, Diagnostic> {
    let keys = Keys::of(pyo3);
    let implementation = implementation(interpreter)?;
    if keys == Keys::Abi3 && matches!(abi, Abi::Stable { family: StableFamily::Abi3t, .. }) {
        let message = format!("PyO3 {pyo3} has no stable ABI `abi3t`");
        return Err(Diagnostic::error(Code::InterpreterSupport, message).hint("update PyO3 to 0.29 or later"));
    }
    let library = library(interpreter, abi, linking, keys);
    let text = match keys {
        Keys::Abi3 => older_text(interpreter, implementation, abi, linking, library),
        Keys::TargetAbi => {
            let text = crate_text(interpreter, implementation, abi, linking, library)?;
            text.lines().map(|line| format!("{}\n", without_debug(line))).collect()
        }
        Keys::TargetAbiWithDebug => crate_text(interpreter, implementation, abi, linking, library)?,
    };
    let digest = Sha256::of(text.as_bytes()).hex();
    Ok(Pyo3Config { file_name: format!("{}.txt", &digest[..16]), text })
}

fn refused(interpreter: &Interpreter, reason: &str) -> Diagnostic {
    let message = format!("PyO3 has no configuration for {}: {reason}", interpreter.title());
    Diagnostic::error(Code::InterpreterSupport, message)
}

/// PyO3's name of the implementation.
fn implementation(interpreter: &Interpreter) -> Result<&'static str, Diagnostic> {
    match interpreter.implementation.as_str() {
        "cpython" => Ok("CPython"),
        "pypy" => Ok("PyPy"),
        "graalpy" => Ok("GraalVM"),
        "rustpython" => Ok("RustPython"),
        other => Err(refused(interpreter, &format!("it does not know the implementation `{other}`"))
            .hint("build with CPython, PyPy or GraalPy")),
    }
}

/// The library to link, by name and directory.
type Library = (Option<String>, Option<String>);

fn crate_text(
    interpreter: &Interpreter,
    implementation: &str,
    abi: Abi,
    linking: Linking,
    library: Library,
) -> Result<String, Diagnostic> {
    let config = crate_config(interpreter, implementation, abi, linking, library)
        .map_err(|error| refused(interpreter, &error.to_string()))?;
    let mut bytes = Vec::new();
    config.to_writer(&mut bytes).map_err(|error| refused(interpreter, &error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| refused(interpreter, &error.to_string()))?;
    Ok(text.lines().map(|line| sorted_flags(line) + "\n").collect())
}

/// Build flags come out of a hash set; the file's name needs them in one order.
fn sorted_flags(line: &str) -> String {
    let Some(flags) = line.strip_prefix("build_flags=") else { return line.to_owned() };
    let mut flags: Vec<&str> = flags.split(',').collect();
    flags.sort_unstable();
    format!("build_flags={}", flags.join(","))
}

/// PyO3 0.29 does not know the debug builds' ending of `target_abi`; it reads the flag.
fn without_debug(line: &str) -> &str {
    if line.starts_with("target_abi=") { line.strip_suffix("-debug").unwrap_or(line) } else { line }
}

/// The crate may settle on another ABI than it was asked for, which the wheel's tag would then belie.
fn crate_config(
    interpreter: &Interpreter,
    implementation: &str,
    abi: Abi,
    linking: Linking,
    (lib_name, lib_dir): Library,
) -> Result<InterpreterConfig, Box<dyn std::error::Error>> {
    let known: PythonImplementation = implementation.parse()?;
    let version: PythonVersion = format!("3.{}", minor(interpreter, abi)).parse()?;
    let kind = match abi {
        Abi::Stable { family, .. } => family.name(),
        Abi::VersionSpecific if interpreter.gil_disabled => "free_threaded",
        Abi::VersionSpecific => "gil_enabled",
    };
    let debug = if interpreter.debug { "-debug" } else { "" };
    let target: PythonAbi = format!("{implementation}-{kind}-{version}{debug}").parse()?;
    let config = InterpreterConfigBuilder::new(known, version)
        .target_abi(target)
        .pointer_width(Some(interpreter.pointer_width))
        .shared(interpreter.shared || linking == Linking::Module)
        .lib_name(lib_name)
        .lib_dir(lib_dir)
        .finalize()?;
    if config.target_abi() != target {
        return Err(format!("it makes {} of {target}", config.target_abi()).into());
    }
    Ok(config)
}

/// The same facts for PyO3 before 0.29.
fn older_text(
    interpreter: &Interpreter,
    implementation: &str,
    abi: Abi,
    linking: Linking,
    (lib_name, lib_dir): Library,
) -> String {
    let flag = |set: bool, name: &'static str| set.then_some(name);
    let flags = [
        flag(interpreter.debug, "Py_DEBUG"),
        flag(interpreter.gil_disabled, "Py_GIL_DISABLED"),
        flag(interpreter.debug, "Py_REF_DEBUG"),
    ];
    let mut lines = vec![
        format!("implementation={implementation}"),
        format!("version=3.{}", minor(interpreter, abi)),
        format!("shared={}", interpreter.shared || linking == Linking::Module),
        format!("abi3={}", abi.is_stable()),
    ];
    lines.extend(lib_name.map(|name| format!("lib_name={name}")));
    lines.extend(lib_dir.map(|directory| format!("lib_dir={directory}")));
    lines.push(format!("pointer_width={}", interpreter.pointer_width));
    lines.push(format!("build_flags={}", flags.into_iter().flatten().collect::<Vec<_>>().join(",")));
    lines.push("suppress_build_script_link_lines=false".to_owned());
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The library to link, where one is linked: a stable module must not name a version in its configuration, or each
/// interpreter would compile it anew.
///
/// A module links nothing on most systems. On Android, iOS, Cygwin, AIX and MinGW it links libpython; on Windows PyO3
/// finds the library's name by itself except for debug builds, and needs the directory of an import library before 0.29.
fn library(interpreter: &Interpreter, abi: Abi, linking: Linking, keys: Keys) -> Library {
    let of_python = (interpreter.lib_name.clone(), interpreter.lib_dir.clone());
    if linking == Linking::Libpython {
        return of_python;
    }
    let threaded = matches!(abi, Abi::Stable { family: StableFamily::Abi3t, .. });
    let stable = |prefix: &str| Some(format!("{prefix}python3{}", if threaded { "t" } else { "" }));
    let debug = if interpreter.debug { "_d" } else { "" };
    let (own, directory) = of_python;
    match (interpreter.system.as_str(), abi.is_stable()) {
        ("win32", true) if interpreter.platform.starts_with("mingw") => (stable("lib"), directory),
        ("win32", false) if interpreter.platform.starts_with("mingw") => (own, directory),
        ("win32", _) if keys != Keys::Abi3 && !interpreter.debug => (None, None),
        // python3_d.dll is broken before 3.10.
        ("win32", true) if !interpreter.debug || interpreter.minor >= 10 => {
            (stable("").map(|name| name + debug), directory)
        }
        ("android" | "cygwin", true) => (stable(""), directory),
        ("win32" | "android" | "cygwin" | "ios" | "aix", _) => (own, directory),
        _ => (None, None),
    }
}

fn minor(interpreter: &Interpreter, abi: Abi) -> u64 {
    match abi {
        Abi::Stable { minor, .. } => minor,
        Abi::VersionSpecific => interpreter.minor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;

    const ABI3_FROM_9: Abi = Abi::Stable { family: StableFamily::Abi3, minor: 9 };
    const ABI3T: Abi = Abi::Stable { family: StableFamily::Abi3t, minor: 15 };

    fn written(interpreter: &Interpreter, abi: Abi, pyo3: &str) -> Result<String, String> {
        let config = write(interpreter, abi, Linking::Module, &pyo3.parse().unwrap());
        config.map(|config| config.text).map_err(|fault| fault.message)
    }

    fn text(interpreter: &Interpreter, abi: Abi, pyo3: &str) -> String {
        written(interpreter, abi, pyo3).unwrap()
    }

    #[test]
    fn new_versions_of_pyo3_read_the_target_abi() {
        let text = text(&cpython(11), Abi::VersionSpecific, "0.30.1");
        assert!(text.contains("target_abi=CPython-gil_enabled-3.11\n"), "{text}");
        assert!(!text.contains("executable") && !text.contains("lib_dir"), "{text}");
    }

    #[test]
    fn older_versions_of_pyo3_read_abi3() {
        let abi = Abi::Stable { family: StableFamily::Abi3, minor: 8 };
        let text = text(&cpython(11), abi, "0.22.6");
        assert!(text.contains("version=3.8\n") && text.contains("abi3=true\n"), "{text}");
        assert!(!text.contains("target_abi"), "{text}");
    }

    #[test]
    fn a_stable_module_has_one_configuration_for_every_interpreter() {
        let configs = [9, 11, 13]
            .map(|minor| write(&cpython(minor), ABI3_FROM_9, Linking::Module, &"0.30.1".parse().unwrap()).unwrap());
        assert!(configs.iter().all(|config| *config == configs[0]));
    }

    #[test]
    fn abi3t_is_one_configuration_with_and_without_the_gil() {
        let free_threaded = Interpreter { gil_disabled: true, abiflags: "t".into(), ..cpython(15) };
        let text = text(&cpython(16), ABI3T, "0.30.1");
        assert!(text.contains("version=3.15\n") && text.contains("target_abi=CPython-abi3t-3.15\n"), "{text}");
        assert!(text.contains("build_flags=Py_GIL_DISABLED\n"), "{text}");
        assert_eq!(written(&free_threaded, ABI3T, "0.30.1").unwrap(), text);
        assert_eq!(written(&cpython(15), ABI3T, "0.28.3").unwrap_err(), "PyO3 0.28.3 has no stable ABI `abi3t`");
    }

    #[test]
    fn every_kind_of_interpreter_has_its_target_abi() {
        let free_threaded = Interpreter { gil_disabled: true, abiflags: "t".into(), ..cpython(14) };
        let debug = Interpreter { debug: true, abiflags: "d".into(), ..cpython(12) };
        let pypy = Interpreter { implementation: "pypy".into(), ..cpython(11) };
        let graalpy = Interpreter { implementation: "graalpy".into(), ..cpython(12) };
        let rows = [
            (free_threaded, "CPython-free_threaded-3.14"),
            (debug, "CPython-gil_enabled-3.12-debug"),
            (pypy, "PyPy-gil_enabled-3.11"),
            (graalpy, "GraalVM-gil_enabled-3.12"),
            (cpython(8), "CPython-gil_enabled-3.8"),
        ];
        for (interpreter, expected) in rows {
            let text = text(&interpreter, Abi::VersionSpecific, "0.30.1");
            assert!(text.contains(&format!("target_abi={expected}\n")), "{text}");
        }
    }

    #[test]
    fn a_debug_build_is_named_as_each_version_of_pyo3_reads_it() {
        let debug = Interpreter { debug: true, abiflags: "d".into(), ..cpython(12) };
        let flags = "build_flags=Py_DEBUG,Py_REF_DEBUG\n";
        for (pyo3, line) in [
            ("0.30.1", "target_abi=CPython-gil_enabled-3.12-debug\n"),
            ("0.29.3", "target_abi=CPython-gil_enabled-3.12\n"),
            ("0.28.3", "abi3=false\n"),
        ] {
            let text = text(&debug, Abi::VersionSpecific, pyo3);
            assert!(text.contains(line) && text.contains(flags), "{text}");
        }
    }

    #[test]
    fn free_threaded_3_13_is_told_to_the_versions_of_pyo3_that_know_it() {
        let free_threaded = Interpreter { gil_disabled: true, abiflags: "t".into(), ..cpython(13) };
        let text = text(&free_threaded, Abi::VersionSpecific, "0.28.3");
        assert!(text.contains("version=3.13\n") && text.contains("build_flags=Py_GIL_DISABLED\n"), "{text}");
    }

    #[test]
    fn what_pyo3_cannot_express_is_refused_by_name() {
        let free_threaded = Interpreter { gil_disabled: true, ..cpython(12) };
        let fault = written(&free_threaded, Abi::VersionSpecific, "0.30.1").unwrap_err();
        assert!(fault.starts_with("PyO3 has no configuration for CPython 3.12t"), "{fault}");
        let unknown = Interpreter { implementation: "pyston".into(), ..cpython(8) };
        let fault = written(&unknown, Abi::VersionSpecific, "0.28.3").unwrap_err();
        assert!(fault.ends_with("it does not know the implementation `pyston`"), "{fault}");
    }

    #[test]
    fn a_module_names_a_library_only_where_it_links_one() {
        let on = |system: &str, platform: &str, lib_name: &str| Interpreter {
            system: system.into(),
            platform: platform.into(),
            lib_name: Some(lib_name.into()),
            lib_dir: Some("libs".into()),
            ..cpython(13)
        };
        let debug = Interpreter { debug: true, ..on("win32", "win-amd64", "python313_d") };
        let library = |interpreter: &Interpreter, abi, keys| library(interpreter, abi, Linking::Module, keys);
        let (name, directory) = (|name: &str| Some(name.to_owned()), Some("libs".to_owned()));
        let new = Keys::TargetAbiWithDebug;
        let windows = on("win32", "win-amd64", "python313");
        let mingw = on("win32", "mingw_x86_64_ucrt_gnu", "libpython3.13");
        let android = on("android", "android-24-arm64_v8a", "python3.13");
        assert_eq!(library(&cpython(13), ABI3_FROM_9, new), (None, None));
        assert_eq!(library(&windows, Abi::VersionSpecific, new), (None, None));
        assert_eq!(library(&windows, ABI3_FROM_9, Keys::Abi3), (name("python3"), directory.clone()));
        assert_eq!(library(&windows, Abi::VersionSpecific, Keys::Abi3), (name("python313"), directory.clone()));
        assert_eq!(library(&debug, ABI3_FROM_9, new), (name("python3_d"), directory.clone()));
        assert_eq!(library(&mingw, ABI3T, new), (name("libpython3t"), directory.clone()));
        assert_eq!(library(&android, ABI3_FROM_9, new), (name("python3"), directory.clone()));
        assert_eq!(library(&android, Abi::VersionSpecific, new), (name("python3.13"), directory));
    }
}
