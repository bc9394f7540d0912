//! What of a wheel is compiled: its modules and its programs, each from a crate, or from a file that is built already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::settings::Bindings;
use crate::facts::toml_document::Located;
use crate::facts::tool_table::{FeatureField, PartField, TargetField, ToolTable};
use crate::plan::bindings;
use crate::plan::layout::{Layout, Look, ModuleLayout};

/// One thing that is compiled and packed.
#[derive(Debug, Clone)]
pub struct Part {
    pub kind: PartKind,
    /// The `Cargo.toml` of the crate.
    pub manifest_path: PathBuf,
    pub features: PartFeatures,
    /// The only targets of the crate that count, where any are named.
    pub targets: Vec<TargetField>,
    /// A file that is there already, relative to the project, in place of a crate.
    pub prebuilt: Option<Located<String>>,
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
}

/// Where the features of a part's crate come from.
#[derive(Debug, Clone)]
pub struct PartFeatures {
    pub own: Vec<FeatureField>,
    /// Whether those of the project, of flags and variables count too: they are meant for the project's own crate.
    pub of_project: bool,
}

/// Whether a wheel can do without a part that cannot be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
}

/// The manifests that the tool table names for single parts.
pub fn named_manifests(table: &ToolTable) -> impl Iterator<Item = &Located<String>> {
    table.modules.iter().chain(&table.binaries).filter_map(|part| part.manifest_path.as_ref())
}

/// The parts of a project: its modules in the order of its layout, then its programs. `main` is the manifest of the
/// project's own crate; `manifests` holds those that could be read, by their paths.
pub fn parts(
    table: &ToolTable,
    layout: &Layout,
    directory: &Path,
    main: &Path,
    manifests: &BTreeMap<PathBuf, CargoManifest>,
    look: Look<'_>,
) -> Vec<Part> {
    let unnamed = [None];
    let fields: Vec<Option<&PartField>> =
        if table.modules.is_empty() { unnamed.into() } else { table.modules.iter().map(Some).collect() };
    let module = |(layout, field): (&ModuleLayout, Option<&PartField>)| {
        let part = part(table, field, directory, main);
        let bindings = field.and_then(|field| field.bindings.as_ref()).or(table.bindings.as_ref()).cloned();
        let shown = || manifests.get(&part.manifest_path).map(|manifest| bindings::shown(manifest, look));
        let promised = bindings.as_ref().map(|named| named.value).or_else(shown).unwrap_or(Bindings::Pyo3);
        Part { kind: PartKind::Module { layout: layout.clone(), bindings, promised }, ..part }
    };
    let mut parts: Vec<Part> = layout.modules.iter().zip(fields).map(module).collect();
    parts.extend(table.binaries.iter().map(|field| part(table, Some(field), directory, main)));
    if parts.is_empty() {
        parts.push(part(table, None, directory, main));
    }
    parts
}

/// A part as its entry says it, taken for a program.
fn part(table: &ToolTable, field: Option<&PartField>, directory: &Path, main: &Path) -> Part {
    let named = field.and_then(|field| field.manifest_path.as_ref());
    let manifest_path = named.map_or(main.to_owned(), |path| directory.join(&path.value));
    let program = field.map(|field| Program {
        target: field.target.clone().unwrap_or_else(|| field.name.clone()),
        name: field.name.clone(),
    });
    Part {
        kind: PartKind::Programs(program.map(Box::new)),
        features: PartFeatures {
            own: field.map(|field| field.features.clone()).unwrap_or_default(),
            of_project: manifest_path == main,
        },
        targets: if manifest_path == main { table.targets.clone() } else { Vec::new() },
        manifest_path,
        prebuilt: field.and_then(|field| field.prebuilt.clone()),
        need: if field.is_some_and(|field| field.optional) { Need::Optional } else { Need::Required },
    }
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
        self.prebuilt.is_none() && self.need == Need::Required
    }
}
