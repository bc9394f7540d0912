//! The user's build cache: a directory for each project that is compiled from trees which are thrown away.
//!
//! ```text
//! builds/NAME/    cargo's files
//! locks/NAME      held by all who compile there, together; by one alone who removes it
//! used/NAME       how many bytes are there; its time tells when it was used last
//! ```

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fs_err::File;

use super::disk;
use super::own_directory;

/// A directory of the cache, kept in place as long as this lives.
#[derive(Debug)]
pub struct Entry {
    cache: PathBuf,
    name: String,
    limit: u64,
    has_grown: Cell<bool>,
    lock: Option<File>,
}

/// What lies in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub name: String,
    /// In bytes.
    pub size: u64,
    pub used: SystemTime,
}

impl Entry {
    /// Opens the entry, or makes it. Fails where the cache cannot be made or is not the user's own.
    pub fn open(cache: &Path, name: &str, limit: u64) -> io::Result<Entry> {
        own_directory::make(cache)?;
        for room in ["builds", "locks", "used"] {
            fs_err::create_dir_all(cache.join(room))?;
        }
        let lock = lock_file(cache, name)?;
        match lock.file().lock_shared() {
            // File systems without locks: there is nobody to wait for that could be seen.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
            _ => {}
        }
        fs_err::create_dir_all(path(cache, name))?;
        let entry = Entry {
            cache: cache.to_owned(),
            name: name.to_owned(),
            limit,
            has_grown: Cell::new(false),
            lock: Some(lock),
        };
        entry.use_now()?;
        Ok(entry)
    }

    pub fn path(&self) -> PathBuf {
        path(&self.cache, &self.name)
    }

    /// Something was compiled there: its size has changed.
    pub fn grow(&self) {
        self.has_grown.set(true);
    }

    fn use_now(&self) -> io::Result<()> {
        let file = fs_err::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.cache.join("used").join(&self.name))?;
        file.file().set_modified(SystemTime::now())
    }
}

impl Drop for Entry {
    /// Whoever made the cache larger makes room, and may be the one that does not fit.
    fn drop(&mut self) {
        if self.has_grown.get() {
            let size = size(&self.path());
            let _ = fs_err::write(self.cache.join("used").join(&self.name), size.to_string());
            self.lock = None;
            // A cache that is too large for a while is no failure of the build.
            let _ = shrink(&self.cache, self.limit);
        }
    }
}

/// Where an entry lies.
pub fn path(cache: &Path, name: &str) -> PathBuf {
    cache.join("builds").join(name)
}

/// What lies in the cache, that which was used last first.
pub fn list(cache: &Path) -> io::Result<Vec<Stored>> {
    let mut all = Vec::new();
    for name in disk::names(&cache.join("builds")).map_err(io::Error::other)? {
        let used = cache.join("used").join(&name);
        let recorded = fs_err::read_to_string(&used).ok().and_then(|text| text.trim().parse().ok());
        // A build that was killed recorded none.
        let size = recorded.unwrap_or_else(|| size(&path(cache, &name)));
        all.push(Stored { size, used: disk::modified(&used), name });
    }
    all.sort_by(|one, other| other.used.cmp(&one.used).then_with(|| one.name.cmp(&other.name)));
    Ok(all)
}

/// Removes what was not used for longest until the rest fits. What is in use stays.
pub fn shrink(cache: &Path, limit: u64) -> io::Result<()> {
    let all = list(cache)?;
    let mut total: u64 = all.iter().map(|stored| stored.size).sum();
    for stored in all.iter().rev() {
        if total <= limit {
            break;
        }
        if remove(cache, &stored.name)? {
            total -= stored.size;
        }
    }
    Ok(())
}

/// Removes an entry, unless somebody compiles there.
pub fn remove(cache: &Path, name: &str) -> io::Result<bool> {
    let lock = lock_file(cache, name)?;
    if lock.file().try_lock().is_err() {
        return Ok(false);
    }
    // Moved away first: a removal that is cut off leaves no half entry under the name.
    let condemned = tempfile::Builder::new().prefix(".removed-").tempdir_in(cache)?;
    fs_err::rename(path(cache, name), condemned.path().join(name))?;
    let _ = fs_err::remove_file(cache.join("used").join(name));
    condemned.close()?;
    Ok(true)
}

fn lock_file(cache: &Path, name: &str) -> io::Result<File> {
    fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(cache.join("locks").join(name))
}

/// In bytes; a file under two names counts once.
fn size(directory: &Path) -> u64 {
    let mut seen = std::collections::HashSet::new();
    let mut directories = vec![directory.to_owned()];
    let mut total = 0;
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs_err::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            let Ok(found) = entry.metadata() else { continue };
            if found.is_dir() {
                directories.push(entry.path());
            } else if seen.insert(identity(&found, &entry.path())) {
                total += found.len();
            }
        }
    }
    total
}

#[cfg(unix)]
fn identity(found: &std::fs::Metadata, _: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata, path: &Path) -> PathBuf {
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry that is used later than all before, also where the clock is set back a little.
    fn used(cache: &Path, name: &str, limit: u64) -> Entry {
        std::thread::sleep(std::time::Duration::from_millis(30));
        Entry::open(cache, name, limit).unwrap()
    }

    fn filled(cache: &Path, name: &str, bytes: usize, limit: u64) -> Entry {
        let entry = used(cache, name, limit);
        fs_err::write(entry.path().join("file"), vec![0; bytes]).unwrap();
        entry.grow();
        entry
    }

    fn names(cache: &Path) -> Vec<String> {
        list(cache).unwrap().into_iter().map(|stored| stored.name).collect()
    }

    #[test]
    fn what_was_used_longest_ago_goes_first_and_what_is_in_use_stays() {
        let place = tempfile::tempdir().unwrap();
        let cache = place.path().join("cache");
        for name in ["a", "b", "c"] {
            drop(filled(&cache, name, 100, 1000));
        }
        drop(used(&cache, "a", 1000));
        assert_eq!(names(&cache), ["a", "c", "b"]);
        let held = used(&cache, "b", 1000);
        shrink(&cache, 250).unwrap();
        assert_eq!(names(&cache), ["b", "a"]);
        drop(held);
        drop(filled(&cache, "d", 100, 150));
        assert_eq!(names(&cache), ["d"]);
        drop(filled(&cache, "e", 500, 150));
        assert!(names(&cache).is_empty());
        assert_eq!(disk::names(&cache.join("used")).unwrap().len(), 0);
    }

    #[test]
    fn an_entry_is_not_removed_while_somebody_compiles_there() {
        let place = tempfile::tempdir().unwrap();
        let cache = place.path().join("cache");
        let (one, other) = (filled(&cache, "a", 1, 10), Entry::open(&cache, "a", 10).unwrap());
        drop(one);
        assert!(!remove(&cache, "a").unwrap());
        drop(other);
        assert!(remove(&cache, "a").unwrap());
        assert_eq!(disk::names(&cache).unwrap().iter().filter(|name| name.starts_with('.')).count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_may_write_to_is_no_cache() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let cache = place.path().join("cache");
        drop(Entry::open(&cache, "a", 10).unwrap());
        let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache), 0o700);
        fs_err::set_permissions(&cache, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(Entry::open(&cache, "a", 10).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }
}
