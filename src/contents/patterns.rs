//! `include` and `exclude` of the tool table.
//!
//! `include` takes globs relative to the project; `exclude` takes patterns as `.gitignore` has them, the later ones
//! stronger, `!` bringing back.

use std::path::Path;

use globset::{ErrorKind, GlobBuilder, GlobMatcher};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::toml_document::Located;
use crate::facts::tool_patterns::Pattern;

/// Which archive a pattern is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Wheel,
    Sdist,
}

impl Format {
    fn takes(self, pattern: &Pattern) -> bool {
        match self {
            Format::Wheel => pattern.wheel,
            Format::Sdist => pattern.sdist,
        }
    }
}

/// A glob of `include`.
#[derive(Debug, Clone)]
pub struct Include {
    pub source: Located<String>,
    matcher: GlobMatcher,
}

impl Include {
    /// Whether the glob takes a path, given relative to the project, with `/`.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// The directory below which all matches lie.
    pub fn prefix(&self) -> &str {
        let glob = trimmed(&self.source.value);
        let literal = &glob[..glob.find(['*', '?', '[', '{']).unwrap_or(glob.len())];
        literal.rfind('/').map_or("", |at| &literal[..at])
    }
}

fn trimmed(glob: &str) -> &str {
    glob.trim_start_matches("./")
}

/// The globs of `include` for one format; bad ones are faults.
pub fn includes(patterns: &[Pattern], format: Format, faults: &mut Vec<Diagnostic>) -> Vec<Include> {
    let mut includes = Vec::new();
    for pattern in patterns.iter().filter(|pattern| format.takes(pattern)) {
        match include(&pattern.glob) {
            Ok(include) => includes.push(include),
            Err(fault) => faults.push(fault),
        }
    }
    includes
}

/// The glob of one entry, as a matcher.
pub fn include(source: &Located<String>) -> Result<Include, Diagnostic> {
    let glob = trimmed(&source.value);
    if Path::new(glob).is_absolute() || glob.starts_with(['/', '\\']) || glob.get(1..2) == Some(":") {
        let message = format!("`{}` is `{}`, an absolute path", source.key, source.value);
        return Err(source.error(Code::OutsideTree, message).hint("name files relative to `pyproject.toml`"));
    }
    if glob.split(['/', '\\']).any(|part| part == "..") {
        let message = format!("`{}` is `{}`, which leads outside the project with `..`", source.key, source.value);
        return Err(source
            .error(Code::OutsideTree, message)
            .hint("name files below the directory of `pyproject.toml`"));
    }
    if glob.contains("***") {
        let message = format!("`{}` is `{}`, which is no glob: more than two `*` in a row", source.key, source.value);
        return Err(source.error(Code::ToolValue, message));
    }
    let matcher = GlobBuilder::new(glob).literal_separator(true).build().map_err(|reason| {
        source.error(
            Code::ToolValue,
            format!("`{}` is `{}`, which is no glob: {}", source.key, source.value, reason.kind()),
        )
    })?;
    Ok(Include { source: source.clone(), matcher: matcher.compile_matcher() })
}

/// What `exclude` leaves out of one format.
#[derive(Debug, Clone)]
pub struct Excludes(Gitignore);

impl Excludes {
    /// Whether a file is left out, by its path in the project or by its path in the archive.
    pub fn excludes(&self, in_project: &str, in_archive: &str) -> bool {
        let excluded = |path: &str| self.0.matched_path_or_any_parents(path, false).is_ignore();
        excluded(in_project) || (in_archive != in_project && excluded(in_archive))
    }
}

/// The patterns of `exclude` for one format; bad ones are faults.
pub fn excludes(patterns: &[Pattern], format: Format, faults: &mut Vec<Diagnostic>) -> Excludes {
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns.iter().filter(|pattern| format.takes(pattern)) {
        let fault = bad_class(&pattern.glob.value);
        let fault =
            fault.or_else(|| builder.add_line(None, &pattern.glob.value).err().map(|reason| reason.to_string()));
        if let Some(reason) = fault {
            let message = format!("`{}` is `{}`, which is no pattern: {reason}", pattern.glob.key, pattern.glob.value);
            faults.push(pattern.glob.error(Code::ToolValue, message));
        }
    }
    Excludes(builder.build().unwrap_or_else(|_| Gitignore::empty()))
}

/// What git takes for a plain `[`, and so matches nothing that anybody meant, is a slip.
fn bad_class(glob: &str) -> Option<String> {
    let reason = GlobBuilder::new(glob).build().err()?;
    let is_of_class = matches!(reason.kind(), ErrorKind::UnclosedClass | ErrorKind::InvalidRange(..));
    is_of_class.then(|| reason.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;

    fn pattern(glob: &str) -> Pattern {
        let glob =
            Located { value: glob.to_owned(), key: "tool.wainwright.include[0]".into(), place: Place::file("p") };
        Pattern { glob, sdist: true, wheel: true }
    }

    fn faults(glob: &str) -> Vec<String> {
        let mut faults = Vec::new();
        includes(&[pattern(glob)], Format::Wheel, &mut faults);
        faults.into_iter().map(|fault| fault.message).collect()
    }

    #[test]
    fn a_star_stays_in_its_directory_and_two_do_not() {
        let include = |glob| include(&pattern(glob).glob).unwrap();
        assert!(include("a/*.txt").matches("a/b.txt") && !include("a/*.txt").matches("a/b/c.txt"));
        assert!(include("a/**/*.txt").matches("a/b/c.txt") && include("./a/**").matches("a/b"));
        assert_eq!((include("a/b*/c").prefix(), include("a/b/c").prefix(), include("**").prefix()), ("a", "a/b", ""));
    }

    #[test]
    fn what_leads_out_of_the_project_is_refused_with_the_key() {
        assert_eq!(
            faults("../x"),
            ["`tool.wainwright.include[0]` is `../x`, which leads outside the project with `..`"]
        );
        assert_eq!(faults("/etc/hostname"), ["`tool.wainwright.include[0]` is `/etc/hostname`, an absolute path"]);
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        assert_eq!((faults("a[").len(), faults("***").len()), (1, 1));
    }

    #[test]
    fn an_exclude_with_an_open_bracket_is_refused() {
        let mut faults = Vec::new();
        excludes(&[pattern("a[b")], Format::Wheel, &mut faults);
        let messages: Vec<_> = faults.into_iter().map(|fault| fault.message).collect();
        assert_eq!(
            messages,
            ["`tool.wainwright.include[0]` is `a[b`, which is no pattern: unclosed character class; missing ']'"]
        );
        let mut faults = Vec::new();
        excludes(&[pattern("!a[b-d]/x")], Format::Wheel, &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn excludes_work_as_gitignore_does() {
        let patterns = ["*.log", "/top", "!keep.log", "dir/"].map(pattern);
        let excludes = excludes(&patterns, Format::Wheel, &mut Vec::new());
        let out = |path| excludes.excludes(path, path);
        assert!(out("a/b.log") && out("top") && out("a/dir/x"));
        assert!(!out("a/top") && !out("a/keep.log"));
    }
}
