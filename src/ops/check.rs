//! Judging wheels and sdists that lie there, whoever made them.

use std::path::Path;

use crate::checks;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Error;
use crate::system::{tar, zip};

/// Reads an archive and judges it. What is found stands in a member of the archive, or in the archive itself.
pub fn check(path: &Path) -> Result<Vec<Diagnostic>, Error> {
    let is_wheel = path.extension().is_some_and(|extension| extension == "whl");
    let archive = if is_wheel { zip::inspect(path)? } else { tar::inspect(path)? };
    let placed = |finding: Diagnostic| match finding.place {
        Some(_) => finding,
        None => finding.at(Place::file(path)),
    };
    Ok(checks::archive(&archive).into_iter().map(placed).collect())
}
