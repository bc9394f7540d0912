//! The entries of `module` and `bin` in the tool table, and what these and the table itself say alike: `features`,
//! `bindings`, `optional`.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::settings::Bindings;
use crate::facts::toml_document::{Item, Located, Table, choice};
use crate::facts::tool_keys::{self, Key, names};

/// `optional`: whether the distribution is of use without a part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Optional {
    #[default]
    No,
    /// It is, for those who ask for a wheel without it.
    OnPurpose,
    /// It is, and where the part cannot be compiled the wheel goes without it.
    Auto,
}

/// An entry of `module` or `bin`.
#[derive(Debug, Clone)]
pub struct PartField {
    /// The import name of a module, or the name under which a program is installed.
    pub name: Located<String>,
    /// The crate; the project's own if it is not said.
    pub manifest_path: Option<Located<String>>,
    /// The program as the crate calls it, where it is installed under another name.
    pub target: Option<Located<String>>,
    pub bindings: Option<Located<Bindings>>,
    /// Features of the crate for this part, if it says any; else those of the table.
    pub features: Option<Vec<FeatureField>>,
    pub no_default_features: Option<bool>,
    pub profile: Option<String>,
    /// A file that is built already, in place of a crate.
    pub artifact: Option<Located<String>>,
    pub optional: Option<Optional>,
    /// Where a program goes: `scripts`, or a package.
    pub place: Option<Located<String>>,
}

/// An entry of `features`, perhaps with conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureField {
    pub feature: Located<String>,
    pub python_version: Option<Located<String>>,
    pub python_implementation: Option<Located<String>>,
}

/// The entries at a key.
pub fn parts(table: &Table<'_>, key: &str, known: &[Key], faults: &mut Vec<Diagnostic>) -> Vec<PartField> {
    let wanted = "an array of names, or of tables with `name`";
    let items = table.get(key).and_then(|item| item.items(wanted, faults)).unwrap_or_default();
    items.iter().filter_map(|item| part(item, known, faults)).collect()
}

fn part(item: &Item<'_>, known: &[Key], faults: &mut Vec<Diagnostic>) -> Option<PartField> {
    if item.is_string() {
        return Some(PartField::named(item.string(faults)?));
    }
    if !item.is_table() {
        return item.wrong_type("a name, or a table with `name`", faults);
    }
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&names(known), Diagnostic::error));
    let Some(name) = table.string("name", faults) else {
        if table.get("name").is_none() {
            let message = format!("`{}` is a table without `name`", item.path());
            faults.push(Diagnostic::error(Code::MissingKey, message).at(item.place()).hint("add `name = \"NAME\"`"));
        }
        return None;
    };
    Some(PartField {
        manifest_path: table.string("manifest-path", faults),
        target: table.string("target", faults),
        bindings: table.string("bindings", faults).and_then(|name| bindings(name, faults)),
        features: table.get("features").map(|_| features(&table, faults)),
        no_default_features: table.boolean("no-default-features", faults).map(|flag| flag.value),
        profile: table.string("profile", faults).map(|profile| profile.value),
        artifact: table.string("artifact", faults),
        optional: optional(&table, faults),
        place: table.string("place", faults),
        ..PartField::named(name)
    })
}

/// `optional`: a boolean or `"auto"`.
pub fn optional(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Option<Optional> {
    let item = table.get("optional")?;
    if item.is_boolean() {
        let said = item.boolean(faults)?.value;
        return Some(if said { Optional::OnPurpose } else { Optional::No });
    }
    if !item.is_string() {
        return item.wrong_type("`true`, `false` or `\"auto\"`", faults);
    }
    let said = item.string(faults)?;
    if said.value != "auto" {
        let message = format!("`{}` is `{}`, which is neither a boolean nor `auto`", said.key, said.value);
        faults.push(said.error(Code::ToolValue, message));
    }
    Some(Optional::Auto)
}

impl PartField {
    /// A part of which only the name is said.
    fn named(name: Located<String>) -> Self {
        Self {
            name,
            manifest_path: None,
            target: None,
            bindings: None,
            features: None,
            no_default_features: None,
            profile: None,
            artifact: None,
            optional: None,
            place: None,
        }
    }
}

/// The entries of `features`.
pub fn features(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Vec<FeatureField> {
    let wanted = "an array of feature names, or of tables with `feature` and conditions";
    let items = table.get("features").and_then(|item| item.items(wanted, faults)).unwrap_or_default();
    items.iter().filter_map(|item| feature(item, faults)).collect()
}

fn feature(item: &Item<'_>, faults: &mut Vec<Diagnostic>) -> Option<FeatureField> {
    if item.is_string() {
        let feature = item.string(faults)?;
        return Some(FeatureField { feature, python_version: None, python_implementation: None });
    }
    if !item.is_table() {
        return item.wrong_type("a feature's name, or a table with `feature` and conditions", faults);
    }
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&names(tool_keys::FEATURE), Diagnostic::error));
    let Some(feature) = table.string("feature", faults) else {
        let message = format!("`{}` is a table without `feature`", item.path());
        faults.push(Diagnostic::error(Code::MissingKey, message).at(item.place()));
        return None;
    };
    Some(FeatureField {
        feature,
        python_version: table.string("python-version", faults),
        python_implementation: table.string("python-implementation", faults),
    })
}

/// The kind of bindings.
pub fn bindings(name: Located<String>, faults: &mut Vec<Diagnostic>) -> Option<Located<Bindings>> {
    choice(&name, faults).map(|found| name.map(|_| found))
}
