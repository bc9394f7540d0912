//! Building twice in two places, and comparing: what depends on the place, or on what was there before, shows.

use std::collections::BTreeMap;
use std::path::Path;

use crate::actions::event::{Event, Report};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::archive::Archive;
use crate::ops::deliver::Delivered;
use crate::spec::digest::Sha256;
use crate::system::disk::Scratch;
use crate::system::{disk, zip};

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
    let digests = |archive: Archive| -> BTreeMap<String, Sha256> {
        archive.members.into_iter().map(|member| (member.path, member.sha256)).collect()
    };
    let message = format!("`{}` is another wheel when it is built elsewhere", one.display());
    let finding = Diagnostic::error(Code::Reproducible, message).at(Place::file(one));
    let hint = "look for times, paths and random numbers in build scripts and macros";
    if disk::read_if_there(other)?.is_none() {
        return Ok(finding.with_note("it gets another name there").hint(hint));
    }
    let (here, there) = (digests(zip::inspect(one)?), digests(zip::inspect(other)?));
    let names = here.keys().chain(there.keys().filter(|name| !here.contains_key(*name)));
    let differing = names.filter(|name| here.get(*name) != there.get(*name));
    Ok(differing.fold(finding, |finding, name| finding.with_note(format!("`{name}` differs"))).hint(hint))
}
