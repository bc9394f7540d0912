//! What of a wheel is compiled: its modules and its programs, each from a crate, or from a file that is built already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::settings::Bindings;
use crate::facts::toml_document::Located;
use crate::facts::tool_parts::{FeatureField, Optional, PartField};
use crate::facts::tool_table::{TargetField, ToolTable};
use crate::plan::bindings;
use crate::plan::layout::{Layout, Look, ModuleLayout};
use crate::plan::options::Options;
use crate::spec::module_path::ModulePath;

/// One thing that is compiled and packed.
#[derive(Debug, Clone)]
pub struct Part {
    pub kind: PartKind,
    /// The `Cargo.toml` of the crate.
    pub manifest_path: PathBuf,
    pub features: PartFeatures,
    /// The only targets of the crate that count, where any are named.
    pub targets: Vec<TargetField>,
    pub no_default_features: bool,
    /// The cargo profile, where the part has one of its own.
    pub profile: Option<String>,
    /// A file that is there already, relative to the project, in place of a crate.
    pub artifact: Option<Located<String>>,
    pub need: Need,
}

/// What a part becomes.
#[derive(Debug, Clone)]
pub enum PartKind {
    Module {
        layout: ModuleLayout,
        /// As they are written down; else cargo tells.
        bindings: Option<Located<Bindings>>,
        /// As a plain read of the manifests shows them.
        promised: Bindings,
    },
    /// Programs of the crate: the one that is named, else all.
    Programs(Option<Box<Program>>),
}

/// A program that is packed.
#[derive(Debug, Clone)]
pub struct Program {
    /// As the crate calls it.
    pub target: Located<String>,
    /// As it is installed.
    pub name: Located<String>,
    /// The package that it is put into, in place of the environment's scripts.
    pub package: Option<ModulePath>,
}

/// Where the features of a part's crate come from.
#[derive(Debug, Clone)]
pub struct PartFeatures {
    /// Its own, where it has any said; else those of the table.
    pub own: Option<Vec<FeatureField>>,
    /// Whether those of flags, settings and variables count too: they are meant for the project's own crate.
    pub of_project: bool,
}

/// Whether a wheel can do without a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Required,
    /// It can, if somebody asks for such a wheel.
    Declared,
    /// It can, and does where the part cannot be compiled.
    Auto,
    /// A wheel without it was asked for.
    LeftOut,
}

/// The manifests that the tool table names for single parts.
pub fn named_manifests(table: &ToolTable) -> impl Iterator<Item = &Located<String>> {
    table.modules.iter().chain(&table.binaries).filter_map(|part| part.manifest_path.as_ref())
}

/// What is said of a project's parts.
#[derive(Clone, Copy)]
pub struct Said<'s> {
    pub table: &'s ToolTable,
    pub options: &'s Options,
    /// Where `pyproject.toml` lies.
    pub directory: &'s Path,
    /// The manifest of the project's own crate.
    pub main: &'s Path,
    /// The manifests that could be read, by their paths.
    pub manifests: &'s BTreeMap<PathBuf, CargoManifest>,
}

/// The parts of a project: its modules in the order of its layout, then its programs.
pub fn parts(said: Said<'_>, layout: &Layout, look: Look<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Part> {
    let Said { table, manifests, .. } = said;
    let unnamed = [None];
    let fields: Vec<Option<&PartField>> =
        if table.modules.is_empty() { unnamed.into() } else { table.modules.iter().map(Some).collect() };
    let module = |(layout, field): (&ModuleLayout, Option<&PartField>)| {
        let part = part(said, field, &mut Vec::new());
        let bindings = field.and_then(|field| field.bindings.as_ref()).or(table.bindings.as_ref()).cloned();
        let shown = || manifests.get(&part.manifest_path).map(|manifest| bindings::shown(manifest, look));
        let promised = bindings.as_ref().map(|named| named.value).or_else(shown).unwrap_or(Bindings::Pyo3);
        Part { kind: PartKind::Module { layout: layout.clone(), bindings, promised }, ..part }
    };
    let mut parts: Vec<Part> = layout.modules.iter().zip(fields).map(module).collect();
    parts.extend(table.binaries.iter().map(|field| part(said, Some(field), faults)));
    if parts.is_empty() {
        parts.push(part(said, None, faults));
    }
    parts
}

/// A part as its entry says it, taken for a program. What it does not say, the table does.
fn part(said: Said<'_>, field: Option<&PartField>, faults: &mut Vec<Diagnostic>) -> Part {
    let Said { table, options, directory, main, .. } = said;
    let named = field.and_then(|field| field.manifest_path.as_ref());
    let manifest_path = named.map_or(main.to_owned(), |path| directory.join(&path.value));
    let program = field.map(|field| Program {
        target: field.target.clone().unwrap_or_else(|| field.name.clone()),
        name: field.name.clone(),
        package: field.place.as_ref().and_then(|place| package(place, faults)),
    });
    let optional = field.and_then(|field| field.optional).unwrap_or(table.optional);
    let artifact = field.and_then(|field| field.artifact.clone());
    Part {
        kind: PartKind::Programs(program.map(Box::new)),
        features: PartFeatures {
            own: field.and_then(|field| field.features.clone()),
            of_project: manifest_path == main,
        },
        no_default_features: field.and_then(|field| field.no_default_features).unwrap_or(options.no_default_features),
        profile: field.and_then(|field| field.profile.clone()),
        targets: if manifest_path == main { table.targets.clone() } else { Vec::new() },
        manifest_path,
        artifact,
        need: match optional {
            _ if options.pure_python => Need::LeftOut,
            Optional::No => Need::Required,
            Optional::OnPurpose => Need::Declared,
            Optional::Auto => Need::Auto,
        },
    }
}

/// The package that a program is put into; `None` for the environment's scripts.
fn package(place: &Located<String>, faults: &mut Vec<Diagnostic>) -> Option<ModulePath> {
    if place.value == "scripts" {
        return None;
    }
    let parsed = place.value.replace('/', ".").parse();
    let refused = |reason| {
        let fault = place.error(Code::ToolValue, format!("`{}`: {reason}", place.key));
        faults.push(fault.hint("write `scripts`, or the name of a package such as `pkg.tools`"));
    };
    parsed.map_err(refused).ok()
}

impl Part {
    /// What people would call it.
    pub fn title(&self) -> String {
        match &self.kind {
            PartKind::Module { layout, .. } => format!("the module `{}`", layout.name()),
            PartKind::Programs(Some(program)) => format!("the binary `{}`", program.name.value),
            PartKind::Programs(None) => "the crate's binaries".to_owned(),
        }
    }

    /// Whether Python opens it through cffi, as far as the manifests show.
    pub fn is_opened_by_cffi(&self) -> bool {
        matches!(self.kind, PartKind::Module { promised: Bindings::Cffi, .. })
    }

    /// Whether cargo has to be there for it.
    pub fn needs_cargo(&self) -> bool {
        self.artifact.is_none() && matches!(self.need, Need::Required | Need::Declared)
    }

    /// Whether a wheel without it was asked for.
    pub fn is_left_out(&self) -> bool {
        self.need == Need::LeftOut
    }

    /// The options of its crate.
    pub fn options(&self, project: &Options) -> Options {
        Options { no_default_features: self.no_default_features, ..project.clone() }
    }
}
