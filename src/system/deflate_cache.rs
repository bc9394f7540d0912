//! Compiled files as they were deflated for the last wheel of a kind: what has not changed is not deflated again.
//!
//! ```text
//! DIRECTORY/NAME    NAME tells the content and all else that the deflated bytes hang on
//!                   CRC-32 of the content, deflated bytes, CRC-32 of all before; numbers are little-endian
//! ```

use std::collections::BTreeSet;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use fs_err::File;

use super::deflating::BLOCK;
use super::disk;
use crate::spec::digest::Sha256;

/// What is larger, in bytes, is not kept: it is in memory whole.
const LARGEST: u64 = 16 << 20;

/// A file as it was deflated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// The CRC-32 of its content.
    pub crc: u32,
    /// The deflated bytes.
    pub bytes: Vec<u8>,
}

/// Where the deflated bytes of a file lie in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub sha256: Sha256,
    pub level: u8,
    /// The CRC-32 of its content.
    pub crc: u32,
    /// In bytes.
    pub offset: u64,
    /// In bytes.
    pub size: u64,
}

/// What is known of a file. What was damaged is removed.
pub(super) fn find(directory: &Path, sha256: Sha256, level: u8) -> Option<Known> {
    let file = directory.join(name(sha256, level));
    let known = fs_err::read(&file).ok().and_then(read);
    if known.is_none() {
        let _ = disk::remove_if_there(&file);
    }
    known
}

fn read(mut bytes: Vec<u8>) -> Option<Known> {
    let whole = u32::from_le_bytes(*bytes.last_chunk()?);
    bytes.truncate(bytes.len() - 4);
    let crc = u32::from_le_bytes(*bytes.first_chunk()?);
    (crc32fast::hash(&bytes) == whole).then(|| Known { crc, bytes: bytes.split_off(4) })
}

/// Keeps the files of an archive that was read back and found whole, and nothing else. Where that cannot be done, they are
/// deflated again next time.
pub fn replace(directory: &Path, archive: &mut File, places: &[Place]) {
    let kept: BTreeSet<String> = places
        .iter()
        .filter(|place| place.size <= LARGEST)
        .map(|place| (name(place.sha256, place.level), place))
        .filter(|(name, place)| directory.join(name).exists() || keep(&directory.join(name), archive, place).is_ok())
        .map(|(name, _)| name)
        .collect();
    for old in disk::names(directory).unwrap_or_default().iter().filter(|old| !kept.contains(*old)) {
        let _ = disk::remove_if_there(&directory.join(old));
    }
}

fn keep(file: &Path, archive: &mut File, place: &Place) -> Result<(), disk::DiskError> {
    let mut bytes = place.crc.to_le_bytes().to_vec();
    archive.seek(SeekFrom::Start(place.offset))?;
    let read = io::Read::by_ref(archive).take(place.size).read_to_end(&mut bytes)?;
    if read as u64 != place.size {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    disk::write_whole(file, &bytes)
}

/// Another version of wainwright may deflate in another way.
fn name(sha256: Sha256, level: u8) -> String {
    format!("{}-{level}-{BLOCK}-{}", sha256.hex(), env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_last_archive_are_known_and_no_others() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path().join("kept");
        let path = scratch.path().join("archive");
        fs_err::write(&path, "..one.three").unwrap();
        let mut archive = File::open(&path).unwrap();
        let place = |content: &str, offset, size| Place {
            sha256: Sha256::of(content.as_bytes()),
            level: 6,
            crc: 7,
            offset,
            size,
        };
        let known = |content: &str, level| find(&directory, Sha256::of(content.as_bytes()), level);
        let [one, three, beyond] = [place("1", 2, 3), place("3", 6, 5), place("4", 6, 6)];
        replace(&directory, &mut archive, &[one, three.clone(), beyond]);
        assert_eq!(known("1", 6), Some(Known { crc: 7, bytes: b"one".to_vec() }));
        assert_eq!(known("3", 6).unwrap().bytes, b"three");
        assert_eq!([known("1", 9), known("2", 6), known("4", 6)], [None, None, None]);
        replace(&directory, &mut archive, &[three]);
        assert_eq!((known("1", 6), disk::names(&directory).unwrap().len()), (None, 1));
    }

    #[test]
    fn what_was_damaged_is_not_known() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive");
        fs_err::write(&path, "deflated").unwrap();
        let sha256 = Sha256::of(b"");
        let place = Place { sha256, level: 6, crc: 7, offset: 0, size: 8 };
        let file = directory.path().join(name(sha256, 6));
        keep(&file, &mut File::open(&path).unwrap(), &place).unwrap();
        let bytes = fs_err::read(&file).unwrap();
        assert!(find(directory.path(), sha256, 6).is_some());
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs_err::write(&file, &damaged).unwrap();
            assert_eq!(find(directory.path(), sha256, 6), None, "{at}");
            assert!(!file.exists());
            fs_err::write(&file, &bytes[..at]).unwrap();
            assert_eq!(find(directory.path(), sha256, 6), None, "{at}");
        }
    }
}
