//! The entries of `include` and `exclude` in the tool table.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::toml_document::{Item, Located, Table};
use crate::facts::tool_keys::{self, names};

/// An entry of `include` or `exclude`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub glob: Located<String>,
    pub sdist: bool,
    pub wheel: bool,
}

/// An entry of `include` that takes what a build script has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutDirPattern {
    /// Relative to the script's `OUT_DIR`.
    pub glob: Located<String>,
    /// The directory in the wheel.
    pub to: Located<String>,
    /// The crate of the script; the project's own if it is not said.
    pub crate_name: Option<Located<String>>,
}

/// The entries that take or leave files of the tree.
pub fn patterns(table: &Table<'_>, key: &str, faults: &mut Vec<Diagnostic>) -> Vec<Pattern> {
    let wanted = "an array of globs, or of tables with `path` and `format`";
    let items = table.get(key).and_then(|item| item.items(wanted, faults)).unwrap_or_default();
    let is_of_tree = |item: &&Item<'_>| key != "include" || !is_from_out_dir(item);
    items.iter().filter(is_of_tree).filter_map(|item| pattern(item, faults)).collect()
}

fn is_from_out_dir(item: &Item<'_>) -> bool {
    item.is_table() && item.table(&mut Vec::new()).is_some_and(|table| table.get("from").is_some())
}

/// The entries that take what build scripts have made.
pub fn out_dir_patterns(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Vec<OutDirPattern> {
    let items = table.get("include").and_then(|item| item.items("", &mut Vec::new())).unwrap_or_default();
    items.iter().filter(|item| is_from_out_dir(item)).filter_map(|item| out_dir_pattern(item, faults)).collect()
}

fn out_dir_pattern(item: &Item<'_>, faults: &mut Vec<Diagnostic>) -> Option<OutDirPattern> {
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&names(tool_keys::OUT_DIR_PATTERN), Diagnostic::error));
    let from = table.string("from", faults)?;
    if from.value != "out-dir" {
        let message = format!("`{}` is `{}`, which is not `out-dir`", from.key, from.value);
        faults.push(from.error(Code::ToolValue, message));
        return None;
    }
    if formats(&table, faults)?.iter().any(|format| format == "sdist") {
        let message = format!("`{}`: an sdist cannot hold what a build script makes", item.path());
        let hint = "give the entry `format = \"wheel\"`, or leave `format` out";
        faults.push(Diagnostic::error(Code::ToolValue, message).at(item.place()).hint(hint));
    }
    let mut needed = |key: &str| {
        let found = table.string(key, faults);
        if found.is_none() && table.get(key).is_none() {
            let message = format!("`{}` takes files of a build script, but has no `{key}`", item.path());
            faults.push(Diagnostic::error(Code::MissingKey, message).at(item.place()));
        }
        found
    };
    let (glob, to) = (needed("path"), needed("to"));
    let crate_name = table.string("crate-name", faults).or_else(|| table.string("crate_name", faults));
    Some(OutDirPattern { glob: glob?, to: to?, crate_name })
}

fn pattern(item: &Item<'_>, faults: &mut Vec<Diagnostic>) -> Option<Pattern> {
    if item.is_string() {
        return Some(Pattern { glob: item.string(faults)?, sdist: true, wheel: true });
    }
    if !item.is_table() {
        return item.wrong_type("a glob, or a table with `path` and `format`", faults);
    }
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&names(tool_keys::PATTERN), Diagnostic::error));
    let formats = formats(&table, faults)?;
    let Some(glob) = table.string("path", faults) else {
        if table.get("path").is_none() {
            let message = format!("`{}` is a table without `path`", item.path());
            faults.push(Diagnostic::error(Code::MissingKey, message).at(item.place()).hint("add `path = \"GLOB\"`"));
        }
        return None;
    };
    let has = |format: &str| formats.is_empty() || formats.iter().any(|found| found == format);
    Some(Pattern { glob, sdist: has("sdist"), wheel: has("wheel") })
}

/// The formats of a pattern; empty where it names none, which means both.
fn formats(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    let Some(item) = table.get("format") else { return Some(Vec::new()) };
    let found = if item.is_string() { vec![item.string(faults)?] } else { item.strings(faults)? };
    for format in &found {
        if format.value != "sdist" && format.value != "wheel" {
            let message = format!("`{}` is `{}`, which is neither `sdist` nor `wheel`", format.key, format.value);
            faults.push(format.error(Code::ToolValue, message));
        }
    }
    Some(found.into_iter().map(|format| format.value).collect())
}
