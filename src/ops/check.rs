//! Judging wheels and sdists that lie there, whoever made them.

use std::path::Path;

use crate::checks;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Error;
use crate::ops::examine;

/// Reads an archive and judges it. What is found stands in a member of the archive, or in the archive itself.
pub fn check(path: &Path) -> Result<Vec<Diagnostic>, Error> {
    let archive = match examine::read(path)? {
        Ok(archive) => archive,
        Err(finding) => return Ok(vec![finding]),
    };
    let placed = |finding: Diagnostic| match finding.place {
        Some(_) => finding,
        None => finding.at(Place::file(path)),
    };
    Ok(checks::archive(&archive).into_iter().map(placed).collect())
}
