//! `Requires-Python` leaves at least one of the Pythons that the wheel's tags name.

use crate::diagnostic::{Code, Diagnostic};
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::tag::WheelTag;
use crate::spec::version::Version;

/// A wheel for single versions of CPython that its own requirement shuts out can never be installed.
pub fn check(required: &str, tag: &WheelTag) -> Option<Diagnostic> {
    let specifiers: VersionSpecifiers = required.parse().ok()?;
    let minors: Option<Vec<u64>> =
        tag.python().iter().map(|python| python.strip_prefix("cp3").and_then(|minor| minor.parse().ok())).collect();
    let minors = minors.filter(|_| !tag.abi().iter().any(|abi| abi.starts_with("abi3")))?;
    let accepts = |minor: u64| {
        // The first and a late patch release stand for all.
        [0, 99].iter().any(|micro| {
            let version = Version::from_release([3, minor.into(), *micro]);
            specifiers.contains(&version)
        })
    };
    if minors.iter().any(|minor| accepts(*minor)) {
        return None;
    }
    let message = format!("`Requires-Python` is `{required}`, which shuts out `{}`", tag.python().join("."));
    let hint = "no Python can install the wheel: mend the requirement or the tag";
    Some(Diagnostic::error(Code::RequiresPython, message).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_python_must_be_left() {
        let found = |required: &str, tag: &str| check(required, &tag.parse().unwrap()).is_some();
        assert!(found(">=3.12", "cp311-cp311-linux_x86_64") && found("<3.11", "cp311-cp311-win32"));
        assert!(!found(">=3.11.4", "cp311-cp311-linux_x86_64") && !found(">=3.12", "cp311-abi3-linux_x86_64"));
        assert!(!found(">=3.12", "py3-none-any") && !found(">=3.12", "cp311.cp312-none-win32"));
    }
}
