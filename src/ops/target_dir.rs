//! Where cargo compiles: apart from what the user's own cargo and editor do, and in the user's cache where the tree is
//! thrown away after the build.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::actions::cargo_call::PlacedFile;
use crate::actions::manifest::Mode;
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::sources::PathKind;
use crate::ops::project::Project;
use crate::plan::cache;
use crate::system::build_cache::{self, Entry};
use crate::system::disk::{self, Scratch};

/// A target directory, and what keeps it in place.
#[derive(Debug, Clone)]
pub struct TargetDir {
    pub path: PathBuf,
    /// Whether the times of the sources mean nothing: the tree is thrown away, and nobody has run cargo in it.
    pub are_times_idle: bool,
    hold: Hold,
}

#[derive(Debug, Clone)]
enum Hold {
    /// It lies where the user put it, or in the tree.
    Users,
    Cached(Rc<Entry>),
    /// There is no other place to write to.
    Scratch {
        _directory: Rc<Scratch>,
    },
}

impl TargetDir {
    /// The same directory, by another path.
    pub fn shown_at(&self, path: PathBuf) -> Self {
        Self { path, ..self.clone() }
    }

    /// Something was compiled there.
    pub fn grow(&self) {
        if let Hold::Cached(entry) = &self.hold {
            entry.grow();
        }
    }
}

/// Finds the directory for a workspace whose own one is `cargos`; `toolchain` is what cargo says of itself.
pub fn find(
    project: &Project,
    (workspace, cargos): (&Path, &Path),
    toolchain: &str,
    environment: &Environment,
) -> Result<TargetDir, Error> {
    let users = |path: PathBuf| TargetDir { path, are_times_idle: false, hold: Hold::Users };
    if let Some(named) = &project.options.target_dir {
        return Ok(users(environment.directory().join(named)));
    }
    let cached = || cached(project, workspace, toolchain, environment);
    if is_thrown_away(workspace, cargos, environment)
        && let Some(cached) = cached()?
    {
        return Ok(TargetDir { are_times_idle: disk::kind(cargos) == PathKind::Missing, ..cached });
    }
    if let Some(own) = own(cargos)? {
        return Ok(users(own));
    }
    match cached()? {
        Some(cached) => Ok(cached),
        None => {
            let scratch = Rc::new(Scratch::new()?);
            let path = scratch.path().to_owned();
            Ok(TargetDir { path, are_times_idle: false, hold: Hold::Scratch { _directory: scratch } })
        }
    }
}

/// The directory that stays with the tree, if there is one.
pub fn kept(workspace: &Path, cargos: &Path, environment: &Environment) -> Result<Option<PathBuf>, Error> {
    if is_thrown_away(workspace, cargos, environment) { Ok(None) } else { own(cargos) }
}

fn is_thrown_away(workspace: &Path, cargos: &Path, environment: &Environment) -> bool {
    let real = disk::real_path(workspace).unwrap_or_else(|| workspace.to_owned());
    cargos.starts_with(workspace) && cache::is_temporary(environment, &real)
}

/// Ours below cargo's, where that can be written.
fn own(cargos: &Path) -> Result<Option<PathBuf>, Error> {
    let own = cargos.join("wainwright");
    if !disk::is_writable(&own) {
        return Ok(None);
    }
    disk::place(&tag_file(&own))?;
    Ok(Some(own))
}

/// The workspace's directory in the user's cache; `None` where there is none, it is not wanted or cannot be had.
fn cached(
    project: &Project,
    workspace: &Path,
    toolchain: &str,
    environment: &Environment,
) -> Result<Option<TargetDir>, Error> {
    let Some(cache) = cache::wanted(project.options.no_cache, environment) else { return Ok(None) };
    let name = entry(project, workspace, toolchain);
    let Ok(entry) = Entry::open(&cache, &name, cache::limit(environment)?) else { return Ok(None) };
    let path = entry.path();
    let is_usable = disk::place(&tag_file(&cache)).is_ok() && disk::is_writable(&path);
    let hold = Hold::Cached(Rc::new(entry));
    Ok(is_usable.then_some(TargetDir { path, are_times_idle: false, hold }))
}

/// Where copies of the workspace that are thrown away are compiled, if they ever were.
pub fn in_cache(project: &Project, workspace: &Path, toolchain: &str, environment: &Environment) -> Option<PathBuf> {
    Some(build_cache::path(&cache::directory(environment)?, &entry(project, workspace, toolchain)))
}

fn entry(project: &Project, workspace: &Path, toolchain: &str) -> String {
    let workspace = disk::real_path(workspace).unwrap_or_else(|| workspace.to_owned());
    let way = cache::way(&project.directory, &workspace);
    cache::entry(&project.metadata.core.name.normalized(), toolchain, &way)
}

/// The mark of directories that backups pass over, and that cleaners of cargo's directories look into. Source: Cache
/// Directory Tagging Specification.
fn tag_file(directory: &Path) -> PlacedFile {
    let text = "Signature: 8a477f597d28d172789f06886806bc55\n# What wainwright has compiled; it can be removed.\n";
    PlacedFile { path: directory.join("CACHEDIR.TAG"), text: text.to_owned(), mode: Mode::Regular }
}
