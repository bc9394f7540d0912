//! Which ABI an extension module is built for: suffix, tag and PyO3's configuration all come from this one value.
//!
//! Sources: PEP 425 and the platform compatibility tags page; PEP 3149 (file names); PyO3's features `abi3`, `abi3-py3N`.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;

/// The ABI of one extension module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// For the interpreter that it is built with, and no other.
    VersionSpecific,
    /// The limited API (`abi3`) of Python 3.`minor` and later.
    Stable { minor: u64 },
}

/// What the crate's features ask of the stable ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StableRequest {
    None,
    /// `abi3` without a version: that of the interpreter in use.
    Current,
    /// `abi3-py3N`
    Minimum {
        minor: u64,
    },
}

/// Reads the request from the features of `pyo3` or `pyo3-ffi`. A lower minimum turns on the higher ones in PyO3, so
/// the lowest is meant.
pub fn stable_request<'f>(features: impl IntoIterator<Item = &'f str>) -> StableRequest {
    let features: Vec<&str> =
        features.into_iter().map(|feature| feature.rsplit('/').next().unwrap_or(feature)).collect();
    let minimum = features.iter().filter_map(|feature| feature.strip_prefix("abi3-py3")?.parse().ok()).min();
    match minimum {
        Some(minor) => StableRequest::Minimum { minor },
        None if features.contains(&"abi3") => StableRequest::Current,
        None => StableRequest::None,
    }
}

/// Chooses the ABI for an interpreter. One that the stable ABI cannot serve gets a version-specific module and a note;
/// one older than the minimum is an error, since the module could not load there.
pub fn choose(
    request: StableRequest,
    interpreter: &Interpreter,
    notes: &mut Vec<Diagnostic>,
) -> Result<Abi, Diagnostic> {
    let minimum = match request {
        StableRequest::None => return Ok(Abi::VersionSpecific),
        StableRequest::Current => interpreter.minor,
        StableRequest::Minimum { minor } => minor,
    };
    if !interpreter.is_cpython() || interpreter.gil_disabled {
        let message = format!("{} has no `abi3`: the wheel is for this version alone", interpreter.title());
        notes.push(Diagnostic::note(Code::InterpreterSupport, message));
        return Ok(Abi::VersionSpecific);
    }
    if interpreter.minor < minimum {
        let message = format!(
            "the crate's features ask for the stable ABI of Python 3.{minimum}, which {} cannot load",
            interpreter.title()
        );
        let hint = format!("build with Python 3.{minimum} or later, or lower the `abi3-py3{minimum}` feature");
        return Err(Diagnostic::error(Code::InterpreterSupport, message).hint(hint));
    }
    Ok(Abi::Stable { minor: minimum })
}

impl Abi {
    /// The file name of the module `name`: with the interpreter's own suffix, or with that of the stable ABI.
    pub fn file_name(self, name: &str, interpreter: &Interpreter) -> Result<String, Diagnostic> {
        match self {
            Abi::VersionSpecific => match &interpreter.ext_suffix {
                Some(suffix) => Ok(format!("{name}{suffix}")),
                None => {
                    let message = format!("{} names no suffix for extension modules", interpreter.title());
                    Err(Diagnostic::error(Code::Interpreter, message))
                }
            },
            Abi::Stable { .. } if interpreter.system == "win32" => Ok(format!("{name}.pyd")),
            Abi::Stable { .. } if interpreter.system == "cygwin" => Ok(format!("{name}.abi3.dll")),
            Abi::Stable { minor } => match interpreter.soabi_platform.as_deref().filter(|_| minor >= 15) {
                Some(platform) => Ok(format!("{name}.abi3-{platform}.so")),
                None => Ok(format!("{name}.abi3.so")),
            },
        }
    }

    /// The Python tag and the ABI tag.
    pub fn tags(self, interpreter: &Interpreter) -> (String, String) {
        let (major, minor) = (interpreter.major, interpreter.minor);
        match self {
            Abi::Stable { minor } => (format!("cp3{minor}"), "abi3".to_owned()),
            Abi::VersionSpecific if interpreter.is_cpython() => {
                (format!("cp{major}{minor}"), format!("cp{major}{minor}{}", interpreter.abiflags))
            }
            Abi::VersionSpecific => (other_python_tag(interpreter), other_abi_tag(interpreter)),
        }
    }
}

fn other_python_tag(interpreter: &Interpreter) -> String {
    let short = match interpreter.implementation.as_str() {
        "pypy" => "pp",
        other => other,
    };
    format!("{short}{}{}", interpreter.major, interpreter.minor)
}

/// Other implementations name their ABI in SOABI: PyPy `pypy311-pp73-x86_64-linux-gnu`, of which two parts count, and
/// GraalPy `graalpy250-312-native-x86_64-linux`, of which three do (PEP 425 tags as `packaging.tags` makes them).
fn other_abi_tag(interpreter: &Interpreter) -> String {
    let soabi = interpreter.soabi.clone().or_else(|| suffix_abi(interpreter)).unwrap_or_else(|| "none".to_owned());
    let parts = if interpreter.implementation == "graalpy" { 3 } else { 2 };
    soabi.split('-').take(parts).collect::<Vec<_>>().join("_").replace('.', "_")
}

/// The ABI inside a suffix: `.pypy311-pp73-x86_64-linux-gnu.so`.
fn suffix_abi(interpreter: &Interpreter) -> Option<String> {
    let suffix = interpreter.ext_suffix.as_deref()?.strip_prefix('.')?;
    Some(suffix.rsplit_once('.')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;

    fn pypy() -> Interpreter {
        Interpreter {
            implementation: "pypy".into(),
            ext_suffix: Some(".pypy311-pp73-x86_64-linux-gnu.so".into()),
            soabi: None,
            ..cpython(11)
        }
    }

    fn chosen(features: &[&str], interpreter: &Interpreter) -> Result<Abi, String> {
        choose(stable_request(features.iter().copied()), interpreter, &mut Vec::new()).map_err(|fault| fault.message)
    }

    #[test]
    fn the_lowest_minimum_among_the_features_counts() {
        assert_eq!(chosen(&["abi3", "abi3-py310", "abi3-py38"], &cpython(12)), Ok(Abi::Stable { minor: 8 }));
        assert_eq!(chosen(&["pyo3/abi3-py39"], &cpython(12)), Ok(Abi::Stable { minor: 9 }));
    }

    #[test]
    fn abi3_without_a_version_follows_the_interpreter() {
        assert_eq!(chosen(&["abi3"], &cpython(12)), Ok(Abi::Stable { minor: 12 }));
        assert_eq!(chosen(&["macros"], &cpython(12)), Ok(Abi::VersionSpecific));
    }

    #[test]
    fn an_interpreter_older_than_the_minimum_is_refused() {
        let refused = chosen(&["abi3-py312"], &cpython(9)).unwrap_err();
        assert_eq!(
            refused,
            "the crate's features ask for the stable ABI of Python 3.12, which CPython 3.9 cannot load"
        );
    }

    #[test]
    fn interpreters_without_a_stable_abi_get_their_own_module_and_a_note() {
        let mut notes = Vec::new();
        let free_threaded = Interpreter { gil_disabled: true, abiflags: "t".into(), ..cpython(13) };
        for interpreter in [pypy(), free_threaded] {
            let abi = choose(StableRequest::Minimum { minor: 9 }, &interpreter, &mut notes).unwrap();
            assert_eq!(abi, Abi::VersionSpecific);
        }
        assert_eq!(notes.len(), 2);
    }

    #[test]
    fn file_names_and_tags_come_from_one_value() {
        let named = |abi: Abi, interpreter: &Interpreter| {
            let (python, abi_tag) = abi.tags(interpreter);
            (abi.file_name("_core", interpreter).unwrap(), format!("{python}-{abi_tag}"))
        };
        let expected = |file: &str, tags: &str| (file.to_owned(), tags.to_owned());
        assert_eq!(
            named(Abi::VersionSpecific, &cpython(11)),
            expected("_core.cpython-311-x86_64-linux-gnu.so", "cp311-cp311")
        );
        assert_eq!(named(Abi::Stable { minor: 9 }, &cpython(11)), expected("_core.abi3.so", "cp39-abi3"));
        assert_eq!(
            named(Abi::VersionSpecific, &pypy()),
            expected("_core.pypy311-pp73-x86_64-linux-gnu.so", "pp311-pypy311_pp73")
        );
        let windows = Interpreter { system: "win32".into(), ..cpython(11) };
        assert_eq!(named(Abi::Stable { minor: 9 }, &windows), expected("_core.pyd", "cp39-abi3"));
        let new = Interpreter { soabi_platform: Some("x86_64-linux-gnu".into()), ..cpython(15) };
        assert_eq!(named(Abi::Stable { minor: 15 }, &new), expected("_core.abi3-x86_64-linux-gnu.so", "cp315-abi3"));
        assert_eq!(named(Abi::Stable { minor: 9 }, &new), expected("_core.abi3.so", "cp39-abi3"));
    }
}
