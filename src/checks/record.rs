//! RECORD lists every file of the wheel with its digest and size, and nothing else.
//!
//! Source: "Recording installed projects" and "Binary distribution format"; PEP 376, 427.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::{Archive, Member};
use crate::spec::record::{self, RecordEntry};

pub fn check(archive: &Archive, directory: &str) -> Vec<Diagnostic> {
    let own = format!("{directory}/RECORD");
    let Some(text) = archive.text(&own) else { return Vec::new() };
    let rows = match record::parse(&text) {
        Ok(rows) => rows,
        Err(reason) => return vec![Diagnostic::error(Code::Record, reason.to_string())],
    };
    let unlisted_by_right = [own.clone(), format!("{own}.jws"), format!("{own}.p7s")];
    let files: BTreeMap<&str, &Member> = archive.files().map(|member| (member.path.as_str(), member)).collect();
    let mut findings = Vec::new();
    let mut listed: BTreeSet<&str> = BTreeSet::new();
    for row in &rows {
        let path = row.path.as_str();
        if !listed.insert(path) {
            findings.push(Diagnostic::error(Code::Record, format!("RECORD lists `{path}` twice")));
        }
        match files.get(path) {
            // Some list directories, which does no harm.
            None if archive
                .members
                .iter()
                .any(|member| member.path.trim_end_matches('/') == path.trim_end_matches('/')) => {}
            None => {
                let message = format!("RECORD lists `{path}`, which is not in the wheel");
                findings.push(Diagnostic::error(Code::Record, message));
            }
            Some(_) if unlisted_by_right.iter().any(|name| name == path) => {}
            Some(member) => findings.extend(differs(row, member)),
        }
    }
    let unlisted =
        files.keys().filter(|path| !listed.contains(*path) && !unlisted_by_right.iter().any(|name| name == *path));
    findings.extend(unlisted.map(|path| Diagnostic::error(Code::Record, format!("RECORD does not list `{path}`"))));
    findings
}

fn differs(row: &RecordEntry, member: &Member) -> Option<Diagnostic> {
    let path = &row.path;
    let error = |message: String| Some(Diagnostic::error(Code::Record, message));
    let Some(hash) = &row.hash else { return error(format!("RECORD gives no digest of `{path}`")) };
    match hash.split_once('=') {
        Some(("sha256", _)) if row.is_sha256(&member.sha256) => {}
        Some(("sha256", _)) => return error(format!("the content of `{path}` is not the one that RECORD lists")),
        // Stronger ones are allowed; they are not looked at here.
        Some(("sha384" | "sha512", _)) => {}
        _ => return error(format!("RECORD lists `{path}` with `{hash}`, and only sha256 and stronger digests count")),
    }
    let size = row.size.filter(|size| *size != member.size)?;
    error(format!("`{path}` has {} bytes, and RECORD says {size}", member.size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::archive;
    use crate::spec::digest::Sha256;

    fn found(record: &str) -> Vec<String> {
        let archive = archive("", &[("a.py", "x"), ("d-1.dist-info/RECORD", record)]);
        check(&archive, "d-1.dist-info").into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn the_list_must_be_whole_and_true() {
        let row = format!("a.py,sha256={},1\n", Sha256::of(b"x").base64());
        let own = "d-1.dist-info/RECORD,,\n";
        assert_eq!(found(&format!("{row}{own}")), [""; 0]);
        assert_eq!(found(own), ["RECORD does not list `a.py`"]);
        assert_eq!(found(&format!("{row}{row}{own}")), ["RECORD lists `a.py` twice"]);
        assert_eq!(found(&format!("{row}b.py,,\n{own}")), ["RECORD lists `b.py`, which is not in the wheel"]);
        assert_eq!(found(&format!("{}{own}", row.replace(",1", ",2"))), ["`a.py` has 1 bytes, and RECORD says 2"]);
        assert!(found(&format!("a.py,sha256=AAAA,1\n{own}"))[0].contains("is not the one"));
        assert!(found(&format!("a.py,md5=AAAA,1\n{own}"))[0].contains("stronger digests"));
        assert!(found("a.py,\"x,1\n")[0].contains("row 1"));
    }
}
