//! An sdist holds one directory of its own name, with PKG-INFO and pyproject.toml in it, and links that stay inside.
//!
//! Source: "Source distribution format"; PEP 517, 625, 643, 721.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::{Archive, Member, MemberKind};
use crate::facts::toml_document::Document;
use crate::spec::relative_path::without_dots;

/// Finds the directory, and what is wrong with what is in it.
pub fn check(archive: &Archive) -> (String, Vec<Diagnostic>) {
    let wanted = archive.file_name.trim_end_matches(".tar.gz").to_owned();
    let tops = archive.tops();
    let mut findings = Vec::new();
    let top = match tops[..] {
        [top] => top.to_owned(),
        _ => {
            let message =
                format!("the archive has {} directories at its top, and not one: `{}`", tops.len(), tops.join("`, `"));
            findings.push(Diagnostic::error(Code::ArchiveForm, message));
            tops.iter().find(|top| **top == wanted).copied().unwrap_or_default().to_owned()
        }
    };
    if top != wanted && !top.is_empty() {
        let message = format!("the directory of the archive is `{top}`, and not `{wanted}`, as its name begins");
        findings.push(Diagnostic::warning(Code::ArchiveName, message));
    }
    for file in ["PKG-INFO", "pyproject.toml"] {
        if !archive.has(&format!("{top}/{file}")) {
            let message = format!("the archive has no `{top}/{file}`");
            // An older sdist is one of setuptools.
            let is_older = file == "pyproject.toml" && archive.has(&format!("{top}/setup.py"));
            findings.push(if is_older {
                Diagnostic::note(Code::ArchiveForm, message)
            } else {
                Diagnostic::error(Code::ArchiveForm, message)
            });
        }
    }
    findings.extend(unreadable_pyproject(archive, &top));
    findings.extend(archive.members.iter().filter_map(|member| link(member, &top)));
    (top, findings)
}

/// No frontend gets past a `pyproject.toml` that it cannot read.
fn unreadable_pyproject(archive: &Archive, top: &str) -> Vec<Diagnostic> {
    let path = format!("{top}/pyproject.toml");
    let read = archive.texts.get(&path).map(|bytes| Document::parse(Path::new(&path), bytes));
    read.and_then(Result::err).unwrap_or_default()
}

fn link(member: &Member, top: &str) -> Option<Diagnostic> {
    let path = &member.path;
    match &member.kind {
        MemberKind::File | MemberKind::Directory => None,
        MemberKind::Other => {
            let message = format!("`{path}` is neither a file, a directory nor a link");
            Some(Diagnostic::error(Code::ArchiveForm, message).hint("installers refuse it (PEP 721)"))
        }
        MemberKind::Link(target) => {
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            let leads = without_dots(Path::new(&format!("{above}/{target}")));
            let inside = !target.starts_with('/') && leads.starts_with(top) && depth(above, target) >= 0;
            (!inside).then(|| {
                let message = format!("the link `{path}` leads out of the archive, to `{target}`");
                Diagnostic::error(Code::ArchiveForm, message).hint("installers refuse it (PEP 721)")
            })
        }
    }
}

/// How many levels below the archive's root a way ends at its lowest.
fn depth(above: &str, target: &str) -> i64 {
    let mut depth = above.split('/').filter(|part| !part.is_empty()).count() as i64;
    let mut lowest = depth;
    for part in target.split('/') {
        depth += match part {
            ".." => -1,
            "" | "." => 0,
            _ => 1,
        };
        lowest = lowest.min(depth);
    }
    lowest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::archive;

    fn found(paths: &[&str], link: Option<(&str, &str)>) -> Vec<String> {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
        let mut archive = archive("d-1.tar.gz", &files);
        if let Some((path, target)) = link {
            let kind = MemberKind::Link(target.to_owned());
            let file = archive.members[0].clone();
            archive.members.push(Member { path: path.to_owned(), kind, ..file });
        }
        check(&archive).1.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_pyproject_that_is_no_toml_is_an_error() {
        let broken = archive("d-1.tar.gz", &[("d-1/PKG-INFO", ""), ("d-1/pyproject.toml", "[project\n")]);
        let messages: Vec<String> = check(&broken).1.into_iter().map(|finding| finding.message).collect();
        assert!(messages[0].starts_with("`d-1/pyproject.toml` is not valid TOML"), "{messages:?}");
    }

    #[test]
    fn one_directory_with_its_two_files() {
        let good = ["d-1/PKG-INFO", "d-1/pyproject.toml"];
        assert_eq!(found(&good, Some(("d-1/a/link", "../PKG-INFO"))), [""; 0]);
        assert_eq!(found(&good[..1], None), ["the archive has no `d-1/pyproject.toml`"]);
        assert_eq!(found(&["d-1/PKG-INFO", "d-1/setup.py"], None), ["the archive has no `d-1/pyproject.toml`"]);
        assert!(found(&[good[0], good[1], "other/x"], None)[0].contains("2 directories"));
        for target in ["/etc/passwd", "../../x", "../../d-1/../../x"] {
            assert!(found(&good, Some(("d-1/link", target)))[0].contains("leads out"), "{target}");
        }
    }
}
