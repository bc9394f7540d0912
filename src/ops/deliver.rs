//! The phase "deliver": a draft is written, read back, compared with the manifest, and only then gets its name.

use std::path::{Path, PathBuf};

use crate::actions::manifest::Manifest;
use crate::contents::dist_info;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::settings::CompressionMethod;
use crate::ops::project::Project;
use crate::ops::wheel::WheelKind;
use crate::plan::options::Options;
use crate::spec::digest::Sha256;
use crate::spec::record::{self, RecordRow};
use crate::system::archive_time::ArchiveTime;
use crate::system::deflating::threads as packing_threads;
use crate::system::draft::Draft;
use crate::system::packed::{self, Packed};
use crate::system::{deflate_cache, disk, tar, zip, zip_reading};

/// A file under its final name.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub path: PathBuf,
    /// The last part of the path.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// The digest of a wheel's RECORD.
    pub record: Option<Sha256>,
}

/// Where a wheel goes.
#[derive(Debug, Clone, Copy)]
pub struct To<'t> {
    pub directory: &'t Path,
    pub name: &'t str,
    /// As in [`zip::Packing`].
    pub cache: Option<&'t Path>,
}

/// Delivers a wheel into a directory, under a name.
pub fn wheel(
    manifest: &Manifest,
    project: &Project,
    kind: WheelKind,
    To { directory, name, cache }: To<'_>,
    environment: &Environment,
) -> Result<Delivered, Error> {
    let record_path = format!("{}/RECORD", dist_info::directory(&project.metadata));
    let packing = zip::Packing {
        compression: compression(&project.options, kind),
        time: archive_time(environment)?,
        threads: threads(project.options.jobs, environment),
        cache,
    };
    any_wheel(manifest, &record_path, packing, directory, name)
}

/// Delivers a wheel that need not be the project's.
pub fn any_wheel(
    manifest: &Manifest,
    record_path: &str,
    packing: zip::Packing<'_>,
    directory: &Path,
    name: &str,
) -> Result<Delivered, Error> {
    let mut draft = Draft::create(directory, name)?;
    let record = |packed: &[Packed]| record::to_text(&rows(packed), record_path);
    let written = zip::write(manifest, record_path, record, packing, draft.file())?;
    let found = zip_reading::read_back(draft.file())?;
    packed::verify_bytes(written.crc, found.crc)?;
    packed::verify(&written.files, &found.files)?;
    if let Some(directory) = packing.cache {
        deflate_cache::replace(directory, draft.file(), &written.deflated);
    }
    let record = written.files.iter().find(|packed| packed.file.path == record_path).map(|packed| packed.sha256);
    Ok(Delivered { record, ..finish(draft, name)? })
}

/// Delivers an sdist, if `proof` finds nothing wrong with what was written.
pub fn sdist(
    manifest: &Manifest,
    project: &Project,
    directory: &Path,
    name: &str,
    environment: &Environment,
    proof: &dyn Fn() -> Result<(), Error>,
) -> Result<Delivered, Error> {
    let time = archive_time(environment)?;
    let mut draft = Draft::create(directory, name)?;
    let written = tar::write(manifest, time, threads(project.options.jobs, environment), draft.file())?;
    packed::verify(&written, &tar::read_back(draft.file())?)?;
    proof()?;
    finish(draft, name)
}

/// How many threads pack: as many as may compile, where that is said.
pub fn threads(jobs: Option<i32>, environment: &Environment) -> usize {
    let variable = || environment.text("CARGO_BUILD_JOBS").and_then(|jobs| jobs.parse().ok());
    // cargo counts a negative number from the machine's own.
    packing_threads(jobs.or_else(variable).and_then(|jobs| usize::try_from(jobs).ok()))
}

/// An editable wheel is unpacked where it was made, a moment later: what deflating takes is never won back.
fn compression(options: &Options, kind: WheelKind) -> zip::Compression {
    match (kind, options.compression) {
        (WheelKind::Editable, _) | (_, (CompressionMethod::Stored, _) | (_, 0)) => zip::Compression::Store,
        (WheelKind::Regular, (CompressionMethod::Deflated, level)) => zip::Compression::Deflate(level),
    }
}

fn finish(draft: Draft, name: &str) -> Result<Delivered, Error> {
    let path = draft.finish()?;
    let size = disk::size(&path)?;
    Ok(Delivered { path, name: name.to_owned(), size, record: None })
}

fn rows(packed: &[Packed]) -> Vec<RecordRow> {
    let row = |file: &Packed| RecordRow { path: file.file.path.clone(), sha256: file.sha256, size: file.file.size };
    packed.iter().map(row).collect()
}

/// `SOURCE_DATE_EPOCH`, if it is set; a malformed one is an error (reproducible-builds.org's specification).
pub fn given_time(environment: &Environment) -> Result<Option<ArchiveTime>, Diagnostic> {
    let Some(value) = environment.get("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let seconds = value.to_str().and_then(|text| text.trim().parse().ok());
    seconds.map(|seconds| Some(ArchiveTime(seconds))).ok_or_else(|| {
        let message =
            format!("the variable `SOURCE_DATE_EPOCH` is `{}`, which is no number of seconds", value.display());
        Diagnostic::error(Code::Setting, message)
            .hint("set it to whole seconds since 1970, e.g. `git log -1 --format=%ct`, or unset it")
    })
}

/// What the files of archives bear: the given time, or the same for all.
pub fn archive_time(environment: &Environment) -> Result<ArchiveTime, Diagnostic> {
    Ok(given_time(environment)?.unwrap_or_default())
}

/// Makes the directory that files shall go to, so that nobody waits for a compile to learn that it cannot be.
pub fn prepare(directory: &Path, environment: &Environment) -> Result<(), Error> {
    archive_time(environment)?;
    Ok(disk::make_directory(directory)?)
}
