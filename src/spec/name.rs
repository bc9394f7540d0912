//! Names of distributions and extras (PyPA "Names and normalization", PEP 503, PEP 508, PEP 685).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::text::shown;

/// The longest name that we accept: index servers and file systems stop near here.
const MAX_LENGTH: usize = 128;

/// Why a name of a distribution or an extra was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name cannot be empty")]
    Empty,
    #[error("the name {} has {length} characters, which is too long: at most {MAX_LENGTH} are allowed", shown(.name))]
    TooLong { name: String, length: usize },
    #[error(
        "the name {} holds {}, only ASCII letters, digits, `-`, `_` and `.` are allowed",
        shown(.name),
        shown(&.character.to_string())
    )]
    Character { name: String, character: char },
    #[error("the name {} must begin and end with an ASCII letter or digit", shown(.name))]
    Edge { name: String },
}

/// A distribution's name, as its author wrote it. Names are equal if they normalise alike.
#[derive(Debug, Clone)]
pub struct DistributionName(String);

/// An extra's name, as its author wrote it. Names are equal if they normalise alike.
#[derive(Debug, Clone)]
pub struct ExtraName(String);

impl DistributionName {
    /// The name for file names (PyPA "Binary distribution format"): normalised, with `_` for `-`.
    pub fn escaped(&self) -> String {
        self.normalized().replace('-', "_")
    }
}

macro_rules! name {
    ($type:ident) => {
        impl $type {
            pub fn as_written(&self) -> &str {
                &self.0
            }

            /// The name in lower case with each run of `-`, `_` and `.` as one `-` (PEP 503).
            pub fn normalized(&self) -> String {
                normalize(&self.0)
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(name: &str) -> Result<Self, NameError> {
                check(name)?;
                Ok(Self(name.to_owned()))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.normalized() == other.normalized()
            }
        }

        impl Eq for $type {}

        impl Hash for $type {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.normalized().hash(state);
            }
        }

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $type {
            fn cmp(&self, other: &Self) -> Ordering {
                self.normalized().cmp(&other.normalized())
            }
        }
    };
}

name!(DistributionName);
name!(ExtraName);

fn check(name: &str) -> Result<(), NameError> {
    let owned = || name.to_owned();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if let Some(character) = name.chars().find(|c| !is_name_character(*c)) {
        return Err(NameError::Character { name: owned(), character });
    }
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(NameError::Edge { name: owned() });
    }
    if name.len() > MAX_LENGTH {
        return Err(NameError::TooLong { name: owned(), length: name.len() });
    }
    Ok(())
}

/// Whether a name may hold the character.
pub(crate) fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Normalises what may be no name at all, as markers must (`extra == "A.b"`).
pub(crate) fn normalize(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normalized.ends_with('-') => {}
            '-' | '_' | '.' => normalized.push('-'),
            _ => normalized.extend(c.to_lowercase()),
        }
    }
    normalized
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DistributionName {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_is_kept_normalised_and_escaped() {
        let name = name("Foo__Bar.-baz");
        assert_eq!(name.as_written(), "Foo__Bar.-baz");
        assert_eq!(name.to_string(), "Foo__Bar.-baz");
        assert_eq!(name.normalized(), "foo-bar-baz");
        assert_eq!(name.escaped(), "foo_bar_baz");
    }

    #[test]
    fn names_that_normalise_alike_are_equal() {
        assert_eq!(name("Foo.Bar"), name("foo_bar"));
        assert_eq!("A_B".parse::<ExtraName>(), "a-b".parse());
        assert_ne!(name("foo"), name("foobar"));
    }

    #[test]
    fn one_letter_or_digit_is_a_name() {
        assert_eq!(name("x").escaped(), "x");
        assert_eq!(name("7").normalized(), "7");
    }

    #[test]
    fn what_breaks_the_rules_is_refused_with_its_reason() {
        let message = |text: &str| text.parse::<DistributionName>().unwrap_err().to_string();
        assert_eq!(message(""), "a name cannot be empty");
        assert_eq!(
            message("my package"),
            "the name `my package` holds ` `, only ASCII letters, digits, `-`, `_` and `.` are allowed"
        );
        assert_eq!(
            message("a\nb"),
            "the name `a\\nb` holds `\\n`, only ASCII letters, digits, `-`, `_` and `.` are allowed"
        );
        assert!(message("naïve").contains("holds `ï`"));
        for edge in ["-a", "a-", "_a", "a_", ".a", "a.", "-"] {
            assert_eq!(message(edge), format!("the name `{edge}` must begin and end with an ASCII letter or digit"));
        }
    }

    #[test]
    fn a_name_of_128_characters_is_the_longest() {
        assert!("a".repeat(128).parse::<DistributionName>().is_ok());
        let error = "a".repeat(129).parse::<DistributionName>().unwrap_err();
        assert!(error.to_string().ends_with("has 129 characters, which is too long: at most 128 are allowed"));
    }
}
