//! Judging wheels and sdists that lie there, whoever made them.

use std::path::Path;

use crate::checks;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::system::{disk, tar, zip};

/// Reads an archive and judges it. What is found stands in a member of the archive, or in the archive itself.
pub fn check(path: &Path) -> Result<Vec<Diagnostic>, Error> {
    // One that cannot be read at all is no archive; one that is not there is no question.
    disk::size(path)?;
    let is_wheel = path.extension().is_some_and(|extension| extension == "whl");
    let read = if is_wheel { zip::inspect(path).map_err(Error::from) } else { tar::inspect(path).map_err(Error::from) };
    let archive = match read {
        Ok(archive) => archive,
        Err(reason) => {
            let finding = Diagnostic::error(Code::ArchiveForm, reason.to_string());
            return Ok(vec![finding.at(Place::file(path))]);
        }
    };
    let placed = |finding: Diagnostic| match finding.place {
        Some(_) => finding,
        None => finding.at(Place::file(path)),
    };
    Ok(checks::archive(&archive).into_iter().map(placed).collect())
}
