//! A plain read of `Cargo.toml`, workspace inheritance included: what metadata needs to know without cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::toml_document::{Document, Item, Located, Table};

/// The fields of `[package]` that Python metadata can come from. A field is absent where the manifest has none.
#[derive(Debug, Clone)]
pub struct CargoManifest {
    pub file: PathBuf,
    pub name: Option<Located<String>>,
    pub version: Option<Located<String>>,
    pub description: Option<Located<String>>,
    pub readme: Option<ManifestReadme>,
    pub license: Option<Located<String>>,
    pub license_file: Option<ManifestPath>,
    pub authors: Vec<Located<String>>,
    pub keywords: Vec<Located<String>>,
    pub homepage: Option<Located<String>>,
    pub repository: Option<Located<String>>,
    pub documentation: Option<Located<String>>,
    /// The oldest Rust that compiles it, as two or three numbers.
    pub rust_version: Option<Located<String>>,
    /// `[lib] name`, where it is written down.
    pub lib_name: Option<Located<String>>,
    /// `[lib] crate-type`; `None` where there is no `[lib]`.
    pub lib_types: Option<Vec<String>>,
    /// `[features]`: what each turns on.
    pub features: BTreeMap<String, Vec<String>>,
    /// Whether `[[bin]]` stands in it.
    pub names_binaries: bool,
    /// Names under `[dependencies]`, with the features that are asked for there.
    pub dependencies: Vec<ManifestDependency>,
    /// The names of the packages that the lock file shows the crate to reach; empty where it was not read.
    pub locked: BTreeSet<String>,
}

/// `package.readme`
#[derive(Debug, Clone)]
pub enum ManifestReadme {
    File(ManifestPath),
    /// `readme = false`
    None,
}

/// A path that stands in a manifest: relative to the manifest it was written in.
#[derive(Debug, Clone)]
pub struct ManifestPath {
    pub path: Located<String>,
    /// The directory of the manifest that it was written in.
    pub directory: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestDependency {
    /// The name of the package, also where the key is another.
    pub package: String,
    pub features: Vec<String>,
}

/// `package.workspace`: the directory of the workspace, relative to the manifest's.
pub fn named_workspace(document: &Document) -> Option<String> {
    let package = document.root().table("package", &mut Vec::new())?;
    package.get("workspace").filter(Item::is_string)?.string(&mut Vec::new()).map(|path| path.value)
}

/// Whether the manifest is the root of a workspace.
pub fn is_workspace(document: &Document) -> bool {
    document.root().get("workspace").is_some_and(|item| item.is_table())
}

/// The entries of `workspace.members`, or of `workspace.exclude`.
pub fn workspace_list(document: &Document, key: &str) -> Vec<String> {
    let mut ignored = Vec::new();
    let list = document.root().get("workspace").filter(Item::is_table).and_then(|item| item.table(&mut ignored));
    let list = list.and_then(|workspace| workspace.strings(key, &mut Vec::new())).unwrap_or_default();
    list.into_iter().map(|entry| entry.value).collect()
}

impl CargoManifest {
    /// Reads a manifest; `workspace` is the workspace's root manifest, needed where fields are inherited.
    pub fn read(document: &Document, workspace: Option<&Document>, faults: &mut Vec<Diagnostic>) -> Option<Self> {
        let root = document.root();
        let Some(package) = root.table("package", faults) else {
            faults.push(no_package(document));
            return None;
        };
        let fields = Fields { document, package: &package, workspace };
        let lib = root.get("lib").filter(Item::is_table).and_then(|item| item.table(faults));
        Some(Self {
            file: document.file().to_owned(),
            name: package.string("name", faults),
            version: fields.string("version", faults),
            description: fields.string("description", faults),
            readme: fields.readme(faults),
            license: fields.string("license", faults),
            license_file: fields.path("license-file", faults),
            authors: fields.strings("authors", faults),
            keywords: fields.strings("keywords", faults),
            homepage: fields.string("homepage", faults),
            repository: fields.string("repository", faults),
            documentation: fields.string("documentation", faults),
            rust_version: fields.string("rust-version", faults),
            lib_types: lib.as_ref().map(|lib| lib_types(lib)),
            lib_name: lib.and_then(|lib| lib.string("name", faults)),
            features: features(&root),
            names_binaries: root.get("bin").is_some(),
            dependencies: dependencies(&root, workspace),
            locked: BTreeSet::new(),
        })
    }

    /// Whether a package stands under `[dependencies]`.
    pub fn depends_on(&self, package: &str) -> bool {
        self.dependencies.iter().any(|dependency| dependency.package == package)
    }

    pub fn is_cdylib(&self) -> bool {
        self.lib_types.iter().flatten().any(|kind| kind == "cdylib")
    }

    /// The directory of the manifest.
    pub fn directory(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }
}

fn no_package(document: &Document) -> Diagnostic {
    let file = document.file().display();
    let diagnostic = Diagnostic::error(Code::CargoManifest, format!("`{file}` has no `[package]`"));
    let hint = if is_workspace(document) {
        "it is the root of a workspace only; name the member to build with `manifest-path` in the tool table"
    } else {
        "add `[package]` with the crate's name and version"
    };
    diagnostic.at(Place::file(document.file())).hint(hint)
}

/// `[package]` with its workspace behind it.
struct Fields<'a> {
    document: &'a Document,
    package: &'a Table<'a>,
    workspace: Option<&'a Document>,
}

impl Fields<'_> {
    /// The value of a field and the document it stands in.
    fn find(&self, key: &str, faults: &mut Vec<Diagnostic>) -> Option<(Item<'_>, &Document)> {
        let item = self.package.get(key)?;
        if !from_workspace(&item) {
            return Some((item, self.document));
        }
        let inherited = self.workspace.and_then(|workspace| {
            let package = workspace.root().table("workspace", &mut Vec::new())?.table("package", &mut Vec::new())?;
            Some((package.get(key)?, workspace))
        });
        if inherited.is_none() {
            let message =
                format!("`package.{key}` is inherited, but no workspace above gives `workspace.package.{key}`");
            faults.push(Diagnostic::error(Code::CargoManifest, message).at(item.place()));
        }
        inherited
    }

    fn string(&self, key: &str, faults: &mut Vec<Diagnostic>) -> Option<Located<String>> {
        self.find(key, faults)?.0.string(faults)
    }

    fn strings(&self, key: &str, faults: &mut Vec<Diagnostic>) -> Vec<Located<String>> {
        self.find(key, faults).and_then(|(item, _)| item.strings(faults)).unwrap_or_default()
    }

    fn path(&self, key: &str, faults: &mut Vec<Diagnostic>) -> Option<ManifestPath> {
        let (item, document) = self.find(key, faults)?;
        Some(ManifestPath { path: item.string(faults)?, directory: directory(document) })
    }

    fn readme(&self, faults: &mut Vec<Diagnostic>) -> Option<ManifestReadme> {
        let (item, document) = self.find("readme", faults)?;
        if !item.is_boolean() {
            let path = item.string(faults)?;
            return Some(ManifestReadme::File(ManifestPath { path, directory: directory(document) }));
        }
        let wanted = item.boolean(faults)?;
        if !wanted.value {
            return Some(ManifestReadme::None);
        }
        let path = wanted.map(|_| "README.md".to_owned());
        Some(ManifestReadme::File(ManifestPath { path, directory: directory(document) }))
    }
}

fn features(root: &Table<'_>) -> BTreeMap<String, Vec<String>> {
    let mut ignored = Vec::new();
    let table = root.get("features").filter(Item::is_table).and_then(|item| item.table(&mut ignored));
    let read = |item: Item<'_>| item.strings(&mut Vec::new()).unwrap_or_default().into_iter().map(|text| text.value);
    table.iter().flat_map(|table| table.items()).map(|(name, item)| (name.to_owned(), read(item).collect())).collect()
}

fn lib_types(lib: &Table<'_>) -> Vec<String> {
    let types = lib.get("crate-type").or_else(|| lib.get("crate_type"));
    let types = types.and_then(|item| item.strings(&mut Vec::new())).unwrap_or_default();
    types.into_iter().map(|kind| kind.value).collect()
}

fn directory(document: &Document) -> PathBuf {
    document.file().parent().map(Path::to_owned).unwrap_or_default()
}

fn from_workspace(item: &Item<'_>) -> bool {
    item.is_table() && item.table(&mut Vec::new()).is_some_and(|table| table.get("workspace").is_some())
}

fn dependencies(root: &Table<'_>, workspace: Option<&Document>) -> Vec<ManifestDependency> {
    let mut ignored = Vec::new();
    let Some(table) = root.get("dependencies").filter(Item::is_table).and_then(|item| item.table(&mut ignored)) else {
        return Vec::new();
    };
    table.items().map(|(key, item)| dependency(key, &item, workspace)).collect()
}

fn dependency(key: &str, item: &Item<'_>, workspace: Option<&Document>) -> ManifestDependency {
    let mut ignored = Vec::new();
    let Some(table) = Some(item).filter(|item| item.is_table()).and_then(|item| item.table(&mut ignored)) else {
        return ManifestDependency { package: key.to_owned(), features: Vec::new() };
    };
    let text = |table: &Table<'_>, key: &str| table.get(key)?.string(&mut Vec::new()).map(|text| text.value);
    let features = |table: &Table<'_>| -> Vec<String> {
        let items = table.get("features").and_then(|item| item.strings(&mut Vec::new())).unwrap_or_default();
        items.into_iter().map(|feature| feature.value).collect()
    };
    let mut found = ManifestDependency {
        package: text(&table, "package").unwrap_or_else(|| key.to_owned()),
        features: features(&table),
    };
    if from_workspace(item) {
        let inherited = workspace
            .and_then(|workspace| workspace.root().table("workspace", &mut ignored))
            .and_then(|root| root.table("dependencies", &mut Vec::new()))
            .and_then(|dependencies| dependencies.get(key));
        if let Some(inherited) = inherited {
            let inherited = dependency(key, &inherited, None);
            found.package = inherited.package;
            found.features.extend(inherited.features);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(file: &str, text: &str) -> Document {
        Document::parse(Path::new(file), text.as_bytes()).unwrap()
    }

    #[test]
    fn inherited_fields_come_from_the_workspace_with_its_directory() {
        let member = document(
            "w/m/Cargo.toml",
            "[package]\nname = 'm'\nversion.workspace = true\nreadme = { workspace = true }\n[dependencies]\npyo3 = { workspace = true, features = ['abi3'] }\n",
        );
        let workspace = document(
            "w/Cargo.toml",
            "[workspace.package]\nversion = '1.2.3'\nreadme = 'R.md'\n[workspace.dependencies]\npyo3 = { version = '0.30', features = ['x'] }\n",
        );
        assert!(is_workspace(&workspace) && !is_workspace(&member));
        let mut faults = Vec::new();
        let manifest = CargoManifest::read(&member, Some(&workspace), &mut faults).unwrap();
        assert_eq!(faults, []);
        assert_eq!(manifest.version.unwrap().value, "1.2.3");
        let Some(ManifestReadme::File(readme)) = manifest.readme else { panic!("no readme") };
        assert_eq!((readme.path.value.as_str(), readme.directory.as_path()), ("R.md", Path::new("w")));
        assert_eq!(
            manifest.dependencies,
            [ManifestDependency { package: "pyo3".into(), features: vec!["abi3".into(), "x".into()] }]
        );
    }

    #[test]
    fn inheriting_from_nowhere_is_a_fault() {
        let member = document("Cargo.toml", "[package]\nname = 'm'\nversion.workspace = true\n");
        let mut faults = Vec::new();
        CargoManifest::read(&member, None, &mut faults).unwrap();
        assert_eq!(faults.len(), 1);
    }

    #[test]
    fn a_virtual_workspace_asks_for_the_member() {
        let mut faults = Vec::new();
        assert!(CargoManifest::read(&document("Cargo.toml", "[workspace]\n"), None, &mut faults).is_none());
        assert_eq!(faults[0].message, "`Cargo.toml` has no `[package]`");
        assert!(faults[0].hint.as_ref().unwrap().contains("manifest-path"));
    }
}
