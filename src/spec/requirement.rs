//! Requirements: what a distribution depends on (PyPA "Dependency specifiers", PEP 508).

use std::fmt;
use std::str::FromStr;

use super::marker::{Marker, MarkerError};
use super::name::{DistributionName, ExtraName, NameError, is_name_character};
use super::specifier::{SpecifierError, VersionSpecifiers};
use super::text::{self, has_line_break, shown};

/// Why a requirement was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequirementError {
    #[error("the requirement {} holds a line break", shown(.0))]
    LineBreak(String),
    #[error("the requirement {} must begin with the name of a distribution", shown(.0))]
    NoName(String),
    #[error("the requirement {} cannot be used: {error}", shown(.requirement))]
    Name { requirement: String, error: NameError },
    #[error("the requirement {} has extras without closing `]`", shown(.0))]
    OpenExtras(String),
    #[error("the requirement {} has an extra that cannot be used: {error}", shown(.requirement))]
    Extra { requirement: String, error: NameError },
    #[error("the requirement {} cannot be used: {error}", shown(.requirement))]
    Specifiers { requirement: String, error: SpecifierError },
    #[error("the requirement {} has two commas without a version specifier between them", shown(.0))]
    EmptySpecifier(String),
    #[error("the requirement {} has version specifiers without closing `)`", shown(.0))]
    OpenSpecifiers(String),
    #[error("the requirement {} names no URL after `@`", shown(.0))]
    NoUrl(String),
    #[error("the requirement {} must end or go on with `;` before {}", shown(.requirement), shown(.rest))]
    Trailing { requirement: String, rest: String },
    #[error("the requirement {} cannot be used: {error}", shown(.requirement))]
    Marker { requirement: String, error: MarkerError },
}

/// Which versions a requirement asks for, or where its distribution lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    Any,
    Versions(VersionSpecifiers),
    Url(String),
}

/// A distribution that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    name: DistributionName,
    extras: Vec<ExtraName>,
    source: Source,
    marker: Option<Marker>,
}

impl Requirement {
    pub fn name(&self) -> &DistributionName {
        &self.name
    }

    /// The extras asked for, in the order written, each once.
    pub fn extras(&self) -> &[ExtraName] {
        &self.extras
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    pub fn marker(&self) -> Option<&Marker> {
        self.marker.as_ref()
    }

    /// The requirement as an optional one: needed only where the extra is asked for.
    pub fn with_extra(&self, extra: &ExtraName) -> Requirement {
        let extra = Marker::extra(extra);
        let marker = match self.marker.clone() {
            Some(marker) => marker.and(extra),
            None => extra,
        };
        Requirement { marker: Some(marker), ..self.clone() }
    }
}

impl FromStr for Requirement {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, RequirementError> {
        if has_line_break(text) {
            return Err(RequirementError::LineBreak(text.to_owned()));
        }
        Parser { text, rest: text }.requirement()
    }
}

/// Reads a requirement from left to right; `rest` is what is not read yet.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn requirement(mut self) -> Result<Requirement, RequirementError> {
        self.blanks();
        let name = self.name()?;
        let extras = if self.symbol('[') { self.extras()? } else { Vec::new() };
        let source = if self.symbol('@') { self.url()? } else { self.versions()? };
        let marker = self.marker()?;
        Ok(Requirement { name, extras, source, marker })
    }

    fn name(&mut self) -> Result<DistributionName, RequirementError> {
        let name = self.until(|c| !is_name_character(c));
        if name.is_empty() {
            return Err(RequirementError::NoName(self.text.to_owned()));
        }
        self.blanks();
        name.parse().map_err(|error| RequirementError::Name { requirement: self.text.to_owned(), error })
    }

    /// What follows an opening bracket.
    fn extras(&mut self) -> Result<Vec<ExtraName>, RequirementError> {
        let list = self.until(|c| c == ']');
        if !self.symbol(']') {
            return Err(RequirementError::OpenExtras(self.text.to_owned()));
        }
        let mut extras = Vec::new();
        if !trim(list).is_empty() {
            for name in list.split(',') {
                let extra = trim(name)
                    .parse()
                    .map_err(|error| RequirementError::Extra { requirement: self.text.to_owned(), error })?;
                if !extras.contains(&extra) {
                    extras.push(extra);
                }
            }
        }
        Ok(extras)
    }

    /// What follows an `@`. A URL ends at a blank, not at a `;`.
    fn url(&mut self) -> Result<Source, RequirementError> {
        let url = self.until(is_blank);
        if url.is_empty() {
            return Err(RequirementError::NoUrl(self.text.to_owned()));
        }
        self.blanks();
        Ok(Source::Url(url.to_owned()))
    }

    fn versions(&mut self) -> Result<Source, RequirementError> {
        let written = if self.symbol('(') {
            let inner = self.until(|c| c == ')');
            if !self.symbol(')') {
                return Err(RequirementError::OpenSpecifiers(self.text.to_owned()));
            }
            inner
        } else if self.rest.starts_with(['~', '=', '!', '<', '>']) {
            self.until(|c| c == ';')
        } else {
            ""
        };
        self.specifiers(trim(written))
    }

    fn specifiers(&self, written: &str) -> Result<Source, RequirementError> {
        let mut pieces = written.strip_suffix(',').unwrap_or(written).split(',');
        if !written.is_empty() && pieces.any(|piece| trim(piece).is_empty()) {
            return Err(RequirementError::EmptySpecifier(self.text.to_owned()));
        }
        let specifiers: VersionSpecifiers = plain(written)
            .and_then(str::parse)
            .map_err(|error| RequirementError::Specifiers { requirement: self.text.to_owned(), error })?;
        Ok(if specifiers.is_empty() { Source::Any } else { Source::Versions(specifiers) })
    }

    fn marker(&mut self) -> Result<Option<Marker>, RequirementError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        if !self.symbol(';') {
            return Err(RequirementError::Trailing { requirement: self.text.to_owned(), rest: self.rest.to_owned() });
        }
        let marker = self.rest.parse();
        marker.map(Some).map_err(|error| RequirementError::Marker { requirement: self.text.to_owned(), error })
    }

    fn until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        let (read, rest) = self.rest.split_at(self.rest.find(stop).unwrap_or(self.rest.len()));
        self.rest = rest;
        read
    }

    /// Reads the symbol and the blanks after it.
    fn symbol(&mut self, symbol: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(symbol) else { return false };
        self.rest = rest;
        self.blanks();
        true
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(is_blank);
    }
}

/// The specifiers, if they hold no other blanks than the grammar knows.
fn plain(written: &str) -> Result<&str, SpecifierError> {
    match written.chars().find(|c| text::is_blank(*c) && !is_blank(*c)) {
        Some(character) => Err(SpecifierError::Character { specifier: written.to_owned(), character }),
        None => Ok(written),
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.extras.is_empty() {
            let extras: Vec<_> = self.extras.iter().map(ExtraName::as_written).collect();
            write!(f, "[{}]", extras.join(","))?;
        }
        match &self.source {
            Source::Any => {}
            Source::Versions(specifiers) => write!(f, "{specifiers}")?,
            Source::Url(url) => write!(f, " @ {url}")?,
        }
        match &self.marker {
            Some(marker) if matches!(self.source, Source::Url(_)) => write!(f, " ; {marker}"),
            Some(marker) => write!(f, "; {marker}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(text: &str) -> Requirement {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn message(text: &str) -> String {
        text.parse::<Requirement>().unwrap_err().to_string()
    }

    #[test]
    fn a_requirement_is_written_in_one_form() {
        for (written, expected) in [
            ("numpy", "numpy"),
            (" Foo.Bar_baz\t", "Foo.Bar_baz"),
            ("requests [security , Tests_A] >= 2.8.1 , == 2.8.* ; python_version < '2.7'", {
                r#"requests[security,Tests_A]>=2.8.1,==2.8.*; python_version < "2.7""#
            }),
            ("foo (>=1,<2)", "foo>=1,<2"),
            ("foo(~=1.0);os_name=='nt'", r#"foo~=1.0; os_name == "nt""#),
            ("foo ()", "foo"),
            ("foo[]", "foo"),
            ("foo[a,a,A]", "foo[a]"),
            ("foo>=1,", "foo>=1"),
            ("foo===1.0-odd", "foo===1.0-odd"),
            ("pip @ https://example.org/pip.whl#sha1=da9;x", "pip @ https://example.org/pip.whl#sha1=da9;x"),
            ("pip[a]@file:///pip.zip ;os_name=='nt'", r#"pip[a] @ file:///pip.zip ; os_name == "nt""#),
        ] {
            assert_eq!(requirement(written).to_string(), expected);
            assert_eq!(requirement(expected).to_string(), expected);
        }
    }

    #[test]
    fn the_parts_can_be_asked_for() {
        let requirement = requirement("Foo[a]>1; os_name == 'nt'");
        assert_eq!(requirement.name().as_written(), "Foo");
        assert_eq!(requirement.extras(), ["A".parse().unwrap()]);
        assert_eq!(requirement.source(), &Source::Versions(">1".parse().unwrap()));
        assert_eq!(requirement.marker(), Some(&"os_name == 'nt'".parse().unwrap()));
    }

    #[test]
    fn an_extra_is_added_to_the_marker_with_parentheses_where_needed() {
        let extra = "Dev_Tools".parse().unwrap();
        let with_extra = |text: &str| requirement(text).with_extra(&extra).to_string();
        assert_eq!(with_extra("foo>1"), r#"foo>1; extra == "dev-tools""#);
        assert_eq!(with_extra("foo; os_name == 'a'"), r#"foo; os_name == "a" and extra == "dev-tools""#);
        assert_eq!(with_extra("foo; os_name == 'a' or os_name == 'b'"), {
            r#"foo; (os_name == "a" or os_name == "b") and extra == "dev-tools""#
        });
        assert_eq!(with_extra("foo @ file:///x"), r#"foo @ file:///x ; extra == "dev-tools""#);
    }

    #[test]
    fn a_requirement_that_breaks_the_grammar_is_refused_with_its_reason() {
        assert_eq!(message(""), "the requirement `` must begin with the name of a distribution");
        assert_eq!(message(">=1"), "the requirement `>=1` must begin with the name of a distribution");
        assert_eq!(
            message("foo-"),
            "the requirement `foo-` cannot be used: the name `foo-` must begin and end with an ASCII letter or digit"
        );
        assert_eq!(message("foo 1.0"), "the requirement `foo 1.0` must end or go on with `;` before `1.0`");
        assert_eq!(message("foo[a"), "the requirement `foo[a` has extras without closing `]`");
        assert_eq!(
            message("foo[a,]"),
            "the requirement `foo[a,]` has an extra that cannot be used: a name cannot be empty"
        );
        assert!(message("foo[a b]").contains("the name `a b` holds ` `"));
        assert_eq!(message("foo(>=1"), "the requirement `foo(>=1` has version specifiers without closing `)`");
        assert_eq!(
            message("foo>=1,,<2"),
            "the requirement `foo>=1,,<2` has two commas without a version specifier between them"
        );
        assert!(message("foo>=\u{3000}1").contains("which cannot stand in it"));
        assert_eq!(message("foo @ "), "the requirement `foo @ ` names no URL after `@`");
        assert_eq!(
            message("foo @ file:///x y"),
            "the requirement `foo @ file:///x y` must end or go on with `;` before `y`"
        );
        assert_eq!(
            message("foo>=1.x"),
            "the requirement `foo>=1.x` cannot be used: the version specifier `>=1.x` cannot be read: `1.x` is not a \
             version: `.x` is not expected there"
        );
        assert_eq!(
            message("foo;"),
            "the requirement `foo;` cannot be used: the marker `` needs a variable or a text in quotes at its end"
        );
    }

    #[test]
    fn line_breaks_are_refused_wherever_they_stand() {
        for text in ["foo\n", "foo>=1,\n<2", "foo; os_name == 'a\u{2028}'", "foo @ file:///x\rEvil: 1"] {
            assert!(message(text).ends_with("holds a line break"), "{text:?}");
        }
        assert_eq!(message("foo\nX: y"), "the requirement `foo\\nX: y` holds a line break");
    }
}
