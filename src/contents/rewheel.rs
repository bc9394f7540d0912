//! A wheel made anew from another: the same files, another tag.
//!
//! Source: "Binary distribution format" of the packaging guide.

use crate::diagnostic::{Code, Diagnostic};
use crate::spec::tag::WheelTag;

/// The text of WHEEL with the tags of `tag` in place of those that it had.
pub fn retagged(wheel: &str, tag: &WheelTag) -> String {
    let mut text = String::new();
    for line in wheel.lines().filter(|line| !line.is_empty() && !is_field(line, "tag")) {
        // What is compiled goes to `platlib`, whatever was thought of it before.
        text.push_str(if is_field(line, "root-is-purelib") { "Root-Is-Purelib: false" } else { line });
        text.push('\n');
    }
    for tag in tag.expand() {
        text.push_str(&format!("Tag: {tag}\n"));
    }
    text
}

/// The tag with other platforms, joined by `.`.
pub fn with_platform(tag: &WheelTag, platform: &str) -> Result<WheelTag, Diagnostic> {
    let made = WheelTag::new(&tag.python().join("."), &tag.abi().join("."), platform);
    made.map_err(|reason| Diagnostic::error(Code::PlatformPolicy, reason.to_string()))
}

fn is_field(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(field, _)| field.trim().eq_ignore_ascii_case(name))
}

/// The name of a wheel's file with another tag: all before its three last parts stays as it is written.
pub fn renamed(file_name: &str, tag: &WheelTag) -> String {
    let stem = file_name.strip_suffix(".whl").unwrap_or(file_name);
    let kept: Vec<&str> = stem.rsplitn(4, '-').collect();
    format!("{}-{tag}.whl", kept.last().unwrap_or(&stem))
}

/// Whether a member is made anew, or tells of bytes that are no longer those.
pub fn is_outdated(path: &str, dist_info: &str) -> bool {
    let name = path.strip_prefix(dist_info).and_then(|rest| rest.strip_prefix('/'));
    matches!(name, Some("RECORD" | "RECORD.jws" | "RECORD.p7s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tags_are_new_and_all_else_stays() {
        let tag = "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64".parse().unwrap();
        let old = "Wheel-Version: 1.0\r\nGenerator: x\r\nRoot-Is-Purelib: true\r\nTag: cp311-cp311-linux_x86_64\r\nBuild: 1\r\n\r\n";
        let new = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: false\nBuild: 1\n\
                   Tag: cp311-cp311-manylinux2014_x86_64\nTag: cp311-cp311-manylinux_2_17_x86_64\n";
        assert_eq!(retagged(old, &tag), new);
        let name = renamed("A.b-1.0-1-cp311-cp311-linux_x86_64.whl", &tag);
        assert_eq!(name, "A.b-1.0-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl");
    }

    #[test]
    fn signatures_of_the_old_record_go_with_it() {
        assert!(is_outdated("d-1.dist-info/RECORD.jws", "d-1.dist-info"));
        assert!(!is_outdated("d-1.dist-info/METADATA", "d-1.dist-info") && !is_outdated("RECORD", "d-1.dist-info"));
    }
}
