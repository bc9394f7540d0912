//! What the plan takes for granted because nobody has written it down: told by `plan`, so that nothing is a riddle.

use crate::facts::cargo_manifest::CargoManifest;
use crate::facts::pyproject::Pyproject;
use crate::plan::layout::{Layout, ModuleLayout};
use crate::plan::parts::{Part, PartKind};

/// The guesses, a sentence each.
pub fn guesses(
    pyproject: &Pyproject,
    manifest: Option<&CargoManifest>,
    layout: &Layout,
    parts: &[Part],
) -> Vec<String> {
    let tool = &pyproject.tool;
    let mut guesses = Vec::new();
    for module in layout.modules.iter().filter(|_| tool.module_name.is_none() && tool.modules.is_empty()) {
        let source = if manifest.is_some_and(|manifest| manifest.lib_name.is_some()) {
            "the crate's library"
        } else if pyproject.project.as_ref().is_some_and(|project| project.name.is_some()) {
            "the project"
        } else {
            "the crate"
        };
        guesses.push(format!("the module is called `{}` after {source} (`module-name` says otherwise)", module.name()));
    }
    for part in parts {
        if let PartKind::Module { bindings: None, promised, layout } = &part.kind {
            let name = promised.name();
            guesses.push(format!(
                "`{}` meets Python by `{name}`, as its crate's manifest shows (`bindings` says otherwise)",
                layout.name()
            ));
        }
    }
    let named = |package: &str| tool.python_packages.iter().any(|known| known.value == package);
    for package in layout.packages.iter().filter_map(|package| package.to_str()).filter(|package| !named(package)) {
        guesses.push(format!("the package `{package}` travels, since the module belongs to it"));
    }
    let generated = |module: &&ModuleLayout| matches!(module, ModuleLayout::Generated { .. });
    for module in layout.modules.iter().filter(generated) {
        guesses.push(format!("there is no Python for `{}`: a package is made around it", module.name()));
    }
    guesses
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::facts::sources::PathKind;
    use crate::facts::toml_document::Document;
    use crate::plan::options::Options;
    use crate::plan::parts::Said;
    use crate::plan::{layout, parts};

    fn of(text: &str) -> Vec<String> {
        let document = |name: &str, text: &str| Document::parse(Path::new(name), text.as_bytes()).unwrap();
        let mut faults = Vec::new();
        let pyproject = Pyproject::read(&document("/p/pyproject.toml", text), &mut faults);
        let cargo = "[package]\nname='c'\n[lib]\nname='demo'\n[dependencies]\npyo3='0.30'\n";
        let manifest = CargoManifest::read(&document("/p/Cargo.toml", cargo), None, &mut faults).unwrap();
        let look = |path: &Path| if path.ends_with("lib.rs") { PathKind::File } else { PathKind::Missing };
        let directory = Path::new("/p");
        let layout =
            layout::layout(&pyproject, Some(&manifest), directory, &look, &mut Vec::new(), &mut faults).unwrap();
        let manifests = BTreeMap::from([(manifest.file.clone(), manifest.clone())]);
        let said = Said {
            table: &pyproject.tool,
            options: &Options::default(),
            directory,
            main: &manifest.file,
            manifests: &manifests,
        };
        let parts = parts::parts(said, &layout, &look, &mut Vec::new());
        guesses(&pyproject, Some(&manifest), &layout, &parts)
    }

    #[test]
    fn every_guess_is_told_with_the_key_that_says_otherwise() {
        assert_eq!(
            of("[project]\nname='x'\n"),
            [
                "the module is called `demo` after the crate's library (`module-name` says otherwise)",
                "`demo` meets Python by `pyo3`, as its crate's manifest shows (`bindings` says otherwise)",
                "there is no Python for `demo`: a package is made around it",
            ]
        );
        let told = of("[project]\nname='x'\n[tool.wainwright]\nmodule-name='a._b'\nbindings='pyo3'\n");
        assert_eq!(told, [""; 0]);
    }
}
