//! `pyproject.toml` as it stands: types are checked here, values in `plan::metadata`.
//!
//! Source: the pyproject.toml specification of the packaging guide (PEP 518, 621, 639, 735, 794, 808).

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::toml_document::{Document, Item, Located, Table};
use crate::facts::tool_table::{self, ToolTable};
use crate::spec::name::ExtraName;

/// The parts of `pyproject.toml` that a build backend reads.
#[derive(Debug, Clone)]
pub struct Pyproject {
    pub file: PathBuf,
    /// Whether the project brings its own backend (`backend-path`, PEP 517).
    pub has_own_backend: bool,
    pub project: Option<ProjectTable>,
    pub tool: ToolTable,
    /// `[dependency-groups]` (PEP 735).
    pub dependency_groups: BTreeMap<String, Vec<GroupEntry>>,
    /// Keys of `[project]` that the specification does not know.
    pub unknown_project_keys: Vec<Diagnostic>,
}

/// `[project]`, key by key, with the places of all values.
#[derive(Debug, Clone)]
pub struct ProjectTable {
    pub place: Place,
    pub name: Option<Located<String>>,
    pub version: Option<Located<String>>,
    pub description: Option<Located<String>>,
    pub readme: Option<ReadmeField>,
    pub requires_python: Option<Located<String>>,
    pub license: Option<LicenseField>,
    pub license_files: Option<Vec<Located<String>>>,
    pub authors: Vec<PersonField>,
    pub maintainers: Vec<PersonField>,
    pub keywords: Vec<Located<String>>,
    pub classifiers: Vec<Located<String>>,
    pub urls: Vec<NamedField>,
    pub scripts: Vec<NamedField>,
    pub gui_scripts: Vec<NamedField>,
    /// Group, then its entries.
    pub entry_points: Vec<EntryPointGroup>,
    pub dependencies: Vec<Located<String>>,
    pub optional_dependencies: Vec<ExtraField>,
    pub import_names: Option<Vec<Located<String>>>,
    pub import_namespaces: Option<Vec<Located<String>>>,
    pub dynamic: Vec<Located<String>>,
    /// The keys that stand in the table, known or not.
    pub present: Vec<String>,
}

/// `project.readme`
#[derive(Debug, Clone)]
pub enum ReadmeField {
    /// `readme = "README.md"`
    Path(Located<String>),
    File {
        file: Located<String>,
        content_type: Option<Located<String>>,
    },
    Text {
        text: Located<String>,
        content_type: Option<Located<String>>,
    },
}

/// `project.license`
#[derive(Debug, Clone)]
pub enum LicenseField {
    Expression(Located<String>),
    File(Located<String>),
    Text(Located<String>),
}

/// An entry of `authors` or `maintainers`.
#[derive(Debug, Clone)]
pub struct PersonField {
    pub name: Option<Located<String>>,
    pub email: Option<Located<String>>,
    /// The whole dotted key, e.g. `project.authors[0]`.
    pub key: String,
    pub place: Place,
}

/// A pair of a table whose keys the user chooses.
#[derive(Debug, Clone)]
pub struct NamedField {
    pub name: String,
    pub name_place: Place,
    pub value: Located<String>,
}

#[derive(Debug, Clone)]
pub struct EntryPointGroup {
    pub name: String,
    pub place: Place,
    pub entries: Vec<NamedField>,
}

/// One extra of `optional-dependencies`.
#[derive(Debug, Clone)]
pub struct ExtraField {
    pub name: String,
    pub place: Place,
    pub dependencies: Vec<Located<String>>,
}

/// An entry of a dependency group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupEntry {
    Requirement(String),
    /// All that another group has.
    Group(String),
}

/// The keys of `[project]`.
pub const PROJECT_KEYS: &[&str] = &[
    "name",
    "version",
    "description",
    "readme",
    "requires-python",
    "license",
    "license-files",
    "authors",
    "maintainers",
    "keywords",
    "classifiers",
    "urls",
    "scripts",
    "gui-scripts",
    "entry-points",
    "dependencies",
    "optional-dependencies",
    "import-names",
    "import-namespaces",
    "dynamic",
];

impl Pyproject {
    /// Reads the whole file; every fault of a type is added to `faults`.
    pub fn read(document: &Document, faults: &mut Vec<Diagnostic>) -> Self {
        let root = document.root();
        let project = root.table("project", faults);
        let unknown_project_keys =
            project.as_ref().map(|table| table.unknown_keys(PROJECT_KEYS, Diagnostic::error)).unwrap_or_default();
        Self {
            file: document.file().to_owned(),
            has_own_backend: build_system(&root, document, faults),
            project: project.map(|table| project_table(&table, faults)),
            tool: tool_table::read(&root, faults),
            dependency_groups: dependency_groups(&root),
            unknown_project_keys,
        }
    }

    /// The requirements of a dependency group, those of the groups that it includes among them; `None` if there is no
    /// such group.
    pub fn dependency_group(&self, name: &str) -> Option<Vec<String>> {
        let (mut waiting, mut seen, mut found) = (vec![group_key(name)], Vec::new(), Vec::new());
        self.dependency_groups.get(&waiting[0])?;
        while let Some(name) = waiting.pop() {
            if seen.contains(&name) {
                continue;
            }
            for entry in self.dependency_groups.get(&name).into_iter().flatten() {
                match entry {
                    GroupEntry::Requirement(requirement) => found.push(requirement.clone()),
                    GroupEntry::Group(other) => waiting.push(group_key(other)),
                }
            }
            seen.push(name);
        }
        Some(found)
    }

    /// Whether `[project]` is judged as maturin judges it, where it makes a valid wheel: in maturin's own projects, and
    /// in those that were once.
    pub fn is_lenient(&self) -> bool {
        self.tool.origin == tool_table::Origin::Maturin || self.tool.lenient
    }
}

/// `[dependency-groups]`; what is of another type than PEP 735 says is no build's affair.
fn dependency_groups(root: &Table<'_>) -> BTreeMap<String, Vec<GroupEntry>> {
    let mut ignored = Vec::new();
    let groups = root.table("dependency-groups", &mut ignored);
    let groups = groups.iter().flat_map(|groups| groups.items().collect::<Vec<_>>());
    let entries = |item: Item<'_>| -> Vec<GroupEntry> {
        let items = item.items("an array", &mut Vec::new()).unwrap_or_default();
        items.iter().filter_map(group_entry).collect()
    };
    groups.map(|(name, item)| (group_key(name), entries(item))).collect()
}

/// Names of groups are compared as those of projects are.
fn group_key(name: &str) -> String {
    name.parse().map_or_else(|_| name.to_owned(), |name: ExtraName| name.normalized())
}

fn group_entry(item: &Item<'_>) -> Option<GroupEntry> {
    if item.is_string() {
        return Some(GroupEntry::Requirement(item.string(&mut Vec::new())?.value));
    }
    let table = Some(item).filter(|item| item.is_table())?.table(&mut Vec::new())?;
    Some(GroupEntry::Group(table.string("include-group", &mut Vec::new())?.value))
}

/// PEP 518: `requires` is mandatory where the table exists. Tells whether there is a `backend-path`.
fn build_system(root: &Table<'_>, document: &Document, faults: &mut Vec<Diagnostic>) -> bool {
    let Some(table) = root.table("build-system", faults) else { return false };
    table.string("build-backend", faults);
    let has_own_backend = table.strings("backend-path", faults).is_some();
    if table.strings("requires", faults).is_none() && table.get("requires").is_none() {
        let message = format!("`{}` has a `[build-system]` without `requires`", document.file().display());
        let hint = "add `requires = [\"wainwright\"]`";
        faults.push(Diagnostic::error(Code::MissingKey, message).at(table.place()).hint(hint));
    }
    has_own_backend
}

fn project_table(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> ProjectTable {
    ProjectTable {
        place: table.place(),
        name: table.string("name", faults),
        version: table.string("version", faults),
        description: table.string("description", faults),
        readme: table.get("readme").and_then(|item| readme(&item, faults)),
        requires_python: table.string("requires-python", faults),
        license: table.get("license").and_then(|item| license(&item, faults)),
        license_files: table.strings("license-files", faults),
        authors: people(table, "authors", faults),
        maintainers: people(table, "maintainers", faults),
        keywords: table.strings("keywords", faults).unwrap_or_default(),
        classifiers: table.strings("classifiers", faults).unwrap_or_default(),
        urls: named(table, "urls", faults),
        scripts: named(table, "scripts", faults),
        gui_scripts: named(table, "gui-scripts", faults),
        entry_points: entry_points(table, faults),
        dependencies: table.strings("dependencies", faults).unwrap_or_default(),
        optional_dependencies: optional_dependencies(table, faults),
        import_names: table.strings("import-names", faults),
        import_namespaces: table.strings("import-namespaces", faults),
        dynamic: table.strings("dynamic", faults).unwrap_or_default(),
        present: table.items().map(|(key, _)| key.to_owned()).collect(),
    }
}

fn readme(item: &Item<'_>, faults: &mut Vec<Diagnostic>) -> Option<ReadmeField> {
    if item.is_string() {
        return item.string(faults).map(ReadmeField::Path);
    }
    if !item.is_table() {
        return item.wrong_type("a path or a table with `file` or `text`", faults);
    }
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&["file", "text", "content-type"], Diagnostic::error));
    let content_type = table.string("content-type", faults);
    if content_type.is_none() && table.get("content-type").is_some() {
        return None;
    }
    match (table.string("file", faults), table.string("text", faults)) {
        (Some(_), Some(_)) => exclusive(item, faults),
        (Some(file), None) => Some(ReadmeField::File { file, content_type }),
        (None, Some(text)) => Some(ReadmeField::Text { text, content_type }),
        (None, None) => neither(item, &table, faults),
    }
}

fn license(item: &Item<'_>, faults: &mut Vec<Diagnostic>) -> Option<LicenseField> {
    if item.is_string() {
        return item.string(faults).map(LicenseField::Expression);
    }
    if !item.is_table() {
        return item.wrong_type("an SPDX licence expression (a string)", faults);
    }
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&["file", "text"], Diagnostic::error));
    match (table.string("file", faults), table.string("text", faults)) {
        (Some(_), Some(_)) => exclusive(item, faults),
        (Some(file), None) => Some(LicenseField::File(file)),
        (None, Some(text)) => Some(LicenseField::Text(text)),
        (None, None) => neither(item, &table, faults),
    }
}

fn exclusive<T>(item: &Item<'_>, faults: &mut Vec<Diagnostic>) -> Option<T> {
    let message = format!("`{}` has both `file` and `text`, which exclude each other", item.path());
    faults.push(Diagnostic::error(Code::KeyConflict, message).at(item.place()).hint("keep one of the two"));
    None
}

fn neither<T>(item: &Item<'_>, table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Option<T> {
    if table.get("file").is_none() && table.get("text").is_none() {
        let message = format!("`{}` is a table without `file` and without `text`", item.path());
        faults.push(Diagnostic::error(Code::MissingKey, message).at(item.place()).hint("add one of the two"));
    }
    None
}

fn people(table: &Table<'_>, key: &str, faults: &mut Vec<Diagnostic>) -> Vec<PersonField> {
    let wanted = "an array of tables with `name`, `email` or both";
    let items = table.get(key).and_then(|item| item.items(wanted, faults)).unwrap_or_default();
    items.iter().filter_map(|item| person(item, faults)).collect()
}

fn person(item: &Item<'_>, faults: &mut Vec<Diagnostic>) -> Option<PersonField> {
    if !item.is_table() {
        return item.wrong_type("a table with `name`, `email` or both", faults);
    }
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&["name", "email"], Diagnostic::error));
    if table.items().next().is_none() {
        let message = format!("`{}` is empty", item.path());
        let hint = "give it a `name`, an `email` or both";
        faults.push(Diagnostic::error(Code::MissingKey, message).at(item.place()).hint(hint));
        return None;
    }
    Some(PersonField {
        name: table.string("name", faults),
        email: table.string("email", faults),
        key: item.path().to_owned(),
        place: item.place(),
    })
}

/// The pairs of a table of strings whose keys the user chooses.
fn named(table: &Table<'_>, key: &str, faults: &mut Vec<Diagnostic>) -> Vec<NamedField> {
    let Some(table) = table.table(key, faults) else { return Vec::new() };
    named_fields(&table, faults)
}

fn named_fields(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Vec<NamedField> {
    let fields = table.items().filter_map(|(name, item)| {
        Some(NamedField { name: name.to_owned(), name_place: item.key_place(), value: item.string(faults)? })
    });
    fields.collect()
}

fn entry_points(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Vec<EntryPointGroup> {
    let Some(table) = table.table("entry-points", faults) else { return Vec::new() };
    let groups: Vec<(String, Item<'_>)> = table.items().map(|(name, item)| (name.to_owned(), item)).collect();
    let read = groups.into_iter().filter_map(|(name, item)| {
        if !item.is_table() {
            return item.wrong_type("a table of names and object references (a group of entry points)", faults);
        }
        let entries = named_fields(&item.table(faults)?, faults);
        Some(EntryPointGroup { name, place: item.key_place(), entries })
    });
    read.collect()
}

fn optional_dependencies(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Vec<ExtraField> {
    let Some(table) = table.table("optional-dependencies", faults) else { return Vec::new() };
    let extras = table.items().filter_map(|(name, item)| {
        Some(ExtraField { name: name.to_owned(), place: item.key_place(), dependencies: item.strings(faults)? })
    });
    extras.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> (Pyproject, Vec<String>) {
        let document = Document::parse(Path::new("pyproject.toml"), text.as_bytes()).unwrap();
        let mut faults = Vec::new();
        let pyproject = Pyproject::read(&document, &mut faults);
        (pyproject, faults.into_iter().map(|fault| fault.message).collect())
    }

    #[test]
    fn all_wrong_types_are_reported_together() {
        let (_, faults) = read("[project]\nname = 3\nkeywords = 'a b'\nauthors = [{}]\nrequires-python = 3\n");
        assert_eq!(
            faults,
            [
                "`project.name` must be a string, not an integer",
                "`project.requires-python` must be a string, not an integer",
                "`project.authors[0]` is empty",
                "`project.keywords` must be an array of strings, not a string",
            ]
        );
    }

    #[test]
    fn file_and_text_exclude_each_other() {
        let (pyproject, faults) = read("[project]\nname='x'\nlicense = { file = 'L', text = 'MIT' }\n");
        assert!(pyproject.project.unwrap().license.is_none());
        assert_eq!(faults, ["`project.license` has both `file` and `text`, which exclude each other"]);
    }

    #[test]
    fn unknown_keys_are_kept_apart_for_the_plan_to_judge() {
        let (pyproject, faults) = read("[project]\nname='x'\ndependancies = []\n");
        assert!(faults.is_empty());
        assert_eq!(pyproject.unknown_project_keys[0].hint.as_deref(), Some("did you mean `dependencies`?"));
    }

    #[test]
    fn a_build_system_needs_its_requires() {
        let (_, faults) = read("[build-system]\nbuild-backend = 'wainwright'\n");
        assert_eq!(faults, ["`pyproject.toml` has a `[build-system]` without `requires`"]);
    }
}
