//! The file that a user names with `PYO3_CONFIG_FILE`: lines of `key=value` about the interpreter to build for.
//!
//! Sources: PyO3's guide, "Advanced config files"; pyo3-build-config; the keys `abiflags`, `ext_suffix` and `abi_tag`
//! that maturin reads beyond them.

use crate::facts::interpreter::Interpreter;

/// Why a file told no interpreter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Pyo3ConfigFileError {
    #[error("line {0} is not of the form `key=value`")]
    Line(usize),
    #[error("it has no `{0}`")]
    Missing(&'static str),
    #[error("its `{key}` is `{value}`, which cannot be")]
    Value { key: &'static str, value: String },
}

/// Reads the text of the file. What it does not tell stays empty: `platform` and `system` always do, for the file knows
/// no target; a `pointer_width` that is not told is 0.
pub fn parse(text: &str) -> Result<Interpreter, Pyo3ConfigFileError> {
    let mut pairs = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        pairs.push(line.split_once('=').ok_or(Pyo3ConfigFileError::Line(number + 1))?);
    }
    let of = |wanted: &str| pairs.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.trim());
    let text_of = |key: &str| of(key).filter(|value| !value.is_empty()).map(str::to_owned);
    let version = of("version").ok_or(Pyo3ConfigFileError::Missing("version"))?;
    let wrong = |key: &'static str, value: &str| Pyo3ConfigFileError::Value { key, value: value.to_owned() };
    let minor = version.strip_prefix("3.").and_then(|minor| minor.parse().ok());
    let target_abi = of("target_abi").unwrap_or_default();
    let flags: Vec<&str> = of("build_flags").unwrap_or_default().split(',').map(str::trim).collect();
    let gil_disabled = flags.contains(&"Py_GIL_DISABLED") || target_abi.contains("free_threaded");
    let debug = flags.contains(&"Py_DEBUG") || target_abi.ends_with("-debug");
    let flag = |set: bool, flag: &'static str| if set { flag } else { "" };
    let pointer_width = match of("pointer_width") {
        Some(width) => width.parse().map_err(|_| wrong("pointer_width", width))?,
        None => 0,
    };
    let suffix = text_of("ext_suffix");
    Ok(Interpreter {
        implementation: implementation(of("implementation").unwrap_or("CPython"))
            .ok_or_else(|| wrong("implementation", of("implementation").unwrap_or_default()))?
            .to_owned(),
        major: 3,
        minor: minor.ok_or_else(|| wrong("version", version))?,
        micro: 0,
        // `abi3t` sets the flag of free threading without the interpreter's being so.
        gil_disabled: gil_disabled && !target_abi.contains("abi3t"),
        debug,
        abiflags: text_of("abiflags").unwrap_or_else(|| {
            let threads = flag(gil_disabled && !target_abi.contains("abi3t"), "t");
            format!("{threads}{}", flag(debug, "d"))
        }),
        soabi: suffix.as_deref().and_then(|suffix| Some(suffix.strip_prefix('.')?.rsplit_once('.')?.0.to_owned())),
        ext_suffix: suffix,
        platform: String::new(),
        system: String::new(),
        pointer_width,
        shared: of("shared") != Some("false"),
        lib_name: text_of("lib_name"),
        lib_dir: text_of("lib_dir"),
        soabi_platform: None,
        implementation_version: Vec::new(),
        has_manylinux_module: false,
        executable: None,
    })
}

/// `sys.implementation.name` for PyO3's name.
fn implementation(name: &str) -> Option<&'static str> {
    match name {
        "CPython" => Some("cpython"),
        "PyPy" => Some("pypy"),
        "GraalVM" => Some("graalpy"),
        "RustPython" => Some("rustpython"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_every_version_are_read() {
        let new = "implementation=CPython\nversion=3.14\nshared=true\ntarget_abi=CPython-free_threaded-3.14-debug\n\
                   lib_name=python3.14td\nlib_dir=/opt/lib\npointer_width=64\nbuild_flags=Py_GIL_DISABLED\n\
                   suppress_build_script_link_lines=false\n";
        let python = parse(new).unwrap();
        assert_eq!(python.title(), "CPython 3.14t");
        assert_eq!((python.debug, python.abiflags.as_str(), python.pointer_width), (true, "td", 64));
        assert_eq!((python.lib_name.as_deref(), python.lib_dir.as_deref()), (Some("python3.14td"), Some("/opt/lib")));
        let old = parse("implementation=PyPy\nversion=3.9\nabi3=false\nshared=false\n").unwrap();
        assert_eq!((old.title().as_str(), old.shared, old.pointer_width), ("PyPy 3.9", false, 0));
    }

    #[test]
    fn a_suffix_that_is_told_is_taken() {
        let python = parse("version=3.12\next_suffix=.cpython-312-aarch64-linux-gnu.so\n").unwrap();
        assert_eq!(python.ext_suffix.as_deref(), Some(".cpython-312-aarch64-linux-gnu.so"));
        assert_eq!(python.soabi.as_deref(), Some("cpython-312-aarch64-linux-gnu"));
        assert_eq!(python.implementation, "cpython");
    }

    #[test]
    fn abi3t_does_not_make_an_interpreter_free_threaded() {
        let python = parse("version=3.15\ntarget_abi=CPython-abi3t-3.15\nbuild_flags=Py_GIL_DISABLED\n").unwrap();
        assert_eq!((python.gil_disabled, python.abiflags.as_str()), (false, ""));
    }

    #[test]
    fn an_error_names_the_key_or_the_line() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(error("implementation=CPython\n"), "it has no `version`");
        assert_eq!(error("version=3.12\n\nnonsense\n"), "line 3 is not of the form `key=value`");
        assert_eq!(error("version=2.7\n"), "its `version` is `2.7`, which cannot be");
        assert_eq!(error("version=3.12\npointer_width=wide\n"), "its `pointer_width` is `wide`, which cannot be");
        assert_eq!(error("version=3.12\nimplementation=Jython\n"), "its `implementation` is `Jython`, which cannot be");
    }
}
