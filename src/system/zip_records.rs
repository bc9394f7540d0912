//! The records of zip archives around the files' bytes. Source: APPNOTE.TXT 6.3, sections 4.3 and 4.5.3.

use super::archive_time::ArchiveTime;

/// Made on Unix, whose modes the attributes hold; by the version of the format that knows 64-bit sizes.
const MADE_BY: u16 = 3 << 8 | 45;
/// The versions of the format that are needed to read deflated files, and to read 64-bit sizes.
const PLAIN: u16 = 20;
const WITH_64_BITS: u16 = 45;
/// The flag of names in UTF-8.
const UTF8: u16 = 1 << 11;
/// What stands in a field whose value stands in the 64-bit extra field.
const ELSEWHERE_16: u16 = u16::MAX;
const ELSEWHERE_32: u32 = u32::MAX;
/// The mark of the 64-bit extra field.
const EXTRA_64: u16 = 1;
/// A regular file, as Unix's modes say.
const REGULAR: u32 = 0o100_000;

/// What is said of one file, before it and in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub path: String,
    /// The permission bits.
    pub mode: u32,
    pub time: ArchiveTime,
    pub is_deflated: bool,
    pub crc: u32,
    /// In bytes, as it lies in the archive.
    pub packed_size: u64,
    /// In bytes.
    pub size: u64,
    /// Whether there is room for sizes of 64 bits before the file.
    pub is_large: bool,
    /// Where it begins.
    pub offset: u64,
}

impl Header {
    /// The record before a file. Its length does not hang on sizes, so that it can be written again once they are known.
    pub fn local(&self) -> Vec<u8> {
        let mut record = Record::signed(0x0403_4b50);
        record.u16(if self.is_large { WITH_64_BITS } else { PLAIN });
        self.common(&mut record);
        let sizes = [self.packed_size, self.size];
        for size in sizes {
            record.u32(if self.is_large { ELSEWHERE_32 } else { size as u32 });
        }
        record.u16(self.path.len() as u16);
        record.u16(if self.is_large { 20 } else { 0 });
        record.bytes(self.path.as_bytes());
        if self.is_large {
            record.u16(EXTRA_64);
            record.u16(16);
            // Here the size comes first (4.5.3).
            record.u64(self.size);
            record.u64(self.packed_size);
        }
        record.0
    }

    /// The record in the directory.
    pub fn central(&self) -> Vec<u8> {
        let fields = [self.size, self.packed_size, self.offset];
        let is_long = |value: u64| value >= u64::from(ELSEWHERE_32);
        let long: Vec<u64> = fields.into_iter().filter(|value| is_long(*value)).collect();
        let short = |value: u64| if is_long(value) { ELSEWHERE_32 } else { value as u32 };
        let mut record = Record::signed(0x0201_4b50);
        record.u16(MADE_BY);
        record.u16(if self.is_large || !long.is_empty() { WITH_64_BITS } else { PLAIN });
        self.common(&mut record);
        record.u32(short(self.packed_size));
        record.u32(short(self.size));
        record.u16(self.path.len() as u16);
        record.u16(if long.is_empty() { 0 } else { 4 + 8 * long.len() as u16 });
        record.u16(0); // no comment
        record.u16(0); // on the first disk
        record.u16(0); // not known to be text
        record.u32((REGULAR | self.mode) << 16);
        record.u32(short(self.offset));
        record.bytes(self.path.as_bytes());
        if !long.is_empty() {
            record.u16(EXTRA_64);
            record.u16(8 * long.len() as u16);
            long.into_iter().for_each(|value| record.u64(value));
        }
        record.0
    }

    /// What both records say alike.
    fn common(&self, record: &mut Record) {
        let time = self.time.in_zip();
        record.u16(if self.path.is_ascii() { 0 } else { UTF8 });
        record.u16(if self.is_deflated { 8 } else { 0 });
        record.u16(time.timepart());
        record.u16(time.datepart());
        record.u32(self.crc);
    }
}

/// What stands behind the directory of `count` records, `size` bytes long, that begins at `offset`.
pub(super) fn end(count: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut record = Record(Vec::new());
    let is_long = count >= ELSEWHERE_16.into() || size >= ELSEWHERE_32.into() || offset >= ELSEWHERE_32.into();
    if is_long {
        record.u32(0x0606_4b50);
        record.u64(44); // what follows of this record
        record.u16(MADE_BY);
        record.u16(WITH_64_BITS);
        record.u64(0); // this disk, and the directory's
        record.u64(count); // on this disk
        record.u64(count);
        record.u64(size);
        record.u64(offset);
        record.u32(0x0706_4b50);
        record.u32(0); // the disk of the record above
        record.u64(offset + size);
        record.u32(1); // disk in all
    }
    record.u32(0x0605_4b50);
    record.u32(0); // this disk, and the directory's
    let short_count = count.min(ELSEWHERE_16.into()) as u16;
    record.u16(short_count);
    record.u16(short_count);
    record.u32(size.min(ELSEWHERE_32.into()) as u32);
    record.u32(offset.min(ELSEWHERE_32.into()) as u32);
    record.u16(0); // no comment
    record.0
}

/// Bytes of a record, the low ones first.
struct Record(Vec<u8>);

impl Record {
    fn signed(signature: u32) -> Self {
        Self(signature.to_le_bytes().to_vec())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(size: u64, offset: u64) -> Header {
        Header {
            path: "a".into(),
            mode: 0o644,
            time: ArchiveTime::default(),
            is_deflated: true,
            crc: 7,
            packed_size: size,
            size,
            is_large: false,
            offset,
        }
    }

    #[test]
    fn a_record_before_a_file_has_one_length_whatever_the_sizes() {
        for is_large in [false, true] {
            let length = |size| Header { is_large, ..header(size, 0) }.local().len();
            assert_eq!(length(0), length(5));
            assert_eq!(length(0), 31 + if is_large { 20 } else { 0 });
        }
    }

    #[test]
    fn what_does_not_fit_stands_in_the_extra_field() {
        assert_eq!(header(5, 9).central().len(), 47);
        let long = header(1 << 32, 1 << 33).central();
        assert_eq!(long.len(), 47 + 4 + 24);
        assert_eq!(long[long.len() - 8..], (1u64 << 33).to_le_bytes());
        assert_eq!(header(5, 1 << 33).central().len(), 47 + 4 + 8);
    }

    #[test]
    fn the_end_has_64_bits_where_it_must() {
        assert_eq!(end(65_534, 10, 10).len(), 22);
        assert_eq!(end(65_535, 10, 10).len(), 22 + 56 + 20);
        assert_eq!(end(1, 10, 1 << 32).len(), 22 + 56 + 20);
    }
}
