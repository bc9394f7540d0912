//! Sets of version specifiers, such as `requires-python` holds (PyPA "Version specifiers", PEP 440).

use std::fmt;
use std::str::FromStr;

use super::text::{is_blank, shown};
use super::version::{Number, Version, VersionError};

/// Why a set of version specifiers was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecifierError {
    #[error(
        "the version specifier {} begins with none of the operators `~=`, `==`, `!=`, `<=`, `>=`, `<`, `>` and `===`",
        shown(.0)
    )]
    Operator(String),
    #[error("the version specifier {} names no version", shown(.0))]
    NoVersion(String),
    #[error("the version specifier {} cannot be read: {error}", shown(.specifier))]
    Version { specifier: String, error: VersionError },
    #[error("the version specifier {} ends in `.*`, which only `==` and `!=` allow", shown(.0))]
    Wildcard(String),
    #[error("the version specifier {} has more than a release before `.*`", shown(.0))]
    WildcardSuffix(String),
    #[error("the version specifier {} has a local version, which only `==` and `!=` allow", shown(.0))]
    Local(String),
    #[error("the version specifier {} needs a release of two numbers at least, such as `~=1.0`", shown(.0))]
    Compatible(String),
    #[error("the version specifier {} holds {}, which cannot stand in it", shown(.specifier), shown(&.character.to_string()))]
    Character { specifier: String, character: char },
}

/// A comma-separated set of version specifiers, in the order written. The empty set accepts every version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct VersionSpecifiers(Vec<VersionSpecifier>);

/// One operator and what it compares with, as in `>=3.8`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VersionSpecifier {
    condition: Condition,
    /// The version as written, without blanks around it.
    written: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Condition {
    Compatible(Version),
    Equal(Version),
    EqualPrefix(Version),
    NotEqual(Version),
    NotEqualPrefix(Version),
    LessOrEqual(Version),
    GreaterOrEqual(Version),
    Less(Version),
    Greater(Version),
    Arbitrary,
}

/// Longest first, so that none hides another.
const OPERATORS: [&str; 8] = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"];

impl VersionSpecifiers {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &VersionSpecifier> {
        self.0.iter()
    }

    /// Whether every specifier accepts the version; pre-releases are judged like all others.
    pub fn contains(&self, version: &Version) -> bool {
        self.0.iter().all(|specifier| specifier.contains(version))
    }

    /// The lowest of Python 3.0 to 3.40 of which the set accepts some patch release.
    pub fn lower_bound_minor(&self) -> Option<(u64, u64)> {
        let release = |minor: u64, patch| Version::from_release([3, minor.into(), patch]);
        let accepts = |minor: &u64| (0..100).any(|patch| self.contains(&release(*minor, patch)));
        (0..=40).find(accepts).map(|minor| (3, minor))
    }
}

impl VersionSpecifier {
    fn contains(&self, version: &Version) -> bool {
        match &self.condition {
            Condition::Compatible(wanted) => {
                let prefix = &wanted.release()[..wanted.release().len() - 1];
                version.public() >= *wanted && has_prefix(version, wanted.epoch(), prefix)
            }
            Condition::Equal(wanted) => equal(version, wanted),
            Condition::NotEqual(unwanted) => !equal(version, unwanted),
            Condition::EqualPrefix(wanted) => has_prefix(version, wanted.epoch(), wanted.release()),
            Condition::NotEqualPrefix(unwanted) => !has_prefix(version, unwanted.epoch(), unwanted.release()),
            Condition::LessOrEqual(limit) => version.public() <= *limit,
            Condition::GreaterOrEqual(limit) => version.public() >= *limit,
            Condition::Less(limit) => less(version, limit),
            Condition::Greater(limit) => greater(version, limit),
            Condition::Arbitrary => version.to_string().eq_ignore_ascii_case(&self.written),
        }
    }

    fn operator(&self) -> &'static str {
        match self.condition {
            Condition::Compatible(_) => "~=",
            Condition::Equal(_) | Condition::EqualPrefix(_) => "==",
            Condition::NotEqual(_) | Condition::NotEqualPrefix(_) => "!=",
            Condition::LessOrEqual(_) => "<=",
            Condition::GreaterOrEqual(_) => ">=",
            Condition::Less(_) => "<",
            Condition::Greater(_) => ">",
            Condition::Arbitrary => "===",
        }
    }
}

/// Equality that overlooks the local version unless one was asked for.
fn equal(version: &Version, wanted: &Version) -> bool {
    if wanted.local().is_empty() { version.public() == *wanted } else { version == wanted }
}

/// Whether the release, with zeros appended, begins with the prefix.
fn has_prefix(version: &Version, epoch: Number, prefix: &[Number]) -> bool {
    let padded = version.release().iter().chain(std::iter::repeat(&0)).take(prefix.len());
    version.epoch() == epoch && padded.eq(prefix)
}

/// `<3.1` refuses 3.1's own pre-releases, unless it names a pre-release itself; their lowest is `3.1.dev0`.
fn less(version: &Version, limit: &Version) -> bool {
    if limit.is_prerelease() { version < limit } else { *version < limit.first_dev() }
}

/// `>3.1` refuses 3.1's own post-releases, unless it names a post-release itself, and its local versions.
fn greater(version: &Version, limit: &Version) -> bool {
    let own_local = version.public() == *limit;
    let own_post = version.post().is_some() && limit.post().is_none() && version.without_post() == *limit;
    version > limit && !own_local && !own_post
}

impl FromStr for VersionSpecifiers {
    type Err = SpecifierError;

    fn from_str(text: &str) -> Result<Self, SpecifierError> {
        let pieces = text.split(',').map(|piece| piece.trim_matches(is_blank)).filter(|piece| !piece.is_empty());
        pieces.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for VersionSpecifier {
    type Err = SpecifierError;

    fn from_str(specifier: &str) -> Result<Self, SpecifierError> {
        let owned = || specifier.to_owned();
        let operator = OPERATORS.into_iter().find(|operator| specifier.starts_with(operator));
        let operator = operator.ok_or_else(|| SpecifierError::Operator(owned()))?;
        let written = specifier[operator.len()..].trim_matches(is_blank);
        if written.is_empty() {
            return Err(SpecifierError::NoVersion(owned()));
        }
        let forbidden = |c: char| is_blank(c) || c.is_control() || matches!(c, ';' | ')');
        if let Some(character) = written.chars().find(|c| forbidden(*c)) {
            return Err(SpecifierError::Character { specifier: owned(), character });
        }
        let condition = condition(specifier, operator, written)?;
        Ok(Self { condition, written: written.to_owned() })
    }
}

fn condition(specifier: &str, operator: &str, written: &str) -> Result<Condition, SpecifierError> {
    let owned = || specifier.to_owned();
    if operator == "===" {
        return Ok(Condition::Arbitrary);
    }
    if let Some(prefix) = written.strip_suffix(".*") {
        let prefix = version(specifier, prefix)?;
        return match operator {
            "==" | "!=" if prefix != prefix.base() => Err(SpecifierError::WildcardSuffix(owned())),
            "==" => Ok(Condition::EqualPrefix(prefix)),
            "!=" => Ok(Condition::NotEqualPrefix(prefix)),
            _ => Err(SpecifierError::Wildcard(owned())),
        };
    }
    let version = version(specifier, written)?;
    match operator {
        "==" => Ok(Condition::Equal(version)),
        "!=" => Ok(Condition::NotEqual(version)),
        _ if !version.local().is_empty() => Err(SpecifierError::Local(owned())),
        "~=" if version.release().len() < 2 => Err(SpecifierError::Compatible(owned())),
        "~=" => Ok(Condition::Compatible(version)),
        "<=" => Ok(Condition::LessOrEqual(version)),
        ">=" => Ok(Condition::GreaterOrEqual(version)),
        "<" => Ok(Condition::Less(version)),
        _ => Ok(Condition::Greater(version)),
    }
}

fn version(specifier: &str, written: &str) -> Result<Version, SpecifierError> {
    written.parse().map_err(|error| SpecifierError::Version { specifier: specifier.to_owned(), error })
}

impl fmt::Display for VersionSpecifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.operator(), self.written)
    }
}

impl fmt::Display for VersionSpecifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written: Vec<_> = self.0.iter().map(VersionSpecifier::to_string).collect();
        f.write_str(&written.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> VersionSpecifiers {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn accepts(specifiers: &str, version: &str) -> bool {
        set(specifiers).contains(&version.parse().unwrap())
    }

    fn message(text: &str) -> String {
        text.parse::<VersionSpecifiers>().unwrap_err().to_string()
    }

    #[test]
    fn a_set_is_written_in_its_order_without_blanks() {
        assert_eq!(set(" >= 3.8 ,\t!=3.9.* , < 4 ").to_string(), ">=3.8,!=3.9.*,<4");
        assert_eq!(set("===  whatever-it_is").to_string(), "===whatever-it_is");
        assert_eq!(set("~=1.0RC1").to_string(), "~=1.0RC1");
        assert_eq!(set(">=3.8,").to_string(), ">=3.8");
    }

    #[test]
    fn the_empty_set_accepts_everything() {
        assert!(set("").is_empty());
        assert_eq!(set(" ").to_string(), "");
        assert!(accepts("", "0.1.dev0"));
    }

    #[test]
    fn each_operator_accepts_what_the_standard_says() {
        for (specifiers, accepted, refused) in [
            ("==1.0", &["1", "1.0.0", "1.0+local"][..], &["1.0.1", "1.0a1", "1.0.post1", "1!1.0"][..]),
            ("==1.0+x", &["1.0+X"], &["1.0", "1.0+y"]),
            ("!=1.0", &["1.0.1", "1.0.dev1"], &["1.0+local"]),
            ("==1.0.*", &["1", "1.0.5", "1.0a1", "1.0.post1"], &["1.1", "1!1.0"]),
            ("!=1.0.*", &["1.1"], &["1", "1.0.5"]),
            ("~=2.2", &["2.2", "2.9.1", "2.2.post3"], &["2.2a1", "3.0", "2.1"]),
            ("~=2.2.0", &["2.2.5", "2.2"], &["2.3", "3"]),
            ("~=2.2rc1", &["2.2rc2", "2.7"], &["2.2b1", "3"]),
            ("<=1.0", &["1.0", "1.0+local", "0.9", "1.0a1"], &["1.0.post1"]),
            (">=1.0", &["1.0", "1.0+local", "1.0.post1"], &["1.0a1", "0.9"]),
            ("<3.1", &["3.0.dev0", "3.0"], &["3.1.dev0", "3.1a1", "3.1"]),
            ("<3.1rc1", &["3.1a1"], &["3.1rc1"]),
            ("<3.1.post1", &["3.1", "3.1a1", "3.1.post0"], &["3.1.post1.dev1", "3.1.post1"]),
            (">3.1", &["3.1.1", "3.2.post0", "3.2+local"], &["3.1", "3.1.post0", "3.1.post1.dev1", "3.1+local"]),
            (">3.1a1", &["3.1rc1.post1", "3.1+local"], &["3.1a1.post1", "3.1a1+local"]),
            (">3.1.dev1", &["3.1", "3.1.post1", "3.1.dev2+local"], &["3.1.dev1+local"]),
            (">3.1.post1", &["3.1.post2", "3.1.post2+local"], &["3.1.post1", "3.1.post1+local"]),
            ("===1.0", &["1.0"], &["1", "1.0.0"]),
            (">=3.8,<4,!=3.9.1", &["3.9", "3.13.0rc1"], &["3.9.1", "4.0", "3.7"]),
        ] {
            accepted.iter().for_each(|version| assert!(accepts(specifiers, version), "{specifiers} accepts {version}"));
            refused.iter().for_each(|version| assert!(!accepts(specifiers, version), "{specifiers} refuses {version}"));
        }
    }

    #[test]
    fn a_specifier_that_breaks_the_rules_is_refused_with_its_reason() {
        let operators = "begins with none of the operators `~=`, `==`, `!=`, `<=`, `>=`, `<`, `>` and `===`";
        assert_eq!(message("3.8"), format!("the version specifier `3.8` {operators}"));
        assert_eq!(message("=>3.8"), format!("the version specifier `=>3.8` {operators}"));
        assert_eq!(message(">=3,^4"), format!("the version specifier `^4` {operators}"));
        assert_eq!(message(">="), "the version specifier `>=` names no version");
        assert_eq!(
            message(">=3.x"),
            "the version specifier `>=3.x` cannot be read: `3.x` is not a version: `.x` is not expected there"
        );
        assert_eq!(message(">=1.*"), "the version specifier `>=1.*` ends in `.*`, which only `==` and `!=` allow");
        assert_eq!(message("==1.0a1.*"), "the version specifier `==1.0a1.*` has more than a release before `.*`");
        assert_eq!(message("==1+a.*"), "the version specifier `==1+a.*` has more than a release before `.*`");
        assert_eq!(
            message(">1.0+x"),
            "the version specifier `>1.0+x` has a local version, which only `==` and `!=` allow"
        );
        assert_eq!(
            message("~=1"),
            "the version specifier `~=1` needs a release of two numbers at least, such as `~=1.0`"
        );
        assert_eq!(message(">=3.8 <4"), "the version specifier `>=3.8 <4` holds ` `, which cannot stand in it");
        assert_eq!(message("===a;b"), "the version specifier `===a;b` holds `;`, which cannot stand in it");
        assert!(message("==*").contains("cannot be read"));
    }

    #[test]
    fn the_lowest_python_is_found_whatever_form_the_bound_has() {
        let lowest = |text: &str| set(text).lower_bound_minor();
        assert_eq!(lowest(">=3.8"), Some((3, 8)));
        assert_eq!(lowest(">3.8.2,<4"), Some((3, 8)));
        assert_eq!(lowest(">3.8"), Some((3, 8)));
        assert_eq!(lowest("~=3.9"), Some((3, 9)));
        assert_eq!(lowest("==3.10.*"), Some((3, 10)));
        assert_eq!(lowest("==3.11.7"), Some((3, 11)));
        assert_eq!(lowest(">=2.7,!=3.0.*,!=3.1.*"), Some((3, 2)));
        assert_eq!(lowest(">=3.8.0rc1"), Some((3, 8)));
        assert_eq!(lowest(""), Some((3, 0)));
        assert_eq!(lowest("<3"), None);
        assert_eq!(lowest(">=4"), None);
    }
}
