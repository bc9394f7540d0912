//! Names of archives and of the directories in them (PyPA "Binary distribution format", "Source distribution file
//! name", PEP 427, PEP 625).

use std::fmt;
use std::str::FromStr;

use super::name::DistributionName;
use super::tag::WheelTag;
use super::text::shown;
use super::version::Version;

/// The parts of a wheel's file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelName {
    /// As it is written.
    pub name: String,
    pub version: Version,
    pub build: Option<BuildTag>,
    pub tag: WheelTag,
}

impl FromStr for WheelName {
    type Err = String;

    fn from_str(file: &str) -> Result<Self, String> {
        let stem = file.strip_suffix(".whl").ok_or("it does not end in `.whl`")?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, build, tag) = match parts[..] {
            [name, version, python, abi, platform] => (name, version, None, [python, abi, platform]),
            [name, version, build, python, abi, platform] => (name, version, Some(build), [python, abi, platform]),
            _ => return Err(format!("it has {} parts between `-`, and not 5 or 6", parts.len())),
        };
        name.parse::<DistributionName>().map_err(|reason| reason.to_string())?;
        Ok(Self {
            name: name.to_owned(),
            version: version
                .replace('_', "-")
                .parse()
                .map_err(|reason: super::version::VersionError| reason.to_string())?,
            build: build.map(str::parse).transpose().map_err(|reason: BuildTagError| reason.to_string())?,
            tag: WheelTag::new(tag[0], tag[1], tag[2]).map_err(|reason| reason.to_string())?,
        })
    }
}

/// Why a build tag was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the build tag {} must begin with a digit and hold only ASCII letters, digits, `_` and `.`", shown(.0))]
pub struct BuildTagError(String);

/// The build number of a wheel, which tells apart wheels of one version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BuildTag(String);

impl FromStr for BuildTag {
    type Err = BuildTagError;

    fn from_str(tag: &str) -> Result<Self, BuildTagError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        if tag.starts_with(|c: char| c.is_ascii_digit()) && tag.bytes().all(allowed) {
            return Ok(Self(tag.to_owned()));
        }
        Err(BuildTagError(tag.to_owned()))
    }
}

impl fmt::Display for BuildTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `foo_bar-1.0-cp311-abi3-linux_x86_64.whl`
pub fn wheel(name: &DistributionName, version: &Version, build: Option<&BuildTag>, tag: &WheelTag) -> String {
    let build = build.map_or(String::new(), |build| format!("-{build}"));
    format!("{}{build}-{tag}.whl", stem(name, version))
}

/// `foo_bar-1.0.tar.gz`
pub fn sdist(name: &DistributionName, version: &Version) -> String {
    format!("{}.tar.gz", stem(name, version))
}

/// `foo_bar-1.0`, the one directory at the top of an sdist.
pub fn sdist_root(name: &DistributionName, version: &Version) -> String {
    stem(name, version)
}

/// `foo_bar-1.0.dist-info`
pub fn dist_info(name: &DistributionName, version: &Version) -> String {
    format!("{}.dist-info", stem(name, version))
}

/// `foo_bar-1.0.data`
pub fn data_dir(name: &DistributionName, version: &Version) -> String {
    format!("{}.data", stem(name, version))
}

fn stem(name: &DistributionName, version: &Version) -> String {
    format!("{}-{}", name.escaped(), version.to_string().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_and_escaped_in_every_file_name() {
        let name = "Foo.Bar-baz".parse().unwrap();
        let version = "1!2.0-RC1+Ubuntu-1".parse().unwrap();
        let tag = "cp311-abi3-linux_x86_64".parse().unwrap();
        let stem = "foo_bar_baz-1!2.0rc1+ubuntu.1";
        assert_eq!(wheel(&name, &version, None, &tag), format!("{stem}-cp311-abi3-linux_x86_64.whl"));
        assert_eq!(sdist(&name, &version), format!("{stem}.tar.gz"));
        assert_eq!(sdist_root(&name, &version), stem);
        assert_eq!(dist_info(&name, &version), format!("{stem}.dist-info"));
        assert_eq!(data_dir(&name, &version), format!("{stem}.data"));
    }

    #[test]
    fn a_build_tag_stands_between_version_and_tags() {
        let build = "2_local".parse().unwrap();
        let name =
            wheel(&"foo".parse().unwrap(), &"1.0".parse().unwrap(), Some(&build), &"py3-none-any".parse().unwrap());
        assert_eq!(name, "foo-1.0-2_local-py3-none-any.whl");
    }

    #[test]
    fn a_build_tag_begins_with_a_digit_and_holds_no_hyphen() {
        for text in ["", "a1", "1-2", "1/2", "1\n"] {
            assert!(text.parse::<BuildTag>().is_err(), "{text:?}");
        }
        assert_eq!(
            "x".parse::<BuildTag>().unwrap_err().to_string(),
            "the build tag `x` must begin with a digit and hold only ASCII letters, digits, `_` and `.`"
        );
    }
}
