//! The version of a project that takes it from its repository: the one frozen into an sdist, else the one that packagers
//! name, else that of the tags, else the fallback.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::environment::Environment;
use crate::facts::git_describe::GitDescribe;
use crate::facts::tool_table::GitVersion;
use crate::plan::git_version;
use crate::spec::core_metadata;
use crate::spec::name::DistributionName;
use crate::spec::version::Version;
use crate::system::{disk, git};

/// Determines the version of the project in `directory`.
pub fn of_repository(
    directory: &Path,
    source: &GitVersion,
    name: Option<&DistributionName>,
    environment: &Environment,
) -> Result<Version, Diagnostic> {
    if let Some(frozen) = name.and_then(|name| frozen(directory, name)) {
        return Ok(frozen);
    }
    if let Some((variable, text)) = pretended(name, environment) {
        let refused = |reason| Diagnostic::error(Code::Setting, format!("`{variable}` is no version: {reason}"));
        return text.parse().map_err(refused);
    }
    match (described(directory, source), &source.fallback) {
        (Ok(version), _) => Ok(version),
        (Err(_), Some(fallback)) => fallback
            .value
            .parse()
            .map_err(|reason| fallback.error(Code::ProjectValue, format!("`{}`: {reason}", fallback.key))),
        (Err(fault), None) => Err(fault),
    }
}

/// What an sdist's PKG-INFO says, if it is this project's.
fn frozen(directory: &Path, name: &DistributionName) -> Option<Version> {
    let bytes = disk::read_if_there(&directory.join("PKG-INFO")).ok()??;
    let text = String::from_utf8_lossy(&bytes);
    let (named, version) = core_metadata::identity(&text)?;
    (named.normalized() == name.normalized()).then_some(version)
}

/// The variables by which distributions already give versions to trees without a repository.
fn pretended<'e>(name: Option<&DistributionName>, environment: &'e Environment) -> Option<(String, &'e str)> {
    const ANY: &str = "SETUPTOOLS_SCM_PRETEND_VERSION";
    let own = name.map(|name| format!("{ANY}_FOR_{}", name.normalized().replace('-', "_").to_uppercase()));
    let names = own.into_iter().chain([ANY.to_owned()]);
    names.into_iter().find_map(|name| environment.text(&name).map(|text| (name, text)))
}

fn described(directory: &Path, source: &GitVersion) -> Result<Version, Diagnostic> {
    let prefix = source.tag_prefix.as_ref().map(|prefix| prefix.value.as_str());
    let pattern = git_version::tag_pattern(prefix);
    let line = git::describe(directory, &pattern).map_err(|reason| {
        let message = format!("`{}` is `git`, but no tag tells the version: {reason}", source.from.key);
        let hint = if git::is_shallow(directory) {
            "the clone is shallow: fetch all of it (`git fetch --unshallow --tags`; in CI, a checkout of full depth)"
        } else {
            "tag the first version (`git tag v0.1.0`), or add `fallback = \"0.1.0\"`"
        };
        source.from.error(Code::GitVersion, message).hint(hint)
    })?;
    let described = GitDescribe::read(&line).ok_or_else(|| {
        source.from.error(Code::GitVersion, format!("`git describe` says `{line}`, which names no tag and commit"))
    })?;
    git_version::version(&described, prefix).map_err(|fault| {
        let hint = "`tag-prefix` names what stands before the version in the tags that count";
        source.from.error(Code::GitVersion, fault.to_string()).hint(hint)
    })
}
