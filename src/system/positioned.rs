//! Reads one open file from several places at once: each reader has a position of its own.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// A reader of a file that others read too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Positioned<'f> {
    file: &'f File,
    position: u64,
}

impl<'f> Positioned<'f> {
    /// A reader at the start.
    pub fn new(file: &'f File) -> Self {
        Self { file, position: 0 }
    }
}

impl Read for Positioned<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(self.file, buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Positioned<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (start, way) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(way) => (self.position, way),
            SeekFrom::End(way) => (self.file.metadata()?.len(), way),
        };
        let before_the_start = || io::Error::new(io::ErrorKind::InvalidInput, "there is nothing before the start");
        self.position = start.checked_add_signed(way).ok_or_else(before_the_start)?;
        Ok(self.position)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_do_not_disturb_each_other() {
        let kept = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(kept.path(), b"abcdef").unwrap();
        let [mut one, mut other] = [Positioned::new(kept.as_file()); 2];
        let read = |from: &mut Positioned<'_>| {
            let mut two = [0; 2];
            from.read_exact(&mut two).unwrap();
            two
        };
        assert_eq!((&read(&mut one), &read(&mut other), &read(&mut one)), (b"ab", b"ab", b"cd"));
        assert_eq!(one.seek(SeekFrom::End(-1)).unwrap(), 5);
        assert_eq!(one.seek(SeekFrom::Current(-3)).unwrap(), 2);
        assert_eq!((&read(&mut one), &read(&mut other)), (b"cd", b"cd"));
        one.seek(SeekFrom::Start(0)).unwrap();
        assert!(one.seek(SeekFrom::Current(-1)).is_err());
    }
}
