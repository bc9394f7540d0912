//! Archives and binaries for the tests of checks.

use crate::facts::archive::{Archive, Member, MemberKind, Packing};
use crate::facts::binary::{BinaryFacts, Format};
use crate::spec::digest::Sha256;

/// An archive of small files.
pub fn archive(file_name: &str, files: &[(&str, &str)]) -> Archive {
    let member = |(path, text): &(&str, &str)| Member {
        path: path.to_string(),
        kind: MemberKind::File,
        size: text.len() as u64,
        sha256: Sha256::of(text.as_bytes()),
        mode: Some(0o644),
        packing: Packing::default(),
    };
    Archive {
        file_name: file_name.to_owned(),
        members: files.iter().map(member).collect(),
        texts: files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect(),
        ..Archive::default()
    }
}

/// A shared object of Linux on x86_64.
pub fn elf(exports: &[&str], imports: &[&str]) -> BinaryFacts {
    let (exports, imports) = (exports.iter().collect(), imports.iter().collect());
    BinaryFacts { exports, imports, ..BinaryFacts::bare(Format::Elf, "x86_64") }
}
