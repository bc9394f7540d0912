//! Licence expressions (PEP 639; SPDX specification, annex "License expressions"; the list of ids is the `spdx` crate's).

use std::fmt;
use std::str::FromStr;

use spdx::identifiers::{EXCEPTIONS, IMPRECISE_NAMES, LICENSES};

use super::text::{is_blank, shown};

/// Why a licence expression was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LicenseError {
    #[error("a license expression cannot be empty")]
    Empty,
    #[error(
        "the license expression {} names {}, which is no SPDX license identifier{}",
        shown(.expression),
        shown(.id),
        Near(.near)
    )]
    UnknownLicense { expression: String, id: String, near: Option<&'static str> },
    #[error(
        "the license expression {} names {} after `WITH`, which is no SPDX license exception{}",
        shown(.expression),
        shown(.id),
        Near(.near)
    )]
    UnknownException { expression: String, id: String, near: Option<&'static str> },
    #[error(
        "the license expression {} names {}, but after `LicenseRef-` only ASCII letters, digits, `-` and `.` are allowed",
        shown(.expression),
        shown(.id)
    )]
    LicenseRef { expression: String, id: String },
    #[error("the license expression {} needs {expected} {place}", shown(.expression))]
    Syntax { expression: String, expected: &'static str, place: Place },
    #[error("the license expression {} closes a parenthesis that it did not open", shown(.0))]
    Unopened(String),
    #[error("the license expression {} has a parenthesis that it does not close", shown(.0))]
    Unclosed(String),
}

struct Near<'a>(&'a Option<&'static str>);

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |near| write!(f, ", the nearest is `{near}`"))
    }
}

/// Where in an expression something is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Before(String),
    End,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Before(token) => write!(f, "before {}", shown(token)),
            Place::End => f.write_str("at its end"),
        }
    }
}

/// A valid SPDX licence expression in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LicenseExpression(String);

impl LicenseExpression {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a `license` of `Cargo.toml`, where `/` once meant `OR`.
    pub fn from_cargo(license: &str) -> Result<Self, LicenseError> {
        license.replace('/', " OR ").parse()
    }
}

impl fmt::Display for LicenseExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What may come next in an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A licence or `(`.
    License,
    /// After a licence: `WITH`, `AND`, `OR` or `)`.
    AfterLicense,
    /// An exception, after `WITH`.
    Exception,
    /// After an exception or `)`: `AND`, `OR` or `)`.
    AfterTerm,
}

impl Next {
    fn description(self) -> &'static str {
        match self {
            Next::License => "a license identifier or `(`",
            Next::AfterLicense => "`WITH`, `AND` or `OR`",
            Next::Exception => "a license exception",
            Next::AfterTerm => "`AND` or `OR`",
        }
    }
}

impl FromStr for LicenseExpression {
    type Err = LicenseError;

    fn from_str(expression: &str) -> Result<Self, LicenseError> {
        let spaced = expression.replace('(', " ( ").replace(')', " ) ");
        let mut parser = Parser { expression, next: Next::License, open: 0, normal: String::new() };
        for token in spaced.split(is_blank).filter(|token| !token.is_empty()) {
            parser.take(token)?;
        }
        parser.finish()
    }
}

/// Takes an expression token by token and writes it down in its normal form.
struct Parser<'a> {
    expression: &'a str,
    next: Next,
    open: usize,
    normal: String,
}

impl Parser<'_> {
    fn take(&mut self, token: &str) -> Result<(), LicenseError> {
        let (written, next) = match (token.to_ascii_lowercase().as_str(), self.next) {
            ("(", Next::License) => {
                self.open += 1;
                ("(".to_owned(), Next::License)
            }
            (")", Next::AfterLicense | Next::AfterTerm) => {
                self.open = self.open.checked_sub(1).ok_or_else(|| LicenseError::Unopened(self.owned()))?;
                (")".to_owned(), Next::AfterTerm)
            }
            (word @ ("and" | "or"), Next::AfterLicense | Next::AfterTerm) => (word.to_ascii_uppercase(), Next::License),
            ("with", Next::AfterLicense) => ("WITH".to_owned(), Next::Exception),
            ("(" | ")" | "and" | "or" | "with", _) => return Err(self.unexpected(token)),
            (_, Next::License) => (self.license(token)?, Next::AfterLicense),
            (_, Next::Exception) => (self.exception(token)?.to_owned(), Next::AfterTerm),
            _ => return Err(self.unexpected(token)),
        };
        if !self.normal.is_empty() && !self.normal.ends_with('(') && written != ")" {
            self.normal.push(' ');
        }
        self.normal += &written;
        self.next = next;
        Ok(())
    }

    fn finish(self) -> Result<LicenseExpression, LicenseError> {
        match self.next {
            _ if self.normal.is_empty() => Err(LicenseError::Empty),
            Next::License | Next::Exception => Err(LicenseError::Syntax {
                expression: self.owned(),
                expected: self.next.description(),
                place: Place::End,
            }),
            _ if self.open > 0 => Err(LicenseError::Unclosed(self.owned())),
            _ => Ok(LicenseExpression(self.normal)),
        }
    }

    fn license(&self, token: &str) -> Result<String, LicenseError> {
        if let Some(name) = strip_license_ref(token) {
            return if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')) {
                Ok(format!("LicenseRef-{name}"))
            } else {
                Err(LicenseError::LicenseRef { expression: self.owned(), id: token.to_owned() })
            };
        }
        let (id, plus) = token.strip_suffix('+').map_or((token, ""), |id| (id, "+"));
        let found = licenses().find(|known| known.eq_ignore_ascii_case(id));
        found.map(|known| format!("{known}{plus}")).ok_or_else(|| LicenseError::UnknownLicense {
            expression: self.owned(),
            id: id.to_owned(),
            near: near_license(id),
        })
    }

    fn exception(&self, token: &str) -> Result<&'static str, LicenseError> {
        let found = exceptions().find(|known| known.eq_ignore_ascii_case(token));
        found.ok_or_else(|| LicenseError::UnknownException {
            expression: self.owned(),
            id: token.to_owned(),
            near: near(token, exceptions()),
        })
    }

    fn unexpected(&self, token: &str) -> LicenseError {
        LicenseError::Syntax {
            expression: self.owned(),
            expected: self.next.description(),
            place: Place::Before(token.to_owned()),
        }
    }

    fn owned(&self) -> String {
        self.expression.to_owned()
    }
}

/// What follows `LicenseRef-`, whatever its case.
fn strip_license_ref(token: &str) -> Option<&str> {
    let (prefix, name) = token.split_at_checked("LicenseRef-".len())?;
    prefix.eq_ignore_ascii_case("LicenseRef-").then_some(name)
}

/// The ids of the SPDX list: the crate's table without what it adds for its own use.
fn licenses() -> impl Iterator<Item = &'static str> + Clone {
    let own = |name: &str| name == "NOASSERTION" || name.ends_with("-invariants");
    LICENSES.iter().map(|license| license.name).filter(move |name| !own(name))
}

fn exceptions() -> impl Iterator<Item = &'static str> + Clone {
    EXCEPTIONS.iter().map(|exception| exception.name)
}

/// The id that was meant, with `-only` where the list has renamed it so.
fn near_license(id: &str) -> Option<&'static str> {
    // npm's word for "no licence at all": the near `Unlicense` means the opposite.
    if id.eq_ignore_ascii_case("UNLICENSED") {
        return None;
    }
    let imprecise = IMPRECISE_NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(id));
    let meant = imprecise.map(|(_, meant)| *meant).or_else(|| near(id, licenses()))?;
    licenses().find(|known| known.strip_suffix("-only") == Some(meant)).or(Some(meant))
}

/// The shortest name that goes on where the id ends, or ends where the id goes on; else the most similar one.
fn near(id: &str, known: impl Iterator<Item = &'static str> + Clone) -> Option<&'static str> {
    let id = id.to_ascii_lowercase();
    let extends = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphabetic()))
    };
    let related = |name: &&str| {
        let name = name.to_ascii_lowercase();
        extends(&name, &id) || extends(&id, &name)
    };
    let shortest = known.clone().filter(related).min_by_key(|name| name.len());
    let rated = known.map(|name| (strsim::jaro_winkler(&id, &name.to_ascii_lowercase()), name));
    let similar = rated.filter(|(similarity, _)| *similarity > 0.85).max_by(|a, b| a.0.total_cmp(&b.0));
    shortest.or(similar.map(|(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        text.parse::<LicenseExpression>().unwrap_or_else(|error| panic!("{error}")).to_string()
    }

    fn message(text: &str) -> String {
        text.parse::<LicenseExpression>().unwrap_err().to_string()
    }

    #[test]
    fn an_expression_is_written_with_the_cases_of_the_list() {
        assert_eq!(normal("mit"), "MIT");
        assert_eq!(normal(" mit  or\tapache-2.0 "), "MIT OR Apache-2.0");
        assert_eq!(normal("mit and (apache-2.0 or( bsd-2-clause ))"), "MIT AND (Apache-2.0 OR (BSD-2-Clause))");
        assert_eq!(normal("gpl-3.0-only with classpath-EXCEPTION-2.0"), "GPL-3.0-only WITH Classpath-exception-2.0");
        assert_eq!(normal("(MIT)"), "(MIT)");
    }

    #[test]
    fn deprecated_ids_and_a_plus_are_kept() {
        assert_eq!(normal("gpl-2.0"), "GPL-2.0");
        assert_eq!(normal("GPL-2.0+"), "GPL-2.0+");
        assert_eq!(normal("apache-2.0+ or lgpl-2.1"), "Apache-2.0+ OR LGPL-2.1");
    }

    #[test]
    fn a_license_ref_may_have_any_name_and_keeps_its_case() {
        assert_eq!(normal("licenseref-Proprietary.2 OR mit"), "LicenseRef-Proprietary.2 OR MIT");
        assert!(message("LicenseRef-my_own").contains("only ASCII letters, digits, `-` and `.` are allowed"));
        assert!(message("LicenseRef-").contains("names `LicenseRef-`"));
        assert!(message("LicenseRef-x+").contains("names `LicenseRef-x+`"));
    }

    #[test]
    fn an_unknown_id_is_named_with_the_nearest_one() {
        assert_eq!(
            message("MIT OR Apache2"),
            "the license expression `MIT OR Apache2` names `Apache2`, which is no SPDX license identifier, the nearest \
             is `Apache-2.0`"
        );
        for (written, near) in [
            ("GPL-3.0-onlyy", "GPL-3.0-only"),
            ("GPL-3", "GPL-3.0-only"),
            ("LGPL3", "LGPL-3.0-only"),
            ("BSD-3", "BSD-3-Clause"),
            ("PSF", "PSF-2.0"),
            ("mit-license", "MIT"),
            ("Unlicence", "Unlicense"),
        ] {
            assert!(message(written).ends_with(&format!("the nearest is `{near}`")), "{}", message(written));
        }
        assert!(message("Apache License 2.0").ends_with("the nearest is `Apache-2.0`"));
        assert!(message("UNLICENSED").ends_with("which is no SPDX license identifier"));
        assert!(message("qqqqqqq").ends_with("names `qqqqqqq`, which is no SPDX license identifier"));
        assert_eq!(
            message("MIT WITH LLVM-exceptions"),
            "the license expression `MIT WITH LLVM-exceptions` names `LLVM-exceptions` after `WITH`, which is no SPDX \
             license exception, the nearest is `LLVM-exception`"
        );
    }

    #[test]
    fn ids_that_only_the_table_knows_are_unknown() {
        assert!(message("NOASSERTION").contains("which is no SPDX license identifier"));
        assert!(message("GFDL-1.1-invariants").contains("which is no SPDX license identifier"));
    }

    #[test]
    fn wrong_syntax_is_refused_with_what_is_needed() {
        assert_eq!(message("  "), "a license expression cannot be empty");
        assert_eq!(message("MIT OR"), "the license expression `MIT OR` needs a license identifier or `(` at its end");
        assert_eq!(message("OR MIT"), "the license expression `OR MIT` needs a license identifier or `(` before `OR`");
        assert_eq!(
            message("MIT Apache-2.0"),
            "the license expression `MIT Apache-2.0` needs `WITH`, `AND` or `OR` before `Apache-2.0`"
        );
        assert_eq!(message("MIT)"), "the license expression `MIT)` closes a parenthesis that it did not open");
        assert_eq!(message("(MIT"), "the license expression `(MIT` has a parenthesis that it does not close");
        assert_eq!(message("()"), "the license expression `()` needs a license identifier or `(` before `)`");
        assert!(message("MIT (ISC)").contains("needs `WITH`, `AND` or `OR` before `(`"));
        assert!(message("(MIT) WITH LLVM-exception").contains("needs `AND` or `OR` before `WITH`"));
        assert!(message("MIT WITH").contains("needs a license exception at its end"));
        assert!(message("MIT/Apache-2.0").contains("names `MIT/Apache-2.0`"));
        assert!(message("MIT\u{1b}").contains("names `MIT\\u{1b}`"));
    }

    #[test]
    fn cargo_s_slash_means_or() {
        let from_cargo = |text| LicenseExpression::from_cargo(text).map(|expression| expression.to_string());
        assert_eq!(from_cargo("MIT/Apache-2.0"), Ok("MIT OR Apache-2.0".into()));
        assert_eq!(from_cargo("mit / Apache-2.0 WITH llvm-exception"), {
            Ok("MIT OR Apache-2.0 WITH LLVM-exception".into())
        });
        assert!(from_cargo("MIT/").is_err());
    }
}
