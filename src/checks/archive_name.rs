//! The name of a wheel or sdist must be one that installers can read.
//!
//! Source: "Binary distribution format" and "Source distribution file name" of the packaging guide; PEP 427, 625.

use crate::diagnostic::{Code, Diagnostic};
use crate::spec::filename::WheelName;
use crate::spec::name::DistributionName;
use crate::spec::version::Version;

/// Judges the name of a wheel, and reads it.
pub fn wheel(file_name: &str) -> Result<(WheelName, Vec<Diagnostic>), Diagnostic> {
    let read: WheelName = file_name.parse().map_err(|reason: String| {
        let message = format!("`{file_name}` is no name of a wheel: {reason}");
        Diagnostic::error(Code::ArchiveName, message)
            .hint("it is `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`, with `_` for what parts words in the name")
    })?;
    let mut notes = Vec::new();
    let escaped = read.name.parse::<DistributionName>().map(|name| name.escaped()).unwrap_or_default();
    if escaped != read.name {
        let message = format!("the name `{}` in `{file_name}` is not normalised", read.name);
        notes.push(Diagnostic::note(Code::ArchiveName, message).hint(format!("write `{escaped}`")));
    }
    Ok((read, notes))
}

/// Judges the name of an sdist, and reads it: name and version.
pub fn sdist(file_name: &str) -> Result<(DistributionName, Version), Diagnostic> {
    let read = || {
        let stem = file_name.strip_suffix(".tar.gz")?;
        let (name, version) = stem.rsplit_once('-')?;
        Some((name.parse().ok()?, version.parse().ok()?))
    };
    read().ok_or_else(|| {
        let message = format!("`{file_name}` is no name of a source distribution");
        Diagnostic::error(Code::ArchiveName, message).hint("it is `NAME-VERSION.tar.gz` (PEP 625)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_or_refused_with_the_reason() {
        assert_eq!(wheel("demo-1.0-py3-none-any.whl").unwrap().1, []);
        assert_eq!(wheel("Demo.x-1.0-1-py3-none-any.whl").unwrap().1.len(), 1);
        for broken in
            ["demo-1.0-any.whl", "demo-one-py3-none-any.whl", "-1.0-py3-none-any.whl", "demo-1.0-x-py3-none-any.whl"]
        {
            assert!(wheel(broken).is_err(), "{broken}");
        }
        assert!(sdist("a_b-1.0.tar.gz").is_ok());
        assert!(sdist("a.tar.gz").is_err() && sdist("a-1.0.zip").is_err());
    }
}
