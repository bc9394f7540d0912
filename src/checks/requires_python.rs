//! `requires-python` must not shut out the Python that the wheel is for.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;
use crate::plan::abi::Abi;
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;

/// Compares what the project requires with the interpreter and the ABI.
pub fn check(required: &VersionSpecifiers, abi: Option<Abi>, interpreter: &Interpreter) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !accepts(required, interpreter) {
        let message = format!("`requires-python` is `{required}`, which shuts out {}", interpreter.title());
        let finding = match abi {
            Some(Abi::Stable { .. }) | None => Diagnostic::warning(Code::RequiresPython, message),
            Some(Abi::VersionSpecific) => {
                Diagnostic::error(Code::RequiresPython, message + ", the only one that the wheel is for")
            }
        };
        found.push(finding.hint("build with another Python, or widen `requires-python`"));
    }
    if let (Some(Abi::Stable { family, minor }), Some((3, lowest))) = (abi, required.lower_bound_minor())
        && lowest < minor
    {
        let message =
            format!("`requires-python` is `{required}`, but the wheel's stable ABI (`{family}`) begins at 3.{minor}");
        let hint = format!(
            "raise `requires-python` to `>=3.{minor}`, lower the `{family}-py3{minor}` feature, or build other wheels for the older Pythons"
        );
        found.push(Diagnostic::warning(Code::RequiresPython, message).hint(hint));
    }
    found
}

/// Whether the project's requirement accepts a Python. Of one that could not be asked, the patch release is unknown:
/// then the latest counts.
pub fn accepts(required: &VersionSpecifiers, interpreter: &Interpreter) -> bool {
    let known = if interpreter.executable.is_some() || interpreter.micro > 0 {
        interpreter.full_version()
    } else {
        format!("{}.99", interpreter.version())
    };
    known.parse::<Version>().is_ok_and(|version| required.contains(&version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;
    use crate::plan::abi::StableFamily;

    fn found(required: &str, abi: Option<Abi>) -> Vec<bool> {
        let found = check(&required.parse().unwrap(), abi, &cpython(11));
        found.iter().map(Diagnostic::is_error).collect()
    }

    #[test]
    fn a_version_specific_wheel_for_an_excluded_python_is_an_error() {
        assert_eq!(found(">=3.13", Some(Abi::VersionSpecific)), [true]);
        assert_eq!(found(">=3.13", Some(Abi::Stable { family: StableFamily::Abi3, minor: 13 })), [false]);
        assert_eq!(found(">=3.8", Some(Abi::VersionSpecific)), [false; 0]);
    }

    #[test]
    fn a_stable_abi_that_begins_later_than_required_is_a_warning() {
        assert_eq!(found(">=3.8", Some(Abi::Stable { family: StableFamily::Abi3, minor: 10 })), [false]);
        assert_eq!(found(">=3.10", Some(Abi::Stable { family: StableFamily::Abi3, minor: 10 })), [false; 0]);
    }
}
