//! Writes wheels: zip archives that depend on nothing but their manifest, in one pass, bounded memory and several threads.

use std::collections::HashSet;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use crc32fast::Hasher as Crc;
use fs_err::File;
use zip::result::ZipError as FormatError;

use super::archive_time::ArchiveTime;
use super::deflate_cache::{self, Known, Place};
use super::deflating::{self, Cutter, Deflated, Line};
use super::packed::{self, Found, PackError, Packed};
use super::zip_records::{self, Header};
use crate::actions::manifest::{Entry, Manifest, Source};
use crate::spec::digest::Sha256;

/// Files up to here are small: in those each byte counts.
const SMALL: usize = 64 << 10;
/// A file needs the 64-bit fields of zip from here on. Lower than 4 GiB, for what does not compress grows a little.
const LARGE: u64 = (4 << 30) - (64 << 20);
/// How much is gathered before it is written, in bytes.
const BUFFER: usize = 1 << 20;

/// How the files of a wheel are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// With a level from 1 (fast) to 9 (small). What does not shrink is stored.
    Deflate(u8),
    Store,
}

impl Default for Compression {
    fn default() -> Self {
        Self::Deflate(6)
    }
}

/// How a wheel is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Packing<'p> {
    pub compression: Compression,
    pub time: ArchiveTime,
    pub threads: usize,
    /// The directory that keeps, until the next wheel, what files with a known digest became.
    pub cache: Option<&'p Path>,
}

/// Why a wheel could not be written or read back.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("cannot write `{entry}` into the archive: {reason}")]
    Entry { entry: String, reason: &'static str },
    #[error("cannot write the end of the archive: {0}")]
    Finish(io::Error),
    #[error("cannot read the archive `{archive}`: {error}")]
    Read { archive: String, error: FormatError },
    #[error("`{0}` in the archive is not a regular file")]
    Kind(String),
    #[error("the archive `{0}` holds two files of one name")]
    Twice(String),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// All files, RECORD too.
    pub files: Vec<Packed>,
    /// The CRC-32 of all bytes of the archive.
    pub crc: u32,
    /// Where those lie that are worth to be remembered as they were deflated.
    pub deflated: Vec<Place>,
}

/// Writes a wheel (PEP 427) into an empty file: the entries of the manifest in their order, then RECORD at `record_path`.
///
/// `record` makes the text of RECORD from what was written before it. The bytes do not hang on the number of threads.
pub fn write(
    manifest: &Manifest,
    record_path: &str,
    record: impl FnOnce(&[Packed]) -> String,
    Packing { compression, time, threads, cache }: Packing<'_>,
    file: &mut File,
) -> Result<Written, ZipError> {
    let level = match compression {
        Compression::Deflate(level) => Some(level),
        Compression::Store => None,
    };
    deflating::in_line(threads, |line| {
        let mut files = Files { line, archive: Writer::new(file), level, time, cache };
        let mut packed = Vec::with_capacity(manifest.entries.len() + 1);
        let mut names = HashSet::new();
        for entry in &manifest.entries {
            if !names.insert(&*entry.path) || entry.path == record_path {
                return Err(ZipError::Entry { entry: entry.path.clone(), reason: "another file has this name" });
            }
            packed.push(files.add(entry)?);
        }
        packed.push(files.add(&Entry::text(record_path, record(&packed)))?);
        let (crc, headers) = files.finish().map_err(ZipError::Finish)?;
        let place = |(entry, header)| place(entry, header, level?);
        let deflated = manifest.entries.iter().zip(&headers).filter_map(place).collect();
        Ok(Written { files: packed, crc, deflated })
    })
}

/// The digest of a file that is worth to be remembered as it was deflated.
fn known_digest(entry: &Entry) -> Option<Sha256> {
    match entry.source {
        Source::Disk { size, sha256, .. } if size >= SMALL as u64 => sha256,
        _ => None,
    }
}

fn place(entry: &Entry, header: &Header, level: u8) -> Option<Place> {
    let sha256 = known_digest(entry).filter(|_| header.is_deflated)?;
    let offset = header.offset + header.local().len() as u64;
    Some(Place { sha256, level, crc: header.crc, offset, size: header.packed_size })
}

/// Files on their way into the archive.
struct Files<'f> {
    line: &'f mut Line<Piece>,
    archive: Writer<'f>,
    level: Option<u8>,
    time: ArchiveTime,
    cache: Option<&'f Path>,
}

/// What the archive must know of a block.
#[derive(Debug)]
struct Piece {
    /// The file that begins with it.
    begins: Option<Header>,
    /// The CRC-32 of the file that ends with it.
    ends: Option<u32>,
}

impl Files<'_> {
    fn add(&mut self, entry: &Entry) -> Result<Packed, ZipError> {
        if entry.path.len() > usize::from(u16::MAX) {
            return Err(ZipError::Entry { entry: entry.path.clone(), reason: "its name is too long" });
        }
        let size = packed::size(&entry.source);
        let header = Header {
            path: entry.path.clone(),
            mode: entry.mode.bits(),
            time: self.time,
            is_deflated: self.level.is_some(),
            crc: 0,
            packed_size: 0,
            size,
            is_large: size >= LARGE,
            offset: 0,
        };
        if let (Some(directory), Some(level), Some(sha256)) = (self.cache, self.level, known_digest(entry))
            && let Some(known) = deflate_cache::find(directory, sha256, level)
        {
            return Ok(self.add_known(header, sha256, known).map_err(|error| write_error(entry, error))?);
        }
        let cutter = Cutter::new(self.level, size);
        let mut pieces = Pieces { files: self, cutter, begins: Some(header), path: &entry.path };
        let packed = packed::pack(entry, &mut pieces)?;
        pieces.cut(Some(packed.file.crc)).map_err(|error| write_error(entry, error))?;
        Ok(packed)
    }

    /// Adds a file that was deflated before, once all before it are there.
    fn add_known(&mut self, header: Header, sha256: Sha256, Known { crc, bytes }: Known) -> io::Result<Packed> {
        let file = Found { path: header.path.clone(), mode: header.mode, size: header.size, crc };
        self.drain()?;
        let (packed_size, offset) = (bytes.len() as u64, self.archive.position);
        self.archive.whole(Header { crc, packed_size, offset, ..header }, &bytes)?;
        Ok(Packed { file, sha256 })
    }

    fn drain(&mut self) -> io::Result<()> {
        while let Some(done) = self.line.pop() {
            self.archive.take(done)?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<(u32, Vec<Header>)> {
        self.drain()?;
        self.archive.finish()
    }
}

fn write_error(entry: &Entry, error: io::Error) -> PackError {
    PackError::Write { entry: entry.path.clone(), error }
}

/// The blocks of one file.
struct Pieces<'p, 'f> {
    files: &'p mut Files<'f>,
    cutter: Cutter,
    begins: Option<Header>,
    path: &'p str,
}

impl Pieces<'_, '_> {
    fn cut(&mut self, ends: Option<u32>) -> io::Result<()> {
        if self.files.archive.stores(self.path) {
            self.cutter.level = None;
        }
        let piece = Piece { begins: self.begins.take(), ends };
        let done = self.files.line.push(self.cutter.cut(ends.is_some()), piece);
        done.map_or(Ok(()), |done| self.files.archive.take(done))
    }
}

impl Write for Pieces<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.cutter.is_full() {
            self.cut(None)?;
        }
        Ok(self.cutter.take(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What does not shrink by a fiftieth is stored, for installers are spared the work. The first block tells of the whole
/// file, so only its content decides, and the same file is always treated alike.
fn is_worth_it(before: usize, after: usize) -> bool {
    if before < SMALL { after < before } else { after * 100 <= before * 98 }
}

/// Writes records and bytes.
struct Writer<'w> {
    file: BufWriter<&'w mut File>,
    /// Where the next byte goes.
    position: u64,
    /// Of all bytes before the current file.
    crc: Crc,
    current: Option<Current>,
    done: Vec<Header>,
}

/// The file whose blocks are coming.
struct Current {
    header: Header,
    /// Of those that have come, as they lie in the archive.
    crc: Crc,
}

impl<'w> Writer<'w> {
    fn new(file: &'w mut File) -> Self {
        let file = BufWriter::with_capacity(BUFFER, file);
        Self { file, position: 0, crc: Crc::new(), current: None, done: Vec::new() }
    }

    fn take(&mut self, Deflated { raw, bytes, about: Piece { begins, ends } }: Deflated<Piece>) -> io::Result<()> {
        let Some(header) = begins else { return self.go_on(&raw, &bytes, ends) };
        let is_deflated = header.is_deflated && is_worth_it(raw.len(), bytes.len());
        let body = if is_deflated { &bytes } else { &*raw };
        let (packed_size, size) = (body.len() as u64, raw.len() as u64);
        let header = Header { offset: self.position, is_deflated, packed_size, size, ..header };
        if let Some(crc) = ends {
            return self.whole(Header { crc, ..header }, body);
        }
        self.write(&header.local())?;
        self.write(body)?;
        let mut crc = Crc::new();
        crc.update(body);
        self.current = Some(Current { header, crc });
        Ok(())
    }

    /// A file of which all is known.
    fn whole(&mut self, header: Header, body: &[u8]) -> io::Result<()> {
        self.write_for_good(&header.local())?;
        self.write_for_good(body)?;
        self.done.push(header);
        Ok(())
    }

    /// A block of the current file that is not its first.
    fn go_on(&mut self, raw: &[u8], bytes: &[u8], ends: Option<u32>) -> io::Result<()> {
        let Some(mut current) = self.current.take() else { return Ok(()) };
        let body = if current.header.is_deflated { bytes } else { raw };
        self.write(body)?;
        current.header.packed_size += body.len() as u64;
        current.header.size += raw.len() as u64;
        current.crc.update(body);
        match ends {
            Some(crc) => self.complete(Header { crc, ..current.header }, &current.crc),
            None => {
                self.current = Some(current);
                Ok(())
            }
        }
    }

    /// Whether the blocks of a file are coming and need not be deflated.
    fn stores(&self, path: &str) -> bool {
        self.current.as_ref().is_some_and(|Current { header, .. }| !header.is_deflated && header.path == path)
    }

    /// Writes the record before a file again, now that all is known.
    fn complete(&mut self, header: Header, body: &Crc) -> io::Result<()> {
        let local = header.local();
        self.file.seek(SeekFrom::Start(header.offset))?;
        self.file.write_all(&local)?;
        self.file.seek(SeekFrom::Start(self.position))?;
        self.crc.update(&local);
        self.crc.combine(body);
        self.done.push(header);
        Ok(())
    }

    /// Writes what stays as it is.
    fn write_for_good(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.write(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Gives the CRC-32 of all bytes, and what is said of the files.
    fn finish(mut self) -> io::Result<(u32, Vec<Header>)> {
        let offset = self.position;
        let done = std::mem::take(&mut self.done);
        for header in &done {
            self.write_for_good(&header.central())?;
        }
        let end = zip_records::end(done.len() as u64, self.position - offset, offset);
        self.write_for_good(&end)?;
        self.file.flush()?;
        Ok((self.crc.finalize(), done))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::actions::manifest::Mode;
    use crate::system::deflating::BLOCK;
    use crate::system::zip_reading::read_back;

    fn scratch() -> (tempfile::TempDir, File) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.whl");
        let file = fs_err::OpenOptions::new().read(true).write(true).create_new(true).open(path).unwrap();
        (directory, file)
    }

    fn entry(path: &str, bytes: &[u8], mode: Mode) -> Entry {
        Entry { path: path.into(), source: Source::Bytes(bytes.into()), mode }
    }

    fn names(packed: &[Packed]) -> String {
        packed.iter().map(|packed| format!("{},{}\n", packed.file.path, packed.file.size)).collect()
    }

    const PLAIN: Packing =
        Packing { compression: Compression::Deflate(6), time: ArchiveTime(315_532_800), threads: 2, cache: None };

    fn write_plain(entries: Vec<Entry>, file: &mut File) -> Result<Written, ZipError> {
        let manifest = Manifest { entries };
        write(&manifest, "x.dist-info/RECORD", names, PLAIN, file)
    }

    /// Reads back what was written and compares all that can be compared.
    fn verified(written: &Written, file: &mut File) -> Vec<Found> {
        let found = read_back(file).unwrap();
        assert_eq!(packed::verify_bytes(written.crc, found.crc), Ok(()));
        assert_eq!(packed::verify(&written.files, &found.files), Ok(()));
        found.files
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let step = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..length).map(step).collect()
    }

    fn python(program: &str, file: &File) -> String {
        let output = Command::new("python3").arg("-c").arg(program).arg(file.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    const LISTING: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for file in archive.infolist():
        assert file.create_system == 3 and file.extra == b''
        line = f'{file.filename} {file.external_attr >> 16:o} {file.date_time} {file.compress_type} {file.file_size}'
        sys.stdout.buffer.write(line.encode() + b'\\n')
";

    #[test]
    fn python_reads_names_modes_times_and_methods() {
        let (_kept, mut file) = scratch();
        let manifest = Manifest {
            entries: vec![
                entry("p/日本.py", &[b'a'; 1000], Mode::Regular),
                entry("p/run", &noise(5000), Mode::Executable),
                entry("p/empty", b"", Mode::Regular),
            ],
        };
        let packing =
            Packing { compression: Compression::Deflate(9), time: ArchiveTime(1_700_000_001), threads: 1, cache: None };
        write(&manifest, "p.dist-info/RECORD", names, packing, &mut file).unwrap();
        let listing = "\
p/日本.py 100644 (2023, 11, 14, 22, 13, 20) 8 1000
p/run 100755 (2023, 11, 14, 22, 13, 20) 0 5000
p/empty 100644 (2023, 11, 14, 22, 13, 20) 0 0
p.dist-info/RECORD 100644 (2023, 11, 14, 22, 13, 20) 8 38
";
        assert_eq!(python(LISTING, &file), listing);
    }

    #[test]
    fn what_was_written_is_what_is_read_back_and_record_is_last() {
        let (_kept, mut file) = scratch();
        let big = [noise(3 << 20), vec![1; 3 << 20]].concat();
        let entries = vec![entry("p/big", &big, Mode::Executable), entry("p/a,b", b"abc", Mode::Regular)];
        let written = write_plain(entries, &mut file).unwrap();
        let found = verified(&written, &mut file);
        assert_eq!((found[0].mode, written.files[0].sha256), (0o755, Sha256::of(&big)));
        let record = "p/big,6291456\np/a,b,3\n";
        let last = &written.files[2];
        assert_eq!((last.file.path.as_str(), last.sha256), ("x.dist-info/RECORD", Sha256::of(record.as_bytes())));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn the_same_content_from_memory_or_disk_gives_the_same_bytes() {
        let content = [vec![3; 70_000], noise(70_000)].concat();
        let (kept, mut file) = scratch();
        write_plain(vec![entry("a", &content, Mode::Regular)], &mut file).unwrap();
        let memory = fs_err::read(file.path()).unwrap();
        let path = kept.path().join("source");
        fs_err::write(&path, &content).unwrap();
        let source = Source::Disk { path, size: content.len() as u64, sha256: None };
        let (_kept, mut file) = scratch();
        write_plain(vec![Entry { path: "a".into(), source, mode: Mode::Regular }], &mut file).unwrap();
        assert_eq!(memory, fs_err::read(file.path()).unwrap());
    }

    #[test]
    fn the_same_content_gives_the_same_bytes_whatever_the_number_of_threads() {
        let large = |at: usize| [vec![at as u8; 300_000], noise(70_000), vec![1; 2 * BLOCK]].concat();
        let entries: Vec<Entry> = (0..40)
            .map(|at| {
                let content = if at % 10 == 3 { large(at) } else { vec![at as u8; at * 1000] };
                entry(&format!("p/{at:02}"), &content, Mode::Regular)
            })
            .collect();
        let packed = |threads| {
            let (_kept, mut file) = scratch();
            let manifest = Manifest { entries: entries.clone() };
            let written = write(&manifest, "RECORD", names, Packing { threads, ..PLAIN }, &mut file).unwrap();
            verified(&written, &mut file);
            fs_err::read(file.path()).unwrap()
        };
        let once = packed(1);
        for threads in [1, 2, 3, 8] {
            assert!(packed(threads) == once, "{threads}");
        }
    }

    #[test]
    fn what_was_deflated_before_gives_the_same_bytes() {
        let (kept, mut file) = scratch();
        let cache = kept.path().join("cache");
        let disk = |name: &str, content: Vec<u8>| {
            let path = kept.path().join(name);
            fs_err::write(&path, &content).unwrap();
            let source = Source::Disk { path, size: content.len() as u64, sha256: Some(Sha256::of(&content)) };
            Entry { path: format!("p/{name}"), source, mode: Mode::Executable }
        };
        let large = [vec![1; 3 * BLOCK], noise(70_000)].concat();
        let entries = vec![
            entry("a", b"a", Mode::Regular),
            disk("m.so", large),
            disk("n.so", noise(2 * BLOCK)),
            disk("o.so", vec![2; 5]),
        ];
        let manifest = Manifest { entries };
        let mut packed = |cache| {
            file.file().set_len(0).unwrap();
            file.seek(SeekFrom::Start(0)).unwrap();
            let written = write(&manifest, "RECORD", names, Packing { cache, ..PLAIN }, &mut file).unwrap();
            verified(&written, &mut file);
            if let Some(directory) = cache {
                deflate_cache::replace(directory, &mut file, &written.deflated);
            }
            fs_err::read(file.path()).unwrap()
        };
        let plain = packed(None);
        assert!(packed(Some(&cache)) == plain);
        // The module alone: what does not shrink or is small is not kept.
        assert_eq!(fs_err::read_dir(&cache).unwrap().count(), 1);
        // What is known is not read again.
        fs_err::remove_file(kept.path().join("m.so")).unwrap();
        assert!(packed(Some(&cache)) == plain);
    }

    #[test]
    fn only_what_shrinks_is_compressed() {
        let is_compressed = |bytes: Vec<u8>| {
            let (_kept, mut file) = scratch();
            write_plain(vec![entry("a", &bytes, Mode::Regular)], &mut file).unwrap();
            let mut archive = ::zip::ZipArchive::new(io::BufReader::new(file)).unwrap();
            archive.by_index_raw(0).unwrap().compression() == ::zip::CompressionMethod::Deflated
        };
        for (bytes, expected) in [
            (vec![], false),
            (b"ab".to_vec(), false),
            (vec![b'a'; 50], true),
            (noise(200_000), false),
            (vec![b'a'; 200_000], true),
            ([vec![0; 600], noise(200_000)].concat(), false),
            (noise(3 * BLOCK), false),
            (vec![b'a'; 3 * BLOCK], true),
        ] {
            let length = bytes.len();
            assert_eq!(is_compressed(bytes), expected, "{length}");
        }
    }

    #[test]
    fn a_source_that_changed_is_refused_by_name() {
        let (kept, mut file) = scratch();
        let path = kept.path().join("source");
        fs_err::write(&path, b"abc").unwrap();
        let source = Source::Disk { path: path.clone(), size: 4, sha256: None };
        let entry = Entry { path: "a".into(), source, mode: Mode::Regular };
        let error = write_plain(vec![entry], &mut file).unwrap_err();
        let message = format!("`{}` was changed while it was packed: it had 4 bytes and now has 3", path.display());
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let (_kept, file) = scratch();
        let mut unwritable = File::open(file.path()).unwrap();
        let error = write_plain(vec![entry("a", &noise(3 * BUFFER), Mode::Regular)], &mut unwritable).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("`a`") && error.contains(&file.path().display().to_string()), "{error}");
        let error = write_plain(vec![], &mut unwritable).unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let (_kept, mut file) = scratch();
        let twice = vec![entry("a", b"1", Mode::Regular), entry("a", b"2", Mode::Regular)];
        let error = write_plain(twice, &mut file).unwrap_err().to_string();
        assert!(error.starts_with("cannot write `a` into the archive: "), "{error}");
    }

    #[test]
    fn a_damaged_archive_is_found_out() {
        let (_kept, mut file) = scratch();
        let entries = vec![entry("a", &noise(100), Mode::Regular), entry("b", &[b'b'; 3 * BLOCK], Mode::Regular)];
        let written = write_plain(entries, &mut file).unwrap();
        let bytes = fs_err::read(file.path()).unwrap();
        let mut found = |damaged: &[u8]| {
            fs_err::write(file.path(), damaged).unwrap();
            let found = read_back(&mut file).map_err(|error| error.to_string())?;
            packed::verify_bytes(written.crc, found.crc).map_err(|difference| difference.to_string())
        };
        assert_eq!(found(&bytes), Ok(()));
        let error = found(&bytes[..bytes.len() - 1]).unwrap_err();
        assert!(error.contains("x.whl"), "{error}");
        let mut is_told = |at: usize| {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            found(&flipped).is_err()
        };
        let untold: Vec<usize> = (0..bytes.len()).filter(|at| !is_told(*at)).collect();
        assert!(untold.is_empty(), "{untold:?}");
    }

    #[test]
    fn a_directory_in_an_archive_is_refused() {
        let (_kept, mut file) = scratch();
        let mut archive = zip::ZipWriter::new(&mut file);
        archive.add_directory("p", zip::write::SimpleFileOptions::default()).unwrap();
        archive.finish().unwrap();
        assert!(matches!(read_back(&mut file), Err(ZipError::Kind(path)) if path == "p/"));
    }

    /// The slowest test: 4 GiB are read, though from a sparse file, and all zeros, so that the archive is small.
    #[test]
    fn a_file_beyond_four_gibibytes_is_packed() {
        let (kept, mut file) = scratch();
        let path = kept.path().join("source");
        let size = (4 << 30) + 5;
        File::create(&path).unwrap().set_len(size).unwrap();
        let source = Source::Disk { path, size, sha256: None };
        let entry = Entry { path: "a".into(), source, mode: Mode::Regular };
        let written = write_plain(vec![entry], &mut file).unwrap();
        assert_eq!(verified(&written, &mut file)[0].size, size);
    }
}
