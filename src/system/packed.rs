//! The files of an archive as they were written and as they are read back, and what tells the two apart.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crc32fast::Hasher as Crc;

use crate::actions::manifest::{Entry, Source};
use crate::spec::digest::{Hasher, Sha256};

/// How much of a file is in memory at once, in bytes.
const CHUNK: usize = 64 << 10;

/// One regular file that was written into an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    pub file: Found,
    pub sha256: Sha256,
}

/// One regular file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As in the archive: relative, with `/` between the parts.
    pub path: String,
    /// The permission bits, e.g. `0o644`.
    pub mode: u32,
    /// In bytes, uncompressed.
    pub size: u64,
    /// The CRC-32 of the bytes, as zip and gzip have it: it finds what chance does to them, at little cost.
    pub crc: u32,
}

/// Why a file could not be brought into an archive.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The message of the error names the file.
    #[error("cannot read what shall become `{entry}` in the archive: {error}")]
    Read { entry: String, error: io::Error },
    #[error("`{}` was changed while it was packed: it had {expected} bytes and now has {}", path.display(), count(*found, *expected))]
    Size { path: PathBuf, expected: u64, found: u64 },
    #[error("`{}` was changed while it was packed: its content is not what was looked at before", path.display())]
    Content { path: PathBuf },
    /// The message of the error names the archive.
    #[error("cannot write `{entry}` into the archive: {error}")]
    Write { entry: String, error: io::Error },
}

/// A file that grew is not read to its end, which may never come.
fn count(found: u64, expected: u64) -> String {
    if found > expected { "more".to_owned() } else { found.to_string() }
}

/// In bytes.
pub(super) fn size(source: &Source) -> u64 {
    match source {
        Source::Bytes(bytes) => bytes.len() as u64,
        Source::Disk { size, .. } => *size,
    }
}

/// Writes the bytes of an entry and digests them on the way, a chunk at a time.
///
/// Never writes more bytes than the manifest says: the header before them may already tell their number.
pub(super) fn pack(entry: &Entry, into: &mut impl Write) -> Result<Packed, PackError> {
    let (sha256, crc) = match &entry.source {
        Source::Bytes(bytes) => {
            into.write_all(bytes).map_err(|error| PackError::Write { entry: entry.path.clone(), error })?;
            let mut crc = Crc::new();
            crc.update(bytes);
            (Sha256::of(bytes), crc.finalize())
        }
        Source::Disk { path, size, sha256 } => {
            let (found, crc) = copy(entry, path, *size, into)?;
            if sha256.is_some_and(|expected| expected != found) {
                return Err(PackError::Content { path: path.clone() });
            }
            (found, crc)
        }
    };
    let file = Found { path: entry.path.clone(), mode: entry.mode.bits(), size: size(&entry.source), crc };
    Ok(Packed { file, sha256 })
}

fn copy(entry: &Entry, path: &Path, size: u64, into: &mut impl Write) -> Result<(Sha256, u32), PackError> {
    let failed = |error| PackError::Read { entry: entry.path.clone(), error };
    let mut file = fs_err::File::open(path).map_err(failed)?;
    let (mut hasher, mut crc) = (Hasher::default(), Crc::new());
    let mut chunk = vec![0; size.clamp(1, CHUNK as u64) as usize];
    let mut found = 0;
    loop {
        let read = read_some(&mut file, &mut chunk).map_err(failed)?;
        found += read as u64;
        if found > size || (read == 0 && found < size) {
            return Err(PackError::Size { path: path.to_owned(), expected: size, found });
        }
        if read == 0 {
            return Ok((hasher.finish(), crc.finalize()));
        }
        hasher.update(&chunk[..read]);
        crc.update(&chunk[..read]);
        into.write_all(&chunk[..read]).map_err(|error| PackError::Write { entry: entry.path.clone(), error })?;
    }
}

/// `Read::read`, but a signal does not end it.
fn read_some(from: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The number of bytes up to the end, and their digest.
pub(super) fn digest(from: &mut impl Read) -> io::Result<(u64, Sha256)> {
    let mut hasher = Hasher::default();
    Ok((each_chunk(from, |chunk| hasher.update(chunk))?, hasher.finish()))
}

/// The number of bytes up to the end, and their CRC-32.
pub(super) fn checksum(from: &mut impl Read) -> io::Result<(u64, u32)> {
    let mut crc = Crc::new();
    Ok((each_chunk(from, |chunk| crc.update(chunk))?, crc.finalize()))
}

/// Shows all bytes up to the end, and tells their number.
fn each_chunk(from: &mut impl Read, mut show: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK];
    let mut size = 0;
    loop {
        let read = read_some(from, &mut chunk)?;
        if read == 0 {
            return Ok(size);
        }
        show(&chunk[..read]);
        size += read as u64;
    }
}

/// Where an archive, read back, is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    #[error("`{0}` is missing in the archive")]
    Missing(String),
    #[error("`{0}` is in the archive and should not be")]
    Unexpected(String),
    #[error("the archive holds `{found}` where `{expected}` should be")]
    Order { expected: String, found: String },
    #[error("`{path}` has mode {found:o} in the archive instead of {expected:o}")]
    Mode { path: String, expected: u32, found: u32 },
    #[error("`{path}` has {found} bytes in the archive instead of {expected}")]
    Size { path: String, expected: u64, found: u64 },
    #[error("`{0}` has another content in the archive than was written")]
    Content(String),
    #[error("the archive holds other bytes than were written to it")]
    Bytes,
}

/// Compares checksums of all bytes of an archive.
pub fn verify_bytes(expected: u32, found: u32) -> Result<(), Difference> {
    if expected == found { Ok(()) } else { Err(Difference::Bytes) }
}

/// Compares what was written with what was found, the order too, and names the first difference.
pub fn verify(expected: &[Packed], found: &[Found]) -> Result<(), Difference> {
    for (at, wanted) in expected.iter().map(|packed| &packed.file).enumerate() {
        let Some(got) = found.get(at) else { return Err(Difference::Missing(wanted.path.clone())) };
        same(wanted, got).map_err(|difference| match difference {
            Difference::Order { .. } if !found.iter().any(|other| other.path == wanted.path) => {
                Difference::Missing(wanted.path.clone())
            }
            other => other,
        })?;
    }
    found.get(expected.len()).map_or(Ok(()), |extra| Err(Difference::Unexpected(extra.path.clone())))
}

fn same(expected: &Found, found: &Found) -> Result<(), Difference> {
    let path = || expected.path.clone();
    if expected.path != found.path {
        Err(Difference::Order { expected: path(), found: found.path.clone() })
    } else if expected.mode != found.mode {
        Err(Difference::Mode { path: path(), expected: expected.mode, found: found.mode })
    } else if expected.size != found.size {
        Err(Difference::Size { path: path(), expected: expected.size, found: found.size })
    } else if expected.crc != found.crc {
        Err(Difference::Content(path()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::manifest::Mode;

    fn found(path: &str, content: &[u8]) -> Found {
        let mut crc = Crc::new();
        crc.update(content);
        Found { path: path.into(), mode: 0o644, size: content.len() as u64, crc: crc.finalize() }
    }

    fn file(path: &str, content: &[u8]) -> Packed {
        Packed { file: found(path, content), sha256: Sha256::of(content) }
    }

    fn on_disk(content: &[u8], size: u64, sha256: Option<Sha256>) -> (tempfile::NamedTempFile, Entry) {
        let kept = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(kept.path(), content).unwrap();
        let source = Source::Disk { path: kept.path().into(), size, sha256 };
        (kept, Entry { path: "a/b".into(), source, mode: Mode::Executable })
    }

    #[test]
    fn equal_lists_have_no_difference() {
        let list = [file("a", b"1"), file("b", b"2")];
        assert_eq!(verify(&list, &[found("a", b"1"), found("b", b"2")]), Ok(()));
        assert_eq!(verify(&[], &[]), Ok(()));
    }

    #[test]
    fn the_first_difference_is_named() {
        let [a, b] = [found("a", b"1"), found("b", b"2")];
        let [one, both] = [vec![file("a", b"1")], vec![file("a", b"1"), file("b", b"2")]];
        assert_eq!(verify(&both, std::slice::from_ref(&a)), Err(Difference::Missing("b".into())));
        assert_eq!(verify(&both, std::slice::from_ref(&b)), Err(Difference::Missing("a".into())));
        assert_eq!(verify(&one, &[a.clone(), b.clone()]), Err(Difference::Unexpected("b".into())));
        let swapped = Difference::Order { expected: "a".into(), found: "b".into() };
        assert_eq!(verify(&both, &[b.clone(), a.clone()]), Err(swapped));
        let executable = Found { mode: 0o755, ..a };
        assert_eq!(
            verify(&one, &[executable]).unwrap_err().to_string(),
            "`a` has mode 755 in the archive instead of 644"
        );
        assert_eq!(
            verify(&one, &[found("a", b"12")]),
            Err(Difference::Size { path: "a".into(), expected: 1, found: 2 })
        );
        assert_eq!(verify(&one, &[found("a", b"2")]), Err(Difference::Content("a".into())));
    }

    #[test]
    fn a_file_is_copied_over_many_chunks_with_its_digest() {
        let content: Vec<u8> = (0..3 * CHUNK + 7).map(|at| (at % 251) as u8).collect();
        let (_kept, entry) = on_disk(&content, content.len() as u64, Some(Sha256::of(&content)));
        let mut written = Vec::new();
        let packed = pack(&entry, &mut written).unwrap();
        assert!(written == content);
        let expected = file("a/b", &content);
        assert_eq!(packed, Packed { file: Found { mode: 0o755, ..expected.file }, ..expected });
        assert_eq!(checksum(&mut &*content).unwrap(), (packed.file.size, packed.file.crc));
    }

    #[test]
    fn a_file_that_is_not_as_it_was_is_refused_by_name() {
        for (size, sha256, message) in [
            (2, None, "it had 2 bytes and now has more"),
            (4, None, "it had 4 bytes and now has 3"),
            (3, Some(Sha256::of(b"xyz")), "its content is not what was looked at before"),
        ] {
            let (kept, entry) = on_disk(b"abc", size, sha256);
            let mut written = Vec::new();
            let error = pack(&entry, &mut written).unwrap_err().to_string();
            let name = kept.path().display();
            assert_eq!(error, format!("`{name}` was changed while it was packed: {message}"));
            assert!(written.len() as u64 <= size);
        }
    }

    #[test]
    fn a_file_that_is_gone_is_refused_by_name() {
        let (kept, entry) = on_disk(b"", 0, None);
        let path = kept.path().to_owned();
        drop(kept);
        let error = pack(&entry, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("`a/b`") && error.contains(&path.display().to_string()), "{error}");
    }
}
