//! Compatibility tags of wheels (PyPA "Platform compatibility tags", PEP 425).

use std::fmt;
use std::str::FromStr;

use super::text::shown;

/// Why a tag was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    #[error("the wheel tag {} must have three parts separated by `-`", shown(.0))]
    Parts(String),
    #[error("the wheel tag {} has nothing before, after or between a `.`", shown(.0))]
    Empty(String),
    #[error(
        "the wheel tag {} holds {}, only ASCII letters, digits and `_` are allowed",
        shown(.tag),
        shown(&.character.to_string())
    )]
    Character { tag: String, character: char },
}

/// One combination of Python, ABI and platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    pub python: String,
    pub abi: String,
    pub platform: String,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}

/// The compressed set of tags that a wheel's name bears: every combination of its parts. Each part is sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WheelTag {
    python: Vec<String>,
    abi: Vec<String>,
    platform: Vec<String>,
}

impl WheelTag {
    /// Each part is one tag, or several separated by `.`: `new("cp315", "abi3.abi3t", "linux_x86_64")`.
    pub fn new(python: &str, abi: &str, platform: &str) -> Result<Self, TagError> {
        Ok(Self { python: part(python)?, abi: part(abi)?, platform: part(platform)? })
    }

    pub fn python(&self) -> &[String] {
        &self.python
    }

    pub fn abi(&self) -> &[String] {
        &self.abi
    }

    pub fn platform(&self) -> &[String] {
        &self.platform
    }

    /// Every combination, sorted.
    pub fn tags(&self) -> Vec<Tag> {
        let mut tags = Vec::new();
        for python in &self.python {
            for abi in &self.abi {
                for platform in &self.platform {
                    tags.push(Tag { python: python.clone(), abi: abi.clone(), platform: platform.clone() });
                }
            }
        }
        tags
    }

    /// Every combination as WHEEL lists it, sorted.
    pub fn expand(&self) -> Vec<String> {
        self.tags().iter().map(Tag::to_string).collect()
    }
}

fn part(written: &str) -> Result<Vec<String>, TagError> {
    if let Some(character) = written.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))) {
        return Err(TagError::Character { tag: written.to_owned(), character });
    }
    if written.split('.').any(str::is_empty) {
        return Err(TagError::Empty(written.to_owned()));
    }
    let mut tags: Vec<_> = written.split('.').map(str::to_ascii_lowercase).collect();
    tags.sort();
    tags.dedup();
    Ok(tags)
}

impl FromStr for WheelTag {
    type Err = TagError;

    fn from_str(tag: &str) -> Result<Self, TagError> {
        let parts: Vec<_> = tag.split('-').collect();
        let [python, abi, platform] = parts[..] else { return Err(TagError::Parts(tag.to_owned())) };
        Self::new(python, abi, platform)
    }
}

impl fmt::Display for WheelTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python.join("."), self.abi.join("."), self.platform.join("."))
    }
}

/// The platform tag for what `sysconfig.get_platform()` says: `linux-x86_64` is `linux_x86_64`.
pub fn platform_tag(platform: &str) -> String {
    platform.replace(['-', '.', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> WheelTag {
        text.parse().unwrap()
    }

    #[test]
    fn a_simple_tag_is_its_own_expansion() {
        let simple = tag("cp311-abi3-linux_x86_64");
        assert_eq!(simple.to_string(), "cp311-abi3-linux_x86_64");
        assert_eq!(simple.expand(), ["cp311-abi3-linux_x86_64"]);
        assert_eq!((simple.python(), simple.abi()), (&["cp311".to_owned()][..], &["abi3".to_owned()][..]));
    }

    #[test]
    fn a_compressed_tag_is_sorted_and_expands_to_all_combinations() {
        let compressed = WheelTag::new("py3.py2", "abi3t.abi3", "manylinux_2_17_x86_64.manylinux2014_x86_64").unwrap();
        assert_eq!(compressed.to_string(), "py2.py3-abi3.abi3t-manylinux2014_x86_64.manylinux_2_17_x86_64");
        let expanded = compressed.expand();
        assert_eq!(expanded.len(), 8);
        assert!(expanded.is_sorted());
        assert_eq!(expanded[0], "py2-abi3-manylinux2014_x86_64");
        assert_eq!(expanded[7], "py3-abi3t-manylinux_2_17_x86_64");
        assert_eq!(compressed.platform().len(), 2);
    }

    #[test]
    fn a_part_named_twice_stands_once() {
        assert_eq!(tag("py3.py3-none-any").to_string(), "py3-none-any");
    }

    #[test]
    fn what_is_no_tag_is_refused_with_its_reason() {
        let message = |text: &str| text.parse::<WheelTag>().unwrap_err().to_string();
        assert_eq!(message("py3-none"), "the wheel tag `py3-none` must have three parts separated by `-`");
        assert_eq!(message("1-py3-none-any"), "the wheel tag `1-py3-none-any` must have three parts separated by `-`");
        assert_eq!(message("py3--any"), "the wheel tag `` has nothing before, after or between a `.`");
        assert_eq!(message("py3-none-a..b"), "the wheel tag `a..b` has nothing before, after or between a `.`");
        assert_eq!(
            message("py3-none-../x"),
            "the wheel tag `../x` holds `/`, only ASCII letters, digits and `_` are allowed"
        );
    }

    #[test]
    fn a_platform_of_sysconfig_becomes_a_tag() {
        assert_eq!(platform_tag("linux-x86_64"), "linux_x86_64");
        assert_eq!(platform_tag("macosx-10.9-universal2"), "macosx_10_9_universal2");
        assert_eq!(platform_tag("win amd64"), "win_amd64");
    }
}
