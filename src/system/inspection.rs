//! Gathering what an archive of anybody's holds.

use std::io::{self, Read};
use std::path::Path;

use crate::binary;
use crate::facts::archive::{Archive, Member, MemberKind, Packing};
use crate::spec::digest::Sha256;
use crate::system::packed;

/// Texts are small: what is larger than this, in bytes, is none that somebody reads.
const TEXT: u64 = 16 << 20;
/// A file whose first bytes are such is a compiled one: ELF, Mach-O of both kinds, PE.
const MAGIC: [&[u8]; 8] = [
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
    b"MZ",
];

/// An archive in the reading.
pub struct Inspection {
    pub archive: Archive,
}

impl Inspection {
    pub fn new(path: &Path) -> Self {
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { archive: Archive { file_name, ..Archive::default() } }
    }

    /// Takes in a member; `from` gives its bytes.
    pub fn add(
        &mut self,
        path: &str,
        kind: MemberKind,
        (mode, packing): (Option<u32>, Packing),
        from: &mut impl Read,
    ) -> io::Result<()> {
        let (size, sha256) = if kind == MemberKind::File { self.content(path, from)? } else { (0, Sha256::of(b"")) };
        self.archive.members.push(Member { path: path.to_owned(), kind, size, sha256, mode, packing });
        Ok(())
    }

    fn content(&mut self, path: &str, from: &mut impl Read) -> io::Result<(u64, Sha256)> {
        let mut head = Vec::new();
        from.take(4).read_to_end(&mut head)?;
        let is_compiled = MAGIC.iter().any(|magic| head.starts_with(magic)) || is_module(path);
        if !is_compiled && !is_text(path) {
            let mut whole = head.as_slice().chain(from);
            return packed::digest(&mut whole);
        }
        let limit = if is_compiled { u64::MAX } else { TEXT };
        let mut bytes = head;
        from.take(limit).read_to_end(&mut bytes)?;
        let mut whole = bytes.as_slice().chain(from);
        let digest = packed::digest(&mut whole)?;
        if !is_compiled {
            self.archive.texts.insert(path.to_owned(), bytes);
            return Ok(digest);
        }
        match binary::parse(&bytes) {
            Err(binary::BinaryError::UnknownFormat) if !is_named_compiled(path) => {}
            parsed => {
                let parsed = parsed.map_err(|reason| reason.to_string());
                self.archive.images.insert(path.to_owned(), parsed);
            }
        }
        Ok(digest)
    }
}

/// Whether the judgement reads the file.
fn is_text(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/').next().is_some_and(|top| top.ends_with(".dist-info"))
        || (["PKG-INFO", "pyproject.toml"].contains(&name) && path.matches('/').count() == 1)
}

/// Whether Python would load the file as a module, whatever is in it.
fn is_module(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".pyd") || (name.ends_with(".so") && name.matches('.').count() > 1)
}

/// Java's class files begin as some of Apple's do, and many a text begins with `MZ`.
fn is_named_compiled(path: &str) -> bool {
    [".so", ".pyd", ".dylib", ".dll", ".exe"].iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_and_others_digested() {
        let mut inspection = Inspection::new(Path::new("/x/d-1-py3-none-any.whl"));
        for (path, bytes) in [
            ("a.py", "MZ is no program"),
            ("d-1.dist-info/METADATA", "Name: d\n"),
            ("a.so", "\x7fELF"),
            ("b.abi3.so", "x"),
        ] {
            inspection.add(path, MemberKind::File, Default::default(), &mut bytes.as_bytes()).unwrap();
        }
        let archive = inspection.archive;
        assert_eq!(archive.file_name, "d-1-py3-none-any.whl");
        assert_eq!(archive.members[0].sha256, Sha256::of(b"MZ is no program"));
        assert_eq!(archive.text("d-1.dist-info/METADATA").as_deref(), Some("Name: d\n"));
        assert!(archive.images["a.so"].is_err() && archive.images["b.abi3.so"].is_err());
    }
}
