//! Manifests as an sdist carries them, where they cannot stay as they are. Text, comments and order stay.

use std::collections::BTreeSet;

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

/// What of `pyproject.toml` changes its place in an sdist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectEdit {
    /// The project's own crate, where it no longer lies beside the file.
    pub manifest_path: Option<String>,
    /// The readme, where its path is another one.
    pub readme: Option<String>,
}

/// `pyproject.toml` at the top of an sdist; `moved` gives the manifests of single parts from there.
///
/// Fails where the text is no TOML.
pub fn pyproject(text: &str, edit: &ProjectEdit, moved: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut document = parsed(text)?;
    if let Some(readme) = &edit.readme {
        let named = document.get_mut("project").and_then(|project| project.get_mut("readme"));
        let file = named.and_then(|named| if named.is_str() { Some(named) } else { named.get_mut("file") });
        file.into_iter().for_each(|file| set(file, readme));
    }
    if let Some(manifest_path) = &edit.manifest_path {
        with_manifest_paths(&mut document, manifest_path, moved)?;
    }
    Ok(document.to_string())
}

fn with_manifest_paths(
    document: &mut DocumentMut,
    manifest_path: &str,
    moved: &dyn Fn(&str) -> Option<String>,
) -> Result<(), String> {
    let tool = document.entry("tool").or_insert_with(implicit).as_table_like_mut().ok_or("`tool` is no table")?;
    let name = if tool.contains_key("wainwright") || !tool.contains_key("maturin") { "wainwright" } else { "maturin" };
    let table = tool.entry(name).or_insert_with(|| Item::Table(Table::new()));
    let table = table.as_table_like_mut().ok_or("the tool table is no table")?;
    table.insert("manifest-path", value(manifest_path));
    for key in ["module", "bin"] {
        let Some(parts) = table.get_mut(key) else { continue };
        if let Some(tables) = parts.as_array_of_tables_mut() {
            tables.iter_mut().filter_map(|part| part.get_mut("manifest-path")).for_each(|path| change(path, moved));
        }
        for part in parts.as_array_mut().into_iter().flat_map(Array::iter_mut) {
            let path = part.as_inline_table_mut().and_then(|part| part.get_mut("manifest-path"));
            if let Some((path, new)) =
                path.and_then(|path| Some((moved(path.as_str()?)?, path))).map(|(new, path)| (path, new))
            {
                *path = Value::from(new);
            }
        }
    }
    Ok(())
}

fn change(path: &mut Item, moved: &dyn Fn(&str) -> Option<String>) {
    if let Some(new) = path.as_str().and_then(moved) {
        set(path, &new);
    }
}

/// Another text in a value's place; what stands around it stays.
fn set(item: &mut Item, text: &str) {
    put(item, Value::from(text));
}

fn put(item: &mut Item, mut new: Value) {
    if let Some(old) = item.as_value() {
        *new.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(new);
}

fn value(text: &str) -> Item {
    Item::Value(Value::from(text))
}

fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn parsed(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.to_string())
}

/// `Cargo.toml` without the targets whose files stay behind; `travels` tells of a path relative to the manifest.
///
/// Fails where the text is no TOML.
pub fn without_lost_targets(text: &str, travels: &dyn Fn(&str) -> bool) -> Result<String, String> {
    let mut document = parsed(text)?;
    let mut changed = false;
    for (key, directory) in [("bin", "src/bin"), ("example", "examples"), ("test", "tests"), ("bench", "benches")] {
        let Some(targets) = document.get_mut(key).and_then(Item::as_array_of_tables_mut) else { continue };
        let before = targets.len();
        targets.retain(|target| target_files(target, directory).iter().any(|file| travels(file)));
        changed |= targets.len() < before;
    }
    Ok(if changed { document.to_string() } else { text.to_owned() })
}

/// The files that cargo takes for a target's source: the one that is named, else those of its custom.
fn target_files(target: &Table, directory: &str) -> Vec<String> {
    let text = |key: &str| target.get(key).and_then(Item::as_str);
    match (text("path"), text("name")) {
        (Some(path), _) => vec![path.trim_start_matches("./").to_owned()],
        (None, Some(name)) => {
            let own = [format!("{directory}/{name}.rs"), format!("{directory}/{name}/main.rs")];
            own.into_iter().chain((directory == "src/bin").then(|| "src/main.rs".to_owned())).collect()
        }
        (None, None) => Vec::new(),
    }
}

/// `Cargo.toml` that names the file of `key` (`readme` or `license-file`) at another place, for itself or for the members
/// of its workspace.
///
/// Fails where the text is no TOML.
pub fn with_named_file(text: &str, key: &str, path: &str) -> Result<String, String> {
    let mut document = parsed(text)?;
    let own = document.get_mut("package").and_then(|package| package.get_mut(key)).filter(|item| item.is_value());
    let is_own = own.filter(|item| item.is_str()).map(|item| set(item, path)).is_some();
    if !is_own && let Some(workspace) = document.get_mut("workspace").and_then(|root| root.get_mut("package")) {
        workspace.get_mut(key).into_iter().for_each(|item| set(item, path));
    }
    Ok(document.to_string())
}

/// What the root manifest of a workspace becomes in an sdist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceEdit {
    /// The members that travel, relative to the root; `None` leaves the list alone.
    pub members: Option<Vec<String>>,
    /// Whether the root's own package stays behind.
    pub without_package: bool,
    /// The crates below it that are no members, relative to the root: where it becomes a workspace, they would be.
    pub others: Vec<String>,
    /// The packages that the graph holds. `[patch]` and `[replace]` name others in vain.
    pub packages: BTreeSet<String>,
}

/// `Cargo.toml` at the root of a workspace, or of a crate that becomes one of its own: so it is a workspace wherever it
/// is unpacked.
///
/// Fails where the text is no TOML.
pub fn workspace_root(text: &str, edit: &WorkspaceEdit) -> Result<String, String> {
    let mut document = parsed(text)?;
    if edit.without_package {
        let kept = ["workspace", "profile", "patch", "replace"];
        let others: Vec<String> =
            document.iter().map(|(key, _)| key.to_owned()).filter(|key| !kept.contains(&key.as_str())).collect();
        others.iter().for_each(|key| drop(document.remove(key)));
    }
    remove_idle_patches(&mut document, &edit.packages);
    let workspace = document.get_mut("workspace").and_then(Item::as_table_like_mut);
    if let (Some(members), Some(workspace)) = (&edit.members, workspace) {
        workspace.remove("default-members");
        let list = Value::Array(members.iter().map(String::as_str).collect());
        put(workspace.entry("members").or_insert(Item::None), list);
    }
    with_workspace(&document.to_string(), &edit.others)
}

/// `Cargo.toml` with a `[workspace]` behind it, if it has none; `others` are left out of that.
///
/// Fails where the text is no TOML.
pub fn with_workspace(text: &str, others: &[String]) -> Result<String, String> {
    if parsed(text)?.contains_key("workspace") {
        return Ok(text.to_owned());
    }
    // Appended as text, since nothing else of the file is touched.
    let gap = if text.ends_with('\n') { "\n" } else { "\n\n" };
    let left_out: Array = others.iter().map(String::as_str).collect();
    let exclude = if others.is_empty() { String::new() } else { format!("exclude = {left_out}\n") };
    Ok(format!("{text}{gap}[workspace]\n{exclude}"))
}

/// Takes out what stands in for packages that nobody needs: cargo would ask for it all the same.
fn remove_idle_patches(document: &mut DocumentMut, packages: &BTreeSet<String>) {
    let is_idle = |key: &str, item: &Item| {
        let renamed = item.get("package").and_then(Item::as_str);
        // A key of `[replace]` is `name:version`, perhaps behind a registry and `#`.
        let named = key.rsplit('#').next().unwrap_or(key).split([':', '@']).next().unwrap_or(key);
        !packages.contains(renamed.unwrap_or(named))
    };
    let mut tables: Vec<&mut dyn TableLike> = Vec::new();
    let (mut patch, mut replace) = (None, None);
    for (key, item) in document.iter_mut() {
        match key.get() {
            "patch" => patch = item.as_table_like_mut(),
            "replace" => replace = item.as_table_like_mut(),
            _ => {}
        }
    }
    for (_, registry) in patch.into_iter().flat_map(|patch| patch.iter_mut()) {
        tables.extend(registry.as_table_like_mut());
    }
    tables.extend(replace);
    for table in tables {
        let idle: Vec<String> =
            table.iter().filter(|(key, item)| is_idle(key, item)).map(|(key, _)| key.to_owned()).collect();
        for key in idle {
            table.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pyproject_names_the_crate_from_its_new_place() {
        let none = |_: &str| None;
        let text = "[project] # mine\nname = 'a'\n\n[tool.maturin]\n# where\nmodule-name = 'a._b'\n";
        let at = |path: &str| ProjectEdit { manifest_path: Some(path.to_owned()), readme: None };
        let moved = pyproject(text, &at("bindings/py/Cargo.toml"), &none).unwrap();
        assert_eq!(moved, format!("{text}manifest-path = \"bindings/py/Cargo.toml\"\n"));
        let bare = pyproject("[project]\nname = 'a'\n", &at("c/Cargo.toml"), &none).unwrap();
        assert_eq!(bare, "[project]\nname = 'a'\n\n[tool.wainwright]\nmanifest-path = \"c/Cargo.toml\"\n");
        let below = |path: &str| Some(format!("py/{path}"));
        let parts = "[tool.wainwright]\nbin = [{ name = 'b', manifest-path = 'b/Cargo.toml' }]\n[[tool.wainwright.module]]\nname = 'm'\nmanifest-path = \"m/Cargo.toml\"\n";
        let moved = pyproject(parts, &at("py/m/Cargo.toml"), &below).unwrap();
        assert!(
            moved.contains("\"py/b/Cargo.toml\"") && moved.contains("manifest-path = \"py/m/Cargo.toml\""),
            "{moved}"
        );
    }

    #[test]
    fn a_crate_becomes_a_workspace_of_its_own() {
        let edit =
            WorkspaceEdit { members: None, without_package: false, others: Vec::new(), packages: BTreeSet::new() };
        let text = "[package]\nname = 'a' # it\n";
        assert_eq!(workspace_root(text, &edit).unwrap(), format!("{text}\n[workspace]\n"));
        let edit = WorkspaceEdit { others: vec!["rust/b".into()], ..edit };
        assert_eq!(workspace_root(text, &edit).unwrap(), format!("{text}\n[workspace]\nexclude = [\"rust/b\"]\n"));
    }

    #[test]
    fn targets_whose_files_stay_behind_are_taken_out() {
        let text = "[package]\nname = 'a'\n\n[[bench]]\nname = 'fast' # it is\nharness = false\n\n[[bin]]\nname = 'tool'\npath = 'cli/tool.rs'\n\n[[bin]]\nname = 'other'\n";
        let kept = without_lost_targets(text, &|file| file == "src/bin/other.rs").unwrap();
        assert_eq!(kept, "[package]\nname = 'a'\n\n[[bin]]\nname = 'other'\n");
        assert_eq!(without_lost_targets(text, &|_| true).unwrap(), text);
    }

    #[test]
    fn members_that_stay_behind_are_taken_out() {
        let text = "# all\n[workspace]\nmembers = [\"crates/*\"]\ndefault-members = [\"crates/a\"]\nresolver = \"2\" # new\n\n[package]\nname = 'r'\n\n[profile.release]\nlto = true\n";
        let edit = WorkspaceEdit {
            members: Some(vec!["crates/a".into()]),
            without_package: true,
            others: Vec::new(),
            packages: BTreeSet::new(),
        };
        assert_eq!(
            workspace_root(text, &edit).unwrap(),
            "# all\n[workspace]\nmembers = [\"crates/a\"]\nresolver = \"2\" # new\n\n[profile.release]\nlto = true\n"
        );
    }

    #[test]
    fn files_are_named_where_they_now_lie() {
        let edit = ProjectEdit { manifest_path: None, readme: Some("README.md".into()) };
        let text = "[project]\nname = 'a'\nreadme = { file = '../README.md', content-type = 'text/plain' } # it\n";
        let moved = pyproject(text, &edit, &|_| None).unwrap();
        assert_eq!(moved, text.replace("'../README.md'", "\"README.md\""));
        let own = with_named_file("[package]\nreadme = '../R.md'\n", "readme", "R.md").unwrap();
        assert_eq!(own, "[package]\nreadme = \"R.md\"\n");
        let root = "[workspace.package]\nlicense-file = 'docs/L'\n[package]\nlicense-file.workspace = true\n";
        let root = with_named_file(root, "license-file", "L").unwrap();
        assert!(root.starts_with("[workspace.package]\nlicense-file = \"L\"\n"), "{root}");
    }

    #[test]
    fn patches_of_packages_that_stay_behind_are_taken_out() {
        let text = "[workspace]\n\n[patch.crates-io]\nidle = { path = 'idle' }\nused = { path = 'used' }\nother = { package = 'used', path = 'u' }\n\n[replace]\n\"idle:1.0.0\" = { path = 'idle' }\n";
        let edit = WorkspaceEdit {
            members: None,
            without_package: false,
            others: Vec::new(),
            packages: ["used".to_owned()].into(),
        };
        assert_eq!(
            workspace_root(text, &edit).unwrap(),
            "[workspace]\n\n[patch.crates-io]\nused = { path = 'used' }\nother = { package = 'used', path = 'u' }\n\n[replace]\n"
        );
    }
}
