//! Which ABI an extension module is built for: suffix, tag and PyO3's configuration all come from this one value.
//!
//! Sources: PEP 425 and the platform compatibility tags page; PEP 3149 (file names); PEP 703 (free threading); PEP 803
//! (`abi3t`); PyO3's features `abi3`, `abi3-py3N`, `abi3t` and `abi3t-py3N`.

use std::fmt;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;

/// The first Python 3 minor version that has `abi3t` (PEP 803).
const FIRST_ABI3T: u64 = 15;

/// The first minimum for which the file name of a stable module names its platform, as CPython's own suffix list does.
const FIRST_STABLE_PLATFORM: u64 = 15;

/// A family of stable ABIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StableFamily {
    /// The limited API of CPython with the GIL (PEP 384).
    Abi3,
    /// The limited API in which objects are opaque, so that CPython with and without the GIL loads it (PEP 803).
    Abi3t,
}

impl StableFamily {
    /// As features, suffixes and PyO3's configuration call it.
    pub fn name(self) -> &'static str {
        match self {
            StableFamily::Abi3 => "abi3",
            StableFamily::Abi3t => "abi3t",
        }
    }
}

impl fmt::Display for StableFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The ABI of one extension module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// For the interpreter that it is built with, and no other: CPython with its flags, PyPy, GraalPy or any other.
    VersionSpecific,
    /// The stable ABI of Python 3.`minor` and later.
    Stable { family: StableFamily, minor: u64 },
}

/// From which version on a stable ABI is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minimum {
    /// The feature without a version: that of the interpreter in use.
    Current,
    /// Python 3.N
    Minor(u64),
}

impl Minimum {
    fn minor(self, interpreter: &Interpreter) -> u64 {
        match self {
            Minimum::Current => interpreter.minor,
            Minimum::Minor(minor) => minor,
        }
    }
}

/// What the crate's features ask of the stable ABIs; both families may be asked for at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StableRequest {
    pub abi3: Option<Minimum>,
    pub abi3t: Option<Minimum>,
}

impl StableRequest {
    /// The families that are asked for, the one that more interpreters share first.
    fn families(self) -> impl Iterator<Item = (StableFamily, Minimum)> {
        let abi3t = self.abi3t.map(|minimum| (StableFamily::Abi3t, minimum));
        abi3t.into_iter().chain(self.abi3.map(|minimum| (StableFamily::Abi3, minimum)))
    }
}

/// Reads the request from the features of `pyo3` or `pyo3-ffi`. A lower minimum turns on the higher ones in PyO3, so
/// the lowest is meant; no `abi3t` begins before Python 3.15.
pub fn stable_request<'f>(features: impl IntoIterator<Item = &'f str>) -> StableRequest {
    let features: Vec<&str> =
        features.into_iter().map(|feature| feature.rsplit('/').next().unwrap_or(feature)).collect();
    let abi3t = minimum(&features, StableFamily::Abi3t).map(|minimum| match minimum {
        Minimum::Minor(minor) => Minimum::Minor(minor.max(FIRST_ABI3T)),
        Minimum::Current => Minimum::Current,
    });
    StableRequest { abi3: minimum(&features, StableFamily::Abi3), abi3t }
}

fn minimum(features: &[&str], family: StableFamily) -> Option<Minimum> {
    let prefix = format!("{family}-py3");
    let lowest = features.iter().filter_map(|feature| feature.strip_prefix(&prefix)?.parse().ok()).min();
    lowest.map(Minimum::Minor).or_else(|| features.contains(&family.name()).then_some(Minimum::Current))
}

/// The family that serves an interpreter, with its minimum: `abi3t` wherever it can be loaded, as in PyO3, else `abi3`.
/// No other implementation than CPython loads either.
pub fn serving(request: StableRequest, interpreter: &Interpreter) -> Option<Abi> {
    let serves = |family: StableFamily, minor: u64| {
        interpreter.is_cpython()
            && interpreter.minor >= minor
            && match family {
                StableFamily::Abi3 => !interpreter.gil_disabled,
                StableFamily::Abi3t => interpreter.minor >= FIRST_ABI3T,
            }
    };
    request
        .families()
        .map(|(family, minimum)| (family, minimum.minor(interpreter)))
        .find(|(family, minor)| serves(*family, *minor))
        .map(|(family, minor)| Abi::Stable { family, minor })
}

/// Chooses the ABI for an interpreter. One that the stable ABI cannot serve gets a version-specific module and a note;
/// one older than the minimum of `abi3` is an error, since the module could not load there.
pub fn choose(
    request: StableRequest,
    interpreter: &Interpreter,
    notes: &mut Vec<Diagnostic>,
) -> Result<Abi, Diagnostic> {
    let asked: Vec<(StableFamily, Minimum)> = request.families().collect();
    if asked.is_empty() {
        return Ok(Abi::VersionSpecific);
    }
    if let Some(stable) = serving(request, interpreter) {
        return Ok(stable);
    }
    if let Some(minimum) = request.abi3.map(|minimum| minimum.minor(interpreter))
        && interpreter.is_cpython()
        && !interpreter.gil_disabled
    {
        return Err(too_old(interpreter, minimum));
    }
    let names: Vec<String> = asked.iter().map(|(family, minimum)| asked_name(*family, *minimum)).collect();
    let message =
        format!("{} cannot load {}: the wheel is for this version alone", interpreter.title(), names.join(" or "));
    notes.push(Diagnostic::note(Code::InterpreterSupport, message));
    Ok(Abi::VersionSpecific)
}

fn asked_name(family: StableFamily, minimum: Minimum) -> String {
    match (family, minimum) {
        (StableFamily::Abi3t, Minimum::Current) => format!("`abi3t` (3.{FIRST_ABI3T} and later)"),
        (StableFamily::Abi3t, Minimum::Minor(minor)) => format!("`abi3t` (3.{minor} and later)"),
        (StableFamily::Abi3, _) => "`abi3`".to_owned(),
    }
}

fn too_old(interpreter: &Interpreter, minimum: u64) -> Diagnostic {
    let message = format!(
        "the crate's features ask for the stable ABI of Python 3.{minimum}, which {} cannot load",
        interpreter.title()
    );
    let hint = format!("build with Python 3.{minimum} or later, or lower the `abi3-py3{minimum}` feature");
    Diagnostic::error(Code::InterpreterSupport, message).hint(hint)
}

impl Abi {
    pub fn is_stable(self) -> bool {
        matches!(self, Abi::Stable { .. })
    }

    /// The file name of the module `name`: with the interpreter's own suffix, or with that of the stable ABI.
    ///
    /// The stable suffixes are those that CPython looks for: on Windows `.pyd`, after `_d` in debug builds; on Cygwin
    /// `.abi3.dll`; elsewhere `.abi3.so`, which names the platform (`.abi3-x86_64-linux-gnu.so`) where every
    /// interpreter from the minimum on looks for that too.
    pub fn file_name(self, name: &str, interpreter: &Interpreter) -> Result<String, Diagnostic> {
        let Abi::Stable { family, minor } = self else {
            return match &interpreter.ext_suffix {
                Some(suffix) => Ok(format!("{name}{suffix}")),
                None => {
                    let message = format!("{} names no suffix for extension modules", interpreter.title());
                    Err(Diagnostic::error(Code::Interpreter, message))
                }
            };
        };
        Ok(match interpreter.system.as_str() {
            "win32" if interpreter.debug => format!("{name}_d.pyd"),
            "win32" => format!("{name}.pyd"),
            "cygwin" => format!("{name}.{family}.dll"),
            _ => match soabi_platform(interpreter).filter(|_| minor >= FIRST_STABLE_PLATFORM) {
                Some(platform) => format!("{name}.{family}-{platform}.so"),
                None => format!("{name}.{family}.so"),
            },
        })
    }

    /// The Python tag and the ABI tag. A module of `abi3t` is one of `abi3` too (PEP 803).
    pub fn tags(self, interpreter: &Interpreter) -> (String, String) {
        let (major, minor) = (interpreter.major, interpreter.minor);
        match self {
            Abi::Stable { family: StableFamily::Abi3, minor } => (format!("cp3{minor}"), "abi3".to_owned()),
            Abi::Stable { family: StableFamily::Abi3t, minor } => (format!("cp3{minor}"), "abi3.abi3t".to_owned()),
            Abi::VersionSpecific if interpreter.is_cpython() => {
                (format!("cp{major}{minor}"), format!("cp{major}{minor}{}", cpython_flags(interpreter)))
            }
            Abi::VersionSpecific => (other_python_tag(interpreter), other_abi_tag(interpreter)),
        }
    }
}

/// `SOABI_PLATFORM`: said by CPython from 3.15 on, and before that the end of SOABI (`cpython-313t-x86_64-linux-gnu`).
/// FreeBSD has none.
fn soabi_platform(interpreter: &Interpreter) -> Option<String> {
    interpreter.soabi_platform.clone().filter(|platform| !platform.is_empty()).or_else(|| {
        let soabi = interpreter.soabi.clone().or_else(|| suffix_abi(interpreter))?;
        Some(soabi.strip_prefix("cpython-")?.split_once('-')?.1.to_owned())
    })
}

/// The flags of CPython's ABI in their order in tags: `t` without the GIL, `d` in debug builds, `m` before 3.8.
/// `sys.abiflags` alone does not tell them on Windows.
fn cpython_flags(interpreter: &Interpreter) -> String {
    let has = |flag: char| interpreter.abiflags.contains(flag);
    let flags = [('t', interpreter.gil_disabled || has('t')), ('d', interpreter.debug || has('d')), ('m', has('m'))];
    flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag).collect()
}

fn other_python_tag(interpreter: &Interpreter) -> String {
    let short = match interpreter.implementation.as_str() {
        "pypy" => "pp",
        other => other,
    };
    format!("{short}{}{}", interpreter.major, interpreter.minor)
}

/// Other implementations name their ABI in the suffix: PyPy `pypy311-pp73-x86_64-linux-gnu`, of which two parts count,
/// and GraalPy `graalpy250-312-native-x86_64-linux`, of which three do; of unknown ones everything does (PEP 425 tags
/// as `packaging.tags` makes them).
fn other_abi_tag(interpreter: &Interpreter) -> String {
    let soabi = suffix_abi(interpreter).or_else(|| interpreter.soabi.clone()).unwrap_or_else(|| "none".to_owned());
    let parts = match interpreter.implementation.as_str() {
        "pypy" => 2,
        "graalpy" => 3,
        _ => usize::MAX,
    };
    soabi.split('-').take(parts).collect::<Vec<_>>().join("_").replace(['.', ' '], "_")
}

/// The ABI inside a suffix: `.pypy311-pp73-x86_64-linux-gnu.so`.
fn suffix_abi(interpreter: &Interpreter) -> Option<String> {
    let suffix = interpreter.ext_suffix.as_deref()?.strip_prefix('.')?;
    Some(suffix.rsplit_once('.')?.0.to_owned())
}

/// The ABI of a file that is built already, by what its name ends in; `None` if the interpreter does not look for that.
/// Of the stable ABI such a name tells no minimum: it counts from the interpreter at hand on.
pub fn of_suffix(suffix: &str, interpreter: &Interpreter) -> Option<Abi> {
    let stable = |family: StableFamily| {
        let rest = suffix.strip_prefix('.')?.strip_prefix(family.name())?;
        (interpreter.is_cpython() && (rest.starts_with('.') || rest.starts_with('-')))
            .then_some(Abi::Stable { family, minor: interpreter.minor })
    };
    let own = interpreter.ext_suffix.as_deref() == Some(suffix) || [".so", ".pyd"].contains(&suffix);
    let abi3 = stable(StableFamily::Abi3).filter(|_| !interpreter.gil_disabled);
    let abi3t = stable(StableFamily::Abi3t).filter(|_| interpreter.minor >= FIRST_ABI3T);
    abi3.or(abi3t).or(own.then_some(Abi::VersionSpecific))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;

    fn pypy() -> Interpreter {
        Interpreter {
            implementation: "pypy".into(),
            ext_suffix: Some(".pypy311-pp73-x86_64-linux-gnu.so".into()),
            soabi: Some("pypy311-pp73".into()),
            ..cpython(11)
        }
    }

    fn free_threaded(minor: u64) -> Interpreter {
        Interpreter { gil_disabled: true, abiflags: "t".into(), ..cpython(minor) }
    }

    fn abi3(minor: u64) -> Abi {
        Abi::Stable { family: StableFamily::Abi3, minor }
    }

    fn abi3t(minor: u64) -> Abi {
        Abi::Stable { family: StableFamily::Abi3t, minor }
    }

    fn chosen(features: &[&str], interpreter: &Interpreter) -> Result<Abi, String> {
        choose(stable_request(features.iter().copied()), interpreter, &mut Vec::new()).map_err(|fault| fault.message)
    }

    #[test]
    fn the_lowest_minimum_among_the_features_counts() {
        assert_eq!(chosen(&["abi3", "abi3-py310", "abi3-py38"], &cpython(12)), Ok(abi3(8)));
        assert_eq!(chosen(&["pyo3/abi3-py39"], &cpython(12)), Ok(abi3(9)));
    }

    #[test]
    fn a_feature_without_a_version_follows_the_interpreter() {
        assert_eq!(chosen(&["abi3"], &cpython(12)), Ok(abi3(12)));
        assert_eq!(chosen(&["abi3t"], &free_threaded(16)), Ok(abi3t(16)));
        assert_eq!(chosen(&["macros"], &cpython(12)), Ok(Abi::VersionSpecific));
    }

    #[test]
    fn abi3t_begins_with_3_15_and_serves_cpython_with_and_without_the_gil() {
        assert_eq!(stable_request(["abi3t-py314"]).abi3t, Some(Minimum::Minor(15)));
        assert_eq!(chosen(&["abi3t", "abi3t-py315"], &cpython(15)), Ok(abi3t(15)));
        assert_eq!(chosen(&["abi3t", "abi3t-py315"], &free_threaded(16)), Ok(abi3t(15)));
        for older in [cpython(14), free_threaded(14), pypy()] {
            assert_eq!(chosen(&["abi3t", "abi3t-py315"], &older), Ok(Abi::VersionSpecific));
        }
    }

    #[test]
    fn of_both_families_the_interpreter_takes_the_one_that_it_can_load() {
        let both = ["abi3", "abi3-py39", "abi3t", "abi3t-py315"];
        assert_eq!(chosen(&both, &cpython(14)), Ok(abi3(9)));
        assert_eq!(chosen(&both, &cpython(15)), Ok(abi3t(15)));
        assert_eq!(chosen(&both, &free_threaded(14)), Ok(Abi::VersionSpecific));
        assert_eq!(chosen(&both, &free_threaded(15)), Ok(abi3t(15)));
        assert!(chosen(&both, &cpython(8)).is_err());
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
        let graalpy = Interpreter { implementation: "graalpy".into(), ..cpython(12) };
        let unknown = Interpreter { implementation: "pyston".into(), ..cpython(8) };
        for interpreter in [pypy(), free_threaded(13), graalpy, unknown] {
            let abi = choose(stable_request(["abi3-py39", "abi3t"]), &interpreter, &mut notes).unwrap();
            assert_eq!(abi, Abi::VersionSpecific);
        }
        assert_eq!(notes.len(), 4);
        assert_eq!(
            notes[0].message,
            "PyPy 3.11 cannot load `abi3t` (3.15 and later) or `abi3`: the wheel is for this version alone"
        );
    }

    #[test]
    fn a_platform_that_the_interpreter_does_not_name_is_the_end_of_its_soabi() {
        let free_bsd = Interpreter { soabi: Some("cpython-315".into()), ..cpython(15) };
        assert_eq!(abi3(15).file_name("m", &cpython(15)).unwrap(), "m.abi3-x86_64-linux-gnu.so");
        assert_eq!(abi3(15).file_name("m", &free_bsd).unwrap(), "m.abi3.so");
    }

    #[test]
    fn a_file_that_is_built_already_tells_its_abi_by_its_ending() {
        let python = cpython(12);
        assert_eq!(of_suffix(".abi3.so", &python), Some(abi3(12)));
        assert_eq!(of_suffix(python.ext_suffix.as_deref().unwrap(), &python), Some(Abi::VersionSpecific));
        assert_eq!(of_suffix(".cpython-311-x86_64-linux-gnu.so", &python), None);
        assert_eq!(of_suffix(".abi3t.so", &python), None);
        assert_eq!(of_suffix(".abi3.so", &pypy()), None);
        assert_eq!(of_suffix(".abi3t.so", &free_threaded(15)), Some(abi3t(15)));
    }

    #[test]
    fn an_interpreter_without_a_suffix_is_an_error_for_its_own_abi_alone() {
        let bare = Interpreter { ext_suffix: None, ..cpython(12) };
        assert!(Abi::VersionSpecific.file_name("m", &bare).is_err());
        assert_eq!(abi3(9).file_name("m", &bare).unwrap(), "m.abi3.so");
    }
}
