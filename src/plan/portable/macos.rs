//! What macOS has, and which of its versions a wheel's files can serve.
//!
//! Sources: the platform compatibility tags page of the packaging guide; Apple's dyld(1). From macOS 11 on only the major
//! version counts in tags.

use super::{Images, Promise, another_system};
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::BinaryFacts;

/// Whether a library is a part of macOS, by the path that it is asked for by.
pub fn is_of_system(library: &str) -> bool {
    ["/usr/lib/", "/System/"].iter().any(|place| library.starts_with(place))
}

/// The oldest version that all files run on, or the one that is asked for, if it is not older.
pub fn verdict(images: &Images, promise: Option<Promise>) -> Result<(u64, u64), Diagnostic> {
    let files = images.iter().flat_map(|(path, images)| images.iter().map(move |facts| (path, oldest(facts))));
    let (path, needed) = files.max_by_key(|(_, oldest)| *oldest).map_or(("", (0, 0)), |(path, oldest)| (path, oldest));
    match promise {
        None => Ok(needed),
        Some(Promise::Linux(_)) => Err(another_system("macOS")),
        Some(Promise::MacOs(asked)) if tagged(asked) >= tagged(needed) => Ok(asked),
        Some(Promise::MacOs((major, minor))) => {
            let (newer, of_newer) = needed;
            let message = format!("`{path}` needs macOS {newer}.{of_newer}, which is newer than {major}.{minor}");
            Err(Diagnostic::error(Code::PlatformPolicy, message)
                .hint("build it, or the library that is grafted, with an older `MACOSX_DEPLOYMENT_TARGET`"))
        }
    }
}

/// The oldest version that an image runs on. The first ones of arm64 are no demand: it has no older ones.
fn oldest(facts: &BinaryFacts) -> (u64, u64) {
    let said = facts.minimum_os.as_deref().and_then(|text| version(text, '.')).unwrap_or_default();
    let is_first = facts.architecture.starts_with("arm64") && said.0 <= 11;
    if is_first { (0, 0) } else { said }
}

fn version(text: &str, separator: char) -> Option<(u64, u64)> {
    let mut parts = text.split(separator);
    Some((parts.next()?.parse().ok()?, parts.next().unwrap_or("0").parse().ok()?))
}

/// A version as tags name it. 10.16 is how 11 calls itself to old programs.
fn tagged((major, minor): (u64, u64)) -> (u64, u64) {
    if (major, minor) >= (10, 16) { (major.max(11), 0) } else { (major, minor) }
}

/// The version of a tag such as `macosx_11_0_arm64`, with the rest after it.
pub fn version_of_tag(tag: &str) -> Option<((u64, u64), &str)> {
    let rest = tag.strip_prefix("macosx_")?;
    let (major, rest) = rest.split_once('_')?;
    let (minor, rest) = rest.split_once('_').unwrap_or((rest, ""));
    Some(((major.parse().ok()?, minor.parse().ok()?), rest))
}

/// Platform tags that name no older version than `oldest`.
pub fn raised(platforms: &[String], oldest: (u64, u64)) -> Vec<String> {
    let mut raised: Vec<String> = Vec::new();
    for platform in platforms {
        let tag = match version_of_tag(platform) {
            Some((claimed, rest)) if tagged(claimed) < tagged(oldest) => {
                let (major, minor) = tagged(oldest);
                format!("macosx_{major}_{minor}_{rest}")
            }
            _ => platform.clone(),
        };
        if !raised.contains(&tag) {
            raised.push(tag);
        }
    }
    raised
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::binary::Format;

    fn images(files: &[(&str, &str, &str)]) -> Images {
        let file = |(path, architecture, oldest): &(&str, &str, &str)| {
            let bare = BinaryFacts::bare(Format::MachO, architecture);
            (path.to_string(), vec![BinaryFacts { minimum_os: Some(oldest.to_string()), ..bare }])
        };
        files.iter().map(file).collect()
    }

    #[test]
    fn a_grafted_library_raises_the_tag() {
        let old = ["macosx_10_9_x86_64".to_owned(), "macosx_12_0_x86_64".to_owned()];
        let needed = verdict(&images(&[("m.so", "x86_64", "10.9"), (".dylibs/a", "x86_64", "11.3")]), None).unwrap();
        assert_eq!(needed, (11, 3));
        assert_eq!(raised(&old, needed), ["macosx_11_0_x86_64", "macosx_12_0_x86_64"]);
        assert_eq!(raised(&["macosx_10_9_universal2".to_owned()], (10, 13)), ["macosx_10_13_universal2"]);
        assert_eq!(raised(&["macosx_11_0_arm64".to_owned()], (11, 3)), ["macosx_11_0_arm64"]);
        assert_eq!(raised(&["macosx_10_9_x86_64".to_owned()], (10, 16)), ["macosx_11_0_x86_64"]);
    }

    #[test]
    fn the_half_for_arm64_asks_for_nothing_that_is_older_than_itself() {
        let both = images(&[("m.so", "x86_64", "10.9"), ("n.so", "arm64", "11.0")]);
        assert_eq!(verdict(&both, None).unwrap(), (10, 9));
        assert_eq!(verdict(&images(&[("m.so", "arm64", "14.0")]), None).unwrap(), (14, 0));
    }

    #[test]
    fn a_promise_must_be_true() {
        let files = images(&[("m.so", "x86_64", "10.13"), ("n.so", "x86_64", "10.9")]);
        assert_eq!(verdict(&files, Some(Promise::MacOs((10, 15)))).unwrap(), (10, 15));
        let fault = verdict(&files, Some(Promise::MacOs((10, 9)))).unwrap_err();
        assert_eq!(fault.message, "`m.so` needs macOS 10.13, which is newer than 10.9");
    }

    #[test]
    fn the_system_is_known_by_its_directories() {
        assert!(is_of_system("/usr/lib/libSystem.B.dylib") && is_of_system("/System/Library/Frameworks/X.framework/X"));
        assert!(!is_of_system("/usr/local/lib/liba.dylib") && !is_of_system("@rpath/usr/lib/liba.dylib"));
    }
}
