//! A wheel of anyone's made portable: its private libraries are grafted in, and it gets the tag that is true of it.

use std::path::{Path, PathBuf};

use crate::actions::event::Report;
use crate::actions::manifest::Entry;
use crate::checks::{archive_name, dist_info, member_path};
use crate::contents::{rewheel, sbom, wheel};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::archive::Archive;
use crate::facts::environment::Environment;
use crate::ops::deliver::{self, Delivered};
use crate::ops::graft::{self, Grafted, Subject};
use crate::ops::project::settle;
use crate::plan::portable::{self, Tagged, Wish};
use crate::spec::filename::WheelName;
use crate::spec::tag::WheelTag;
use crate::system::disk::{self, Scratch};
use crate::system::{zip, zip_reading};

/// What is done to wheels.
#[derive(Clone, Copy)]
pub struct Order<'o> {
    /// Where the repaired ones go.
    pub directory: &'o Path,
    pub wish: &'o Wish,
    /// Where libraries are looked for before all else.
    pub library_paths: &'o [PathBuf],
    pub environment: &'o Environment,
}

/// Repairs the wheel at `path`.
pub fn repair(path: &Path, order: Order<'_>, report: Report<'_>) -> Result<Delivered, Error> {
    let Order { directory, environment, .. } = order;
    deliver::prepare(directory, environment)?;
    disk::size(path)?;
    let archive = zip_reading::inspect(path)?;
    let (name, mut findings) = archive_name::wheel(&archive.file_name)?;
    findings.extend(unfit(&archive));
    let (dist_info, more) = dist_info::check(&archive, &name);
    findings.extend(more);
    settle(findings, &[], report)?;
    let Some(dist_info) = dist_info else { return Err(no_dist_info(&archive.file_name).into()) };
    let stage = Scratch::new()?;
    let entries = zip_reading::unpack(path, stage.path())?;
    let platforms = name.tag.platform();
    if let Some(platform) = platforms.iter().find(|platform| platform.starts_with("ios_")) {
        return Err(no_grafts(platform).into());
    }
    let is_musl = platforms.iter().any(|platform| platform.starts_with("musllinux"));
    let tagged = Tagged { platforms, is_musl };
    let readable = archive.images.iter().filter_map(|(path, images)| Some((path.clone(), images.clone().ok()?)));
    let subject = Subject {
        entries: &entries,
        images: &portable::images(readable.collect(), tagged),
        distribution: &name.name,
        tagged,
        environment,
        library_paths: order.library_paths,
        stage: stage.path(),
    };
    let grafted = graft::graft(subject, order.wish)?;
    settle(grafted.notes.clone(), &[], report)?;
    let tag = rewheel::with_platform(&name.tag, &grafted.verdict.platform(platforms))?;
    graft::tell(&grafted, report);
    let time = deliver::given_time(environment)?.map(|time| time.0);
    let entries = renewed(&grafted, &archive, &dist_info, &tag, &name, time);
    let mut findings = Vec::new();
    let (described, files) = entries.into_iter().partition(|entry| entry.path.starts_with(&format!("{dist_info}/")));
    let manifest = wheel::manifest(files, described, &mut findings);
    settle(findings, &[], report)?;
    let file_name = rewheel::renamed(&archive.file_name, &tag);
    let record = format!("{dist_info}/RECORD");
    let packing = zip::Packing {
        time: deliver::archive_time(environment)?,
        threads: deliver::threads(None, environment),
        ..zip::Packing::default()
    };
    deliver::any_wheel(&manifest, &record, packing, directory, &file_name)
}

/// What is wrong with the archive so that it cannot be made anew.
fn unfit(archive: &Archive) -> Vec<Diagnostic> {
    let broken = archive.container.iter().map(|reason| Diagnostic::error(Code::ArchiveForm, reason.clone()));
    let paths = archive.members.iter().map(|member| member.path.trim_end_matches('/'));
    broken.chain(member_path::check(paths).into_iter().filter(Diagnostic::is_error)).collect()
}

fn no_dist_info(file_name: &str) -> Diagnostic {
    Diagnostic::error(Code::DistInfo, format!("`{file_name}` holds no `.dist-info` directory of its own"))
}

fn no_grafts(platform: &str) -> Diagnostic {
    Diagnostic::error(
        Code::PlatformPolicy,
        format!("the wheel is for `{platform}`, where libraries are frameworks of apps"),
    )
    .hint("link them statically")
}

/// The wheel's files with what tells of them made anew; RECORD comes when they are packed.
fn renewed(
    grafted: &Grafted,
    archive: &Archive,
    dist_info: &str,
    tag: &WheelTag,
    name: &WheelName,
    time: Option<u64>,
) -> Vec<Entry> {
    let file = format!("{dist_info}/WHEEL");
    let bill = sbom::grafted_path(dist_info, &name.name);
    let mut entries = grafted.entries.clone();
    entries.retain(|entry| !rewheel::is_outdated(&entry.path, dist_info) && entry.path != file);
    entries.push(Entry::text(&file, rewheel::retagged(&archive.text(&file).unwrap_or_default(), tag)));
    if !grafted.libraries.is_empty() {
        entries.retain(|entry| entry.path != bill);
        let project = name.name.replace('_', "-").to_ascii_lowercase();
        entries.push(Entry::text(bill, sbom::grafted(&project, &name.version.to_string(), &grafted.libraries, time)));
    }
    entries
}
