//! Grafting: the libraries that a wheel's compiled files need are found, decided about, edited and put beside them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::actions::edit::ElfEdit;
use crate::actions::event::{Event, Report};
use crate::actions::manifest::{Entry, Mode, Source};
use crate::binary::{self, elf_edit};
use crate::contents::graft::{self, Graft, Member};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::libraries::{Closure, Library, Link, User};
use crate::plan::compatibility::Policy;
use crate::plan::portable::{Audit, Wish};
use crate::spec::digest::Sha256;
use crate::system::disk;
use crate::system::libraries::{Loader, RunPaths};

/// What grafting is done to.
#[derive(Clone, Copy)]
pub struct Subject<'s> {
    /// The wheel's files.
    pub entries: &'s [Entry],
    /// The compiled ones among them, by their paths.
    pub images: &'s BTreeMap<String, BinaryFacts>,
    /// As in the wheel's file name.
    pub distribution: &'s str,
    /// Whether its tag is one of musl.
    pub is_musl: bool,
    /// `LD_LIBRARY_PATH`
    pub library_path: Option<&'s OsStr>,
    /// Further directories that were linked from.
    pub link_paths: &'s [PathBuf],
    /// Where edited files can be kept until they are packed.
    pub stage: &'s Path,
}

/// A wheel's files after grafting.
#[derive(Debug, Clone)]
pub struct Grafted {
    /// All of them, in the old order, then what is new: scripts that start programs, the libraries.
    pub entries: Vec<Entry>,
    pub images: BTreeMap<String, BinaryFacts>,
    /// What is true of them now.
    pub policy: Policy,
    pub architecture: String,
    /// The libraries: their names and digests where they came from, and their places in the wheel.
    pub libraries: Vec<(String, String, Sha256)>,
}

/// The images of ELF by their paths.
pub fn elf_images<'i>(
    images: impl Iterator<Item = (&'i String, &'i Vec<BinaryFacts>)>,
) -> BTreeMap<String, BinaryFacts> {
    let elf = images.flat_map(|(path, images)| images.iter().map(move |facts| (path, facts)));
    elf.filter(|(_, facts)| facts.format == Format::Elf).map(|(path, facts)| (path.clone(), facts.clone())).collect()
}

/// Grafts what is missing, and finds out what is true of the wheel then.
pub fn graft(subject: Subject<'_>, wish: &Wish) -> Result<Grafted, Error> {
    let audit = Audit::new(subject.images, wish, subject.is_musl)?;
    let loader = Loader::new(subject.library_path, subject.link_paths, audit.architecture);
    let closure = closure(&audit, &loader)?;
    let graft = graft::graft(subject.images, &closure, subject.distribution).map_err(Error::Findings)?;
    let mut images = subject.images.clone();
    let (mut entries, mut launchers) = (Vec::new(), Vec::new());
    for entry in subject.entries {
        let Some(member) = graft.members.get(&entry.path) else {
            entries.push(entry.clone());
            continue;
        };
        entries.push(edited_member(entry, member, subject.stage, &mut images)?);
        let launcher = member.launcher.as_ref().map(|text| Entry::text(&entry.path, text));
        launchers.extend(launcher.map(|launcher| Entry { mode: Mode::Executable, ..launcher }));
    }
    entries.extend(launchers);
    entries.extend(libraries(&graft, &closure, subject.stage, &mut images)?);
    let after = Audit::new(&images, wish, subject.is_musl)?;
    let (policy, architecture) = (after.verdict()?, after.architecture.to_owned());
    let told = closure.libraries.iter().zip(&graft.libraries);
    let told = told.map(|(library, grafted)| (library.file_name(), grafted.path.clone(), library.sha256)).collect();
    Ok(Grafted { entries, images, policy, architecture, libraries: told })
}

/// Tells what is grafted.
pub fn tell(grafted: &Grafted, report: Report<'_>) {
    for (name, path, _) in &grafted.libraries {
        report(Event::Step { verb: "Grafted", object: format!("{name} as {path}") });
    }
}

/// A file whose libraries are still to be looked for.
struct Waiting {
    user: User,
    /// How people call it.
    shown: String,
    needed: Vec<String>,
    run_paths: RunPaths,
}

/// The libraries that are to be grafted, with what these need; all that is missing is told at once.
fn closure(audit: &Audit<'_>, loader: &Loader) -> Result<Closure, Error> {
    let policy = audit.policy();
    let (mut closure, mut faults) = (Closure::default(), Vec::new());
    let mut waiting: Vec<Waiting> = audit.images.iter().rev().map(|(path, facts)| self::waiting(path, facts)).collect();
    while let Some(user) = waiting.pop() {
        for needed in user.needed.iter().filter(|library| audit.is_private(policy, library)) {
            let lookup = loader.find(needed, &user.run_paths, audit.architecture)?;
            let Some(library) = lookup.library else {
                faults.push(missing(&user.shown, needed, audit.architecture, &lookup.others));
                continue;
            };
            let is_same = |known: &Library| known.sha256 == library.sha256 && known.file_name() == library.file_name();
            let index = closure.libraries.iter().position(is_same).unwrap_or_else(|| {
                waiting.push(dependency(&library, closure.libraries.len(), &user.run_paths));
                closure.libraries.push(library);
                closure.libraries.len() - 1
            });
            closure.links.push(Link { user: user.user.clone(), needed: needed.clone(), library: index });
        }
    }
    if faults.is_empty() { Ok(closure) } else { Err(Error::Findings(faults)) }
}

/// A file of the wheel. What it finds beside itself is in the wheel, so that only other places count.
fn waiting(path: &str, facts: &BinaryFacts) -> Waiting {
    let run_paths = run_paths(facts, None, &RunPaths::default());
    Waiting { user: User::Member(path.to_owned()), shown: path.to_owned(), needed: facts.needed.clone(), run_paths }
}

fn dependency(library: &Library, index: usize, loaded_by: &RunPaths) -> Waiting {
    Waiting {
        user: User::Library(index),
        shown: library.path.display().to_string(),
        needed: library.facts.needed.clone(),
        run_paths: run_paths(&library.facts, Some(&library.origin), loaded_by),
    }
}

/// The directories that a file's run paths mean, where `$ORIGIN` is known. A file with DT_RUNPATH inherits none.
fn run_paths(facts: &BinaryFacts, origin: Option<&Path>, loaded_by: &RunPaths) -> RunPaths {
    let directories = facts.run_paths.iter().filter_map(|path| directory(path, origin)).collect::<Vec<_>>();
    match (facts.run_paths.is_empty(), facts.run_paths_are_inherited) {
        (true, _) => RunPaths { inherited: loaded_by.inherited.clone(), own: Vec::new() },
        (_, true) => RunPaths { inherited: [directories, loaded_by.inherited.clone()].concat(), own: Vec::new() },
        (_, false) => RunPaths { inherited: Vec::new(), own: directories },
    }
}

fn directory(run_path: &str, origin: Option<&Path>) -> Option<PathBuf> {
    if !run_path.contains('$') {
        return Some(PathBuf::from(run_path));
    }
    let origin = origin?.to_str()?;
    let path = run_path.replace("${ORIGIN}", origin).replace("$ORIGIN", origin);
    (!path.contains('$')).then(|| PathBuf::from(path))
}

fn missing(user: &str, library: &str, architecture: &str, others: &[PathBuf]) -> Diagnostic {
    let message = format!("`{user}` needs the library `{library}`, which is neither in the wheel nor on this machine");
    let hint =
        "install what brings it, name its directory in `LD_LIBRARY_PATH`, or leave it to others with `--exclude`";
    let finding = Diagnostic::error(Code::Library, message).hint(hint);
    others.iter().fold(finding, |finding, path| {
        finding.with_note(format!("`{}` is no library for `{architecture}`", path.display()))
    })
}

fn edited_member(
    entry: &Entry,
    member: &Member,
    stage: &Path,
    images: &mut BTreeMap<String, BinaryFacts>,
) -> Result<Entry, Error> {
    images.remove(&entry.path);
    let bytes = match &entry.source {
        Source::Bytes(bytes) => bytes.to_vec(),
        Source::Disk { path, .. } => disk::read(path)?,
    };
    // Installers make scripts executable, whatever the archive says; what is started by one must say so itself.
    let mode = if member.launcher.is_some() { Mode::Executable } else { entry.mode };
    edited(&member.path, mode, &bytes, &member.edit, stage, images)
}

fn libraries(
    graft: &Graft,
    closure: &Closure,
    stage: &Path,
    images: &mut BTreeMap<String, BinaryFacts>,
) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for (library, grafted) in closure.libraries.iter().zip(&graft.libraries) {
        let bytes = disk::read(&library.path)?;
        entries.push(edited(&grafted.path, Mode::Executable, &bytes, &grafted.edit, stage, images)?);
    }
    Ok(entries)
}

/// Edits bytes, reads back what they say now, and keeps them on the stage.
fn edited(
    path: &str,
    mode: Mode,
    bytes: &[u8],
    edit: &ElfEdit,
    stage: &Path,
    images: &mut BTreeMap<String, BinaryFacts>,
) -> Result<Entry, Error> {
    let refused = |reason: binary::BinaryError| {
        Diagnostic::error(Code::BinaryPlatform, format!("`{path}` cannot be told where its libraries are: {reason}"))
    };
    let bytes = elf_edit::edit(bytes, edit).map_err(refused)?;
    images.extend(binary::parse(&bytes).map_err(refused)?.into_iter().map(|facts| (path.to_owned(), facts)));
    let sha256 = Sha256::of(&bytes);
    let kept = stage.join("grafted").join(Sha256::of(path.as_bytes()).hex());
    disk::write_whole(&kept, &bytes)?;
    let source = Source::Disk { path: kept, size: bytes.len() as u64, sha256: Some(sha256) };
    Ok(Entry { path: path.to_owned(), source, mode })
}
