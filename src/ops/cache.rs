//! What the user's build cache holds, and removing it.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::system::build_cache;
use crate::system::disk::DiskError;
use crate::system::remembered;

pub use crate::system::build_cache::Stored as Kept;

/// What was used last comes first.
pub fn list(directory: &Path) -> Result<Vec<Kept>, Error> {
    Ok(build_cache::list(directory).map_err(DiskError::from)?)
}

/// Removes the entries of these names, or all; each with whether it is gone, for what is in use stays.
pub fn remove(directory: &Path, names: &[String]) -> Result<Vec<(Kept, bool)>, Error> {
    let all = list(directory)?;
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|entry| entry.name == **name)) {
        let message = format!("the cache in `{}` has no entry `{unknown}`", directory.display());
        return Err(Diagnostic::error(Code::Setting, message).hint("`wainwright cache` lists them").into());
    }
    if names.is_empty() {
        remembered::forget(directory)?;
    }
    let chosen = all.into_iter().filter(|entry| names.is_empty() || names.contains(&entry.name));
    let removed = chosen.map(|entry| Ok((build_cache::remove(directory, &entry.name)?, entry)));
    let removed: Result<Vec<_>, std::io::Error> =
        removed.map(|done| done.map(|(is_gone, entry)| (entry, is_gone))).collect();
    Ok(removed.map_err(DiskError::from)?)
}
