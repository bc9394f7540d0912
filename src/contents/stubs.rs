//! Where generated type stubs go, by the way type checkers look for them (PEP 561).

use std::collections::BTreeMap;

use crate::actions::manifest::Entry;
use crate::plan::layout::ModuleLayout;

/// The stubs of a module, by paths within the directory of its file. `stubs` are by paths within the module taken for
/// a package.
pub fn placed(module: &ModuleLayout, stubs: &BTreeMap<String, String>) -> Vec<Entry> {
    let name = module.import().last();
    match module {
        // The package around it is generated, and has the contents of the module.
        ModuleLayout::Generated { .. } => {
            let marker = Entry::text("py.typed", "");
            stubs.iter().map(|(path, text)| Entry::text(path, text)).chain([marker]).collect()
        }
        ModuleLayout::Beside { .. } if stubs.len() == 1 => {
            stubs.values().map(|text| Entry::text(format!("{name}.pyi"), text)).collect()
        }
        ModuleLayout::Beside { .. } => {
            stubs.iter().map(|(path, text)| Entry::text(format!("{name}/{path}"), text)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(module: &ModuleLayout, stubs: &[&str]) -> Vec<String> {
        let stubs = stubs.iter().map(|path| (path.to_string(), String::new())).collect();
        placed(module, &stubs).into_iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn stubs_stand_where_type_checkers_look() {
        let import = || "pkg._core".parse().unwrap();
        let beside = ModuleLayout::Beside { import: import() };
        assert_eq!(paths(&beside, &["__init__.pyi"]), ["_core.pyi"]);
        assert_eq!(paths(&beside, &["__init__.pyi", "sub.pyi"]), ["_core/__init__.pyi", "_core/sub.pyi"]);
        let generated = ModuleLayout::Generated { package: "m".parse().unwrap(), import: "m.m".parse().unwrap() };
        assert_eq!(paths(&generated, &["__init__.pyi"]), ["__init__.pyi", "py.typed"]);
    }
}
