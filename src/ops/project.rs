//! The phase "read": the configuration, whole, with all its faults at once. No cargo, no rustc.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::actions::event::{Event, Report, tell};
use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::error::Error;
use crate::facts::cargo_manifest::{self, CargoManifest};
use crate::facts::environment::Environment;
use crate::facts::lock_file;
use crate::facts::pyproject::Pyproject;
use crate::facts::sources::{FoundKind, PathKind};
use crate::facts::toml_document::{Document, Located};
use crate::facts::tool_table::GitVersion;
use crate::ops::version;
use crate::plan::layout::{self, Layout};
use crate::plan::metadata::{self, Files, ProjectMetadata, TextFault};
use crate::plan::options::{self, Options, TopLayer, Verbosity};
use crate::plan::parts::{self, Part, Said};
use crate::spec::name::DistributionName;
use crate::system::{disk, walk};

/// A project whose configuration is in order.
#[derive(Debug, Clone)]
pub struct Project {
    /// Where `pyproject.toml` lies.
    pub directory: PathBuf,
    /// What may be read: the repository or the directory itself.
    pub tree: PathBuf,
    pub pyproject: Pyproject,
    pub manifest_path: PathBuf,
    /// The project's own crate.
    pub manifest: Option<CargoManifest>,
    /// The crates of all parts, as far as they could be read.
    pub manifests: BTreeMap<PathBuf, CargoManifest>,
    pub options: Options,
    pub metadata: ProjectMetadata,
    pub layout: Layout,
    pub parts: Vec<Part>,
}

/// Reads the project in `directory`.
pub fn read(directory: &Path, top: TopLayer, environment: &Environment, report: Report<'_>) -> Result<Project, Error> {
    // Whoever names one of the two files means the project around it.
    let names_file = directory.ends_with("pyproject.toml") || directory.ends_with("Cargo.toml");
    let directory = if names_file { directory.parent().unwrap_or(directory) } else { directory };
    let directory = disk::real_path(directory).unwrap_or_else(|| directory.to_owned());
    let file = directory.join("pyproject.toml");
    let Some(bytes) = disk::read_if_there(&file)? else { return Err(no_pyproject(&directory).into()) };
    let document = Document::parse(&file, &bytes).map_err(Error::Findings)?;
    let mut faults = Vec::new();
    faults.extend(byte_order_mark(&file, &bytes));
    let mut pyproject = Pyproject::read(&document, &mut faults);
    faults.extend(pyproject.tool.notes.iter().cloned());
    let options = options::merge(top, environment, &pyproject.tool).unwrap_or_else(|more| {
        faults.extend(more);
        Options::default()
    });
    if options.verbosity == Verbosity::Quiet {
        report(Event::Quiet);
    }
    if let Some(named) = options.bindings {
        let key = "--bindings".to_owned();
        pyproject.tool.bindings = Some(Located { value: named, key, place: Place::file(&file) });
    }
    let choice = layout::manifest(&pyproject, options.manifest_path.as_deref(), &directory, &disk::kind);
    if let Some(guess) = choice.guess {
        faults.push(Diagnostic::note(Code::CargoManifest, guess));
    }
    let (manifest, workspace) = read_manifest(&choice.path, &mut faults)?;
    if manifest.is_none() && disk::kind(&choice.path) == PathKind::File {
        // It is there and cannot be read: what would follow from that helps nobody.
        return Err(Error::Findings(faults));
    }
    let tree = tree(&directory, workspace.as_deref());
    let metadata = read_metadata(&pyproject, manifest.as_ref(), &directory, (&tree, environment), &mut faults);
    let mut notes = Vec::new();
    let layout = layout::layout(&pyproject, manifest.as_ref(), &directory, &disk::kind, &mut notes, &mut faults);
    faults.extend(notes);
    faults.extend(layout.as_ref().and_then(|layout| python_outside(&pyproject, layout, &tree)));
    faults.sort_by_key(|fault| fault.place.as_ref().and_then(Place::line_column));
    // Without these nothing can go on, whatever is allowed.
    let (Some(metadata), Some(layout)) = (metadata, layout) else { return Err(Error::Findings(faults)) };
    let mut manifests: BTreeMap<PathBuf, CargoManifest> =
        manifest.iter().map(|manifest| (choice.path.clone(), manifest.clone())).collect();
    manifests.extend(manifests_of_parts(&pyproject, &directory, &mut faults)?);
    let said = Said {
        table: &pyproject.tool,
        options: &options,
        directory: &directory,
        main: &choice.path,
        manifests: &manifests,
    };
    let parts = parts::parts(said, &layout, &disk::kind, &mut faults);
    settle(faults, &options.allow, report)?;
    let manifest_path = choice.path;
    Ok(Project { directory, tree, pyproject, manifest_path, manifest, manifests, options, metadata, layout, parts })
}

/// The crates that the tool table names for single parts.
fn manifests_of_parts(
    pyproject: &Pyproject,
    directory: &Path,
    faults: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<PathBuf, CargoManifest>, Error> {
    let mut manifests = BTreeMap::new();
    for named in parts::named_manifests(&pyproject.tool) {
        let path = directory.join(&named.value);
        if disk::kind(&path) != PathKind::File {
            let message = format!("`{}` names `{}`, which is not there", named.key, named.value);
            faults.push(named.error(Code::CargoManifest, message).hint("name the `Cargo.toml` of the part's crate"));
        } else if let (Some(manifest), _) = read_manifest(&path, faults)? {
            manifests.insert(path, manifest);
        }
    }
    Ok(manifests)
}

/// What is wrong with the metadata of a `pyproject.toml` of this text in `directory`.
pub fn metadata_faults(
    directory: &Path,
    file: &Path,
    text: &[u8],
    environment: &Environment,
) -> Result<Vec<Diagnostic>, Error> {
    let document = Document::parse(file, text).map_err(Error::Findings)?;
    let mut faults = Vec::new();
    let pyproject = Pyproject::read(&document, &mut faults);
    let named = pyproject.tool.settings.manifest_path.as_deref();
    let choice = layout::manifest(&pyproject, named, directory, &disk::kind);
    let (manifest, workspace) = read_manifest(&choice.path, &mut faults)?;
    let tree = tree(directory, workspace.as_deref());
    read_metadata(&pyproject, manifest.as_ref(), directory, (&tree, environment), &mut faults);
    Ok(faults)
}

/// Stops if one of the findings is an error that is not allowed; tells the others.
pub fn settle(findings: Vec<Diagnostic>, allow: &[Code], report: Report<'_>) -> Result<(), Error> {
    let settled: Vec<Diagnostic> = findings.into_iter().map(|finding| allowed(finding, allow)).collect();
    if settled.iter().any(Diagnostic::is_error) {
        return Err(Error::Findings(settled));
    }
    tell(report, settled);
    Ok(())
}

fn allowed(finding: Diagnostic, allow: &[Code]) -> Diagnostic {
    if finding.is_error() && allow.contains(&finding.code) {
        return Diagnostic { severity: Severity::Warning, ..finding };
    }
    finding
}

fn no_pyproject(directory: &Path) -> Diagnostic {
    let file = directory.join("pyproject.toml");
    let message = format!("there is no `pyproject.toml` in `{}`", directory.display());
    let hint = "name the directory of the project; a new project needs `[build-system]` and `[project]` in that file";
    Diagnostic::error(Code::SourceFile, message).at(Place::file(file)).hint(hint)
}

/// Python's own reader of TOML refuses it.
fn byte_order_mark(file: &Path, bytes: &[u8]) -> Option<Diagnostic> {
    bytes.starts_with(b"\xef\xbb\xbf").then(|| {
        let message =
            format!("`{}` begins with a byte order mark (BOM), which Python's TOML reader refuses", file.display());
        Diagnostic::warning(Code::TomlSyntax, message).at(Place::file(file)).hint("save the file as UTF-8 without it")
    })
}

fn python_outside(pyproject: &Pyproject, layout: &Layout, tree: &Path) -> Option<Diagnostic> {
    let source = pyproject.tool.python_source.as_ref()?;
    let real = disk::real_path(&layout.python_root)?;
    (!real.starts_with(tree)).then(|| {
        let message = format!("`{}` is `{}`, which lies outside the project's tree", source.key, source.value);
        source.error(Code::OutsideTree, message).with_note(format!("it leads to `{}`", real.display()))
    })
}

/// The highest of the repository and the cargo workspace that hold the project's directory. A repository that ignores
/// the directory is not its own.
fn tree(directory: &Path, workspace: Option<&Path>) -> PathBuf {
    let workspace = workspace.filter(|root| directory.starts_with(root)).map(Path::to_owned);
    let roots = [repository(directory), workspace, Some(directory.to_owned())].into_iter().flatten();
    roots.min_by_key(|root| root.components().count()).unwrap_or_else(|| directory.to_owned())
}

fn repository(directory: &Path) -> Option<PathBuf> {
    let root = disk::repository(directory)?;
    let mut ignored = ignore::gitignore::GitignoreBuilder::new(&root);
    let rules = root.join(".gitignore");
    if disk::kind(&rules) == PathKind::File {
        ignored.add(rules);
    }
    let is_ignored = ignored.build().is_ok_and(|rules| rules.matched_path_or_any_parents(directory, true).is_ignore());
    (!is_ignored).then_some(root)
}

/// The manifest, and the directory of its workspace.
fn read_manifest(path: &Path, faults: &mut Vec<Diagnostic>) -> Result<(Option<CargoManifest>, Option<PathBuf>), Error> {
    let Some(document) = read_toml(path, faults)? else { return Ok((None, None)) };
    let workspace = workspace_of(path, &document, faults)?;
    let root = workspace.as_ref().and_then(|root| disk::real_path(root.file().parent()?));
    let mut manifest = CargoManifest::read(&document, workspace.as_ref(), faults);
    if let Some(manifest) = manifest.as_mut().filter(|manifest| manifest.is_cdylib()) {
        let directory = workspace.as_ref().map_or(path, |root| root.file()).parent().unwrap_or(Path::new(""));
        manifest.locked = locked(manifest, directory)?;
    }
    Ok((manifest, root))
}

/// What the lock file shows a crate to reach; asked only where its own manifest does not say how it meets Python.
fn locked(manifest: &CargoManifest, workspace: &Path) -> Result<BTreeSet<String>, Error> {
    let is_told = ["pyo3", "pyo3-ffi", "uniffi"].iter().any(|name| manifest.depends_on(name));
    let lock = if is_told { None } else { read_toml(&workspace.join("Cargo.lock"), &mut Vec::new())? };
    let name = manifest.name.as_ref().map(|name| name.value.as_str()).unwrap_or_default();
    Ok(lock.map(|lock| lock_file::reached(&lock, name)).unwrap_or_default())
}

fn read_toml(path: &Path, faults: &mut Vec<Diagnostic>) -> Result<Option<Document>, Error> {
    let Some(bytes) = disk::read_if_there(path)? else { return Ok(None) };
    match Document::parse(path, &bytes) {
        Ok(document) => Ok(Some(document)),
        Err(more) => {
            faults.extend(more);
            Ok(None)
        }
    }
}

/// The root of the workspace: the manifest itself, the one it names, or the nearest one above.
pub fn workspace_of(path: &Path, document: &Document, faults: &mut Vec<Diagnostic>) -> Result<Option<Document>, Error> {
    if cargo_manifest::is_workspace(document) {
        return Ok(Some(document.clone()));
    }
    let directory = path.parent().unwrap_or(Path::new(""));
    if let Some(named) = cargo_manifest::named_workspace(document) {
        return read_toml(&directory.join(named).join("Cargo.toml"), faults);
    }
    for above in directory.ancestors().skip(1) {
        let found = read_toml(&above.join("Cargo.toml"), &mut Vec::new())?;
        if let Some(root) = found.filter(cargo_manifest::is_workspace) {
            return Ok(Some(root));
        }
    }
    Ok(None)
}

fn read_metadata(
    pyproject: &Pyproject,
    manifest: Option<&CargoManifest>,
    directory: &Path,
    (tree, environment): (&Path, &Environment),
    faults: &mut Vec<Diagnostic>,
) -> Option<ProjectMetadata> {
    let text = |path: &Path| read_text(path, tree);
    let list = |levels: usize| list(directory, tree, levels);
    let git_version = |source: &GitVersion, name: Option<&DistributionName>| {
        version::of_repository(directory, source, name, environment)
    };
    let files = Files { directory, text: &text, list: &list, git_version: &git_version };
    metadata::metadata(pyproject, manifest, &files, faults)
}

fn read_text(path: &Path, tree: &Path) -> Result<String, TextFault> {
    let Some(real) = disk::real_path(path) else { return Err(TextFault::Missing) };
    let tree = disk::real_path(tree).unwrap_or_else(|| tree.to_owned());
    if !real.starts_with(&tree) {
        return Err(TextFault::Outside(real));
    }
    if disk::kind(&real) != PathKind::File {
        return Err(TextFault::Unreadable("it is not a file".to_owned()));
    }
    let bytes = disk::read(&real).map_err(|error| TextFault::Unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        TextFault::NotUtf8 { line: error.as_bytes()[..valid].iter().filter(|&&byte| byte == b'\n').count() + 1 }
    })
}

/// The files below the project for the globs of `license-files`. Links out of the tree are listed too, so that they
/// are refused by name and not overlooked.
fn list(directory: &Path, tree: &Path, levels: usize) -> Vec<String> {
    let enter = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name != "target" && name != ".git" && disk::kind(&path.join("CACHEDIR.TAG")) == PathKind::Missing
    };
    let found = walk::files(directory, tree, levels, &enter).unwrap_or_default();
    let listed =
        found.into_iter().filter(|found| !matches!(found.kind, FoundKind::Special(_) | FoundKind::LinkBroken { .. }));
    listed.filter_map(|found| Some(found.relative.to_str()?.replace('\\', "/"))).collect()
}
