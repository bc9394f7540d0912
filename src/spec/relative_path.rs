//! Paths inside an archive or a project: relative, with `/`, without `..` (PEP 639, PEP 721, binary distribution format).

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use super::text::shown;

/// A relative path that stays where it starts. `a/./b` and `a/x/../b` are read as `a/b`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(String);

/// Why a path was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelativePathError {
    #[error("{} is an absolute path", shown(.0))]
    Absolute(String),
    #[error("{} leads out of the directory that it starts from", shown(.0))]
    Outside(String),
    #[error("{} names no file", shown(.0))]
    Empty(String),
}

/// A path without `.` and `..`, as far as names alone tell.
pub fn without_dots(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

impl RelativePath {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RelativePath {
    type Err = RelativePathError;

    fn from_str(written: &str) -> Result<Self, RelativePathError> {
        let text = written.to_owned();
        let has_drive = written.get(1..2) == Some(":") && written.starts_with(|c: char| c.is_ascii_alphabetic());
        if written.starts_with(['/', '\\']) || has_drive || Path::new(written).is_absolute() {
            return Err(RelativePathError::Absolute(text));
        }
        let mut parts: Vec<&str> = Vec::new();
        for component in Path::new(written).components() {
            match component {
                Component::Normal(part) => parts.extend(part.to_str()),
                Component::CurDir => {}
                Component::ParentDir if !parts.is_empty() => drop(parts.pop()),
                _ => return Err(RelativePathError::Outside(text)),
            }
        }
        if parts.is_empty() { Err(RelativePathError::Empty(text)) } else { Ok(Self(parts.join("/"))) }
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_kept_inside() {
        let parsed = |text: &str| text.parse::<RelativePath>().map(|path| path.to_string());
        assert_eq!(parsed("a/./b/../c"), Ok("a/c".to_owned()));
        assert_eq!(parsed("./x y/é"), Ok("x y/é".to_owned()));
        assert_eq!(parsed("../x"), Err(RelativePathError::Outside("../x".into())));
        assert_eq!(parsed("a/../../x"), Err(RelativePathError::Outside("a/../../x".into())));
        assert_eq!(parsed("/etc"), Err(RelativePathError::Absolute("/etc".into())));
        assert_eq!(parsed("C:\\x"), Err(RelativePathError::Absolute("C:\\x".into())));
        assert_eq!(parsed("."), Err(RelativePathError::Empty(".".into())));
    }
}
