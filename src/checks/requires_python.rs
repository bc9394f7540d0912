//! `requires-python` must not shut out the Python that the wheel is for.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;
use crate::plan::abi::Abi;
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;

/// Whether the project shuts out the Python that its wheel is built for.
pub fn excluded(required: &VersionSpecifiers, abi: Option<Abi>, interpreter: &Interpreter) -> Option<Diagnostic> {
    if accepts(required, interpreter) {
        return None;
    }
    let message = format!("`requires-python` is `{required}`, which shuts out {}", interpreter.title());
    let finding = match abi {
        Some(Abi::Stable { .. }) | None => Diagnostic::warning(Code::RequiresPython, message),
        Some(Abi::VersionSpecific) => {
            Diagnostic::error(Code::RequiresPython, message + ", the only one that the wheel is for")
        }
    };
    Some(finding.hint("build with another Python, or widen `requires-python`"))
}

/// Whether the project promises older Pythons than the oldest that a set of wheels serves, by their ABIs.
pub fn unserved(required: &VersionSpecifiers, abis: &[(Option<Abi>, &Interpreter)]) -> Option<Diagnostic> {
    let begins = |(abi, interpreter): &(Option<Abi>, &Interpreter)| match abi {
        Some(Abi::Stable { minor, .. }) => *minor,
        _ => interpreter.minor,
    };
    let (oldest, _) = abis.iter().min_by_key(|served| begins(served))?;
    let (Abi::Stable { family, minor }, (3, lowest)) = ((*oldest)?, required.lower_bound_minor()?) else { return None };
    if lowest >= minor {
        return None;
    }
    let message =
        format!("`requires-python` is `{required}`, but the wheel's stable ABI (`{family}`) begins at 3.{minor}");
    let hint = format!(
        "raise `requires-python` to `>=3.{minor}`, lower the `{family}-py3{minor}` feature, or build other wheels for the older Pythons"
    );
    Some(Diagnostic::warning(Code::RequiresPython, message).hint(hint))
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

    fn stable(minor: u64) -> Option<Abi> {
        Some(Abi::Stable { family: StableFamily::Abi3, minor })
    }

    #[test]
    fn a_version_specific_wheel_for_an_excluded_python_is_an_error() {
        let found = |required: &str, abi| {
            excluded(&required.parse().unwrap(), abi, &cpython(11)).map(|finding| finding.is_error())
        };
        assert_eq!(found(">=3.13", Some(Abi::VersionSpecific)), Some(true));
        assert_eq!(found(">=3.13", stable(13)), Some(false));
        assert_eq!(found(">=3.8", Some(Abi::VersionSpecific)), None);
    }

    #[test]
    fn a_stable_abi_that_begins_later_than_required_is_a_warning_unless_another_wheel_begins_before() {
        let python = cpython(15);
        let found = |required: &str, abis: &[Option<Abi>]| {
            let abis: Vec<_> = abis.iter().map(|abi| (*abi, &python)).collect();
            unserved(&required.parse().unwrap(), &abis).is_some()
        };
        assert!(found(">=3.8", &[stable(10)]));
        assert!(!found(">=3.10", &[stable(10)]));
        assert!(!found(">=3.9", &[stable(15), stable(9)]));
        assert!(!found(">=3.9", &[Some(Abi::VersionSpecific)]));
    }

    #[test]
    fn of_a_python_that_cannot_be_asked_only_the_minor_version_counts() {
        let unasked = Interpreter { micro: 0, executable: None, ..cpython(12) };
        assert!(accepts(&">=3.12.4".parse().unwrap(), &unasked));
        assert!(!accepts(&">=3.13".parse().unwrap(), &unasked));
    }
}
