//! Looking over a wheel or sdist.

use std::path::Path;

use crate::error::Error;
use crate::facts::archive::Archive;
use crate::facts::build_record::BuildRecord;
use crate::facts::environment::Environment;
use crate::facts::sources::PathKind;
use crate::ops::{examine, project, why};
use crate::plan::options::TopLayer;
use crate::spec::digest::Sha256;
use crate::system::disk;

/// An archive with its digest.
pub fn read(path: &Path) -> Result<(Archive, Sha256), Error> {
    let archive = examine::archive(path)?;
    Ok((archive, disk::digest(path)?.1))
}

/// The build that made a wheel, if it was the last one of a project that the wheel lies in.
pub fn build(path: &Path, archive: &Archive, environment: &Environment) -> Option<BuildRecord> {
    let record = archive.members.iter().find(|member| is_record(&member.path))?;
    let digest = Sha256::of(archive.texts.get(&record.path)?).hex();
    let real = disk::real_path(path)?;
    let directory = real.ancestors().find(|above| disk::kind(&above.join("pyproject.toml")) == PathKind::File)?;
    let options = TopLayer::default();
    let project = project::read(directory, options, environment, &|_| {}).ok()?;
    let last = why::last(&project, environment, &|_| {}).ok()??;
    last.wheels.iter().any(|wheel| wheel.record == digest).then_some(last)
}

fn is_record(path: &str) -> bool {
    path.split_once('/').is_some_and(|(top, name)| top.ends_with(".dist-info") && name == "RECORD")
}

/// Writes a page, whole or not at all.
pub fn write(path: &Path, page: &str) -> Result<(), Error> {
    Ok(disk::write_whole(path, page.as_bytes())?)
}
