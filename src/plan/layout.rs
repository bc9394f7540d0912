//! Where a project keeps its crate and its Python, and where the module goes among it.
//!
//! What is written down counts; a guess is made only where maturin makes it, and is told.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::pyproject::Pyproject;
use crate::facts::settings::Bindings;
use crate::facts::sources::PathKind;
use crate::facts::toml_document::Located;
use crate::facts::tool_parts::PartField;
use crate::plan::bindings;
use crate::spec::module_path::ModulePath;
use crate::spec::relative_path::RelativePath;

/// Asks what stands at a path.
pub type Look<'l> = &'l dyn Fn(&Path) -> PathKind;

/// Which `Cargo.toml` is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestChoice {
    pub path: PathBuf,
    /// What was guessed, if anything was.
    pub guess: Option<String>,
}

/// Where Python lies and where the extension goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The directory that stands for the root of the wheel.
    pub python_root: PathBuf,
    /// Directories and single files of `python_root` that travel, relative to it.
    pub packages: Vec<PathBuf>,
    /// None where a wheel holds binaries alone.
    pub modules: Vec<ModuleLayout>,
}

impl Layout {
    /// The full import names of all extensions.
    pub fn imports(&self) -> Vec<ModulePath> {
        self.modules.iter().map(|module| module.import().clone()).collect()
    }
}

/// How a compiled module meets the Python files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleLayout {
    /// The extension `import` stands among the project's own Python files, or alone below a namespace.
    Beside { import: ModulePath },
    /// The project has no Python: a package is generated around the extension, which re-exports it.
    Generated { package: ModulePath, import: ModulePath },
}

impl ModuleLayout {
    /// The full import name of the extension.
    pub fn import(&self) -> &ModulePath {
        match self {
            ModuleLayout::Beside { import } | ModuleLayout::Generated { import, .. } => import,
        }
    }

    /// The name that was asked for: that of the generated package, else that of the extension.
    pub fn name(&self) -> &ModulePath {
        match self {
            ModuleLayout::Beside { import } => import,
            ModuleLayout::Generated { package, .. } => package,
        }
    }
}

/// Chooses the manifest: what flags or the table name, else that of the first part where all parts name theirs, else
/// `rust/Cargo.toml` beside Python sources, else `Cargo.toml`.
pub fn manifest(pyproject: &Pyproject, named: Option<&Path>, directory: &Path, look: Look<'_>) -> ManifestChoice {
    if let Some(path) = named {
        return ManifestChoice { path: directory.join(path), guess: None };
    }
    if let Some(first) = first_of_parts(pyproject) {
        return ManifestChoice { path: directory.join(first), guess: None };
    }
    let rust = directory.join("rust").join("Cargo.toml");
    let beside_python = pyproject.tool.python_source.is_some() || src_package(pyproject, directory, look).is_some();
    if beside_python && look(&rust) == PathKind::File {
        let guess = "the crate is in `rust/`, where projects with Python in `src/` keep it".to_owned();
        return ManifestChoice { path: rust, guess: Some(guess) };
    }
    ManifestChoice { path: directory.join("Cargo.toml"), guess: None }
}

fn first_of_parts(pyproject: &Pyproject) -> Option<&str> {
    let tool = &pyproject.tool;
    let named = |part: &PartField| part.manifest_path.is_some() || part.artifact.is_some();
    let all = tool.modules.iter().chain(&tool.binaries);
    if tool.modules.is_empty() || !all.clone().all(named) {
        return None;
    }
    all.filter_map(|part| part.manifest_path.as_ref()).map(|path| path.value.as_str()).next()
}

/// The package below `src/` that the project is about, if there is one.
fn src_package(pyproject: &Pyproject, directory: &Path, look: Look<'_>) -> Option<String> {
    let project = pyproject.project.as_ref().and_then(|project| project.name.as_ref());
    let named = project.map(|name| name.value.replace(['-', '.'], "_"));
    let candidates = named.into_iter().chain(pyproject.tool.python_packages.iter().map(|name| name.value.clone()));
    candidates.into_iter().find(|name| look(&directory.join("src").join(name).join("__init__.py")) == PathKind::File)
}

/// Lays out the project in `directory`; all that is wrong is added to `faults`.
pub fn layout(
    pyproject: &Pyproject,
    manifest: Option<&CargoManifest>,
    directory: &Path,
    look: Look<'_>,
    notes: &mut Vec<Diagnostic>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Layout> {
    let python_root = python_root(pyproject, manifest, directory, look, faults)?;
    let mut packages = python_packages(pyproject, &python_root, look, faults);
    let named = &pyproject.tool.modules;
    let has_one = named.is_empty() && bindings::promised(&pyproject.tool, manifest, look) != Bindings::Bin;
    let names = match named.as_slice() {
        [] => module_name(pyproject, manifest, faults).into_iter().collect(),
        named => named.iter().filter_map(|part| parsed(part.name.clone(), faults)).collect::<Vec<_>>(),
    };
    if names.is_empty() && has_one {
        return None;
    }
    let mut modules = Vec::new();
    for name in names {
        keyword(&name, notes);
        let top = PathBuf::from(name.value.top());
        let has_package = is_package(&python_root.join(&top), look);
        let is_module = has_one || !named.is_empty();
        if is_module && !has_package {
            missing_package(pyproject, &name, &python_root, look, faults);
        }
        if has_package {
            packages = with(packages, top);
        }
        if is_module {
            modules.push(place(name.value, has_package));
        }
    }
    Some(Layout { python_root, packages, modules })
}

fn with(mut packages: Vec<PathBuf>, package: PathBuf) -> Vec<PathBuf> {
    if !packages.iter().any(|known| package.starts_with(known)) {
        packages.insert(0, package);
    }
    packages
}

/// An undotted module beside a package of its name goes into the package.
fn place(name: ModulePath, has_package: bool) -> ModuleLayout {
    let dotted = name.parts().len() > 1;
    match (has_package, dotted) {
        (_, true) => ModuleLayout::Beside { import: name },
        (true, false) => ModuleLayout::Beside { import: name.inner_namesake() },
        (false, false) => ModuleLayout::Generated { import: name.inner_namesake(), package: name },
    }
}

fn python_root(
    pyproject: &Pyproject,
    manifest: Option<&CargoManifest>,
    directory: &Path,
    look: Look<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<PathBuf> {
    if let Some(source) = &pyproject.tool.python_source {
        if Path::new(&source.value).is_absolute() {
            let message = format!("`{}` is `{}`, an absolute path", source.key, source.value);
            faults.push(source.error(Code::OutsideTree, message).hint("name it relative to `pyproject.toml`"));
            return None;
        }
        let path = directory.join(&source.value);
        if look(&path) == PathKind::Directory {
            return Some(path);
        }
        let message = format!("`{}` names `{}`, which is not a directory", source.key, source.value);
        faults.push(source.error(Code::ToolValue, message).hint("name the directory that holds the Python packages"));
        return None;
    }
    let rust_beside = manifest.is_some_and(|manifest| manifest.directory() == directory.join("rust"));
    let in_src = rust_beside && src_package(pyproject, directory, look).is_some();
    Some(if in_src { directory.join("src") } else { directory.to_owned() })
}

/// The name that is asked for, else that of the library, the project, the crate.
fn module_name(
    pyproject: &Pyproject,
    manifest: Option<&CargoManifest>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Located<ModulePath>> {
    let project = pyproject.project.as_ref().and_then(|project| project.name.as_ref());
    let library = manifest.and_then(|manifest| manifest.lib_name.as_ref());
    let package = manifest.and_then(|manifest| manifest.name.as_ref());
    let derived = |name: &Located<String>| name.clone().map(|name| name.replace(['-', '.'], "_"));
    let named = pyproject.tool.module_name.as_ref().or(library).cloned();
    parsed(named.or_else(|| project.or(package).map(derived))?, faults)
}

fn parsed(name: Located<String>, faults: &mut Vec<Diagnostic>) -> Option<Located<ModulePath>> {
    match name.value.parse::<ModulePath>() {
        Ok(path) => Some(name.map(|_| path)),
        Err(reason) => {
            let fault = name.error(Code::ModuleName, format!("`{}`: {reason}", name.key));
            faults.push(fault.hint("set `module-name` in the tool table to the name that Python imports"));
            None
        }
    }
}

fn keyword(name: &Located<ModulePath>, notes: &mut Vec<Diagnostic>) {
    if let Some(keyword) = name.value.keyword() {
        let message = format!("`{}`: `{keyword}` is a keyword, so no import statement can name the module", name.key);
        notes.push(name.warning(Code::ModuleName, message).hint("choose another name"));
    }
}

/// A directory is taken for a package if it has an `__init__.py`, or at least is not a crate of its own.
fn is_package(path: &Path, look: Look<'_>) -> bool {
    look(path) == PathKind::Directory
        && (look(&path.join("__init__.py")) == PathKind::File || look(&path.join("Cargo.toml")) != PathKind::File)
}

/// Whoever names the directory of the Python sources and a dotted module expects the package to be there.
fn missing_package(
    pyproject: &Pyproject,
    name: &Located<ModulePath>,
    python_root: &Path,
    look: Look<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let Some(source) = &pyproject.tool.python_source else { return };
    // Of several modules one may well stand alone, with a package generated around it.
    let among_others = !pyproject.tool.modules.is_empty() && name.value.parts().len() > 1;
    let named = pyproject.tool.module_name.is_some() || among_others;
    if !named || look(python_root) != PathKind::Directory {
        return;
    }
    let message = format!(
        "`{}` asks for the package `{}`, but `{}` has no directory of that name",
        name.key,
        name.value.top(),
        source.value
    );
    let hint = "mind upper and lower case; mend `module-name` or `python-source`, or add the package";
    faults.push(name.error(Code::ModuleName, message).hint(hint));
}

fn python_packages(
    pyproject: &Pyproject,
    python_root: &Path,
    look: Look<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<PathBuf> {
    let found = pyproject.tool.python_packages.iter().filter_map(|name| {
        let package = match name.value.replace('.', "/").parse::<RelativePath>() {
            Ok(package) => PathBuf::from(package.as_str()),
            Err(_) => {
                let message = format!("`{}` is `{}`, which is no name of a package", name.key, name.value);
                faults.push(name.error(Code::ToolValue, message).hint(PACKAGE_HINT));
                return None;
            }
        };
        let module = PathBuf::from(format!("{}.py", package.display()));
        if look(&python_root.join(&package)) == PathKind::Directory {
            return Some(package);
        }
        if look(&python_root.join(&module)) == PathKind::File {
            return Some(module);
        }
        let message = format!(
            "`{}` is `{}`, which is neither a package nor a module below `{}`",
            name.key,
            name.value,
            python_root.display()
        );
        faults.push(name.error(Code::ToolValue, message).hint(PACKAGE_HINT));
        None
    });
    found.collect()
}

const PACKAGE_HINT: &str = "name packages and modules as Python imports them; `python-source` is where they lie";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::toml_document::Document;

    #[test]
    fn a_crate_without_a_library_has_no_module() {
        let (layout, _) = laid_out("[project]\nname='tool'\n", CRATE, &["src/main.rs"]);
        assert_eq!(layout.unwrap().modules, []);
    }

    /// Lays out a project whose tree has these files; gives the layout and the messages of the faults.
    fn laid_out(pyproject: &str, cargo: &str, files: &[&str]) -> (Option<Layout>, Vec<String>) {
        let look = |path: &Path| {
            let is = |file: &&str| Path::new("/p").join(file);
            if files.iter().any(|file| is(file) == path) {
                PathKind::File
            } else if files.iter().any(|file| is(file).starts_with(path)) {
                PathKind::Directory
            } else {
                PathKind::Missing
            }
        };
        let document = |name: &str, text: &str| Document::parse(Path::new(name), text.as_bytes()).unwrap();
        let mut faults = Vec::new();
        let pyproject = Pyproject::read(&document("/p/pyproject.toml", pyproject), &mut faults);
        let chosen = manifest(&pyproject, None, Path::new("/p"), &look);
        let manifest = CargoManifest::read(&document(chosen.path.to_str().unwrap(), cargo), None, &mut faults);
        let layout = layout(&pyproject, manifest.as_ref(), Path::new("/p"), &look, &mut Vec::new(), &mut faults);
        (layout, faults.into_iter().map(|fault| fault.message).collect())
    }

    const CRATE: &str = "[package]\nname = 'my-demo'\n";

    fn import(layout: &Layout) -> String {
        layout.modules[0].import().to_string()
    }

    #[test]
    fn a_project_without_python_gets_a_package_around_its_module() {
        let (layout, _) = laid_out("[project]\nname='my-demo'\n", CRATE, &["src/lib.rs"]);
        let layout = layout.unwrap();
        assert!(
            matches!(&layout.modules[0], ModuleLayout::Generated { package, .. } if package.to_string() == "my_demo")
        );
        assert_eq!((import(&layout).as_str(), layout.packages.len()), ("my_demo.my_demo", 0));
    }

    #[test]
    fn a_package_beside_cargo_toml_takes_the_module_in() {
        let (layout, _) = laid_out("[project]\nname='my-demo'\n", CRATE, &["src/lib.rs", "my_demo/__init__.py"]);
        let layout = layout.unwrap();
        assert_eq!((import(&layout).as_str(), layout.packages), ("my_demo.my_demo", vec!["my_demo".into()]));
    }

    #[test]
    fn python_source_and_a_dotted_name() {
        let text = "[project]\nname='x'\n[tool.wainwright]\nmodule-name='pkg.sub._core'\npython-source='python'\n";
        let (layout, faults) = laid_out(text, CRATE, &["python/pkg/__init__.py"]);
        let layout = layout.unwrap();
        assert_eq!(faults, [""; 0]);
        assert_eq!((import(&layout).as_str(), layout.python_root), ("pkg.sub._core", PathBuf::from("/p/python")));
    }

    #[test]
    fn src_and_rust_side_by_side_are_found_and_other_packages_in_src_are_not() {
        let (layout, _) = laid_out("[project]\nname='x'\n", CRATE, &["src/x/__init__.py", "rust/Cargo.toml"]);
        assert_eq!(layout.unwrap().python_root, PathBuf::from("/p/src"));
        let (layout, _) = laid_out("[project]\nname='x'\n", CRATE, &["src/y/__init__.py", "rust/Cargo.toml"]);
        assert_eq!(layout.unwrap().python_root, PathBuf::from("/p"));
    }

    #[test]
    fn a_missing_package_and_a_missing_source_directory_are_faults() {
        let text = "[project]\nname='x'\n[tool.wainwright]\nmodule-name='demo._demo'\npython-source='python'\n";
        let (_, faults) = laid_out(text, CRATE, &["python/Demo/__init__.py"]);
        assert!(faults[0].contains("asks for the package `demo`"), "{}", faults[0]);
        let (layout, faults) = laid_out(text, CRATE, &["src/lib.rs"]);
        assert!(layout.is_none() && faults[0].contains("which is not a directory"), "{}", faults[0]);
    }

    #[test]
    fn a_directory_that_is_a_crate_is_no_package() {
        let (layout, _) = laid_out("[project]\nname='x'\n", CRATE, &["x/Cargo.toml", "x/src/lib.rs"]);
        assert!(matches!(layout.unwrap().modules[0], ModuleLayout::Generated { .. }));
    }

    #[test]
    fn a_dotted_module_without_a_package_stands_in_a_namespace() {
        let (layout, _) =
            laid_out("[project]\nname='x'\n[tool.wainwright]\nmodule-name='a.b._core'\n", CRATE, &["src/lib.rs"]);
        assert_eq!(layout.unwrap().modules, [ModuleLayout::Beside { import: "a.b._core".parse().unwrap() }]);
    }

    #[test]
    fn modules_that_are_named_take_the_place_of_the_one() {
        let text = "[project]\nname='x'\n[tool.wainwright]\nmodule=['x._a','y._b','lone']\n";
        let (layout, faults) = laid_out(text, CRATE, &["src/lib.rs", "x/__init__.py"]);
        let layout = layout.unwrap();
        assert_eq!(faults, [""; 0]);
        assert_eq!(layout.packages, [PathBuf::from("x")]);
        let names: Vec<String> = layout.imports().iter().map(ModulePath::to_string).collect();
        assert_eq!(names, ["x._a", "y._b", "lone.lone"]);
    }

    #[test]
    fn binaries_may_have_python_beside_them() {
        let text =
            "[project]\nname='w'\n[tool.wainwright]\nbindings='bin'\npython-source='shim'\npython-packages=['w']\n";
        let (layout, faults) = laid_out(text, CRATE, &["shim/w/__init__.py"]);
        let layout = layout.unwrap();
        assert_eq!((faults.len(), layout.modules.len(), layout.packages), (0, 0, vec!["w".into()]));
    }
}
