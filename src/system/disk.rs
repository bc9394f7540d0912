//! Reading, writing, placing and moving files.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::actions::cargo_call::PlacedFile;
use crate::actions::manifest::{Entry, Source};
use crate::facts::sources::PathKind;
use crate::spec::digest::Sha256;
use crate::system::interrupt::Unfinished;
use crate::system::packed;

/// Why something on the disk could not be done. The messages of the I/O errors name their paths.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The bytes of a file; `None` if it does not exist.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    match whole(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub fn read(path: &Path) -> Result<Vec<u8>, DiskError> {
    Ok(whole(path)?)
}

/// The bytes of a file. A FIFO or device is not opened: the one waits for a writer, the other may have no end.
fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs_err::metadata(path)?;
    if found.is_file() || found.is_dir() {
        return fs_err::read(path);
    }
    let message = format!("`{}` is a {}, not a file", path.display(), special(&found));
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

/// The first bytes of a file, `limit` at most.
pub fn head(path: &Path, limit: u64) -> Result<Vec<u8>, DiskError> {
    let mut head = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(fs_err::File::open(path)?, limit), &mut head)?;
    Ok(head)
}

/// Makes a directory and all above it, if they are missing.
pub fn make_directory(directory: &Path) -> Result<(), DiskError> {
    Ok(fs_err::create_dir_all(directory)?)
}

/// The size of a file, in bytes.
pub fn size(path: &Path) -> Result<u64, DiskError> {
    Ok(fs_err::metadata(path)?.len())
}

/// What stands at a path; links count as what they lead to.
pub fn kind(path: &Path) -> PathKind {
    match path.metadata() {
        Ok(found) if found.is_file() => PathKind::File,
        Ok(found) if found.is_dir() => PathKind::Directory,
        Ok(_) => PathKind::Other,
        Err(_) => PathKind::Missing,
    }
}

/// The real path, all links followed, in the form that other programs take too.
pub fn real_path(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().map(without_prefix)
}

/// Windows gives real paths a prefix (`\\?\`) that many programs, cargo among them, do not expect.
fn without_prefix(path: PathBuf) -> PathBuf {
    let plain = path.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|rest| rest.get(1..2) == Some(":"));
    plain.map(PathBuf::from).unwrap_or(path)
}

/// Writes a new file, or replaces an old one whole: it never shows half its text. The old one's mode stays; a new one
/// gets what the user's umask leaves, as any other file.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(directory)?;
    let mut file = temporary_in(directory)?;
    io::Write::write_all(&mut file, bytes)?;
    if let Ok(old) = path.metadata() {
        // Some file systems know no modes.
        let _ = file.as_file().set_permissions(old.permissions());
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn temporary_in(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o666)).tempfile_in(directory)
}

#[cfg(not(unix))]
fn temporary_in(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(directory)
}

/// Writes a file that is not there yet; tells whether it did. What is there stays as it is, links too.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<bool, DiskError> {
    fs_err::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    match fs_err::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => Ok(io::Write::write_all(&mut file, bytes).map(|()| true)?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Puts a generated file in place, with a fixed time, unless it is there already.
pub fn place(file: &PlacedFile) -> Result<(), DiskError> {
    if read_if_there(&file.path)?.as_deref() != Some(file.text.as_bytes()) {
        write_whole(&file.path, file.text.as_bytes())?;
        readable(&file.path, file.mode.bits())?;
    }
    // A restored cache brings a new time, at which cargo would compile again.
    Ok(fix_time(&file.path)?)
}

/// Gives a file a time that is long past and always the same: 2001-09-09.
pub fn fix_time(file: &Path) -> io::Result<()> {
    let fixed = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    if fs_err::metadata(file)?.modified().ok() == Some(fixed) { Ok(()) } else { set_time(file, fixed) }
}

/// Sets when a file was changed last.
pub fn set_time(file: &Path, time: SystemTime) -> io::Result<()> {
    // The owner may do that with a file that nobody may write; Windows wants it opened for writing.
    let opened = fs_err::OpenOptions::new().read(true).write(cfg!(windows)).open(file)?;
    opened.file().set_modified(time)
}

/// Writes the entries below a directory, as an archive would hold them.
pub fn unpack<'e>(entries: impl IntoIterator<Item = &'e Entry>, directory: &Path) -> Result<(), DiskError> {
    for entry in entries {
        let path = directory.join(&entry.path);
        match &entry.source {
            Source::Bytes(bytes) => write_whole(&path, bytes)?,
            Source::Disk { path: source, .. } => {
                fs_err::create_dir_all(path.parent().unwrap_or(directory))?;
                fs_err::copy(source, &path)?;
            }
        }
        readable(&path, entry.mode.bits())?;
    }
    Ok(())
}

/// Writes the entries below a directory, which is empty, as far as they tell something to who reads only what `is_read` says:
/// of the others there is the name. Those are one empty file, where the file system has hard links.
pub fn outline(entries: &[Entry], is_read: &dyn Fn(&Entry) -> bool, directory: &Path) -> Result<(), DiskError> {
    let (read, named): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| is_read(entry));
    let mut empty: Option<PathBuf> = None;
    for entry in named {
        let path = directory.join(&entry.path);
        fs_err::create_dir_all(path.parent().unwrap_or(directory))?;
        if empty.as_ref().is_none_or(|empty| std::fs::hard_link(empty, &path).is_err()) {
            fs_err::File::create_new(&path)?;
            empty = Some(path);
        }
    }
    unpack(read, directory)
}

#[cfg(unix)]
fn readable(path: &Path, mode: u32) -> Result<(), DiskError> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

#[cfg(not(unix))]
fn readable(_path: &Path, _mode: u32) -> Result<(), DiskError> {
    Ok(())
}

/// A copy of a file, with its size and digest: what others do to the original no longer matters.
pub fn stage(from: &Path, to: &Path) -> Result<Source, DiskError> {
    copy(from, to)?;
    let (size, sha256) = digest(to)?;
    Ok(Source::Disk { path: to.to_owned(), size, sha256: Some(sha256) })
}

/// Copies a file to a directory that is made if it is missing.
pub fn copy(from: &Path, to: &Path) -> Result<(), DiskError> {
    if let Some(directory) = to.parent() {
        fs_err::create_dir_all(directory)?;
    }
    fs_err::copy(from, to)?;
    Ok(())
}

/// The size of a file, in bytes, and its digest.
pub fn digest(path: &Path) -> Result<(u64, Sha256), DiskError> {
    Ok(packed::digest(&mut fs_err::File::open(path)?)?)
}

/// The names in a directory, if it is one; those outside Unicode are left out.
pub fn names(directory: &Path) -> Result<Vec<String>, DiskError> {
    match fs_err::read_dir(directory) {
        Ok(entries) => {
            let names: Result<Vec<_>, io::Error> = entries.map(|entry| Ok(entry?.file_name())).collect();
            Ok(names?.into_iter().filter_map(|name| name.into_string().ok()).collect())
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

pub fn remove_if_there(file: &Path) -> Result<(), DiskError> {
    match fs_err::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

pub fn remove_directory(directory: &Path) -> Result<(), DiskError> {
    Ok(fs_err::remove_dir_all(directory)?)
}

/// Gives something another name on the same disk; what had it before is replaced.
pub fn rename(from: &Path, to: &Path) -> Result<(), DiskError> {
    Ok(fs_err::rename(from, to)?)
}

/// Removes a directory with all that is in it, if it is there.
pub fn remove_if_directory(directory: &Path) -> Result<(), DiskError> {
    if kind(directory) == PathKind::Directory { remove_directory(directory) } else { Ok(()) }
}

/// When a file was changed last; the distant past if that cannot be told.
pub fn modified(path: &Path) -> SystemTime {
    path.metadata().and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Copies a target directory of cargo's with its times, by which cargo judges. Libraries, which nobody changes in
/// place, become links where `is_shared` says so of their names and the file system allows; what is made anew with every
/// build stays behind.
pub fn copy_units(from: &Path, to: &Path, is_shared: &dyn Fn(&str) -> bool) -> Result<(), DiskError> {
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let (source, target) = (entry.path(), to.join(&name));
        let text = name.to_string_lossy();
        if ["incremental", "proven", "examples"].contains(&text.as_ref()) || text.starts_with(".wainwright-") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_units(&source, &target, is_shared)?;
        } else if is_library(&source) && is_shared(&text) && std::fs::hard_link(&source, &target).is_ok() {
            continue;
        } else {
            copy_with_time(&source, &target)?;
        }
    }
    Ok(())
}

/// Moves what lies in a directory into another one on the same disk.
pub fn move_entries(from: &Path, to: &Path) -> Result<(), DiskError> {
    let mut names = names(from)?;
    names.sort();
    for name in names {
        fs_err::rename(from.join(&name), to.join(&name))?;
    }
    Ok(())
}

fn is_library(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rlib" || extension == "rmeta")
}

fn copy_with_time(from: &Path, to: &Path) -> Result<(), DiskError> {
    fs_err::copy(from, to)?;
    let file = fs_err::OpenOptions::new().write(true).open(to)?;
    file.file().set_modified(modified(from))?;
    Ok(())
}

/// A directory that is removed when it is dropped, and when the program is interrupted.
#[derive(Debug)]
pub struct Scratch {
    directory: tempfile::TempDir,
    _unfinished: Unfinished,
}

impl Scratch {
    /// Below one of the system's temporary directories.
    pub fn new() -> Result<Self, DiskError> {
        Ok(tempfile::Builder::new().prefix("wainwright-").tempdir()?.into())
    }

    /// Below `parent`, which is made if it is missing.
    pub fn below(parent: &Path) -> Result<Self, DiskError> {
        fs_err::create_dir_all(parent)?;
        Ok(tempfile::Builder::new().prefix(".stage-").tempdir_in(parent)?.into())
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl From<tempfile::TempDir> for Scratch {
    fn from(directory: tempfile::TempDir) -> Self {
        Self { _unfinished: Unfinished::new(directory.path()), directory }
    }
}

/// Fails where a directory's disk has no room left, for which a mebibyte is asked.
pub fn has_room(directory: &Path) -> Result<(), DiskError> {
    if !directory.is_dir() {
        return Ok(());
    }
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    io::Write::write_all(&mut file, &vec![0; 1 << 20]).map_err(|error| {
        io::Error::new(error.kind(), format!("the disk of `{}` is full: {error}", directory.display()))
    })?;
    Ok(())
}

/// The system's directory for temporary files.
pub fn temporary() -> PathBuf {
    std::env::temp_dir()
}

/// Whether files can be made in a directory, which is created if it is missing.
pub fn is_writable(directory: &Path) -> bool {
    fs_err::create_dir_all(directory).is_ok() && tempfile::tempfile_in(directory).is_ok()
}

/// The kind of what is neither file, directory nor link.
#[cfg(unix)]
pub(super) fn special(metadata: &std::fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    match () {
        () if kind.is_fifo() => "FIFO",
        () if kind.is_socket() => "socket",
        () => "device",
    }
}

#[cfg(not(unix))]
pub(super) fn special(_metadata: &std::fs::Metadata) -> &'static str {
    "special file"
}

/// The directory at or above `start` that holds a repository of a version-control system.
pub fn repository(start: &Path) -> Option<PathBuf> {
    let marks = [".git", ".hg", ".jj", ".svn"];
    let mark = |directory: &Path| marks.iter().find_map(|mark| directory.join(mark).metadata().ok());
    let (directory, mark) = start.ancestors().find_map(|directory| Some((directory, mark(directory)?)))?;
    // Of a worktree it is a file that says where the repository is. An empty one only ends the search: uv puts it into
    // its cache.
    (mark.is_dir() || mark.len() > 0).then(|| directory.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::manifest::Mode;

    #[cfg(unix)]
    #[test]
    fn what_would_never_end_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("pyproject.toml");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let message = format!("`{}` is a socket, not a file", socket.display());
        assert_eq!(read(&socket).unwrap_err().to_string(), message);
        assert_eq!(read_if_there(&socket).unwrap_err().to_string(), message);
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err().to_string(), "`/dev/zero` is a device, not a file");
    }

    #[test]
    fn a_placed_file_has_a_fixed_time_whoever_touched_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = PlacedFile { path: directory.path().join("p/x.txt"), text: "a=1\n".into(), mode: Mode::Regular };
        place(&file).unwrap();
        let time = || file.path.metadata().unwrap().modified().unwrap();
        let first = time();
        fs_err::write(&file.path, "a=1\n").unwrap();
        place(&file).unwrap();
        assert_eq!(time(), first);
    }

    #[test]
    fn an_outline_has_all_names_and_the_content_of_what_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let entries = ["p/Cargo.toml", "p/src/lib.rs", "p/src/a.rs", "p/q/b.rs"].map(|path| Entry::text(path, "1"));
        outline(&entries, &|entry| entry.path.ends_with(".toml"), directory.path()).unwrap();
        let found = entries.map(|entry| fs_err::read_to_string(directory.path().join(entry.path)).unwrap());
        assert_eq!(found, ["1", "", "", ""]);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_for_whom_the_umask_says_and_a_replaced_one_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let [ours, plain] = ["ours", "plain"].map(|name| directory.path().join(name));
        fs_err::write(&plain, "").unwrap();
        write_whole(&ours, b"1").unwrap();
        assert_eq!(mode(&ours), mode(&plain));
        readable(&ours, 0o640).unwrap();
        write_whole(&ours, b"2").unwrap();
        assert_eq!((mode(&ours), fs_err::read(&ours).unwrap()), (0o640, b"2".to_vec()));
    }
}
