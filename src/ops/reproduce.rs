//! Building twice in two places, and comparing: what depends on the place, or on what was there before, shows.

use std::path::Path;

use crate::actions::event::{Event, Report};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::ops::deliver::Delivered;
use crate::ops::diff;
use crate::render;
use crate::system::disk;
use crate::system::disk::Scratch;

/// A place apart, until the value is dropped.
pub fn elsewhere() -> Result<Scratch, Error> {
    Ok(Scratch::new()?)
}

/// Compares wheels with those of the same names in `again`.
pub fn compare(wheels: &[Delivered], again: &Path, report: Report<'_>) -> Result<(), Error> {
    let mut findings = Vec::new();
    for wheel in wheels {
        let other = again.join(&wheel.name);
        if disk::read_if_there(&other)?.as_deref() != Some(&disk::read(&wheel.path)?[..]) {
            findings.push(differs(&wheel.path, &other)?);
        }
    }
    if !findings.is_empty() {
        return Err(Error::Findings(findings));
    }
    report(Event::Step { verb: "Reproduced", object: format!("{} in another place, byte for byte", names(wheels)) });
    Ok(())
}

fn names(wheels: &[Delivered]) -> String {
    wheels.iter().map(|wheel| wheel.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn differs(one: &Path, other: &Path) -> Result<Diagnostic, Error> {
    let message = format!("`{}` is another wheel when it is built elsewhere", one.display());
    let finding = Diagnostic::error(Code::Reproducible, message).at(Place::file(one));
    let hint = "look for times, paths and random numbers in build scripts and macros";
    if disk::read_if_there(other)?.is_none() {
        return Ok(finding.with_note("it gets another name there").hint(hint));
    }
    let difference = diff::between(one, other)?;
    let differing = difference.changed.iter().map(|changed| {
        let path = &changed.path;
        match render::difference::summary(&changed.aspects) {
            told if told.is_empty() => format!("`{path}` differs"),
            told => format!("`{path}` differs: {told}"),
        }
    });
    let whole = Some(render::difference::summary(&difference.whole)).filter(|told| !told.is_empty());
    let whole = whole.map(|told| format!("of the whole differs: {told}"));
    let alone = difference.removed.iter().chain(&difference.added);
    let lonely = alone.map(|(path, _)| format!("`{path}` differs: only one of the two holds it"));
    Ok(whole.into_iter().chain(differing).chain(lonely).fold(finding, Diagnostic::with_note).hint(hint))
}
