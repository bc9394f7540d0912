//! A tag must not claim an older macOS or iOS than the binary itself asks for: it would not load there.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::{BinaryFacts, Format};
use crate::spec::tag::WheelTag;

/// Compares the minimum system version of each image of the file at `path` with the wheel's platform tags.
pub fn check(tag: &WheelTag, path: &str, images: &[BinaryFacts]) -> Option<Diagnostic> {
    let claimed = tag.platform().iter().filter_map(|platform| claimed(platform)).min()?;
    let needs = images.iter().filter_map(|facts| Some((version(facts.minimum_os.as_deref()?, '.')?, facts)));
    let unmet = needs.filter(|(needed, facts)| *needed > claimed.max(oldest(facts)));
    let (needed, _) = unmet.max_by_key(|(needed, _)| *needed)?;
    let (tag, needs) = (tag.platform().join("."), format!("{}.{}", needed.0, needed.1));
    let message = format!("`{path}` needs system version {needs}, but the tag `{tag}` claims an older one");
    let hint = format!(
        "set `MACOSX_DEPLOYMENT_TARGET` (or `IPHONEOS_DEPLOYMENT_TARGET`) to {needs}, or build for the older system"
    );
    Some(Diagnostic::error(Code::BinaryPlatform, message).hint(hint))
}

/// The oldest system that the image's processor ever ran: an older claim of a universal2 tag is for the other half.
fn oldest(facts: &BinaryFacts) -> (u64, u64) {
    if facts.format == Format::MachO && facts.architecture == "arm64" { (11, 0) } else { (0, 0) }
}

/// The version in `macosx_10_12_x86_64` or `ios_13_0_arm64_iphoneos`. From macOS 11 on the tag names the major version
/// only, and stands for all its minor ones.
fn claimed(platform: &str) -> Option<(u64, u64)> {
    if let Some(rest) = platform.strip_prefix("macosx_") {
        let (major, minor) = version(rest, '_')?;
        return Some((major, if major >= 11 { u64::MAX } else { minor }));
    }
    version(platform.strip_prefix("ios_")?, '_')
}

fn version(text: &str, separator: char) -> Option<(u64, u64)> {
    let mut parts = text.split(separator);
    Some((parts.next()?.parse().ok()?, parts.next().unwrap_or("0").parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(platform: &str, minimum: &str) -> bool {
        let architecture = if platform.ends_with("x86_64") { "x86_64" } else { "arm64" };
        let facts = BinaryFacts { minimum_os: Some(minimum.into()), ..BinaryFacts::bare(Format::MachO, architecture) };
        check(&WheelTag::new("cp311", "abi3", platform).unwrap(), "m.so", &[facts]).is_some()
    }

    #[test]
    fn a_binary_that_needs_a_newer_system_than_its_tag_is_found() {
        assert!(found("macosx_11_0_arm64", "15.0") && found("macosx_10_12_x86_64", "10.15"));
        assert!(found("ios_13_0_arm64_iphoneos", "14.2"));
        assert!(!found("macosx_11_0_arm64", "11.3") && !found("macosx_10_12_x86_64", "10.9"));
        assert!(!found("macosx_10_12_universal2", "11.0") && found("macosx_10_12_universal2", "12.0"));
        assert!(!found("linux_x86_64", "15.0"));
    }
}
