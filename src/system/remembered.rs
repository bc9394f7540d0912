//! What a toolchain's cargo or rustc said of itself, remembered in the user's cache for as long as its program stays the same
//! file: a start of either is much of a build where nothing changed.
//!
//! ```text
//! toolchains/NAME    NAME tells the program's path; the first line tells the file, the rest is what it said
//! ```

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::spec::digest::Sha256;
use crate::system::disk::{self, DiskError};
use crate::system::own_directory;

const ROOM: &str = "toolchains";

/// The answer of the program at `program`: the remembered one, else that of `ask`, which is remembered from now on.
/// Where the cache cannot be used, `ask` answers each time.
pub fn answer<E>(cache: &Path, program: &Path, ask: impl FnOnce() -> Result<String, E>) -> Result<String, E> {
    let Some((place, identity)) = own_directory::make(cache).ok().and_then(|()| identity(cache, program)) else {
        return ask();
    };
    let kept = fs_err::read_to_string(&place).ok();
    if let Some(answer) = kept.as_deref().and_then(|kept| kept.strip_prefix(identity.as_str())) {
        return Ok(answer.to_owned());
    }
    let answer = ask()?;
    // A full disk is found by whoever needs room.
    let _ = disk::write_whole(&place, format!("{identity}{answer}").as_bytes());
    Ok(answer)
}

/// Forgets all answers.
pub fn forget(cache: &Path) -> Result<(), DiskError> {
    disk::remove_if_directory(&cache.join(ROOM))
}

/// Where the answer of a program lies, and the line that tells its file from any that lay there before.
fn identity(cache: &Path, program: &Path) -> Option<(PathBuf, String)> {
    let found = program.metadata().ok()?;
    let times = [found.modified().ok()?, found.created().unwrap_or(UNIX_EPOCH)];
    let [modified, created] = times.map(|time| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos());
    let name = Sha256::of(program.as_os_str().as_encoded_bytes()).hex();
    Some((cache.join(ROOM).join(&name[..16]), format!("{} {modified} {created}\n", found.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_asked_again_only_when_its_file_has_changed() {
        let place = tempfile::tempdir().unwrap();
        let cache = place.path().join("cache");
        let program = place.path().join("cargo");
        let ask = |says: Result<&str, ()>| answer(&cache, &program, || says.map(str::to_owned));
        assert_eq!(ask(Ok("there is no file yet")).unwrap(), "there is no file yet");
        fs_err::write(&program, "1").unwrap();
        assert_eq!(ask(Err(())), Err(()));
        assert_eq!(ask(Ok("one\ntwo")).unwrap(), "one\ntwo");
        assert_eq!(ask(Err(())).unwrap(), "one\ntwo");
        fs_err::write(&program, "22").unwrap();
        assert_eq!(ask(Ok("three")).unwrap(), "three");
        disk::set_time(&program, UNIX_EPOCH).unwrap();
        assert_eq!(ask(Ok("four")).unwrap(), "four");
        assert_eq!(ask(Err(())).unwrap(), "four");
        forget(&cache).unwrap();
        assert_eq!(ask(Err(())), Err(()));
    }

    #[test]
    fn a_cache_that_cannot_be_used_is_gone_without() {
        let place = tempfile::tempdir().unwrap();
        let [cache, program] = ["cache", "cargo"].map(|name| place.path().join(name));
        fs_err::write(&program, "1").unwrap();
        fs_err::write(&cache, "no directory").unwrap();
        for said in ["one", "two"] {
            assert_eq!(answer(&cache, &program, || Ok::<_, ()>(said.to_owned())).unwrap(), said);
        }
    }
}
