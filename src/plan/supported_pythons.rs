//! The Pythons that a project is built for where nobody names any: those that their developers support and the project
//! allows.

use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;

/// The minor versions of CPython that its developers support, in November 2026. Source: devguide.python.org/versions.
const SUPPORTED: std::ops::RangeInclusive<u64> = 11..=15;

/// The supported Pythons that a project allows; if it allows none of them, the older ones that it does.
pub fn allowed(required: Option<&VersionSpecifiers>) -> Vec<String> {
    let is_allowed = |minor: &u64| {
        required.is_none_or(|required| required.contains(&Version::from_release([3, (*minor).into(), 99])))
    };
    let supported: Vec<u64> = SUPPORTED.filter(is_allowed).collect();
    let minors = if supported.is_empty() { (8..=*SUPPORTED.end()).filter(is_allowed).collect() } else { supported };
    minors.into_iter().map(|minor| format!("3.{minor}")).collect()
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn the_supported_pythons_that_the_project_allows_are_taken() {
        let of = |text: &str| allowed(Some(&text.parse().unwrap())).join(" ");
        assert_eq!(of(">=3.9"), "3.11 3.12 3.13 3.14 3.15");
        assert_eq!(of(">=3.12,<3.15"), "3.12 3.13 3.14");
        assert_eq!(of(">=3.9,<3.11"), "3.9 3.10");
        assert_eq!(allowed(None).len(), 5);
    }
}
