//! The configuration file that PyO3's build script reads (`PYO3_CONFIG_FILE`), named by its contents.
//!
//! With such a file PyO3 looks at no interpreter and at no path, so that nothing of a temporary environment enters
//! cargo's fingerprints. pyo3-build-config writes the keys of PyO3 0.29 and later; older ones get the same facts in the
//! keys that they know.

use pyo3_build_config::{
    InterpreterConfig, InterpreterConfigBuilder, PythonAbiBuilder, PythonImplementation, PythonVersion, StableAbi,
};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;
use crate::plan::abi::Abi;
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

/// The configuration for an interpreter and an ABI, in the keys of the project's version of PyO3.
pub fn write(interpreter: &Interpreter, abi: Abi, linking: Linking, pyo3: &Version) -> Result<Pyo3Config, Diagnostic> {
    let text = if pyo3.release() >= &[0, 29][..] {
        crate_text(interpreter, abi, linking).map_err(|reason| refused(interpreter, &reason))?
    } else {
        older_text(interpreter, abi, linking)
    };
    let digest = Sha256::of(text.as_bytes()).hex();
    Ok(Pyo3Config { file_name: format!("{}.txt", &digest[..16]), text })
}

fn refused(interpreter: &Interpreter, reason: &str) -> Diagnostic {
    let message = format!("PyO3 has no configuration for {}: {reason}", interpreter.title());
    Diagnostic::error(Code::InterpreterSupport, message)
}

fn crate_text(interpreter: &Interpreter, abi: Abi, linking: Linking) -> Result<String, String> {
    let config = crate_config(interpreter, abi, linking).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    config.to_writer(&mut bytes).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    Ok(text.lines().map(|line| sorted_flags(line) + "\n").collect())
}

/// Build flags come out of a hash set; the file's name needs them in one order.
fn sorted_flags(line: &str) -> String {
    let Some(flags) = line.strip_prefix("build_flags=") else { return line.to_owned() };
    let mut flags: Vec<&str> = flags.split(',').collect();
    flags.sort_unstable();
    format!("build_flags={}", flags.join(","))
}

fn crate_config(
    interpreter: &Interpreter,
    abi: Abi,
    linking: Linking,
) -> Result<InterpreterConfig, Box<dyn std::error::Error>> {
    let implementation: PythonImplementation = implementation(interpreter).parse()?;
    let version: PythonVersion = format!("3.{}", minor(interpreter, abi)).parse()?;
    let mut target = PythonAbiBuilder::new(implementation, version);
    target = match abi {
        Abi::Stable { .. } => target.stable_abi(StableAbi::Abi3),
        Abi::VersionSpecific if interpreter.gil_disabled => target.free_threaded(),
        Abi::VersionSpecific => target,
    };
    if interpreter.debug {
        target = target.debug();
    }
    let (lib_name, lib_dir) = library(interpreter, linking);
    let builder = InterpreterConfigBuilder::new(implementation, version)
        .target_abi(target.finalize()?)
        .pointer_width(Some(interpreter.pointer_width))
        .shared(interpreter.shared || linking == Linking::Module)
        .lib_name(lib_name)
        .lib_dir(lib_dir);
    Ok(builder.finalize()?)
}

/// The same facts for PyO3 before 0.29.
fn older_text(interpreter: &Interpreter, abi: Abi, linking: Linking) -> String {
    let flag = |set: bool, name: &'static str| set.then_some(name);
    let flags = [
        flag(interpreter.debug, "Py_DEBUG"),
        flag(interpreter.gil_disabled, "Py_GIL_DISABLED"),
        flag(interpreter.debug, "Py_REF_DEBUG"),
    ];
    let (lib_name, lib_dir) = library(interpreter, linking);
    let mut lines = vec![
        format!("implementation={}", implementation(interpreter)),
        format!("version=3.{}", minor(interpreter, abi)),
        format!("shared={}", interpreter.shared || linking == Linking::Module),
        format!("abi3={}", abi != Abi::VersionSpecific),
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
fn library(interpreter: &Interpreter, linking: Linking) -> (Option<String>, Option<String>) {
    match linking {
        Linking::Libpython => (interpreter.lib_name.clone(), interpreter.lib_dir.clone()),
        Linking::Module => (None, None),
    }
}

fn minor(interpreter: &Interpreter, abi: Abi) -> u64 {
    match abi {
        Abi::Stable { minor } => minor,
        Abi::VersionSpecific => interpreter.minor,
    }
}

fn implementation(interpreter: &Interpreter) -> &str {
    match interpreter.implementation.as_str() {
        "pypy" => "PyPy",
        "graalpy" => "GraalVM",
        _ => "CPython",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;

    fn text(interpreter: &Interpreter, abi: Abi, pyo3: &str) -> String {
        write(interpreter, abi, Linking::Module, &pyo3.parse().unwrap()).unwrap().text
    }

    #[test]
    fn new_versions_of_pyo3_read_the_target_abi() {
        let text = text(&cpython(11), Abi::VersionSpecific, "0.30.1");
        assert!(text.contains("target_abi=CPython-gil_enabled-3.11\n"), "{text}");
        assert!(!text.contains("executable") && !text.contains("lib_dir"), "{text}");
    }

    #[test]
    fn older_versions_of_pyo3_read_abi3() {
        let text = text(&cpython(11), Abi::Stable { minor: 8 }, "0.22.6");
        assert!(text.contains("version=3.8\n") && text.contains("abi3=true\n"), "{text}");
        assert!(!text.contains("target_abi"), "{text}");
    }

    #[test]
    fn a_stable_module_has_one_configuration_for_every_interpreter() {
        let configs = [9, 11, 13].map(|minor| {
            write(&cpython(minor), Abi::Stable { minor: 9 }, Linking::Module, &"0.30.1".parse().unwrap()).unwrap()
        });
        assert!(configs.iter().all(|config| *config == configs[0]));
    }

    #[test]
    fn what_pyo3_cannot_express_is_refused_by_name() {
        let free_threaded = Interpreter { gil_disabled: true, ..cpython(12) };
        let fault =
            write(&free_threaded, Abi::VersionSpecific, Linking::Module, &"0.30.1".parse().unwrap()).unwrap_err();
        assert!(fault.message.starts_with("PyO3 has no configuration for CPython 3.12t"), "{}", fault.message);
    }
}
