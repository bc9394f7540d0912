//! Reads compiled files for what they say of themselves: large ones only as far as they do.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use fs_err::File;

use crate::binary::telling::{self, Part};
use crate::binary::{self, BinaryError};
use crate::facts::binary::BinaryFacts;
use crate::system::disk::DiskError;

/// How much of each file is read at first, in bytes.
const HEAD: u64 = 4 << 10;
/// Room of this size comes afresh from the system and goes back to it, in bytes. glibc may take smaller room from what was
/// freed before: then all the zeros are written, and it keeps as much when they are freed (mallopt(3),
/// `M_MMAP_THRESHOLD`, which grows up to 32 MiB).
const ROOM: usize = 33 << 20;

/// The facts of a compiled file, one for each architecture; or why it is none that can be read.
pub fn facts(path: &Path) -> Result<Result<Vec<BinaryFacts>, BinaryError>, DiskError> {
    Ok(binary::parse(&telling(&mut File::open(path)?)?))
}

/// The bytes of a file, with zeros in the place of those that tell nothing. Memory that nobody writes to takes no room.
fn telling(file: &mut File) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len();
    let length = usize::try_from(size).map_err(io::Error::other)?;
    let mut bytes = vec![0; length.max(ROOM)];
    bytes.truncate(length);
    let head = 0..HEAD.min(size);
    read(file, &head, &mut bytes)?;
    match telling::section_headers(within(&head, &bytes)).filter(|sections| sections.end <= size) {
        None => read(file, &(0..size), &mut bytes)?,
        Some(sections) => {
            read(file, &sections, &mut bytes)?;
            for part in telling::parts(within(&head, &bytes), within(&sections, &bytes)) {
                read(file, &(part.start.min(size)..part.end.min(size)), &mut bytes)?;
            }
        }
    }
    Ok(bytes)
}

fn read(file: &mut File, part: &Part, bytes: &mut [u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(part.start))?;
    file.read_exact(&mut bytes[part.start as usize..part.end as usize])
}

fn within<'b>(part: &Part, bytes: &'b [u8]) -> &'b [u8] {
    &bytes[part.start as usize..part.end as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::disk::{self, Scratch};

    /// This very program, which is large.
    #[test]
    fn what_a_file_says_is_the_same_read_in_part_and_whole() {
        let program = std::env::current_exe().unwrap();
        let whole = disk::read(&program).unwrap();
        assert_eq!(facts(&program).unwrap(), binary::parse(&whole));
        if cfg!(target_os = "linux") {
            let zeros = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == 0).count();
            let part = telling(&mut File::open(&program).unwrap()).unwrap();
            assert!(zeros(&part) > zeros(&whole) + whole.len() / 4, "code is not read");
        }
    }

    #[test]
    fn damaged_and_foreign_files_are_answered_as_they_are_whole() {
        let scratch = Scratch::new().unwrap();
        let file = scratch.path().join("m.so");
        let program = disk::head(&std::env::current_exe().unwrap(), 100_000).unwrap();
        for bytes in [&b""[..], b"no binary", &program, &program[..40]] {
            disk::write_whole(&file, bytes).unwrap();
            assert_eq!(facts(&file).unwrap(), binary::parse(bytes));
        }
    }
}
