//! Writes wheels: zip archives that depend on nothing but their manifest, in one pass and bounded memory.

use std::io::{self, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::write::DeflateEncoder;
use fs_err::File;
use zip::read::Config;
use zip::result::ZipError as FormatError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, System, ZipArchive, ZipReadOptions, ZipWriter};

use super::archive_time::ArchiveTime;
use super::inspection::Inspection;
use super::packed::{self, PackError, Packed};
use crate::actions::manifest::{Entry, Manifest, Mode, Source};
use crate::facts::archive::{Archive, MemberKind};

/// How much of a file tells whether it is worth compressing, in bytes.
const SAMPLE: u64 = 64 << 10;
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

/// Why a wheel could not be written or read back.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("cannot write `{entry}` into the archive: {error}")]
    Entry { entry: String, error: FormatError },
    #[error("cannot write the directory of the archive: {0}")]
    Finish(FormatError),
    #[error("cannot read the archive `{archive}` back: {error}")]
    Read { archive: String, error: FormatError },
    #[error("`{0}` in the archive is not a regular file")]
    Kind(String),
    #[error("the archive `{0}` holds two files of one name")]
    Twice(String),
}

/// Writes a wheel (PEP 427): the entries of the manifest in their order, then RECORD at `record_path`.
///
/// `record` makes the text of RECORD from what was written before it. Returns all files, RECORD too.
pub fn write(
    manifest: &Manifest,
    record_path: &str,
    record: impl FnOnce(&[Packed]) -> String,
    compression: Compression,
    time: ArchiveTime,
    file: &mut File,
) -> Result<Vec<Packed>, ZipError> {
    let mut archive = ZipWriter::new(Output::new(file).map_err(|error| ZipError::Finish(error.into()))?);
    let mut packed = Vec::with_capacity(manifest.entries.len() + 1);
    for entry in &manifest.entries {
        packed.push(add(entry, compression, time, &mut archive)?);
    }
    let record = Entry::text(record_path, record(&packed));
    packed.push(add(&record, compression, time, &mut archive)?);
    let mut output = archive.finish().map_err(ZipError::Finish)?;
    output.flush().map_err(|error| ZipError::Finish(error.into()))?;
    Ok(packed)
}

fn add(
    entry: &Entry,
    compression: Compression,
    time: ArchiveTime,
    archive: &mut ZipWriter<impl Write + Seek>,
) -> Result<Packed, ZipError> {
    let method =
        method(&entry.source, compression).map_err(|error| PackError::Read { entry: entry.path.clone(), error })?;
    let options = SimpleFileOptions::default()
        .system(System::Unix)
        .unix_permissions(entry.mode.bits())
        .last_modified_time(time.in_zip())
        .large_file(packed::size(&entry.source) >= LARGE);
    let options = match method {
        Compression::Store => options.compression_method(CompressionMethod::Stored),
        Compression::Deflate(level) => {
            options.compression_method(CompressionMethod::Deflated).compression_level(Some(level.into()))
        }
    };
    archive.start_file(&entry.path, options).map_err(|error| ZipError::Entry { entry: entry.path.clone(), error })?;
    Ok(packed::pack(entry, archive)?)
}

/// What does not shrink is stored. Only the content decides, so the same file is always treated alike.
fn method(source: &Source, wanted: Compression) -> io::Result<Compression> {
    let Compression::Deflate(level) = wanted else { return Ok(Compression::Store) };
    let head = packed::head(source, SAMPLE)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::new(level.min(9).into()));
    encoder.write_all(&head)?;
    let after = encoder.finish()?.len() as u64;
    let before = head.len() as u64;
    let shrinks = if packed::size(source) <= SAMPLE { after < before } else { after * 100 <= before * 98 };
    Ok(if shrinks { wanted } else { Compression::Store })
}

/// A file that fails once. After that it takes everything and keeps nothing.
///
/// For a `ZipWriter` that is dropped after an error tries to finish the archive, and prints that it cannot.
struct Output<'a> {
    file: BufWriter<&'a mut File>,
    position: u64,
    failed: bool,
}

impl<'a> Output<'a> {
    fn new(file: &'a mut File) -> io::Result<Self> {
        let position = file.stream_position()?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), position, failed: false })
    }

    /// What `attempt` gives, or `instead` once something has failed.
    fn attempt<T>(
        &mut self,
        instead: T,
        attempt: impl FnOnce(&mut BufWriter<&'a mut File>) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.failed {
            return Ok(instead);
        }
        let result = attempt(&mut self.file);
        self.failed = result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        result
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.attempt(bytes.len(), |file| file.write(bytes))?;
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), BufWriter::flush)
    }
}

impl Seek for Output<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // Asking where it stands need not empty the buffer.
        if to == SeekFrom::Current(0) {
            return Ok(self.position);
        }
        let instead = if let SeekFrom::Start(position) = to { position } else { self.position };
        self.position = self.attempt(instead, |file| file.seek(to))?;
        Ok(self.position)
    }
}

/// Reads a finished archive through its central directory: all files inflated, checked and digested.
///
/// The headers before the files must agree with the directory.
pub fn read_back(file: &mut File) -> Result<Vec<Packed>, ZipError> {
    let name = file.path().display().to_string();
    let failed = |error| ZipError::Read { archive: name.clone(), error };
    let mut archive = ZipArchive::with_config(Config::default(), BufReader::new(file)).map_err(failed)?;
    if archive.has_duplicate_names() {
        return Err(ZipError::Twice(name));
    }
    let mut found = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let options = ZipReadOptions::new().enforce_header_consistency(true);
        let mut entry = archive.by_index_with_options(index, options).map_err(failed)?;
        let path = entry.name().map_err(failed)?.into_owned();
        let mode = entry.unix_mode().unwrap_or(0);
        if mode & 0o170_000 != 0o100_000 {
            return Err(ZipError::Kind(path));
        }
        let (size, sha256) = packed::digest(&mut entry).map_err(|error| failed(error.into()))?;
        found.push(Packed { path, mode: mode & 0o7777, size, sha256 });
    }
    Ok(found)
}

/// Reads any wheel, whoever made it, as far as it can be read; what is wrong with the container is part of the answer.
pub fn inspect(path: &Path) -> Result<Archive, ZipError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| ZipError::Read { archive: name, error: error.into() })?;
    inspect_from(path, BufReader::new(file))
}

/// The same of bytes that are to lie at `path`.
pub fn inspect_from(path: &Path, from: impl io::Read + Seek) -> Result<Archive, ZipError> {
    let name = path.display().to_string();
    let failed = |error: FormatError| ZipError::Read { archive: name.clone(), error };
    let mut archive = ZipArchive::with_config(Config::default(), from).map_err(failed)?;
    let mut inspection = Inspection::new(path);
    if archive.has_duplicate_names() {
        inspection.archive.container.push("the archive holds two files of one name".to_owned());
    }
    for index in 0..archive.len() {
        // The raw reader tells what the entry says of itself even where it cannot be unpacked.
        let (entry_name, method, mode, is_encrypted) = {
            let raw = archive.by_index_raw(index).map_err(failed)?;
            let name = raw.name().map_or_else(|_| format!("entry {index}"), |name| name.into_owned());
            (name, raw.compression(), raw.unix_mode(), raw.encrypted())
        };
        if is_encrypted {
            inspection.archive.container.push(format!("`{entry_name}` is encrypted"));
            continue;
        }
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            inspection
                .archive
                .container
                .push(format!("`{entry_name}` is compressed by a method ({method}) that not all installers know"));
            continue;
        }
        let options = ZipReadOptions::new().enforce_header_consistency(true);
        let read = archive.by_index_with_options(index, options).map_err(io::Error::other).and_then(|mut entry| {
            let kind = match mode.map(|mode| mode & 0o170_000) {
                _ if entry.is_dir() => MemberKind::Directory,
                Some(0o120_000) => {
                    let mut target = String::new();
                    io::Read::read_to_string(&mut entry, &mut target)?;
                    MemberKind::Link(target)
                }
                None | Some(0 | 0o100_000) => MemberKind::File,
                Some(_) => MemberKind::Other,
            };
            inspection.add(&entry_name, kind, mode.map(|mode| mode & 0o7777), &mut entry)
        });
        if let Err(reason) = read {
            inspection.archive.container.push(format!("`{entry_name}` cannot be unpacked: {reason}"));
        }
    }
    Ok(inspection.archive)
}

/// Unpacks the files of a wheel for packing them anew: their bytes lie numbered in `directory`, whatever their paths.
pub fn unpack(path: &Path, directory: &Path) -> Result<Vec<Entry>, ZipError> {
    let name = path.display().to_string();
    let failed = |error: FormatError| ZipError::Read { archive: name.clone(), error };
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    let mut archive = ZipArchive::with_config(Config::default(), BufReader::new(file)).map_err(failed)?;
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(failed)?;
        let path = member.name().map_err(failed)?.into_owned();
        match member.unix_mode().map(|mode| mode & 0o170_000) {
            _ if member.is_dir() => continue,
            None | Some(0 | 0o100_000) => {}
            Some(_) => return Err(ZipError::Kind(path)),
        }
        let mode = if member.unix_mode().unwrap_or(0) & 0o111 == 0 { Mode::Regular } else { Mode::Executable };
        let kept = directory.join(index.to_string());
        let mut into = File::create(&kept).map_err(|error| failed(error.into()))?;
        let size = io::copy(&mut member, &mut into).map_err(|error| failed(error.into()))?;
        entries.push(Entry { path, source: Source::Disk { path: kept, size, sha256: None }, mode });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::spec::digest::Sha256;

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
        packed.iter().map(|file| format!("{},{}\n", file.path, file.size)).collect()
    }

    fn write_plain(entries: Vec<Entry>, file: &mut File) -> Result<Vec<Packed>, ZipError> {
        let manifest = Manifest { entries };
        write(&manifest, "x.dist-info/RECORD", names, Compression::default(), ArchiveTime::default(), file)
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
        let time = ArchiveTime(1_700_000_001);
        write(&manifest, "p.dist-info/RECORD", names, Compression::Deflate(9), time, &mut file).unwrap();
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
        let found = read_back(&mut file).unwrap();
        assert_eq!(packed::verify(&written, &found), Ok(()));
        assert_eq!((found[0].mode, found[0].sha256), (0o755, Sha256::of(&big)));
        let record = "p/big,6291456\np/a,b,3\n";
        assert_eq!((found[2].path.as_str(), found[2].sha256), ("x.dist-info/RECORD", Sha256::of(record.as_bytes())));
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
    fn only_what_shrinks_is_compressed() {
        let deflate = Compression::Deflate(6);
        let decide = |bytes: Vec<u8>| method(&Source::Bytes(bytes.into()), deflate).unwrap();
        assert_eq!(decide(vec![]), Compression::Store);
        assert_eq!(decide(b"ab".to_vec()), Compression::Store);
        assert_eq!(decide(vec![b'a'; 50]), deflate);
        assert_eq!(decide(noise(200_000)), Compression::Store);
        assert_eq!(decide(vec![b'a'; 200_000]), deflate);
        let a_hundredth = [vec![0; 600], noise(200_000)].concat();
        assert_eq!(decide(a_hundredth), Compression::Store);
        assert_eq!(method(&Source::Bytes(vec![b'a'; 50].into()), Compression::Store).unwrap(), Compression::Store);
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
    fn an_output_fails_once_and_then_lets_the_writer_finish_in_silence() {
        let (_kept, file) = scratch();
        let mut unwritable = File::open(file.path()).unwrap();
        let mut output = Output::new(&mut unwritable).unwrap();
        output.write_all(b"abc").unwrap();
        output.flush().unwrap_err();
        output.write_all(b"def").unwrap();
        assert_eq!(output.stream_position().unwrap(), 6);
        assert_eq!(output.seek(SeekFrom::Start(2)).unwrap(), 2);
        output.write_all(&vec![0; 2 * BUFFER]).unwrap();
        output.flush().unwrap();
        assert_eq!(output.stream_position().unwrap(), 2 + 2 * BUFFER as u64);
        drop(output);
        assert_eq!(fs_err::read(file.path()).unwrap(), b"");
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let (_kept, mut file) = scratch();
        let twice = vec![entry("a", b"1", Mode::Regular), entry("a", b"2", Mode::Regular)];
        let error = write_plain(twice, &mut file).unwrap_err().to_string();
        assert!(error.starts_with("cannot write `a` into the archive: "), "{error}");
    }

    #[test]
    fn a_damaged_archive_is_not_read_back() {
        let (_kept, mut file) = scratch();
        write_plain(vec![entry("a", &noise(100), Mode::Regular)], &mut file).unwrap();
        let bytes = fs_err::read(file.path()).unwrap();
        let mut flipped = bytes.clone();
        flipped[60] ^= 1;
        let mut renamed = bytes.clone();
        renamed[30] = b'b';
        for damaged in [&bytes[..bytes.len() - 1], &flipped, &renamed, b""] {
            fs_err::write(file.path(), damaged).unwrap();
            let error = read_back(&mut file).unwrap_err().to_string();
            assert!(error.contains("x.whl"), "{error}");
        }
    }

    #[test]
    fn a_directory_in_an_archive_is_refused() {
        let (_kept, mut file) = scratch();
        let mut archive = ZipWriter::new(&mut file);
        archive.add_directory("p", SimpleFileOptions::default()).unwrap();
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
        let found = read_back(&mut file).unwrap();
        assert_eq!(packed::verify(&written, &found), Ok(()));
        assert_eq!(found[0].size, size);
    }
}
