//! Grafting: the libraries that a wheel's compiled files need are found, decided about, edited and put beside them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::actions::edit::Edit;
use crate::actions::event::{Event, Report};
use crate::actions::manifest::{Entry, Mode, Source};
use crate::binary::{self, BinaryError};
use crate::contents::graft::{self, Graft, Wheel};
use crate::contents::python_start;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::environment::Environment;
use crate::facts::libraries::{Closure, Library, Link, User};
use crate::plan::portable::{Audit, Images, Tagged, Verdict, Wish, known_as, windows};
use crate::spec::digest::Sha256;
use crate::system::disk;
use crate::system::libraries::{Loader, RunPaths};

/// What grafting is done to.
#[derive(Clone, Copy)]
pub struct Subject<'s> {
    /// The wheel's files.
    pub entries: &'s [Entry],
    /// The compiled ones among them that its tag is for.
    pub images: &'s Images,
    /// As in the wheel's file name.
    pub distribution: &'s str,
    pub tagged: Tagged<'s>,
    pub environment: &'s Environment,
    /// Further directories that libraries may lie in.
    pub library_paths: &'s [PathBuf],
    /// Where edited files can be kept until they are packed.
    pub stage: &'s Path,
}

/// A wheel's files after grafting.
#[derive(Debug, Clone)]
pub struct Grafted {
    /// All of them, in the old order, then what is new: scripts that start programs, the libraries.
    pub entries: Vec<Entry>,
    pub images: Images,
    /// What is true of them now.
    pub verdict: Verdict,
    /// The libraries: their names and digests where they came from, and their places in the wheel.
    pub libraries: Vec<(String, String, Sha256)>,
    /// What is left as it is, though it may be missed.
    pub notes: Vec<Diagnostic>,
}

/// Grafts what is missing, and finds out what is true of the wheel then.
pub fn graft(subject: Subject<'_>, wish: &Wish) -> Result<Grafted, Error> {
    let audit = Audit::new(subject.images, wish, subject.tagged)?;
    let architecture = subject.images.values().flatten().next().map_or("", |facts| &facts.architecture);
    let loader = Loader::new(audit.format, subject.environment, subject.library_paths, architecture);
    let (closure, notes) = closure(&audit, &loader)?;
    let paths: BTreeSet<&str> = subject.entries.iter().map(|entry| entry.path.as_str()).collect();
    let wheel =
        Wheel { format: audit.format, images: subject.images, paths: &paths, distribution: subject.distribution };
    let graft = graft::graft(wheel, &closure).map_err(Error::Findings)?;
    let (entries, images) = applied(subject, &graft, &closure)?;
    let verdict = Audit::new(&images, wish, subject.tagged)?.verdict()?;
    let told = graft.libraries.iter().map(|grafted| {
        let library = &closure.libraries[grafted.library];
        (library.file_name(), grafted.path.clone(), library.sha256)
    });
    Ok(Grafted { entries, images, verdict, libraries: told.collect(), notes })
}

/// Tells what is grafted.
pub fn tell(grafted: &Grafted, report: Report<'_>) {
    for (name, path, _) in &grafted.libraries {
        report(Event::Step { verb: "Grafted", object: format!("{name} as {path}") });
    }
}

/// The wheel's files with the changes, and what the compiled ones say then.
fn applied(subject: Subject<'_>, graft: &Graft, closure: &Closure) -> Result<(Vec<Entry>, Images), Error> {
    let mut images = subject.images.clone();
    let (mut entries, mut launchers) = (Vec::new(), Vec::new());
    for entry in subject.entries {
        if let Some(statement) = graft.statements.get(&entry.path) {
            let bytes = python_start::with_statement(&bytes(entry)?, statement);
            entries.push(Entry { source: Source::Bytes(bytes.into()), ..entry.clone() });
            continue;
        }
        let Some(member) = graft.members.get(&entry.path) else {
            entries.push(entry.clone());
            continue;
        };
        images.remove(&entry.path);
        // Installers make scripts executable, whatever the archive says; what is started by one must say so itself.
        let mode = if member.launcher.is_some() { Mode::Executable } else { entry.mode };
        entries.push(edited(&member.path, mode, &bytes(entry)?, &member.edit, subject.stage, &mut images)?);
        let launcher = member.launcher.as_ref().map(|text| Entry::text(&entry.path, text));
        launchers.extend(launcher.map(|launcher| Entry { mode: Mode::Executable, ..launcher }));
    }
    entries.extend(launchers);
    for grafted in &graft.libraries {
        let bytes = disk::read(&closure.libraries[grafted.library].path)?;
        entries.push(edited(&grafted.path, Mode::Executable, &bytes, &grafted.edit, subject.stage, &mut images)?);
    }
    Ok((entries, images))
}

fn bytes(entry: &Entry) -> Result<Cow<'_, [u8]>, Error> {
    Ok(match &entry.source {
        Source::Bytes(bytes) => Cow::Borrowed(bytes),
        Source::Disk { path, .. } => Cow::Owned(disk::read(path)?),
    })
}

/// A file whose libraries are still to be looked for.
struct Waiting {
    user: User,
    /// How people call it.
    shown: String,
    images: Vec<BinaryFacts>,
    run_paths: RunPaths,
}

impl Waiting {
    /// The libraries that it asks for, each once, with whether it can be loaded without.
    fn needed(&self) -> Vec<(&str, bool)> {
        let mut needed: Vec<(&str, bool)> = Vec::new();
        for (libraries, is_optional) in
            self.images.iter().flat_map(|facts| [(&facts.needed, false), (&facts.optional, true)])
        {
            for library in libraries {
                let is_known = needed.iter().any(|(known, _)| known == library);
                let is_idle = is_optional && self.is_idle(library);
                if !is_known && !is_idle {
                    needed.push((library, is_optional));
                }
            }
        }
        needed
    }

    fn is_idle(&self, library: &str) -> bool {
        let name = |path: &str| known_as(Format::Pe, path.rsplit(['/', '\\']).next().unwrap_or(path));
        windows::IDLE.contains(&(name(&self.shown).as_str(), name(library).as_str()))
    }

    fn architectures(&self) -> Vec<&str> {
        self.images.iter().map(|facts| facts.architecture.as_str()).collect()
    }
}

/// The libraries that are to be grafted, with what these need; all that is missing is told at once.
fn closure(audit: &Audit<'_>, loader: &Loader) -> Result<(Closure, Vec<Diagnostic>), Error> {
    let (mut closure, mut findings) = (Closure::default(), Vec::new());
    let mut waiting: Vec<Waiting> =
        audit.images.iter().rev().map(|(path, images)| self::waiting(path, images)).collect();
    while let Some(user) = waiting.pop() {
        for (needed, is_optional) in user.needed().into_iter().filter(|(library, _)| audit.is_private(library)) {
            let architectures = user.architectures();
            let lookup = loader.find(needed, &user.run_paths, &architectures)?;
            let Some(library) = lookup.library else {
                let finding = if is_optional { optional } else { missing };
                findings.push(with_others(finding(&user.shown, needed), &architectures, &lookup.others));
                continue;
            };
            let is_same = |known: &Library| known.sha256 == library.sha256 && known.file_name() == library.file_name();
            let index = closure.libraries.iter().position(is_same).unwrap_or_else(|| {
                waiting.push(dependency(&library, closure.libraries.len(), &user.run_paths));
                closure.libraries.push(library);
                closure.libraries.len() - 1
            });
            closure.links.push(Link { user: user.user.clone(), needed: needed.to_owned(), library: index });
        }
    }
    if findings.iter().any(Diagnostic::is_error) { Err(Error::Findings(findings)) } else { Ok((closure, findings)) }
}

/// A file of the wheel. What it finds beside itself is in the wheel, so that only other places count.
fn waiting(path: &str, images: &[BinaryFacts]) -> Waiting {
    let run_paths = run_paths(images, None, &RunPaths::default());
    Waiting { user: User::Member(path.to_owned()), shown: path.to_owned(), images: images.to_vec(), run_paths }
}

fn dependency(library: &Library, index: usize, loaded_by: &RunPaths) -> Waiting {
    Waiting {
        user: User::Library(index),
        shown: library.path.display().to_string(),
        images: library.images.clone(),
        run_paths: run_paths(&library.images, Some(&library.origin), loaded_by),
    }
}

/// The directories that a file's run paths mean, where `$ORIGIN` is known. A file with DT_RUNPATH inherits none; those of
/// LC_RPATH hold for all that is loaded by the file.
fn run_paths(images: &[BinaryFacts], origin: Option<&Path>, loaded_by: &RunPaths) -> RunPaths {
    let said = images.iter().flat_map(|facts| &facts.run_paths);
    let directories = said.filter_map(|path| directory(path, origin)).collect::<Vec<_>>();
    let (inherited, own) = match images.first() {
        Some(facts) if facts.format == Format::MachO => (Vec::new(), [directories, loaded_by.own.clone()].concat()),
        Some(facts) if facts.run_paths.is_empty() => (loaded_by.inherited.clone(), Vec::new()),
        Some(facts) if facts.run_paths_are_inherited => {
            ([directories, loaded_by.inherited.clone()].concat(), Vec::new())
        }
        _ => (Vec::new(), directories),
    };
    RunPaths { inherited, own, origin: origin.map(Path::to_owned) }
}

fn directory(run_path: &str, origin: Option<&Path>) -> Option<PathBuf> {
    if !run_path.contains(['$', '@']) {
        return Some(PathBuf::from(run_path));
    }
    let origin = origin?.to_str()?;
    let path = ["${ORIGIN}", "$ORIGIN", "@loader_path"]
        .iter()
        .fold(run_path.to_owned(), |path, word| path.replace(word, origin));
    (!path.contains('$') && !path.starts_with('@')).then(|| PathBuf::from(path))
}

fn missing(user: &str, library: &str) -> Diagnostic {
    let message = format!("`{user}` needs the library `{library}`, which is neither in the wheel nor on this machine");
    let hint =
        "install what brings it, name its directory with `--library-path`, or leave it to others with `--exclude`";
    Diagnostic::error(Code::Library, message).hint(hint)
}

fn optional(user: &str, library: &str) -> Diagnostic {
    let message =
        format!("`{user}` makes use of the library `{library}`, which is neither in the wheel nor on this machine");
    Diagnostic::warning(Code::Library, message).hint("it is loaded without; name its directory with `--library-path`")
}

/// The finding with the files of the name that are none for the machines.
fn with_others(finding: Diagnostic, architectures: &[&str], others: &[PathBuf]) -> Diagnostic {
    let machines = architectures.join("` and `");
    others.iter().fold(finding, |finding, path| {
        finding.with_note(format!("`{}` is no library for `{machines}`", path.display()))
    })
}

/// Edits bytes, reads back what they say now, and keeps them on the stage.
fn edited(
    path: &str,
    mode: Mode,
    bytes: &[u8],
    edit: &Edit,
    stage: &Path,
    images: &mut Images,
) -> Result<Entry, Error> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let bytes = binary::edit(bytes, edit, name).map_err(|reason| refused(path, &reason))?;
    images.insert(path.to_owned(), binary::parse(&bytes).map_err(|reason| refused(path, &reason))?);
    let sha256 = Sha256::of(&bytes);
    let kept = stage.join("grafted").join(Sha256::of(path.as_bytes()).hex());
    disk::write_whole(&kept, &bytes)?;
    let source = Source::Disk { path: kept, size: bytes.len() as u64, sha256: Some(sha256) };
    Ok(Entry { path: path.to_owned(), source, mode })
}

fn refused(path: &str, reason: &BinaryError) -> Diagnostic {
    let message = format!("`{path}` cannot be told where its libraries are: {reason}");
    let finding = Diagnostic::error(Code::BinaryPlatform, message);
    match reason {
        BinaryError::Full { format: Format::MachO, .. } => {
            finding.hint("link it again with `-Wl,-headerpad_max_install_names`, which leaves room for longer names")
        }
        BinaryError::Full { .. } => finding.hint("link it again, with fewer sections"),
        _ => finding,
    }
}
