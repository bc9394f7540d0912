//! The paths in an archive must stay below the directory that it is unpacked into, and be ones that systems can hold.
//!
//! Source: "Binary distribution format"; PEP 721; Microsoft's "Naming Files, Paths, and Namespaces".

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::Archive;

/// Names of devices, which no file on Windows can have, whatever its ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

pub fn check<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut by_folded: BTreeMap<String, &str> = BTreeMap::new();
    for path in paths {
        if let Some(reason) = escapes(path) {
            let message = format!("the path `{}` {reason}", path.escape_debug());
            found.push(Diagnostic::error(Code::MemberPath, message).hint("rename the file"));
        } else if path.split('/').any(|part| matches!(part, "" | ".")) {
            let message =
                format!("the path `{path}` has a part that is empty or `.`, so that it is another path unpacked");
            found.push(Diagnostic::warning(Code::MemberPath, message).hint("write the path without it"));
        } else if let Some(reason) = not_on_windows(path) {
            let message = format!("the path `{path}` cannot be held by Windows: {reason}");
            found.push(Diagnostic::warning(Code::MemberPath, message).hint("rename the file"));
        }
        let folded = path.nfc().collect::<String>().to_lowercase();
        if let Some(first) = by_folded.insert(folded, path).filter(|first| *first != path) {
            let message = format!("`{first}` and `{path}` differ only in case or in the form of their letters");
            let hint = "rename one: Windows and macOS keep only one of the two";
            found.push(Diagnostic::error(Code::PathClash, message).hint(hint));
        }
    }
    found
}

/// Files that other paths lie below, as if they were directories: only one of the two can be unpacked.
pub fn below_files(archive: &Archive) -> Vec<Diagnostic> {
    let files: BTreeSet<&str> = archive.files().map(|member| member.path.as_str()).collect();
    let above = |path: &str| path.match_indices('/').find_map(|(at, _)| files.get(&path[..at]).copied());
    let clashes: BTreeMap<&str, &str> =
        archive.members.iter().filter_map(|member| Some((above(&member.path)?, member.path.as_str()))).collect();
    let finding = |(file, path): (&str, &str)| {
        let message = format!("`{file}` is a file, and `{path}` would lie below it");
        Diagnostic::error(Code::PathClash, message).hint("rename one")
    };
    clashes.into_iter().map(finding).collect()
}

fn escapes(path: &str) -> Option<&'static str> {
    let is_drive = path.get(1..2) == Some(":") && path.starts_with(|c: char| c.is_ascii_alphabetic());
    if path.starts_with('/') || is_drive {
        return Some("is absolute");
    }
    if path.contains('\\') {
        return Some("holds a backslash, which parts paths on Windows");
    }
    if path.split('/').any(|part| part == "..") {
        return Some("leads out of the archive");
    }
    path.chars().any(char::is_control).then_some("holds a control character")
}

fn not_on_windows(path: &str) -> Option<String> {
    path.split('/').find_map(|part| {
        let stem = part.split('.').next().unwrap_or(part).trim_end().to_lowercase();
        let numbered = ["com", "lpt"].iter().any(|port| {
            stem.strip_prefix(port)
                .is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
        });
        if DEVICES.contains(&stem.as_str()) || numbered {
            return Some(format!("`{part}` names a device"));
        }
        if let Some(character) = part.chars().find(|c| "<>:\"|?*".contains(*c)) {
            return Some(format!("`{part}` holds `{character}`"));
        }
        (part.ends_with([' ', '.']) && part != ".").then(|| format!("`{part}` ends in a blank or dot"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paths: &[&str]) -> Vec<(Code, bool)> {
        check(paths.iter().copied()).into_iter().map(|finding| (finding.code, finding.is_error())).collect()
    }

    #[test]
    fn paths_that_lead_elsewhere_are_errors() {
        for path in ["/etc/x", "../x", "a/../../x", "C:/x", "a\\b", "a\nb"] {
            assert_eq!(found(&[path]), [(Code::MemberPath, true)], "{path}");
        }
        assert_eq!(found(&["a/b..c/d", "a/...x/y"]), []);
    }

    #[test]
    fn what_windows_cannot_hold_is_a_warning() {
        for path in ["a/con.py", "a/NUL", "com1/x", "a/b?.txt", "a/b ", "a./b"] {
            assert_eq!(found(&[path]), [(Code::MemberPath, false)], "{path}");
        }
        assert_eq!(found(&["a/console.py", "a/comet.py", "a/com10.py", "a/.hidden"]), []);
    }

    #[test]
    fn parts_that_vanish_are_a_warning() {
        for path in ["./a/b", "a//b", "a/./b"] {
            assert_eq!(found(&[path]), [(Code::MemberPath, false)], "{path}");
        }
    }

    #[test]
    fn nothing_lies_below_a_file() {
        let messages = |paths: &[&str]| -> Vec<String> {
            let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
            let archive = crate::checks::samples::archive("", &files);
            below_files(&archive).into_iter().map(|finding| finding.message).collect()
        };
        assert_eq!(messages(&["a/x", "a/x/y"]), ["`a/x` is a file, and `a/x/y` would lie below it"]);
        assert_eq!(messages(&["a/x", "a/xy/z", "a/x.py"]), [""; 0]);
    }

    #[test]
    fn names_that_become_one_are_errors() {
        assert_eq!(found(&["a/X.py", "a/x.py"]), [(Code::PathClash, true)]);
        assert_eq!(found(&["a/\u{e9}.py", "a/e\u{301}.py"]), [(Code::PathClash, true)]);
    }
}
