//! Compiling an editable install again, into the place where it is installed.

use std::path::Path;

use crate::actions::event::Report;
use crate::actions::manifest::{self, Entry};
use crate::contents::editable::{self, Call};
use crate::error::Error;
use crate::ops::interpreters::{self, Source};
use crate::ops::project::Project;
use crate::ops::resolve;
use crate::ops::wheels;
use crate::system::disk::{self, Scratch};
use crate::system::{cargo, zip};

/// Builds what is compiled and puts it in the place of what lies in `site`. Of several processes that do so at once, one
/// compiles, since a build locks its target directory, and the others find it done. Gives why it was not done, where the
/// last good one is all that can be had.
pub fn rebuild(project: &Project, site: &Path, source: Source<'_>, report: Report<'_>) -> Result<String, Error> {
    if cargo::find(source.environment).is_none() {
        return Ok("there is no cargo to compile it again\n".to_owned());
    }
    if !disk::is_writable(site) {
        return Ok(format!("nothing can be written to {}\n", site.display()));
    }
    let distribution = project.metadata.core.name.escaped();
    let scratch = Scratch::new()?;
    let toolchain = resolve::toolchain(project, source.environment, report)?;
    let interpreter = interpreters::chosen_one(project, &toolchain, source, report)?;
    let place = (scratch.path(), source.environment);
    // What leads Python to the modules stays as it is, and with it the call.
    let built = wheels::build_editable(project, &toolchain, interpreter, place, Call::default(), report)?;
    let unpacked = Scratch::new()?;
    for entry in zip::unpack(&built.delivered.path, unpacked.path())? {
        if editable::is_compiled(&distribution, &entry.path) {
            replace(&entry, site)?;
        }
    }
    Ok(String::new())
}

/// Puts a file in its place at once: other processes have the old one open.
fn replace(entry: &Entry, site: &Path) -> Result<(), Error> {
    let path = site.join(&entry.path);
    let manifest::Source::Disk { path: new, .. } = &entry.source else { return Ok(()) };
    let new = disk::read(new)?;
    if disk::read_if_there(&path)?.as_deref() != Some(&*new) {
        disk::write_whole(&path, &new)?;
    }
    Ok(())
}
