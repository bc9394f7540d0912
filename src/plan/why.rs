//! Why a crate was compiled again: what differs between the fingerprints of the last build and those of this one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::facts::build_record::Recompiled;
use crate::facts::units::{Unit, Units};
use crate::plan::fresh::is_fingerprint_of;

/// A crate that cargo compiled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Compiled {
    pub name: String,
    pub version: String,
}

/// Why wainwright itself had a local package compiled again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgotten {
    /// These of its files have another content than when it was compiled, or are gone; relative to the package.
    Changed(Vec<PathBuf>),
    /// It lies elsewhere, and what was compiled of it names the place.
    Moved,
    /// Another package has put a file of the same name in its place.
    Replaced,
}

/// One sentence for each crate that was compiled.
pub fn reasons(
    compiled: &BTreeSet<Compiled>,
    (before, after): (&Units, &Units),
    forgotten: &BTreeMap<String, Forgotten>,
) -> Vec<Recompiled> {
    let names: BTreeSet<String> = compiled.iter().map(|one| one.name.replace('-', "_")).collect();
    let reason = |one: &Compiled| Recompiled {
        name: one.name.clone(),
        version: one.version.clone(),
        why: why(one, (before, after), forgotten.get(&one.name), &names),
    };
    compiled.iter().map(reason).collect()
}

fn why(
    one: &Compiled,
    (before, after): (&Units, &Units),
    forgotten: Option<&Forgotten>,
    compiled: &BTreeSet<String>,
) -> String {
    match before.versions.get(&one.name) {
        None => return "it was not compiled here before".to_owned(),
        Some(known) if !known.contains(&one.version) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return format!("the version is another one; {} was compiled before", known.join(", "));
        }
        Some(_) => {}
    }
    if let Some(forgotten) = forgotten {
        return told(forgotten);
    }
    let units = || after.units.iter().filter(|(name, _)| is_of(name, &one.name));
    let pairs = || units().filter_map(|(name, unit)| Some((predecessor(name, unit, before, after)?, unit)));
    let by_settings = pairs().find_map(|(old, new)| settings(old, new));
    // What a crate above is compiled from may be the same, and its times older than what is below.
    let used = || units().flat_map(|(_, unit)| unit.dependencies.keys()).find(|name| compiled.contains(*name));
    let by_crate = || pairs().find_map(|(old, new)| dependency(old, new, compiled)).or_else(|| Some(above(used()?)));
    let gone = || units().all(|(name, _)| !before.units.contains_key(name));
    by_settings.or_else(by_crate).unwrap_or_else(|| {
        if gone() { "what was compiled of it before is gone" } else { "a file that it was compiled from is newer" }
            .to_owned()
    })
}

fn told(forgotten: &Forgotten) -> String {
    match forgotten {
        Forgotten::Changed(files) => match files.as_slice() {
            [] => "what it was compiled from is not known".to_owned(),
            [one] if one.as_os_str().is_empty() => {
                "a file of the package has changed, and its build script does not say which ones it reads".to_owned()
            }
            [one] => format!("`{}` has changed", one.display()),
            [one, rest @ ..] => format!("`{}` and {} more files have changed", one.display(), rest.len()),
        },
        Forgotten::Moved => "its directory is another one, which its build script or its sources name".to_owned(),
        Forgotten::Replaced => "another package has put a file of the same name in its place".to_owned(),
    }
}

fn is_of(unit: &str, package: &str) -> bool {
    unit.split_once('/').is_some_and(|(directory, _)| is_fingerprint_of(directory, package))
}

/// The unit as it was before: under its own name, else, if it is new, the most similar one of its package and kind.
fn predecessor<'u>(name: &str, unit: &Unit, before: &'u Units, after: &Units) -> Option<&'u Unit> {
    if let Some(old) = before.units.get(name) {
        return (old != unit).then_some(old);
    }
    let (directory, kind) = name.split_once('/')?;
    let package = directory.rsplit_once('-')?.0;
    let is_kin =
        |other: &&String| is_of(other, package) && other.split_once('/').is_some_and(|(_, other)| other == kind);
    let kin = before.units.iter().filter(|(other, _)| is_kin(other) && after.units.contains_key(*other));
    let kin = kin.map(|(_, old)| old);
    let all = before.units.iter().filter(|(other, _)| is_kin(other)).map(|(_, old)| old);
    kin.chain(all).min_by_key(|old| distance(old, unit))
}

/// How many of the settings differ.
fn distance(old: &Unit, new: &Unit) -> usize {
    [old.features != new.features, old.rustflags != new.rustflags, old.rustc != new.rustc, old.profile != new.profile]
        .into_iter()
        .filter(|differs| *differs)
        .count()
}

fn settings(old: &Unit, new: &Unit) -> Option<String> {
    if old.rustc != new.rustc {
        return Some("rustc is another one".to_owned());
    }
    if let Some((name, (old, new))) = variable(old, new) {
        return Some(format!("the variable `{name}` was {} and is {}", shown(old), shown(new)));
    }
    if old.rustflags != new.rustflags {
        return Some(differing("the flags of rustc", &old.rustflags, &new.rustflags));
    }
    if old.features != new.features {
        return Some(differing("its features", &words(&old.features), &words(&new.features)));
    }
    (old.profile != new.profile).then(|| "the profile is another one, or its settings are".to_owned())
}

type Values<'u> = (Option<&'u str>, Option<&'u str>);

fn variable<'u>(old: &'u Unit, new: &'u Unit) -> Option<(&'u str, Values<'u>)> {
    let pairs = new.variables.iter().filter_map(|(name, value)| Some((name, old.variables.get(name)?, value)));
    let mut differing = pairs.filter(|(_, old, new)| old != new);
    differing.next().map(|(name, old, new)| (name.as_str(), (old.as_deref(), new.as_deref())))
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "not set".to_owned(), |value| format!("`{value}`"))
}

/// cargo writes the features as the text of a list.
fn words(features: &str) -> Vec<String> {
    serde_json::from_str(features).unwrap_or_default()
}

fn differing(what: &str, old: &[String], new: &[String]) -> String {
    let only = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|word| !other.contains(word)).map(|word| format!("`{word}`")).collect()
    };
    let (gone, added) = (only(old, new), only(new, old));
    let part = |verb: &str, words: &[String]| (!words.is_empty()).then(|| format!("{} {verb}", words.join(", ")));
    let parts: Vec<String> = [part("came", &added), part("went", &gone)].into_iter().flatten().collect();
    if parts.is_empty() {
        format!("{what} stand in another order")
    } else {
        format!("{what} are others: {}", parts.join("; "))
    }
}

/// The crate that it uses and that is another one now.
fn dependency(old: &Unit, new: &Unit, compiled: &BTreeSet<String>) -> Option<String> {
    let changed = new.dependencies.iter().filter(|(name, hash)| old.dependencies.get(*name) != Some(hash));
    let mut crates = changed.map(|(name, _)| name).filter(|name| compiled.contains(*name));
    crates.next().map(|name| above(name))
}

fn above(name: &str) -> String {
    format!("`{name}`, which it uses, was compiled again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(variables: &[(&str, &str)], dependencies: &[(&str, u64)]) -> Unit {
        Unit {
            variables: variables.iter().map(|(name, value)| (name.to_string(), Some(value.to_string()))).collect(),
            dependencies: dependencies.iter().map(|(name, hash)| (name.to_string(), *hash)).collect(),
            ..Unit::default()
        }
    }

    fn units(units: &[(&str, Unit)]) -> Units {
        let version = |name: &str| (name.to_owned(), BTreeSet::from(["1.0".to_owned()]));
        Units {
            units: units.iter().map(|(name, unit)| (name.to_string(), unit.clone())).collect(),
            versions: ["pyo3", "pyo3-ffi", "demo"].map(version).into(),
        }
    }

    fn sentences(before: &Units, after: &Units, names: &[&str]) -> Vec<String> {
        let compiled = names.iter().map(|name| Compiled { name: name.to_string(), version: "1.0".into() }).collect();
        reasons(&compiled, (before, after), &BTreeMap::new()).into_iter().map(|reason| reason.why).collect()
    }

    const FFI: &str = "pyo3-ffi-0123456789abcdef/run-build-script-build-script-build";
    const PYO3: &str = "pyo3-0123456789abcdef/lib-pyo3";

    #[test]
    fn a_variable_is_named_and_crates_above_name_the_one_below() {
        let before = units(&[(FFI, unit(&[("PYTHON", "a")], &[])), (PYO3, unit(&[], &[("pyo3_ffi", 1)]))]);
        let after = units(&[(FFI, unit(&[("PYTHON", "b")], &[])), (PYO3, unit(&[], &[("pyo3_ffi", 2)]))]);
        assert_eq!(
            sentences(&before, &after, &["pyo3", "pyo3-ffi"]),
            ["`pyo3_ffi`, which it uses, was compiled again", "the variable `PYTHON` was `a` and is `b`"]
        );
    }

    #[test]
    fn a_crate_whose_own_facts_are_the_same_names_the_one_below() {
        let all = units(&[(PYO3, unit(&[], &[("pyo3_ffi", 1)])), (FFI, unit(&[], &[]))]);
        assert_eq!(sentences(&all, &all, &["pyo3", "pyo3-ffi"])[0], "`pyo3_ffi`, which it uses, was compiled again");
    }

    #[test]
    fn a_new_unit_is_compared_with_its_nearest_kin() {
        let with = |features: &str, flags: &[&str]| Unit {
            features: features.into(),
            rustflags: flags.iter().map(|flag| flag.to_string()).collect(),
            ..Unit::default()
        };
        let other = "pyo3-fedcba9876543210/lib-pyo3";
        let before = units(&[(PYO3, with("[\"a\"]", &[]))]);
        let after = units(&[(PYO3, with("[\"a\"]", &[])), (other, with("[\"a\", \"b\"]", &[]))]);
        assert_eq!(sentences(&before, &after, &["pyo3"]), ["its features are others: `b` came"]);
        let after = units(&[(PYO3, with("[\"a\"]", &["-Cx"]))]);
        assert_eq!(sentences(&before, &after, &["pyo3"]), ["the flags of rustc are others: `-Cx` came"]);
    }

    #[test]
    fn what_wainwright_forgot_is_told_with_the_file() {
        let compiled = BTreeSet::from([Compiled { name: "demo".into(), version: "1.0".into() }]);
        let units = units(&[]);
        let sentence = |forgotten: Forgotten| {
            let forgotten = BTreeMap::from([("demo".to_owned(), forgotten)]);
            reasons(&compiled, (&units, &units), &forgotten)[0].why.clone()
        };
        assert_eq!(sentence(Forgotten::Changed(vec!["src/lib.rs".into()])), "`src/lib.rs` has changed");
        assert_eq!(
            sentence(Forgotten::Changed(vec!["a.rs".into(), "b.rs".into(), "c.rs".into()])),
            "`a.rs` and 2 more files have changed"
        );
    }

    #[test]
    fn first_compiles_and_other_versions_are_told() {
        let (none, some) = (Units::default(), units(&[(PYO3, Unit::default())]));
        assert_eq!(sentences(&none, &some, &["pyo3"]), ["it was not compiled here before"]);
        let newer = BTreeSet::from([Compiled { name: "pyo3".into(), version: "2.0".into() }]);
        let reason = &reasons(&newer, (&some, &some), &BTreeMap::new())[0];
        assert_eq!(reason.why, "the version is another one; 1.0 was compiled before");
        assert_eq!(sentences(&some, &some, &["pyo3"]), ["a file that it was compiled from is newer"]);
    }
}
