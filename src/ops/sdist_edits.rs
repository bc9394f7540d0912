//! The manifests of an sdist that cannot stay as they are in the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::contents::moved_toml::{self, ProjectEdit, WorkspaceEdit};
use crate::contents::{cargo_lock, sdist};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::error::Error;
use crate::facts::toml_version;
use crate::ops::project::Project;
use crate::ops::sdist_files::{Gathered, OtherWorkspace, RootCrate};
use crate::plan::sdist::{Placement, slashed, way};
use crate::spec::relative_path::without_dots;
use crate::system::disk;

/// The texts that files get in the sdist, by their paths in the tree.
pub type Edited = BTreeMap<PathBuf, String>;

/// The manifests and lock files that change, so that they tell the truth about what travels.
pub fn edited(project: &Project, gathered: &Gathered) -> Result<Edited, Error> {
    let Gathered { crates, workspaces, placement, files } = gathered;
    let mut edited = Edited::new();
    let travelling: BTreeSet<&Path> = files.iter().map(|carried| carried.found.path.as_path()).collect();
    for package in crates.iter().flat_map(|found| found.facts.local_closure()) {
        let file = package.manifest_path.as_std_path();
        let directory = file.parent().unwrap_or(Path::new(""));
        let travels = |path: &str| travelling.contains(without_dots(&directory.join(path)).as_path());
        edit(&mut edited, file, |text| moved_toml::without_lost_targets(text, &travels))?;
    }
    for found in crates {
        let file = found.workspace().join("Cargo.lock");
        if disk::read_if_there(&file)?.is_some() {
            edit(&mut edited, &file, |text| Ok(cargo_lock::pruned(text, &packages_of(found, crates))))?;
        }
    }
    for found in crates {
        let lock = now(&edited, &found.workspace().join("Cargo.lock"))?;
        let change = workspace_edit(found, crates, cargo_lock::names(&lock));
        edit(&mut edited, &found.workspace().join("Cargo.toml"), |text| moved_toml::workspace_root(text, &change))?;
    }
    for workspace in workspaces {
        let change = other_workspace_edit(workspace);
        edit(&mut edited, &workspace.manifest, |text| moved_toml::workspace_root(text, &change))?;
    }
    named_files(project, placement, &mut edited)?;
    let change = project_edit(project, placement);
    if change != ProjectEdit::default() {
        let moved =
            |path: &str| placement.of_crate(&without_dots(&project.directory.join(path))).map(|path| slashed(&path));
        edit(&mut edited, &project.pyproject.file, |text| moved_toml::pyproject(text, &change, &moved))?;
    }
    Ok(edited)
}

/// Where git lists the files, nothing changes but that a crate becomes a workspace of its own.
pub fn edited_of_git(project: &Project, gathered: &Gathered, findings: &mut Vec<Diagnostic>) -> Result<Edited, Error> {
    let mut edited = Edited::new();
    for found in &gathered.crates {
        let inside = found.workspace().starts_with(&project.directory);
        let own = found.facts.package().manifest_path.as_std_path().to_owned();
        let file = if inside { found.workspace().join("Cargo.toml") } else { own };
        if edit(&mut edited, &file, |text| moved_toml::with_workspace(text, &others(found)))? {
            let message = format!("`{}` gets an empty `[workspace]` in the sdist", file.display());
            let hint =
                "without it the sdist would not build below somebody else's workspace; add it to the file itself";
            findings.push(Diagnostic::note(Code::CargoManifest, message).hint(hint));
        }
    }
    Ok(edited)
}

/// Changes a text, which may have been changed before; tells whether it has.
fn edit(edited: &mut Edited, file: &Path, change: impl Fn(&str) -> Result<String, String>) -> Result<bool, Error> {
    let before = now(edited, file)?;
    let after = change(&before).map_err(|reason| unreadable(file, &reason))?;
    let has_changed = after != before;
    if has_changed {
        edited.insert(file.to_owned(), after);
    }
    Ok(has_changed)
}

/// The text of a file as far as it is changed.
fn now(edited: &Edited, file: &Path) -> Result<String, Error> {
    edited.get(file).cloned().map_or_else(|| text(file), Ok)
}

/// Readme and licences that have another place in the sdist than their manifests say.
fn named_files(project: &Project, placement: &Placement, edited: &mut Edited) -> Result<(), Error> {
    for named in sdist::named_by_manifests(&project.metadata) {
        let place = placement.of_named(named.file, named.path);
        let manifest = placement.of_crate(named.manifest);
        let (Some(place), Some(directory)) = (place, manifest.as_deref().and_then(Path::parent)) else { continue };
        if placement.of_crate(named.file).as_ref() != Some(&place) {
            let path = slashed(&way(directory, &place));
            edit(edited, named.manifest, |text| moved_toml::with_named_file(text, named.key, &path))?;
        }
    }
    Ok(())
}

fn project_edit(project: &Project, placement: &Placement) -> ProjectEdit {
    let readme = project.metadata.readme.as_ref().filter(|readme| readme.manifest.is_none());
    let readme = readme.filter(|readme| !readme.file.starts_with(&project.directory));
    let manifest_path = || Some(slashed(&placement.of_crate(&without_dots(&project.manifest_path))?));
    ProjectEdit {
        manifest_path: if placement.is_moved() { manifest_path() } else { None },
        readme: readme.and_then(|readme| placement.of_project(&readme.file)).map(|path| slashed(&path)),
    }
}

/// Name and version of the packages that travel in a workspace.
fn packages_of(found: &RootCrate, crates: &[RootCrate]) -> Vec<(String, String)> {
    let of_same = crates.iter().filter(|other| other.workspace() == found.workspace());
    let packages = of_same.flat_map(|other| other.facts.local_closure());
    packages.map(|package| (package.name.to_string(), package.version.to_string())).collect()
}

/// What of a workspace travels: the members that any of the project's crates in it needs.
fn workspace_edit<'n>(
    found: &RootCrate,
    crates: &[RootCrate],
    packages: impl Iterator<Item = &'n str>,
) -> WorkspaceEdit {
    let of_same = crates.iter().filter(|other| other.workspace() == found.workspace());
    let needed: BTreeSet<&Path> = of_same.flat_map(RootCrate::directories).collect();
    let metadata = &found.facts.metadata;
    let members = metadata.workspace_packages();
    let members = members.iter().filter_map(|member| member.manifest_path.as_std_path().parent());
    let (kept, left): (Vec<&Path>, Vec<&Path>) = members.partition(|member| needed.contains(member));
    let relative = |member: &&Path| member.strip_prefix(found.workspace()).ok().map(slashed);
    let mut kept: Vec<String> = kept.iter().filter_map(relative).filter(|member| !member.is_empty()).collect();
    kept.sort();
    WorkspaceEdit {
        members: (!left.is_empty()).then_some(kept),
        without_package: left.contains(&found.workspace()),
        others: others(found),
        packages: packages.map(str::to_owned).collect(),
    }
}

/// The crates below a root that are no members of its workspace, relative to it.
fn others(found: &RootCrate) -> Vec<String> {
    let metadata = &found.facts.metadata;
    let outside =
        found.facts.local_closure().into_iter().filter(|package| !metadata.workspace_members.contains(&package.id));
    let directories = outside.filter_map(|package| package.manifest_path.as_std_path().parent());
    let below = directories.filter_map(|directory| directory.strip_prefix(found.workspace()).ok());
    let mut others: Vec<String> = below.map(slashed).collect();
    others.sort();
    others
}

/// What travels of a workspace that only others are in. Its patches had no effect.
fn other_workspace_edit(workspace: &OtherWorkspace) -> WorkspaceEdit {
    let below = workspace.crates.iter().filter_map(|found| found.strip_prefix(workspace.directory()).ok());
    let mut members: Vec<String> = below.map(slashed).filter(|member| !member.is_empty()).collect();
    members.sort();
    WorkspaceEdit {
        members: Some(members),
        without_package: !workspace.crates.iter().any(|found| found == workspace.directory()),
        others: Vec::new(),
        packages: BTreeSet::new(),
    }
}

fn text(file: &Path) -> Result<String, Error> {
    Ok(String::from_utf8_lossy(&disk::read(file)?).into_owned())
}

fn unreadable(file: &Path, reason: &str) -> Diagnostic {
    let message = format!("`{}` cannot be changed for the sdist: {reason}", file.display());
    Diagnostic::error(Code::TomlSyntax, message).at(Place::file(file))
}

/// What of `pyproject.toml` the readers of older Pythons refuse: those who install the sdist have one of them.
pub fn unreadable_elsewhere(project: &Project) -> Result<Vec<Diagnostic>, Error> {
    let file = &project.pyproject.file;
    let text = text(file)?;
    if text.starts_with('\u{feff}') {
        let message =
            format!("`{}` begins with a byte order mark (BOM), which Python's TOML reader refuses", file.display());
        let finding = Diagnostic::error(Code::TomlSyntax, message).at(Place::file(file));
        return Ok(vec![finding.hint("save the file as UTF-8 without it")]);
    }
    let source: Arc<str> = text.into();
    let findings = toml_version::newer_than_1_0(&source).into_iter().map(|(range, reason)| {
        let message = format!("{reason}, which the TOML readers of Python 3.14 and older refuse");
        Diagnostic::error(Code::TomlSyntax, message)
            .at(Place::span(file, &source, range))
            .hint("write it as TOML 1.0 has it, or nobody with such a Python can install the sdist")
    });
    Ok(findings.collect())
}
