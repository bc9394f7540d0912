//! Versions (PyPA "Version specifiers", PEP 440): parsing with all alternative spellings, order, normal form.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::text::{is_blank, shown};

/// Why a version was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    #[error("a version cannot be empty")]
    Empty,
    #[error("{} is not a version: it must begin with a number", shown(.0))]
    NoRelease(String),
    #[error("{} is not a version: {} is not expected there", shown(.version), shown(.rest))]
    Trailing { version: String, rest: String },
    #[error("{} is not a version: after `+` only ASCII letters and digits separated by `.` are allowed", shown(.0))]
    Local(String),
    #[error("the version {} holds a number that is too large", shown(.0))]
    TooLarge(String),
    #[error(
        "the Cargo version {} has no counterpart in Python: its pre-release part {} is none of `alpha.N`, `beta.N`, \
         `rc.N` and `dev.N`",
        shown(.version),
        shown(.pre)
    )]
    SemverPre { version: String, pre: String },
    #[error(
        "the Cargo version {} has no counterpart in Python: its build part {} must be ASCII letters and digits \
         separated by single `.` or `-`",
        shown(.version),
        shown(.build)
    )]
    SemverBuild { version: String, build: String },
}

/// A number of a version. The standard sets no limit; 64 bits are too few for a time of the clock with microseconds,
/// as in `1.0.dev20261127090912123456`.
pub type Number = u128;

/// What comes before a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PreKind {
    Alpha,
    Beta,
    Candidate,
}

/// One part of a local version label. Numbers are greater than texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalPart {
    Text(String),
    Number(Number),
}

/// A version. Equality and order are those of the standard: `1.0` equals `1.0.0`.
#[derive(Debug, Clone)]
pub struct Version {
    epoch: Number,
    release: Vec<Number>,
    pre: Option<(PreKind, Number)>,
    post: Option<Number>,
    dev: Option<Number>,
    local: Vec<LocalPart>,
}

impl Version {
    /// The final release with these numbers; an empty slice is release 0.
    pub fn from_release(numbers: impl Into<Vec<Number>>) -> Self {
        let mut release = numbers.into();
        if release.is_empty() {
            release.push(0);
        }
        Version { epoch: 0, release, pre: None, post: None, dev: None, local: Vec::new() }
    }

    pub fn epoch(&self) -> Number {
        self.epoch
    }

    /// The numbers of the release as written, at least one: `[1, 0]` for `1.0rc1`.
    pub fn release(&self) -> &[Number] {
        &self.release
    }

    pub fn pre(&self) -> Option<(PreKind, Number)> {
        self.pre
    }

    pub fn post(&self) -> Option<Number> {
        self.post
    }

    pub fn dev(&self) -> Option<Number> {
        self.dev
    }

    pub fn local(&self) -> &[LocalPart] {
        &self.local
    }

    /// Whether it is a pre-release or a development release.
    pub fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    /// The version without its local label.
    pub fn public(&self) -> Version {
        Version { local: Vec::new(), ..self.clone() }
    }

    /// Epoch and release only.
    pub fn base(&self) -> Version {
        Version { pre: None, post: None, dev: None, ..self.public() }
    }

    /// The lowest development release of this version.
    pub(crate) fn first_dev(&self) -> Version {
        Version { dev: Some(0), ..self.public() }
    }

    /// What this version is a post-release of.
    pub(crate) fn without_post(&self) -> Version {
        Version { post: None, dev: None, ..self.public() }
    }

    /// The development release so many commits after this version, as setuptools-scm's default scheme `guess-next-dev`
    /// guesses it: the last number is raised, or the number of a pre- or post-release; `1.0.dev0` leads up to `1.0`.
    /// `None` where it is another development release, after which nothing can be guessed.
    pub fn next_dev(&self, distance: u64) -> Option<Version> {
        let mut next = Version { dev: Some(distance.into()), ..self.clone() };
        match (self.dev, &mut next) {
            (Some(0), _) => {}
            (Some(_), _) => return None,
            (None, Version { post: Some(number), .. } | Version { pre: Some((_, number)), .. }) => *number += 1,
            (None, Version { release, .. }) => release.iter_mut().last().into_iter().for_each(|number| *number += 1),
        }
        Some(next)
    }

    /// The version with more parts at the end of its local label.
    pub fn with_local(&self, parts: &[&str]) -> Version {
        let more = parts.iter().map(|part| match part.parse() {
            Ok(number) => LocalPart::Number(number),
            Err(_) => LocalPart::Text(part.to_ascii_lowercase()),
        });
        Version { local: self.local.iter().cloned().chain(more).collect(), ..self.clone() }
    }

    /// The Python version for a version of `Cargo.toml` (SemVer), where one exists: `1.2.3-alpha.1` is `1.2.3a1`.
    ///
    /// SemVer's spelling is one of PEP 440's alternative spellings, so it is read as one.
    pub fn from_semver(semver: &str) -> Result<Self, VersionError> {
        semver.parse().map_err(|error| match error {
            VersionError::Trailing { .. } | VersionError::Local(_) => semver_error(semver).unwrap_or(error),
            _ => error,
        })
    }

    fn release_without_zeros(&self) -> &[Number] {
        let end = self.release.iter().rposition(|number| *number != 0).map_or(0, |last| last + 1);
        &self.release[..end]
    }

    /// What the order is made of. A development release comes before the pre-releases of its release; "no dev" comes
    /// after every dev, "no post" before every post, "no local" before every local.
    fn key(&self) -> impl Ord + Hash {
        let pre = match (self.pre, self.post, self.dev) {
            (Some(pre), _, _) => (1, Some(pre)),
            (None, None, Some(_)) => (0, None),
            (None, _, _) => (2, None),
        };
        let dev = (self.dev.is_none(), self.dev);
        (self.epoch, self.release_without_zeros(), pre, self.post, dev, &self.local)
    }
}

/// What of the SemVer version has no counterpart: its pre-release part, else its build part.
fn semver_error(semver: &str) -> Option<VersionError> {
    let version = semver.to_owned();
    let (without_build, build) = match semver.split_once('+') {
        Some((before, build)) => (before, Some(build)),
        None => (semver, None),
    };
    if without_build.parse::<Version>().is_err() {
        let (_, pre) = without_build.split_once('-')?;
        return Some(VersionError::SemverPre { version, pre: pre.to_owned() });
    }
    Some(VersionError::SemverBuild { version, build: build?.to_owned() })
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        Parser { text, rest: text.trim_matches(is_blank) }.version()
    }
}

/// Reads a version from left to right; `rest` is what is not read yet.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn version(mut self) -> Result<Version, VersionError> {
        if self.rest.is_empty() {
            return Err(VersionError::Empty);
        }
        self.word(&["v"]);
        let epoch = self.epoch()?;
        let release = self.release()?;
        let pre = self.pre()?;
        let post = self.post()?;
        let dev = self.labelled(&["dev"])?.map(|(_, number)| number);
        let local = self.local()?;
        if !self.rest.is_empty() {
            return Err(VersionError::Trailing { version: self.text.to_owned(), rest: self.rest.to_owned() });
        }
        Ok(Version { epoch, release, pre, post, dev, local })
    }

    fn epoch(&mut self) -> Result<Number, VersionError> {
        let before = self.rest;
        match self.number()? {
            Some(epoch) if self.character(&['!']) => Ok(epoch),
            _ => {
                self.rest = before;
                Ok(0)
            }
        }
    }

    fn release(&mut self) -> Result<Vec<Number>, VersionError> {
        let first = self.number()?.ok_or_else(|| VersionError::NoRelease(self.text.to_owned()))?;
        let mut release = vec![first];
        loop {
            let before = self.rest;
            let dot = self.character(&['.']);
            match self.number()? {
                Some(number) if dot => release.push(number),
                _ => {
                    self.rest = before;
                    return Ok(release);
                }
            }
        }
    }

    fn pre(&mut self) -> Result<Option<(PreKind, Number)>, VersionError> {
        let found = self.labelled(&["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"])?;
        Ok(found.map(|(label, number)| match label {
            "alpha" | "a" => (PreKind::Alpha, number),
            "beta" | "b" => (PreKind::Beta, number),
            _ => (PreKind::Candidate, number),
        }))
    }

    /// `.post1` and its spellings, among them the bare `-1`.
    fn post(&mut self) -> Result<Option<Number>, VersionError> {
        let before = self.rest;
        if self.character(&['-']) {
            if let Some(number) = self.number()? {
                return Ok(Some(number));
            }
            self.rest = before;
        }
        Ok(self.labelled(&["post", "rev", "r"])?.map(|(_, number)| number))
    }

    /// A label with an optional separator before and after it and an optional number, 0 if there is none.
    fn labelled(&mut self, labels: &[&'static str]) -> Result<Option<(&'static str, Number)>, VersionError> {
        let before = self.rest;
        self.character(&['-', '_', '.']);
        let Some(label) = self.word(labels) else {
            self.rest = before;
            return Ok(None);
        };
        self.character(&['-', '_', '.']);
        Ok(Some((label, self.number()?.unwrap_or(0))))
    }

    fn local(&mut self) -> Result<Vec<LocalPart>, VersionError> {
        if !self.character(&['+']) {
            return Ok(Vec::new());
        }
        let parts = std::mem::take(&mut self.rest).split(['-', '_', '.']);
        parts.map(|part| self.local_part(part)).collect()
    }

    fn local_part(&self, part: &str) -> Result<LocalPart, VersionError> {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(VersionError::Local(self.text.to_owned()));
        }
        if part.bytes().all(|b| b.is_ascii_digit()) {
            return self.parse_number(part).map(LocalPart::Number);
        }
        Ok(LocalPart::Text(part.to_ascii_lowercase()))
    }

    /// Reads the first of the labels that stands here, whatever its case.
    fn word(&mut self, labels: &[&'static str]) -> Option<&'static str> {
        let label = labels.iter().copied().find(|label| {
            self.rest.as_bytes().get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label.as_bytes()))
        })?;
        self.rest = &self.rest[label.len()..];
        Some(label)
    }

    fn character(&mut self, allowed: &[char]) -> bool {
        let stripped = self.rest.strip_prefix(allowed);
        self.rest = stripped.unwrap_or(self.rest);
        stripped.is_some()
    }

    fn number(&mut self) -> Result<Option<Number>, VersionError> {
        let end = self.rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        if digits.is_empty() { Ok(None) } else { self.parse_number(digits).map(Some) }
    }

    fn parse_number(&self, digits: &str) -> Result<Number, VersionError> {
        digits.parse().map_err(|_| VersionError::TooLarge(self.text.to_owned()))
    }
}

impl fmt::Display for PreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PreKind::Alpha => "a",
            PreKind::Beta => "b",
            PreKind::Candidate => "rc",
        })
    }
}

impl fmt::Display for LocalPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LocalPart::Text(text) => f.write_str(text),
            LocalPart::Number(number) => write!(f, "{number}"),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch != 0 {
            write!(f, "{}!", self.epoch)?;
        }
        write!(f, "{}", dotted(&self.release))?;
        if let Some((kind, number)) = self.pre {
            write!(f, "{kind}{number}")?;
        }
        if let Some(number) = self.post {
            write!(f, ".post{number}")?;
        }
        if let Some(number) = self.dev {
            write!(f, ".dev{number}")?;
        }
        if !self.local.is_empty() {
            write!(f, "+{}", dotted(&self.local))?;
        }
        Ok(())
    }
}

fn dotted<T: ToString>(parts: &[T]) -> String {
    parts.iter().map(T::to_string).collect::<Vec<_>>().join(".")
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn normal(text: &str) -> String {
        version(text).to_string()
    }

    fn message(text: &str) -> String {
        text.parse::<Version>().unwrap_err().to_string()
    }

    #[test]
    fn every_spelling_is_written_in_the_normal_form() {
        for (written, expected) in [
            ("1", "1"),
            (" \tv1.0\r\n", "1.0"),
            ("V01.002.0", "1.2.0"),
            ("0!1", "1"),
            ("7!1.0", "7!1.0"),
            ("1.0ALPHA", "1.0a0"),
            ("1.0-a.1", "1.0a1"),
            ("1.0_beta_2", "1.0b2"),
            ("1.0c3", "1.0rc3"),
            ("1.0pre", "1.0rc0"),
            ("1.0-preview-4", "1.0rc4"),
            ("1.0a-", "1.0a0"),
            ("1.0-1", "1.0.post1"),
            ("1.0post", "1.0.post0"),
            ("1.0.rev2", "1.0.post2"),
            ("1.0r3", "1.0.post3"),
            ("1.0-dev", "1.0.dev0"),
            ("1.0a1-1dev2", "1.0a1.post1.dev2"),
            ("1.0a.dev1", "1.0a0.dev1"),
            ("1.0.DEV4+Ubuntu-01_x", "1.0.dev4+ubuntu.1.x"),
            ("1.0+0001a", "1.0+0001a"),
        ] {
            assert_eq!(normal(written), expected, "{written:?}");
            assert_eq!(normal(expected), expected);
        }
    }

    #[test]
    fn versions_are_ordered_as_the_standard_says() {
        let ordered = [
            "1.dev0",
            "1.0.dev456",
            "1.0a1.dev1",
            "1.0a1",
            "1.0a1.post0.dev1",
            "1.0a1.post0",
            "1.0a2",
            "1.0a12",
            "1.0b1",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0+5.a",
            "1.0.post1.dev3",
            "1.0.post1",
            "1.0.1",
            "1.10",
            "2",
            "1!0.1",
        ];
        let versions: Vec<_> = ordered.iter().map(|text| version(text)).collect();
        for (low, high) in (0..versions.len()).flat_map(|high| (0..high).map(move |low| (low, high))) {
            assert!(versions[low] < versions[high], "{} < {}", ordered[low], ordered[high]);
        }
    }

    #[test]
    fn trailing_zeros_make_no_difference_to_equality_and_hash() {
        let set = std::collections::HashSet::from([version("1.0"), version("1"), version("1.0.0"), version("v1.00")]);
        assert_eq!(set.len(), 1);
        assert_eq!(version("0"), version("0.0"));
        assert_ne!(version("1.0"), version("1.0+local"));
        assert_ne!(version("1.0"), version("10"));
    }

    #[test]
    fn the_parts_can_be_asked_for() {
        let version = version("2!1.0.3rc4.post5.dev6+a.7");
        assert_eq!((version.epoch(), version.release()), (2, &[1, 0, 3][..]));
        assert_eq!(version.pre(), Some((PreKind::Candidate, 4)));
        assert_eq!((version.post(), version.dev()), (Some(5), Some(6)));
        assert_eq!(version.local(), [LocalPart::Text("a".into()), LocalPart::Number(7)]);
        assert_eq!(version.public().to_string(), "2!1.0.3rc4.post5.dev6");
        assert_eq!(version.base().to_string(), "2!1.0.3");
    }

    #[test]
    fn pre_and_development_releases_are_prereleases_and_post_releases_are_not() {
        assert!(version("1.0a1").is_prerelease());
        assert!(version("1.0.post1.dev1").is_prerelease());
        assert!(!version("1.0.post1+local").is_prerelease());
    }

    #[test]
    fn what_is_no_version_is_refused_with_the_part_that_is_wrong() {
        assert_eq!(message(" "), "a version cannot be empty");
        assert_eq!(message("latest"), "`latest` is not a version: it must begin with a number");
        assert_eq!(message("vv1"), "`vv1` is not a version: it must begin with a number");
        assert_eq!(message("1!"), "`1!` is not a version: it must begin with a number");
        assert_eq!(message("1!2!3"), "`1!2!3` is not a version: `!3` is not expected there");
        assert_eq!(message("1.2.x"), "`1.2.x` is not a version: `.x` is not expected there");
        assert_eq!(message("1.*"), "`1.*` is not a version: `.*` is not expected there");
        assert_eq!(message("1.2\n3"), "`1.2\\n3` is not a version: `\\n3` is not expected there");
        assert_eq!(message("1..2"), "`1..2` is not a version: `..2` is not expected there");
        assert_eq!(message("1٣"), "`1٣` is not a version: `٣` is not expected there");
        for local in ["1+", "1+a..b", "1+a+b", "1+é"] {
            assert!(message(local).contains("after `+` only ASCII letters"), "{local}");
        }
        let large = "1.340282366920938463463374607431768211456";
        assert_eq!(message(large), format!("the version `{large}` holds a number that is too large"));
    }

    #[test]
    fn blanks_around_it_are_those_of_python_and_a_number_may_be_a_time() {
        let read = |text: &str| text.parse::<Version>().map(|version| version.to_string());
        assert_eq!(read("\u{1c}\u{3000}1.0\n\u{1f}"), Ok("1.0".into()));
        assert_eq!(read("1.0.dev20261127090912123456"), Ok("1.0.dev20261127090912123456".into()));
    }

    #[test]
    fn the_next_development_release_is_guessed_as_setuptools_scm_does() {
        // What setuptools-scm 10.3.4 makes of these tags, three commits later.
        for (tag, next) in [
            ("1.2.3", "1.2.4.dev3"),
            ("1.9", "1.10.dev3"),
            ("1.2.3rc1", "1.2.3rc2.dev3"),
            ("1.2.3.post1", "1.2.3.post2.dev3"),
            ("1.2.3a1.post4", "1.2.3a1.post5.dev3"),
            ("1.2.3.dev0", "1.2.3.dev3"),
            ("1!2", "1!3.dev3"),
        ] {
            assert_eq!(version(tag).next_dev(3).unwrap().to_string(), next, "{tag}");
        }
        assert_eq!(version("1.2.dev4").next_dev(3), None);
        assert_eq!(version("1.0.dev1").with_local(&["g012", "dirty"]).to_string(), "1.0.dev1+g012.dirty");
    }

    #[test]
    fn a_cargo_version_becomes_a_python_version() {
        let mapped = |text: &str| Version::from_semver(text).unwrap().to_string();
        assert_eq!(mapped("1.2.3"), "1.2.3");
        assert_eq!(mapped("1.2.3-alpha.1"), "1.2.3a1");
        assert_eq!(mapped("1.2.3-beta1"), "1.2.3b1");
        assert_eq!(mapped("1.2.3-rc"), "1.2.3rc0");
        assert_eq!(mapped("1.2.3-pre.2"), "1.2.3rc2");
        assert_eq!(mapped("1.2.3-dev.3+build.5"), "1.2.3.dev3+build.5");
        assert_eq!(mapped("1.2.3-alpha.1.dev.2"), "1.2.3a1.dev2");
        assert_eq!(mapped("1.2.3+build-5"), "1.2.3+build.5");
    }

    #[test]
    fn a_cargo_version_without_counterpart_is_refused_with_its_part() {
        let message = |text: &str| Version::from_semver(text).unwrap_err().to_string();
        assert_eq!(
            message("1.2.3-nightly.4"),
            "the Cargo version `1.2.3-nightly.4` has no counterpart in Python: its pre-release part `nightly.4` is \
             none of `alpha.N`, `beta.N`, `rc.N` and `dev.N`"
        );
        assert!(message("1.2.3-alpha.1.2+b").contains("pre-release part `alpha.1.2`"));
        assert!(message("1.2.3-rc.1+a--b").contains("build part `a--b` must be"));
        assert!(message("x").contains("must begin with a number"));
    }
}
