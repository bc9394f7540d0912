//! Reads wheels: those that were just written, to see that they are what was meant, and anybody's.

use std::io::{self, BufReader, Seek};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fs_err::File;
use zip::read::{Config, ZipFile};
use zip::result::ZipError as FormatError;
use zip::{CompressionMethod, ZipArchive, ZipReadOptions};

use super::inspection::Inspection;
use super::packed::{self, Found};
use super::positioned::Positioned;
use super::zip::ZipError;
use crate::actions::manifest::{Entry, Mode, Source};
use crate::facts::archive::{self as facts, Archive, MemberKind};

/// Reads a finished archive through its central directory: all files inflated and checked, by several threads.
///
/// The headers before the files must agree with the directory.
pub fn read_back(file: &File, threads: usize) -> Result<Vec<Found>, ZipError> {
    let name = file.path().display().to_string();
    let failed = |error| ZipError::Read { archive: name.clone(), error };
    let open =
        || ZipArchive::with_config(Config::default(), BufReader::new(Positioned::new(file.file()))).map_err(failed);
    let archive = open()?;
    if archive.has_duplicate_names() {
        return Err(ZipError::Twice(name));
    }
    let (next, count) = (AtomicUsize::new(0), archive.len());
    // Each takes what nobody has taken yet.
    let read = |mut archive: Reader<'_>| -> Result<Vec<(usize, Found)>, ZipError> {
        let mut found = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(found);
            }
            found.push((index, file_of(&mut archive, index, &failed)?));
        }
    };
    let mut found = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(|| read(open()?))).collect();
        let mut found = read(archive)?;
        for other in others {
            found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok::<_, ZipError>(found)
    })?;
    found.sort_by_key(|(index, _)| *index);
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

type Reader<'f> = ZipArchive<BufReader<Positioned<'f>>>;

fn file_of(
    archive: &mut Reader<'_>,
    index: usize,
    failed: &dyn Fn(FormatError) -> ZipError,
) -> Result<Found, ZipError> {
    let options = ZipReadOptions::new().enforce_header_consistency(true);
    let mut entry = archive.by_index_with_options(index, options).map_err(failed)?;
    let path = entry.name().map_err(failed)?.into_owned();
    let mode = entry.unix_mode().unwrap_or(0);
    if mode & 0o170_000 != 0o100_000 {
        return Err(ZipError::Kind(path));
    }
    let (size, crc) = packed::checksum(&mut entry).map_err(|error| failed(error.into()))?;
    Ok(Found { path, mode: mode & 0o7777, size, crc })
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
        let (entry_name, method, mode, is_encrypted, packing) = {
            let raw = archive.by_index_raw(index).map_err(failed)?;
            let name = raw.name().map_or_else(|_| format!("entry {index}"), |name| name.into_owned());
            (name, raw.compression(), raw.unix_mode(), raw.encrypted(), packing(&raw))
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
            inspection.add(&entry_name, kind, (mode.map(|mode| mode & 0o7777), packing), &mut entry)
        });
        if let Err(reason) = read {
            inspection.archive.container.push(format!("`{entry_name}` cannot be unpacked: {reason}"));
        }
    }
    Ok(inspection.archive)
}

fn packing(raw: &ZipFile<'_, impl io::Read>) -> facts::Packing {
    let method = raw.compression().to_string().to_lowercase();
    let time = raw.last_modified().map(|time| {
        let [month, day, hour, minute, second] = [time.month(), time.day(), time.hour(), time.minute(), time.second()];
        format!("{}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", time.year())
    });
    facts::Packing { method: Some(method), size: Some(raw.compressed_size()), time }
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
