//! Reads wheels: those that were just written, to see that they are what was meant, and anybody's.

use std::io::{self, BufReader, Seek};
use std::path::Path;

use fs_err::File;
use zip::read::{Config, ZipFile};
use zip::result::ZipError as FormatError;
use zip::{CompressionMethod, ZipArchive, ZipReadOptions};

use super::inspection::Inspection;
use super::packed::{self, Found};
use super::zip::ZipError;
use crate::actions::manifest::{Entry, Mode, Source};
use crate::facts::archive::{self as facts, Archive, MemberKind};

/// What a finished archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadBack {
    /// What its directory says of them.
    pub files: Vec<Found>,
    /// The CRC-32 of all its bytes.
    pub crc: u32,
}

/// Reads a finished archive, all bytes of it and its central directory. Nothing is inflated: bytes that are the written
/// ones inflate to what was deflated.
///
/// The headers before the files must agree with the directory, and nothing may lie between.
pub fn read_back(file: &mut File) -> Result<ReadBack, ZipError> {
    let name = file.path().display().to_string();
    let failed = |error| ZipError::Read { archive: name.clone(), error };
    file.rewind().map_err(|error| failed(error.into()))?;
    let (_, crc) = packed::checksum(file).map_err(|error| failed(error.into()))?;
    let mut archive = ZipArchive::with_config(Config::default(), BufReader::new(file)).map_err(failed)?;
    if archive.has_duplicate_names() {
        return Err(ZipError::Twice(name));
    }
    archive.validate_header_consistency().map_err(failed)?;
    let files: Result<Vec<Found>, FormatError> =
        (0..archive.len()).map(|index| found(&archive.by_index_raw(index)?)).collect();
    let files = files.map_err(failed)?.into_iter().map(regular).collect::<Result<_, _>>()?;
    Ok(ReadBack { files, crc })
}

/// What the directory says of a file, its mode with the kind of file.
fn found(raw: &ZipFile<'_, impl io::Read>) -> Result<Found, FormatError> {
    Ok(Found { path: raw.name()?.into_owned(), mode: raw.unix_mode().unwrap_or(0), size: raw.size(), crc: raw.crc32() })
}

/// A file with the permission bits alone, if it is a regular one.
fn regular(file: Found) -> Result<Found, ZipError> {
    if file.mode & 0o170_000 != 0o100_000 {
        return Err(ZipError::Kind(file.path));
    }
    Ok(Found { mode: file.mode & 0o7777, ..file })
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
