//! `pyproject.toml` of a maturin project as wainwright's own: `[tool.maturin]` becomes `[tool.wainwright]`, and
//! `[build-system]` names the new backend. Comments and order stay.

use toml_edit::{Array, DocumentMut, Formatted, Item, Table, TableLike, Value};

use crate::facts::tool_keys;
use crate::facts::tool_table::why_without_effect;

/// The new text, and what was left out of it or changed, a sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    pub text: String,
    pub notes: Vec<String>,
}

/// Rewrites the text. `lenient` adds the key by which `[project]` goes on being judged as maturin judged it.
///
/// Fails where the text is no TOML, or nothing in it is maturin's, or it has both tables.
pub fn migrated(text: &str, lenient: bool) -> Result<Migrated, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let mut notes = Vec::new();
    let is_maturins =
        document.get("build-system").and_then(|table| table.get("build-backend")?.as_str()) == Some("maturin");
    if let Some(build_system) = document.get_mut("build-system").and_then(Item::as_table_like_mut) {
        change_backend(build_system);
    }
    let tool = document.get_mut("tool").and_then(Item::as_table_like_mut);
    match tool.filter(|tool| tool.contains_key("maturin")) {
        Some(tool) => change_table(tool, &mut notes)?,
        None if is_maturins => return Ok(Migrated { text: document.to_string(), notes }),
        None => return Err("neither its build backend nor a table is maturin's".to_owned()),
    }
    if lenient && let Some(table) = document["tool"]["wainwright"].as_table_like_mut() {
        table.insert("lenient", Item::Value(Value::Boolean(Formatted::new(true))));
    }
    Ok(Migrated { text: document.to_string(), notes })
}

fn change_backend(build_system: &mut dyn TableLike) {
    if let Some(backend) = build_system.get_mut("build-backend").and_then(Item::as_value_mut) {
        replace(backend, "wainwright");
    }
    let requires = build_system.get_mut("requires").and_then(Item::as_array_mut);
    for requirement in requires.into_iter().flat_map(Array::iter_mut) {
        let name =
            requirement.as_str().map(|text| text.split(|c: char| !is_name(c)).next().unwrap_or_default().to_owned());
        if name.is_some_and(|name| name.eq_ignore_ascii_case("maturin")) {
            replace(requirement, "wainwright");
        }
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// A new text in the old one's place, with its blanks and comments.
fn replace(value: &mut Value, text: &str) {
    let decor = value.decor().clone();
    *value = Value::from(text);
    *value.decor_mut() = decor;
}

fn change_table(tool: &mut dyn TableLike, notes: &mut Vec<String>) -> Result<(), String> {
    if tool.contains_key("wainwright") {
        return Err("there is a `[tool.wainwright]` already, beside which `[tool.maturin]` does not count".to_owned());
    }
    let mut table = tool.remove("maturin").unwrap_or_default();
    if let Some(table) = table.as_table_like_mut() {
        change_keys(table, notes);
    }
    tool.insert("wainwright", table);
    Ok(())
}

fn change_keys(table: &mut dyn TableLike, notes: &mut Vec<String>) {
    if let Some(tag) = table.remove("manylinux") {
        table.insert("compatibility", tag);
    }
    if let Some(skip) = table.remove("skip-auditwheel").and_then(|item| item.as_bool())
        && skip
    {
        table.insert("auditwheel", Item::Value(Value::from("skip")));
    }
    let names: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for name in names.iter().filter(|name| !tool_keys::names(tool_keys::TOOL).contains(&name.as_str())) {
        table.remove(name);
        notes.push(match why_without_effect(name) {
            Some(why) => format!("`{name}` is left out: {why}"),
            None => format!("`{name}` is left out: neither maturin nor wainwright knows it"),
        });
    }
    let targets = table.get_mut("targets").and_then(Item::as_array_mut);
    for target in targets.into_iter().flat_map(Array::iter_mut) {
        if let Some(target) = target.as_inline_table_mut() {
            target.remove("bindings");
        }
    }
    if let Some(tables) = table.get_mut("targets").and_then(Item::as_array_of_tables_mut) {
        tables.iter_mut().for_each(|target: &mut Table| drop(target.remove("bindings")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_order_stay_and_the_rest_is_renamed() {
        let text = "# top\n[build-system]\nrequires = [\n  \"maturin>=1.9,<2\", # the backend\n  \"cffi\",\n]\nbuild-backend = 'maturin'\n\n\
                    [tool.black]\nline-length = 99\n\n# ours\n[tool.maturin]\n# where\nmodule-name = \"a._b\"  # dotted\nmanylinux = \"2014\"\n\
                    use-base-python = true\n\n[project]\nname = \"a\"\n";
        let migrated = migrated(text, false).unwrap();
        assert_eq!(
            migrated.text,
            "# top\n[build-system]\nrequires = [\n  \"wainwright\", # the backend\n  \"cffi\",\n]\nbuild-backend = \"wainwright\"\n\n\
             [tool.black]\nline-length = 99\n\n# ours\n[tool.wainwright]\n# where\nmodule-name = \"a._b\"  # dotted\ncompatibility = \"2014\"\n\n\
             [project]\nname = \"a\"\n"
        );
        assert_eq!(migrated.notes.len(), 1);
        assert!(migrated.notes[0].starts_with("`use-base-python` is left out: "), "{:?}", migrated.notes);
    }

    #[test]
    fn what_maturin_let_pass_goes_on_passing_by_a_key() {
        let migrated = migrated("[tool.maturin]\nstrip = true\n", true).unwrap();
        assert_eq!(migrated.text, "[tool.wainwright]\nstrip = true\nlenient = true\n");
    }

    #[test]
    fn sub_tables_and_dotted_keys_move_too() {
        let text = "[tool]\nmaturin.strip = true\n";
        assert_eq!(migrated(text, false).unwrap().text, "[tool]\nwainwright.strip = true\n");
        let text = "[tool.maturin]\n[tool.maturin.target.x86_64-apple-darwin]\nmacos-deployment-target = '11'\n[[tool.maturin.include]]\npath = 'a'\n";
        let moved = migrated(text, false).unwrap().text;
        assert_eq!(moved, text.replace("maturin", "wainwright"));
    }

    #[test]
    fn a_file_without_the_table_or_with_both_is_refused() {
        assert!(migrated("[project]\nname = 'a'\n", false).is_err());
        let alone = migrated("[build-system]\nrequires = ['maturin']\nbuild-backend = 'maturin'\n", false).unwrap();
        assert_eq!(alone.text, "[build-system]\nrequires = [\"wainwright\"]\nbuild-backend = \"wainwright\"\n");
        assert!(migrated("[tool.maturin]\n[tool.wainwright]\n", false).is_err());
    }
}
