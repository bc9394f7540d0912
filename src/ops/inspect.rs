//! Looking over a wheel or sdist.

use std::path::Path;

use crate::error::Error;
use crate::facts::archive::Archive;
use crate::ops::examine;
use crate::spec::digest::Sha256;
use crate::system::disk;

/// An archive with its digest.
pub fn read(path: &Path) -> Result<(Archive, Sha256), Error> {
    let archive = examine::archive(path)?;
    Ok((archive, disk::digest(path)?.1))
}

/// Writes a page, whole or not at all.
pub fn write(path: &Path, page: &str) -> Result<(), Error> {
    Ok(disk::write_whole(path, page.as_bytes())?)
}
