//! The version of a project from the tags of its repository, as setuptools-scm's default scheme has it. A tree with
//! changes is marked as such without the day, so that building it tomorrow gives the same version.

use crate::facts::git_describe::GitDescribe;
use crate::spec::version::Version;

/// Why tags tell no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagFault {
    #[error("the tag `{tag}` holds no version: {reason}")]
    NoVersion { tag: String, reason: String },
    #[error("nothing can follow the tag `{0}`: only a development release with the number 0 leads up to another")]
    Development(String),
}

/// The digits of a commit's hash in a local version label, with the `g` before them: as many as setuptools-scm keeps.
const COMMIT_LENGTH: usize = 10;

/// The pattern of the tags that count, for `git describe --match`.
pub fn tag_pattern(prefix: Option<&str>) -> String {
    let Some(prefix) = prefix else { return "*[0-9]*".to_owned() };
    let is_special = |character: char| ['*', '?', '[', ']', '\\'].contains(&character);
    let escaped: String = prefix.chars().flat_map(|c| is_special(c).then_some('\\').into_iter().chain([c])).collect();
    format!("{escaped}[0-9]*")
}

/// The version of a tree. A tag that a `prefix` was asked for begins with it.
pub fn version(described: &GitDescribe, prefix: Option<&str>) -> Result<Version, TagFault> {
    let tagged = tagged(&described.tag, prefix)?;
    if described.distance == 0 && !described.is_dirty {
        return Ok(tagged);
    }
    let next = tagged.next_dev(described.distance).ok_or_else(|| TagFault::Development(described.tag.clone()))?;
    let commit: String = format!("g{}", described.commit).chars().take(COMMIT_LENGTH).collect();
    let dirty: &[&str] = if described.is_dirty { &["dirty"] } else { &[] };
    Ok(next.with_local(&[&[commit.as_str()], dirty].concat()))
}

/// The version that a tag names: behind the prefix, or behind words that end in `-`, perhaps with a `v` before it.
fn tagged(tag: &str, prefix: Option<&str>) -> Result<Version, TagFault> {
    let text = match prefix {
        Some(prefix) => tag.strip_prefix(prefix).unwrap_or(tag),
        None => without_words(tag),
    };
    text.parse().map_err(|error| TagFault::NoVersion { tag: tag.to_owned(), reason: format!("{error}") })
}

fn without_words(tag: &str) -> &str {
    let is_word = |character: char| character.is_alphanumeric() || character == '_' || character == '-';
    let begins_version = |text: &str| text.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit());
    let words = tag.find(|character| !is_word(character)).map_or(tag, |end| &tag[..end]);
    let behind = words.rmatch_indices('-').map(|(at, _)| &tag[at + 1..]);
    behind.into_iter().find(|rest| begins_version(rest)).unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<String, String> {
        let described = GitDescribe::read(line).unwrap();
        version(&described, None).map(|version| version.to_string()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_tag_is_the_version_and_what_follows_leads_up_to_the_next() {
        for (described, expected) in [
            ("v1.2.3-0-g0123456789abcdef", "1.2.3"),
            ("v1.2.3-4-g0123456789abcdef", "1.2.4.dev4+g012345678"),
            ("v1.2.3-0-g0123456789abcdef-dirty", "1.2.4.dev0+g012345678.dirty"),
            ("1.2.3-rc1-2-g0123456789abcdef-dirty", "1.2.3rc2.dev2+g012345678.dirty"),
            ("my-project-v2.0-0-g0", "2.0"),
            ("release-3-1-gabc", "4.dev1+gabc"),
            ("1.0+local-0-gabc", "1.0+local"),
            ("1.0+local-1-gabc", "1.1.dev1+local.gabc"),
        ] {
            assert_eq!(of(described).as_deref(), Ok(expected), "{described}");
        }
    }

    #[test]
    fn tags_that_name_no_version_are_refused() {
        assert!(of("v1.x-0-gabc").unwrap_err().starts_with("the tag `v1.x` holds no version"));
        assert!(of("v1.0.dev3-2-gabc").unwrap_err().starts_with("nothing can follow the tag `v1.0.dev3`"));
    }

    #[test]
    fn one_of_several_distributions_has_tags_of_its_own() {
        assert_eq!(tag_pattern(None), "*[0-9]*");
        assert_eq!(tag_pattern(Some("core-v")), "core-v[0-9]*");
        assert_eq!(tag_pattern(Some("a*")), "a\\*[0-9]*");
        let described = GitDescribe::read("core-v1.0-0-gabc").unwrap();
        assert_eq!(version(&described, Some("core-v")).unwrap().to_string(), "1.0");
    }
}
