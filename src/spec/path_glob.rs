//! The patterns of `license-files` (PyPA "glob patterns").

use std::fmt;
use std::str::FromStr;

use super::text::shown;

/// Why a pattern was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathGlobError {
    #[error("a glob pattern cannot be empty")]
    Empty,
    #[error("the glob pattern {} begins with `/`, but must be relative", shown(.0))]
    Absolute(String),
    #[error("the glob pattern {} holds `..`, which is not allowed", shown(.0))]
    Parent(String),
    #[error("the glob pattern {} holds `\\`, the separator is `/`", shown(.0))]
    Backslash(String),
    #[error("the glob pattern {} has nothing before, after or between a `/`", shown(.0))]
    EmptyPart(String),
    #[error("the glob pattern {} holds more than two `*` in a row", shown(.0))]
    Stars(String),
    #[error("the glob pattern {} has a `[` without `]`", shown(.0))]
    OpenClass(String),
    #[error("the glob pattern {} has `[]` with nothing in it", shown(.0))]
    EmptyClass(String),
    #[error("the glob pattern {} has the range `{first}-{last}`, which holds nothing", shown(.pattern))]
    Range { pattern: String, first: char, last: char },
    #[error(
        "the glob pattern {} holds {}, only letters, digits, blanks, `_`, `-`, `.`, `/`, `*`, `?` and `[...]` are allowed",
        shown(.pattern),
        shown(&.character.to_string())
    )]
    Character { pattern: String, character: char },
}

/// A pattern for relative paths with `/`. A `*` or `?` stands for no `/`; a `**` for any directories.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathGlob {
    written: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    Directories,
    Name(Vec<Piece>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    Literal(char),
    One,
    Any,
    /// Ranges of characters, both ends in.
    Class(Vec<(char, char)>),
}

impl PathGlob {
    /// Whether the pattern matches the whole path of a file.
    pub fn matches(&self, path: &str) -> bool {
        let names: Vec<Vec<char>> = path.split('/').map(|name| name.chars().collect()).collect();
        let is_star = |part: &Part| *part == Part::Directories;
        wildcard(&self.parts, &names, is_star, |part, name| match part {
            Part::Directories => true,
            Part::Name(pieces) => wildcard(pieces, name, |piece| *piece == Piece::Any, Piece::matches),
        })
    }
}

impl Piece {
    fn matches(&self, c: &char) -> bool {
        match self {
            Piece::Literal(literal) => literal == c,
            Piece::One | Piece::Any => true,
            Piece::Class(ranges) => ranges.iter().any(|(first, last)| (first..=last).contains(&c)),
        }
    }
}

/// Whether the pattern matches all items, where a star stands for any number of them.
///
/// On a mismatch only the last star need take one item more, so this is never worse than the product of the lengths.
fn wildcard<P, T>(pattern: &[P], items: &[T], is_star: fn(&P) -> bool, matches: impl Fn(&P, &T) -> bool) -> bool {
    let (mut at, mut item) = (0, 0);
    let mut retry = None;
    while item < items.len() {
        match pattern.get(at) {
            Some(star) if is_star(star) => {
                retry = Some((at + 1, item + 1));
                at += 1;
            }
            Some(one) if matches(one, &items[item]) => (at, item) = (at + 1, item + 1),
            _ => {
                let Some((after_star, next)) = retry else { return false };
                retry = Some((after_star, next + 1));
                (at, item) = (after_star, next);
            }
        }
    }
    pattern[at..].iter().all(is_star)
}

impl FromStr for PathGlob {
    type Err = PathGlobError;

    fn from_str(pattern: &str) -> Result<Self, PathGlobError> {
        check(pattern)?;
        let mut parts = Vec::new();
        // A `.` is the directory that one is in already; at the end it would be no file.
        let last = pattern.rsplit('/').next() == Some(".");
        for name in pattern.split('/').filter(|name| *name != ".").chain(last.then_some(".")) {
            parts.push(if name == "**" { Part::Directories } else { Part::Name(pieces(pattern, name)?) });
        }
        // Only files are matched, so what ends in `**` means all files below.
        if parts.last() == Some(&Part::Directories) {
            parts.push(Part::Name(vec![Piece::Any]));
        }
        Ok(Self { written: pattern.to_owned(), parts })
    }
}

/// The rules that concern the whole pattern.
fn check(pattern: &str) -> Result<(), PathGlobError> {
    let owned = || pattern.to_owned();
    if pattern.is_empty() {
        return Err(PathGlobError::Empty);
    }
    if pattern.contains('\\') {
        return Err(PathGlobError::Backslash(owned()));
    }
    if pattern.starts_with('/') {
        return Err(PathGlobError::Absolute(owned()));
    }
    if pattern.contains("..") {
        return Err(PathGlobError::Parent(owned()));
    }
    if pattern.split('/').any(str::is_empty) {
        return Err(PathGlobError::EmptyPart(owned()));
    }
    if pattern.contains("***") {
        return Err(PathGlobError::Stars(owned()));
    }
    Ok(())
}

/// Reads a name between slashes.
fn pieces(pattern: &str, name: &str) -> Result<Vec<Piece>, PathGlobError> {
    let mut pieces = Vec::new();
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        pieces.push(match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '[' => {
                let (class, after) =
                    rest.as_str().split_once(']').ok_or_else(|| PathGlobError::OpenClass(pattern.to_owned()))?;
                rest = after.chars();
                Piece::Class(ranges(pattern, class)?)
            }
            _ if is_verbatim(c) => Piece::Literal(c),
            character => return Err(PathGlobError::Character { pattern: pattern.to_owned(), character }),
        });
    }
    Ok(pieces)
}

/// Reads what stands between brackets. A hyphen at either end, or after a range, stands for itself.
fn ranges(pattern: &str, class: &str) -> Result<Vec<(char, char)>, PathGlobError> {
    if let Some(character) = class.chars().find(|c| !is_verbatim(*c)) {
        return Err(PathGlobError::Character { pattern: pattern.to_owned(), character });
    }
    let mut rest: &[char] = &class.chars().collect::<Vec<_>>();
    let mut ranges = Vec::new();
    loop {
        rest = match rest {
            [] if ranges.is_empty() => return Err(PathGlobError::EmptyClass(pattern.to_owned())),
            [] => return Ok(ranges),
            [first, '-', last, ..] if first > last => {
                return Err(PathGlobError::Range { pattern: pattern.to_owned(), first: *first, last: *last });
            }
            [first, '-', last, after @ ..] => {
                ranges.push((*first, *last));
                after
            }
            [one, after @ ..] => {
                ranges.push((*one, *one));
                after
            }
        };
    }
}

fn is_verbatim(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.')
}

impl fmt::Display for PathGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> PathGlob {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn message(text: &str) -> String {
        text.parse::<PathGlob>().unwrap_err().to_string()
    }

    #[test]
    fn a_pattern_matches_whole_paths_only() {
        for (pattern, matched, other) in [
            ("LICENSE", &["LICENSE"][..], &["LICENSE.txt", "a/LICENSE", "license"][..]),
            ("LICEN[CS]E*", &["LICENSE", "LICENCE-MIT", "LICENSE.txt"], &["LICENXE", "LICENSE/a"]),
            ("licenses/*", &["licenses/MIT", "licenses/.hidden"], &["licenses/a/b", "licenses"]),
            ("licenses/**", &["licenses/MIT", "licenses/a/b"], &["licenses", "x/licenses/a"]),
            ("**/LICENSE", &["LICENSE", "a/LICENSE", "a/b/LICENSE"], &["a/LICENSE/b"]),
            ("a/**/b/*.txt", &["a/b/c.txt", "a/x/b/y/b/c.txt"], &["a/b/c", "b/c.txt"]),
            ("**", &["a", "a/b/c"], &[]),
            ("*/*", &["a/b"], &["a", "a/b/c"]),
            ("LICENS?", &["LICENSE", "LICENSÉ"], &["LICENS", "LICENS/"]),
            ("[à-ü]*", &["élan"], &["elan"]),
            ("[-a].txt", &["-.txt", "a.txt"], &["b.txt"]),
            ("[a-]", &["-", "a"], &["b"]),
            ("x[0-9A-F]", &["x7", "xB"], &["xG", "x-"]),
            ("./LICENSE", &["LICENSE"], &["./LICENSE"]),
            ("a/./b", &["a/b"], &["a/x/b"]),
            ("a/.", &[], &["a", "a/b"]),
            ("my license", &["my license"], &["mylicense"]),
            ("*a*b*c", &["abc", "xaxbxc", "aabbc"], &["abcx", "acb"]),
        ] {
            matched.iter().for_each(|path| assert!(glob(pattern).matches(path), "{pattern} matches {path}"));
            other.iter().for_each(|path| assert!(!glob(pattern).matches(path), "{pattern} does not match {path}"));
        }
    }

    #[test]
    fn a_pattern_is_shown_as_written() {
        assert_eq!(glob("./LICEN[CS]E*").to_string(), "./LICEN[CS]E*");
    }

    #[test]
    fn what_the_specification_does_not_know_is_refused() {
        assert_eq!(message(""), "a glob pattern cannot be empty");
        assert_eq!(message("/etc/passwd"), "the glob pattern `/etc/passwd` begins with `/`, but must be relative");
        assert_eq!(message("../LICENSE"), "the glob pattern `../LICENSE` holds `..`, which is not allowed");
        assert_eq!(message("a/../b"), "the glob pattern `a/../b` holds `..`, which is not allowed");
        assert_eq!(message("..\\LICENSE"), "the glob pattern `..\\LICENSE` holds `\\`, the separator is `/`");
        assert_eq!(message("a//b"), "the glob pattern `a//b` has nothing before, after or between a `/`");
        assert_eq!(message("licenses/"), "the glob pattern `licenses/` has nothing before, after or between a `/`");
        assert_eq!(message("a***"), "the glob pattern `a***` holds more than two `*` in a row");
        assert_eq!(message("LICEN[CS"), "the glob pattern `LICEN[CS` has a `[` without `]`");
        assert_eq!(message("a[/]b"), "the glob pattern `a[/]b` has a `[` without `]`");
        assert_eq!(message("a[]"), "the glob pattern `a[]` has `[]` with nothing in it");
        assert_eq!(message("[z-a]"), "the glob pattern `[z-a]` has the range `z-a`, which holds nothing");
        assert_eq!(
            message("LICEN{CSE*"),
            "the glob pattern `LICEN{CSE*` holds `{`, only letters, digits, blanks, `_`, `-`, `.`, `/`, `*`, `?` and \
             `[...]` are allowed"
        );
        for (pattern, character) in [("[!a]", "`!`"), ("[^a]", "`^`"), ("a]", "`]`"), ("a\n", "`\\n`"), ("~", "`~`")] {
            assert!(message(pattern).contains(&format!("holds {character}, only")), "{pattern:?}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!glob(&"*a".repeat(200)).matches(&"a".repeat(199)));
        assert!(!glob(&format!("{}x", "**/".repeat(200))).matches(&"a/".repeat(200)));
    }
}
