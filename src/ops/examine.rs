//! Reading wheels and sdists that lie there, whoever made them.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::archive::Archive;
use crate::system::{disk, tar, zip_reading};

/// An archive, read whole; what is wrong with the container is part of it. The finding is that it is none at all.
pub fn read(path: &Path) -> Result<Result<Archive, Diagnostic>, Error> {
    // One that cannot be read at all is no archive; one that is not there is no question.
    let size = disk::size(path)?;
    let is_wheel = path.extension().is_some_and(|extension| extension == "whl");
    let read = if is_wheel {
        zip_reading::inspect(path).map_err(Error::from)
    } else {
        tar::inspect(path).map_err(Error::from)
    };
    Ok(match read {
        Ok(archive) => Ok(Archive { size, ..archive }),
        Err(reason) => Err(Diagnostic::error(Code::ArchiveForm, reason.to_string()).at(Place::file(path))),
    })
}

/// An archive that must be one.
pub fn archive(path: &Path) -> Result<Archive, Error> {
    let archive = read(path)??;
    if archive.members.is_empty()
        && let Some(reason) = archive.container.first()
    {
        return Err(Diagnostic::error(Code::ArchiveForm, reason.clone()).at(Place::file(path)).into());
    }
    Ok(archive)
}
