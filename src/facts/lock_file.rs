//! `Cargo.lock`, read plainly: which packages a crate reaches, on whatever platform and with whatever features.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::toml_document::{Document, Item};

/// The names of the packages that `package` reaches, itself among them; those of tests and other platforms too.
pub fn reached(lock: &Document, package: &str) -> BTreeSet<String> {
    let dependencies = dependencies(lock);
    let mut reached = BTreeSet::from([package.to_owned()]);
    let mut waiting = vec![package.to_owned()];
    while let Some(name) = waiting.pop() {
        for dependency in dependencies.get(&name).into_iter().flatten() {
            if reached.insert(dependency.clone()) {
                waiting.push(dependency.clone());
            }
        }
    }
    reached
}

/// The SHA-256 of the archives of packages that come from a registry, by name and version.
pub fn checksums(lock: &Document) -> BTreeMap<(String, String), String> {
    let mut ignored = Vec::new();
    let packages = lock.root().get("package").and_then(|item| item.items("an array", &mut ignored));
    let tables = packages.unwrap_or_default().into_iter().filter(Item::is_table);
    let read = |package: Item<'_>| {
        let package = package.table(&mut Vec::new())?;
        let text = |key| Some(package.get(key).filter(Item::is_string)?.string(&mut Vec::new())?.value);
        Some(((text("name")?, text("version")?), text("checksum")?))
    };
    tables.filter_map(read).collect()
}

/// The dependencies of each package by name: `"NAME"`, `"NAME VERSION"` or `"NAME VERSION (SOURCE)"`.
fn dependencies(lock: &Document) -> BTreeMap<String, Vec<String>> {
    let mut ignored = Vec::new();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let packages = lock.root().get("package").and_then(|item| item.items("an array", &mut ignored));
    for package in packages.unwrap_or_default().iter().filter(|item| item.is_table()) {
        let Some(package) = package.table(&mut ignored) else { continue };
        let Some(name) = package.get("name").filter(Item::is_string).and_then(|name| name.string(&mut ignored)) else {
            continue;
        };
        let named = package.strings("dependencies", &mut ignored).unwrap_or_default();
        let names = named.into_iter().filter_map(|text| text.value.split(' ').next().map(str::to_owned));
        found.entry(name.value).or_default().extend(names);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn packages_of_a_registry_have_checksums() {
        let text = "[[package]]\nname='a'\nversion='1.0.0'\nchecksum='00ff'\n[[package]]\nname='b'\nversion='2.0.0'\n";
        let lock = Document::parse(Path::new("Cargo.lock"), text.as_bytes()).unwrap();
        let found: Vec<_> = checksums(&lock).into_iter().collect();
        assert_eq!(found, [(("a".to_owned(), "1.0.0".to_owned()), "00ff".to_owned())]);
    }

    #[test]
    fn what_a_crate_reaches_is_followed_and_the_rest_is_not() {
        let text = "version = 4\n[[package]]\nname='a'\ndependencies=['b 1.0.0']\n[[package]]\nname='b'\n\
                    dependencies=['pyo3']\n[[package]]\nname='pyo3'\n[[package]]\nname='c'\ndependencies=['d']\n";
        let lock = Document::parse(Path::new("Cargo.lock"), text.as_bytes()).unwrap();
        assert_eq!(reached(&lock, "a").into_iter().collect::<Vec<_>>(), ["a", "b", "pyo3"]);
        assert_eq!(reached(&lock, "c").into_iter().collect::<Vec<_>>(), ["c", "d"]);
    }
}
