//! What `wainwright init` adds to a crate or a Python project that is there: what it lacks, and nothing else.

use crate::contents::template::{File, Half, Kind, WATCHED_AT_THE_TOP, Wish};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::settings::Bindings;
use crate::facts::toml_document::{Document, Table};
use crate::plan::bindings;
use crate::plan::layout::Look;

/// A Python package that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The directory that it lies in, relative to the project: `src`, `python` or `.`.
    pub source: &'static str,
    pub name: String,
}

/// What is there.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub manifest: Option<CargoManifest>,
    pub pyproject: Option<Document>,
    pub packages: Vec<Package>,
    /// The names in the project's directory.
    pub names: Vec<String>,
}

/// What is to be added.
#[derive(Debug, Clone, Default)]
pub struct Additions {
    pub files: Vec<File>,
    /// Tables to stand at the end of `pyproject.toml`.
    pub tables: Vec<(&'static str, String)>,
    pub notes: Vec<Diagnostic>,
}

impl Found {
    /// Whether there is nothing yet that a project is made of.
    pub fn is_empty(&self) -> bool {
        self.manifest.is_none() && self.pyproject.is_none() && self.packages.is_empty()
    }

    /// The name that the project bears already.
    pub fn name(&self) -> Option<String> {
        let project = self.pyproject.as_ref().and_then(|document| table(document.root(), "project"));
        let named = project.and_then(|project| project.string("name", &mut Vec::new()));
        let named = named.or_else(|| self.manifest.as_ref()?.name.clone());
        named.map(|name| name.value)
    }

    /// The package that is the project's: that of its name, or the only one.
    fn package(&self, name: &str) -> Option<&Package> {
        let only = if self.packages.len() == 1 { self.packages.first() } else { None };
        self.packages.iter().find(|package| package.name == name).or(only)
    }

    /// The kind that the project shows to be of.
    pub fn kind(&self, look: Look<'_>) -> Option<Kind> {
        let Some(manifest) = &self.manifest else {
            let package = self.packages.first()?;
            return Some(if package.source == "src" { Kind::Src } else { Kind::Mixed });
        };
        Some(match bindings::shown(manifest, look) {
            Bindings::Cffi => Kind::Cffi,
            Bindings::Uniffi => Kind::Uniffi,
            Bindings::Bin => Kind::Bin,
            Bindings::Pyo3 | Bindings::Pyo3Ffi if self.packages.is_empty() => Kind::Pure,
            Bindings::Pyo3 | Bindings::Pyo3Ffi => Kind::Mixed,
        })
    }

    fn has_license(&self) -> bool {
        let begins = |name: &str| ["LICENSE", "LICENCE", "COPYING"].iter().any(|start| name.starts_with(start));
        self.names.iter().any(|name| begins(&name.to_uppercase()))
    }

    /// What the project lacks of what is wished for.
    pub fn additions(&self, wish: Wish) -> Additions {
        let wish = self.fitted(wish);
        let mut additions = Additions::default();
        let has = |half: Half| match half {
            Half::Rust => self.manifest.is_some(),
            Half::Python => !self.packages.is_empty(),
            Half::Both => self.manifest.is_some() || !self.packages.is_empty(),
            Half::Around => false,
        };
        for mut file in wish.files().into_iter().filter(|file| !has(file.half)) {
            match (file.half, file.path.as_str()) {
                (Half::Around, "pyproject.toml") if self.pyproject.is_some() => continue,
                (Half::Around, "pyproject.toml") if !self.is_empty() => file.text = joined(&self.tables(&wish)),
                (Half::Around, path) if path != ".gitignore" && path != "pyproject.toml" && !self.is_empty() => {
                    continue;
                }
                // What the crate has to give is not known here.
                (Half::Python, path) if path.ends_with(".py") && self.manifest.is_some() => {
                    file.text = wish.filled(include_str!("templates/init_all.py"));
                }
                _ => {}
            }
            additions.files.push(file);
        }
        if let Some(document) = &self.pyproject {
            additions.tables = self.tables(&wish).into_iter().filter(|(name, _)| lacks(document, name)).collect();
            additions.notes.extend(other_backend(document));
            additions.notes.extend(unwatched(document, &wish));
        }
        additions.notes.extend(self.manifest.iter().flat_map(|manifest| lacking(manifest, &wish)));
        additions
    }

    /// The wish, with the names that are in use.
    fn fitted(&self, mut wish: Wish) -> Wish {
        if let Some(package) = self.package(&wish.names.package) {
            wish.names.package.clone_from(&package.name);
            wish.names.library = format!("_{}", package.name);
            wish.source = package.source.to_owned();
        }
        if let Some(manifest) = &self.manifest {
            let name = manifest.lib_name.as_ref().or(manifest.name.as_ref());
            wish.names.library = name.map(|name| name.value.replace('-', "_")).unwrap_or(wish.names.library);
            if !wish.watched.is_empty() {
                wish.watched = WATCHED_AT_THE_TOP.to_vec();
            }
        }
        if self.has_license() || !self.is_empty() {
            wish.license = None;
        }
        wish
    }

    /// The tables that tell what is there, where the wish's own tell of what it would write.
    fn tables(&self, wish: &Wish) -> Vec<(&'static str, String)> {
        let mut tables = wish.tables();
        tables.retain(|(name, _)| ["build-system", "project", "tool.wainwright", "tool.uv"].contains(name));
        for (name, text) in &mut tables {
            match (*name, &self.manifest) {
                ("project", manifest) => *text = project_table(wish, manifest.as_ref()),
                // The crate lies at the top, and nobody knows of Python beside it.
                ("tool.wainwright", Some(_)) => *text = tool_table(wish, self.packages.is_empty()),
                _ => {}
            }
        }
        tables.retain(|(_, text)| !text.is_empty());
        tables
    }
}

fn joined(tables: &[(&str, String)]) -> String {
    tables.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n")
}

fn project_table(wish: &Wish, manifest: Option<&CargoManifest>) -> String {
    let told = |field: &'static str, is: bool| is.then(|| format!("\"{field}\""));
    let mut dynamic: Vec<String> = vec!["\"version\"".to_owned()];
    if let Some(manifest) = manifest {
        dynamic.extend(told("description", manifest.description.is_some()));
        dynamic.extend(told("readme", manifest.readme.is_some()));
        dynamic.extend(told("license", manifest.license.is_some()));
    }
    let dependencies = if wish.kind == Kind::Cffi { "dependencies = [\"cffi\"]\n" } else { "" };
    format!(
        "[project]\nname = \"{}\"\nrequires-python = \">=3.9\"\n# Taken from Cargo.toml.\ndynamic = [{}]\n{dependencies}",
        wish.names.distribution,
        dynamic.join(", ")
    )
}

/// The keys for a crate that is there.
fn tool_table(wish: &Wish, is_python_new: bool) -> String {
    let module = || {
        let keys = "module-name = \"@package@.@library@\"\npython-source = \"@source@\"\n";
        wish.filled(&format!("[tool.wainwright]\n{keys}"))
    };
    match wish.kind {
        Kind::Mixed | Kind::Src | Kind::Modules => module(),
        Kind::Pure => String::new(),
        Kind::Cffi if is_python_new => "[tool.wainwright]\nbindings = \"cffi\"\n".to_owned(),
        Kind::Cffi => module() + "bindings = \"cffi\"\n",
        Kind::Uniffi => "[tool.wainwright]\nbindings = \"uniffi\"\n".to_owned(),
        Kind::Bin => "[tool.wainwright]\nbindings = \"bin\"\n".to_owned(),
    }
}

fn table<'d>(table: Table<'d>, key: &str) -> Option<Table<'d>> {
    table.table(key, &mut Vec::new())
}

/// Whether a table, or one of another backend that stands for it, is missing.
fn lacks(document: &Document, name: &str) -> bool {
    let tool = |key: &str| table(document.root(), "tool").is_some_and(|tool| tool.get(key).is_some());
    match name {
        "tool.wainwright" => !tool("wainwright") && !tool("maturin"),
        "tool.uv" => !tool("uv"),
        name => document.root().get(name).is_none(),
    }
}

fn other_backend(document: &Document) -> Option<Diagnostic> {
    let system = table(document.root(), "build-system")?;
    let backend = system.string("build-backend", &mut Vec::new());
    let name = backend.map_or_else(|| "setuptools".to_owned(), |backend| backend.value);
    if name == "wainwright" {
        return None;
    }
    let message = format!("the project is built by `{name}`, which stays as it is");
    let hint = match name.as_str() {
        "maturin" => "run `wainwright migrate`, which changes what is there",
        _ => "let `[build-system]` say `requires = [\"wainwright\"]` and `build-backend = \"wainwright\"`",
    };
    Some(Diagnostic::warning(Code::ToolTable, message).at(Place::file(document.file())).hint(hint))
}

/// A table for uv that is there stays as it is, also where it lacks what was asked for.
fn unwatched(document: &Document, wish: &Wish) -> Option<Diagnostic> {
    let uv = table(table(document.root(), "tool")?, "uv")?;
    if wish.watched.is_empty() || uv.get("cache-keys").is_some() {
        return None;
    }
    let message = "`[tool.uv]` is there without `cache-keys`, and stays as it is";
    let keys = wish.uv_table();
    let keys =
        keys.split_once("cache-keys").map_or("", |(_, keys)| keys).split_whitespace().collect::<Vec<_>>().join(" ");
    let hint = format!("let it say `cache-keys {}`", keys.replace(", ]", " ]"));
    Some(Diagnostic::warning(Code::ToolTable, message).at(Place::file(document.file())).hint(hint))
}

/// What the crate must have and has not.
fn lacking(manifest: &CargoManifest, wish: &Wish) -> Vec<Diagnostic> {
    let warning = |message: &str, hint: &str| {
        Diagnostic::warning(Code::CargoManifest, message).at(Place::file(&manifest.file)).hint(hint)
    };
    let mut lacking = Vec::new();
    let by_pyo3 = matches!(wish.kind, Kind::Pure | Kind::Mixed | Kind::Src | Kind::Modules);
    if by_pyo3 && !manifest.depends_on("pyo3") && !manifest.depends_on("pyo3-ffi") {
        let hint = "run `cargo add pyo3`, and write a `#[pymodule]` of the library's name";
        lacking.push(warning("the crate does not depend on PyO3, by which Rust becomes a Python module", hint));
    }
    if wish.kind == Kind::Uniffi && !manifest.depends_on("uniffi") {
        lacking.push(warning("the crate does not depend on uniffi", "run `cargo add uniffi --features cli`"));
    }
    if wish.kind != Kind::Bin && !manifest.is_cdylib() {
        let hint = "let `[lib]` say `crate-type = [\"cdylib\"]`, or `[\"cdylib\", \"rlib\"]` for use by other crates";
        lacking.push(warning("the crate's library is none that Python can open", hint));
    }
    lacking
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::contents::new_names::names;
    use crate::facts::sources::PathKind;

    fn document(name: &str, text: &str) -> Document {
        Document::parse(Path::new(name), text.as_bytes()).unwrap()
    }

    fn manifest(text: &str) -> Option<CargoManifest> {
        CargoManifest::read(&document("Cargo.toml", text), None, &mut Vec::new())
    }

    fn package(source: &'static str) -> Vec<Package> {
        vec![Package { source, name: "demo".into() }]
    }

    fn look(path: &Path) -> PathKind {
        if path.ends_with("src/lib.rs") { PathKind::File } else { PathKind::Missing }
    }

    /// The additions in short: the paths, the text of `pyproject.toml` or its tables, the messages.
    fn added(found: &Found) -> (Vec<String>, String, Vec<String>) {
        let kind = found.kind(&look).unwrap_or(Kind::Mixed);
        let name = found.name().unwrap_or_else(|| "demo".into());
        let additions = found.additions(Wish::new(names(&name, kind).unwrap(), kind, "MIT".parse().ok()));
        let pyproject = additions.files.iter().find(|file| file.path == "pyproject.toml");
        let text = pyproject.map_or_else(|| joined(&additions.tables), |file| file.text.clone());
        let paths = additions.files.into_iter().map(|file| file.path).collect();
        (paths, text, additions.notes.into_iter().map(|note| note.message).collect())
    }

    const PYO3: &str = "[package]\nname='my-demo'\nversion='1.0.0'\nlicense='MIT'\n\
                        [lib]\ncrate-type=['cdylib']\n[dependencies]\npyo3='0.30'\n";

    #[test]
    fn a_crate_gets_what_makes_it_a_python_project() {
        let (paths, text, notes) = added(&Found { manifest: manifest(PYO3), ..Found::default() });
        assert_eq!(paths, [".gitignore", "pyproject.toml"]);
        assert!(
            text.contains("name = \"my-demo\"\n") && text.contains("dynamic = [\"version\", \"license\"]\n"),
            "{text}"
        );
        assert!(!text.contains("[tool."), "{text}");
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn a_crate_that_is_no_module_yet_is_told_what_it_lacks() {
        let plain = Found { manifest: manifest("[package]\nname='demo'\n[lib]\n"), ..Found::default() };
        let notes = added(&plain).2;
        assert!(notes[0].contains("does not depend on PyO3") && notes[1].contains("Python can open"), "{notes:?}");
    }

    #[test]
    fn a_python_project_gets_a_crate_and_the_tables_that_it_lacks() {
        let text = "[build-system]\nrequires=['hatchling']\nbuild-backend='hatchling.build'\n[project]\nname='a'\n";
        let pyproject = Some(document("pyproject.toml", text));
        let (paths, tables, notes) = added(&Found { pyproject, packages: package("src"), ..Found::default() });
        assert_eq!(paths, [".gitignore", "Cargo.toml", "rust/Cargo.toml", "rust/src/lib.rs", "src/demo/_demo.pyi"]);
        assert!(tables.starts_with("[tool.wainwright]\n") && tables.contains("\"demo._demo\""), "{tables}");
        assert_eq!(notes, ["the project is built by `hatchling.build`, which stays as it is"]);
        let (_, tables, notes) = added(&Found {
            pyproject: Some(document("pyproject.toml", "[project]\nname='demo'\n[tool.maturin]\n")),
            packages: package("."),
            ..Found::default()
        });
        assert_eq!((tables.lines().next(), notes.len()), (Some("[build-system]"), 0));
        assert!(!tables.contains("[tool"), "{tables}");
    }

    #[test]
    fn uv_is_told_of_a_crate_where_it_lies_and_a_table_of_uv_stays_as_it_is() {
        let wish = || Wish::new(names("demo", Kind::Src).unwrap(), Kind::Src, None).watched_by_uv();
        let pyproject = |text: &str| Some(document("pyproject.toml", text));
        let found = Found { manifest: manifest(PYO3), pyproject: pyproject("[project]\n"), ..Found::default() };
        let added = found.additions(wish());
        assert!(joined(&added.tables).contains("{ file = \"src/**/*.rs\" }"), "{:?}", added.tables);
        let held = Found { pyproject: pyproject("[tool.uv]\nmanaged = true\n"), ..found.clone() }.additions(wish());
        assert!(!joined(&held.tables).contains("cache-keys"), "{:?}", held.tables);
        let note = held.notes.iter().find(|note| note.message.contains("`[tool.uv]`")).unwrap();
        assert_eq!(
            note.hint.as_deref(),
            Some(
                "let it say `cache-keys = [ { file = \"pyproject.toml\" }, { file = \"Cargo.toml\" }, \
                 { file = \"Cargo.lock\" }, { file = \"build.rs\" }, { file = \"src/**/*.rs\" } ]`"
            )
        );
        let said = Found { pyproject: pyproject("[tool.uv]\ncache-keys = []\n"), ..found }.additions(wish());
        assert!(said.notes.iter().all(|note| !note.message.contains("tool.uv")), "{:?}", said.notes);
    }

    #[test]
    fn an_empty_directory_gets_all_but_a_second_licence() {
        let files = added(&Found::default()).0;
        assert!(files.contains(&"LICENSE".into()) && files.contains(&"tests/test_demo.py".into()));
        let (files, text, _) = added(&Found { names: vec!["Licence.md".into()], ..Found::default() });
        assert!(!files.contains(&"LICENSE".into()) && !text.contains("license"), "{text}");
    }
}
