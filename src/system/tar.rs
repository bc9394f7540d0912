//! Writes sdists: gzipped tar archives that depend on nothing but their manifest, in one pass, bounded memory and several
//! threads.

use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::Path;

use crc32fast::Hasher as Crc;
use flate2::bufread::GzDecoder;
use fs_err::File;
use tar::{Archive, Builder, EntryType, Header};

use super::archive_time::ArchiveTime;
use super::deflating::{self, Cutter, Line};
use super::inspection::Inspection;
use super::packed::{self, Found, PackError, Packed};
use crate::actions::manifest::{Entry, Manifest};
use crate::facts::archive::{self as facts, MemberKind, Packing};
use crate::spec::date::DateTime;

/// What tar fills up to, in bytes.
const TAR_BLOCK: u64 = 512;
/// How much is deflated: what tools take by default.
const LEVEL: u8 = 6;
/// How long a name may be that the header itself holds, in bytes.
const NAME: usize = 100;
/// The sizes and times that the header itself can hold, in octal, end here.
const OCTAL_END: u64 = 1 << 33;
/// "Unknown" (RFC 1952): what wrote the archive shall not show.
const NO_SYSTEM: u8 = 255;
/// How much is gathered before it is written, in bytes.
const BUFFER: usize = 1 << 20;

/// Why an sdist could not be written or read back.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("cannot write the end of the archive: {0}")]
    Finish(io::Error),
    #[error("cannot read the archive `{archive}`: {error}")]
    Read { archive: String, error: io::Error },
    #[error("`{0}` in the archive is not a regular file")]
    Kind(String),
    #[error("the name `{0}` in the archive is not UTF-8")]
    Name(String),
}

/// Writes a `.tar.gz` (PEP 625, PEP 721): regular files only, in the manifest's order, owned by nobody in particular.
///
/// The format is ustar; pax records (POSIX.1-2001) carry what does not fit it. The bytes do not hang on the number of
/// threads.
pub fn write(manifest: &Manifest, time: ArchiveTime, threads: usize, file: &mut File) -> Result<Vec<Packed>, TarError> {
    deflating::in_line(threads, |line| {
        let gzip = Gzip::begin(BufWriter::with_capacity(BUFFER, file), line).map_err(TarError::Finish)?;
        let mut archive = Builder::new(gzip);
        let packed: Result<Vec<_>, _> = manifest.entries.iter().map(|entry| add(entry, time, &mut archive)).collect();
        let packed = packed?;
        archive.into_inner().and_then(Gzip::finish).map_err(TarError::Finish)?;
        Ok(packed)
    })
}

/// A gzip member (RFC 1952) in the making.
struct Gzip<'g> {
    file: BufWriter<&'g mut File>,
    line: &'g mut Line<()>,
    cutter: Cutter,
    crc: Crc,
    /// In bytes, as gzip counts them: from nothing again after 4 GiB.
    size: u32,
}

impl<'g> Gzip<'g> {
    fn begin(mut file: BufWriter<&'g mut File>, line: &'g mut Line<()>) -> io::Result<Self> {
        // Deflated, without a name or a time.
        file.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, NO_SYSTEM])?;
        Ok(Self { file, line, cutter: Cutter::new(Some(LEVEL), u64::MAX), crc: Crc::new(), size: 0 })
    }

    fn cut(&mut self, last: bool) -> io::Result<()> {
        let done = self.line.push(self.cutter.cut(last), ());
        done.map_or(Ok(()), |done| self.file.write_all(&done.bytes))
    }

    fn finish(mut self) -> io::Result<()> {
        self.cut(true)?;
        while let Some(done) = self.line.pop() {
            self.file.write_all(&done.bytes)?;
        }
        self.file.write_all(&self.crc.finalize().to_le_bytes())?;
        self.file.write_all(&self.size.to_le_bytes())?;
        self.file.flush()
    }
}

impl Write for Gzip<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.cutter.is_full() {
            self.cut(false)?;
        }
        let taken = self.cutter.take(bytes);
        self.crc.update(&bytes[..taken]);
        self.size = self.size.wrapping_add(taken as u32);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn add(entry: &Entry, time: ArchiveTime, archive: &mut Builder<impl Write>) -> Result<Packed, PackError> {
    let failed = |error| PackError::Write { entry: entry.path.clone(), error };
    let size = packed::size(&entry.source);
    append_header(entry, size, time, archive).map_err(failed)?;
    let packed = packed::pack(entry, archive.get_mut())?;
    let padding = size.next_multiple_of(TAR_BLOCK) - size;
    archive.get_mut().write_all(&[0; TAR_BLOCK as usize][..padding as usize]).map_err(failed)?;
    Ok(packed)
}

fn append_header(entry: &Entry, size: u64, time: ArchiveTime, archive: &mut Builder<impl Write>) -> io::Result<()> {
    let records = pax_records(&entry.path, size, time);
    archive.append_pax_extensions(records.iter().map(|(key, value)| (*key, value.as_bytes())))?;
    archive.get_mut().write_all(header(entry, size, time).as_bytes())
}

/// What the header cannot hold: names that are long or not ASCII, huge sizes, far times.
fn pax_records(path: &str, size: u64, time: ArchiveTime) -> Vec<(&'static str, String)> {
    let mut records = Vec::new();
    if path.len() > NAME || !path.is_ascii() {
        records.push(("path", path.to_owned()));
    }
    if size >= OCTAL_END {
        records.push(("size", size.to_string()));
    }
    if time.0 >= OCTAL_END {
        records.push(("mtime", time.0.to_string()));
    }
    records
}

/// Owner and group are 0 and have no names. What pax records say otherwise is cut off here.
fn header(entry: &Entry, size: u64, time: ArchiveTime) -> Header {
    let mut header = Header::new_ustar();
    // Not `set_path`, which reads the name as a path of this system.
    let name = &entry.path.as_bytes()[..entry.path.len().min(NAME)];
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(EntryType::Regular);
    header.set_mode(entry.mode.bits());
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_mtime(time.0);
    header.set_cksum();
    header
}

/// Unpacks an archive below a directory; what would leave it is refused (PEP 721).
pub fn unpack(archive: &Path, directory: &Path) -> Result<(), TarError> {
    let failed = |error| TarError::Read { archive: archive.display().to_string(), error };
    let file = BufReader::new(File::open(archive).map_err(failed)?);
    Archive::new(GzDecoder::new(file)).unpack(directory).map_err(failed)
}

/// Reads a finished archive from its start: all files inflated and checked, the checksum of gzip too.
pub fn read_back(file: &mut File) -> Result<Vec<Found>, TarError> {
    let name = file.path().display().to_string();
    let failed = |error| TarError::Read { archive: name.clone(), error };
    file.rewind().map_err(failed)?;
    let mut archive = Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut found = Vec::new();
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let path = entry.path_bytes().into_owned();
        let path = String::from_utf8(path).map_err(|error| TarError::Name(error.to_string()))?;
        if entry.header().entry_type() != EntryType::Regular {
            return Err(TarError::Kind(path));
        }
        let mode = entry.header().mode().map_err(failed)?;
        let (size, crc) = packed::checksum(&mut entry).map_err(failed)?;
        found.push(Found { path, mode, size, crc });
    }
    end(archive.into_inner()).map_err(failed)?;
    Ok(found)
}

/// Reads any sdist, whoever made it, as far as it can be read; what is wrong with the container is part of the answer.
pub fn inspect(path: &Path) -> Result<facts::Archive, TarError> {
    let failed = |error| TarError::Read { archive: path.display().to_string(), error };
    Ok(inspect_from(path, BufReader::new(File::open(path).map_err(failed)?)))
}

/// The same of bytes that are to lie at `path`.
pub fn inspect_from(path: &Path, from: impl BufRead) -> facts::Archive {
    let mut archive = Archive::new(GzDecoder::new(from));
    let mut inspection = Inspection::new(path);
    let read = (|| -> io::Result<()> {
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let target = |entry: &tar::Entry<'_, _>| {
                entry.link_name_bytes().map(|name| String::from_utf8_lossy(&name).into_owned()).unwrap_or_default()
            };
            let kind = match entry.header().entry_type() {
                EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => MemberKind::File,
                EntryType::Directory => MemberKind::Directory,
                EntryType::Symlink => MemberKind::Link(target(&entry)),
                // Its target starts at the archive's root.
                EntryType::Link => {
                    let up = "../".repeat(path.matches('/').count());
                    MemberKind::Link(format!("{up}{}", target(&entry)))
                }
                EntryType::XGlobalHeader => continue,
                _ => MemberKind::Other,
            };
            let mode = entry.header().mode().ok();
            let time = entry.header().mtime().ok().map(|seconds| DateTime::from_seconds(seconds).to_rfc3339());
            let packing = Packing { time, ..Packing::default() };
            inspection.add(&path, kind, (mode.map(|mode| mode & 0o7777), packing), &mut entry)?;
        }
        Ok(())
    })();
    let whole = read.and_then(|()| end(archive.into_inner()));
    if let Err(reason) = whole {
        inspection.archive.container.push(format!("the archive is damaged: {reason}"));
    }
    inspection.archive
}

/// The checksum stands after the last block, so the rest must be read; and behind it nothing may follow.
fn end(mut gzip: GzDecoder<impl BufRead>) -> io::Result<()> {
    io::copy(&mut gzip, &mut io::sink())?;
    if gzip.into_inner().fill_buf()?.is_empty() { Ok(()) } else { Err(io::Error::other("something follows its end")) }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::actions::manifest::{Mode, Source};
    use crate::spec::digest::Sha256;

    fn scratch() -> (tempfile::TempDir, File) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.tar.gz");
        let file = fs_err::OpenOptions::new().read(true).write(true).create_new(true).open(path).unwrap();
        (directory, file)
    }

    fn manifest(entries: &[(&str, &[u8], Mode)]) -> Manifest {
        let entry = |(path, bytes, mode): &(&str, &[u8], Mode)| Entry {
            path: (*path).into(),
            source: Source::Bytes((*bytes).into()),
            mode: *mode,
        };
        Manifest { entries: entries.iter().map(entry).collect() }
    }

    fn python(program: &str, file: &File) -> String {
        let output = Command::new("python3").arg("-c").arg(program).arg(file.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn python_unpacks_every_name_under_the_data_filter() {
        let [long, longer] = [format!("p-1/{}/a.py", "d/".repeat(60)), format!("p-1/{}.py", "n".repeat(240))];
        let longest = format!("p-1/{}/ä.py", "é".repeat(120));
        let exactly = format!("p-1/{}", "e".repeat(96));
        let over = format!("p-1/{}", "o".repeat(97));
        let back = "p-1/back\\slash";
        let names = [long.as_str(), &longer, &longest, &exactly, &over, "p-1/日本.txt", back, "p-1/PKG-INFO"];
        let entries: Vec<_> = names.iter().map(|name| (*name, name.as_bytes(), Mode::Regular)).collect();
        let (_kept, mut file) = scratch();
        write(&manifest(&entries), ArchiveTime(1_700_000_000), 2, &mut file).unwrap();
        let program = "
import sys, tarfile, tempfile, os
with tarfile.open(sys.argv[1]) as archive, tempfile.TemporaryDirectory() as into:
    archive.extractall(into, filter='data')
    for member in archive.getmembers():
        assert member.isreg() and (member.uid, member.gid, member.uname, member.gname) == (0, 0, '', ''), member
        assert (member.mtime, member.mode) == (1700000000, 0o644), member
        content = open(os.path.join(into, member.name), encoding='utf-8').read()
        assert content == member.name, member
        sys.stdout.buffer.write(member.name.encode() + b'\\n')
";
        assert_eq!(python(program, &file).lines().collect::<Vec<_>>(), names);
    }

    #[test]
    fn what_was_written_is_what_is_read_back() {
        let big: Vec<u8> = (0..2_500_000u32).flat_map(|at| (at ^ (at >> 7)).to_le_bytes()).collect();
        let long = "é".repeat(200);
        let entries: [(&str, &[u8], Mode); 5] = [
            ("p-1/PKG-INFO", b"x", Mode::Regular),
            ("p-1/empty", b"", Mode::Regular),
            ("p-1/run", &[7; 512], Mode::Executable),
            ("p-1/big", &big, Mode::Regular),
            (&long, &[8; 513], Mode::Regular),
        ];
        let (_kept, mut file) = scratch();
        let written = write(&manifest(&entries), ArchiveTime::default(), 2, &mut file).unwrap();
        let found = read_back(&mut file).unwrap();
        assert_eq!(packed::verify(&written, &found), Ok(()));
        assert_eq!(found[2].mode, 0o755);
        assert_eq!(written[3].sha256, Sha256::of(&big));
    }

    #[test]
    fn the_same_manifest_gives_the_same_bytes_and_no_trace_of_time_or_system() {
        let long: Vec<u8> = (0..3 * deflating::BLOCK).map(|at| (at % 251) as u8).collect();
        let entries: [(&str, &[u8], Mode); 2] = [("p-1/a", b"abc", Mode::Regular), ("p-1/long", &long, Mode::Regular)];
        let write_one = |threads| {
            let (_kept, mut file) = scratch();
            write(&manifest(&entries), ArchiveTime::default(), threads, &mut file).unwrap();
            fs_err::read(file.path()).unwrap()
        };
        let bytes = write_one(1);
        for threads in [1, 2, 8] {
            assert!(bytes == write_one(threads), "{threads}");
        }
        assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    }

    #[test]
    fn sizes_and_times_that_octal_digits_cannot_hold_become_records() {
        assert_eq!(pax_records("a", OCTAL_END - 1, ArchiveTime(OCTAL_END - 1)), []);
        let records = [("size", "8589934592".to_owned()), ("mtime", "8589934593".to_owned())];
        assert_eq!(pax_records("a", OCTAL_END, ArchiveTime(OCTAL_END + 1)), records);
    }

    #[test]
    fn a_damaged_archive_is_not_read_back() {
        let entries: [(&str, &[u8], Mode); 1] = [("p-1/a", b"abc", Mode::Regular)];
        let (_kept, mut file) = scratch();
        write(&manifest(&entries), ArchiveTime::default(), 2, &mut file).unwrap();
        let bytes = fs_err::read(file.path()).unwrap();
        let mut flipped = bytes.clone();
        flipped[bytes.len() - 6] ^= 1;
        for damaged in [&bytes[..bytes.len() - 1], &bytes[..20], &flipped, &[&bytes[..], b"x"].concat()] {
            fs_err::write(file.path(), damaged).unwrap();
            let error = read_back(&mut file).unwrap_err().to_string();
            assert!(error.contains("x.tar.gz"), "{error}");
        }
    }

    #[test]
    fn a_link_in_an_archive_is_refused() {
        let (_kept, mut file) = scratch();
        let mut archive = Builder::new(flate2::write::GzEncoder::new(&mut file, flate2::Compression::new(1)));
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, "p-1/link", "/etc/passwd").unwrap();
        archive.into_inner().unwrap().finish().unwrap();
        assert!(matches!(read_back(&mut file), Err(TarError::Kind(path)) if path == "p-1/link"));
    }
}
