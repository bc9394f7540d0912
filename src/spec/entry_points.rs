//! Entry points: the scripts and plugins of a distribution (PyPA "Entry points specification").

use std::fmt;
use std::str::FromStr;

use super::module_path::{is_identifier, is_keyword};
use super::name::ExtraName;
use super::text::{has_line_break, shown};

/// Why an entry point was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryPointError {
    #[error(
        "the entry point group {} is not allowed: it must be letters, digits and `_`, in parts separated by `.`",
        shown(.0)
    )]
    Group(String),
    #[error("an entry point of the group {} has an empty name", shown(.0))]
    EmptyName(String),
    #[error("the entry point name {} {problem}", shown(.name))]
    Name { name: String, problem: &'static str },
    #[error("the script name {} is not allowed: it must be letters, digits, `_`, `-` and `.`", shown(.0))]
    ScriptName(String),
    #[error("the entry point {} stands in the group {} already", shown(.name), shown(.group))]
    Duplicate { group: String, name: String },
    #[error("the entry point {} cannot be used: {error}", shown(.name))]
    Reference { name: String, error: ObjectReferenceError },
    #[error("the script {} refers to the module {} and to no function in it, write `module:function`", shown(.name), shown(.value))]
    NoFunction { name: String, value: String },
    #[error("the script {} refers to {}, which holds the keyword `{keyword}`: no import statement can name it", shown(.name), shown(.value))]
    Keyword { name: String, value: String, keyword: String },
    #[error("the script {} stands in {} as well, and only one of the two files can be there", shown(.name), shown(.group))]
    TwoFiles { name: String, group: String },
}

/// Why an object reference was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectReferenceError {
    #[error("the object reference {} names no module", shown(.0))]
    NoModule(String),
    #[error("the object reference {} has nothing after its `:`", shown(.0))]
    NoObject(String),
    #[error("the object reference {} holds {}, which is no Python identifier", shown(.reference), shown(.part))]
    Identifier { reference: String, part: String },
    #[error("the object reference {} has extras that cannot be read", shown(.0))]
    Extras(String),
}

/// What an entry point refers to: `module:object.attribute`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectReference {
    module: String,
    object: Option<String>,
    extras: Vec<ExtraName>,
}

impl ObjectReference {
    pub fn module(&self) -> &str {
        &self.module
    }

    pub fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }

    /// The first name in it that is a keyword of Python.
    pub fn keyword(&self) -> Option<&str> {
        let names = self.module.split('.').chain(self.object.iter().flat_map(|object| object.split('.')));
        names.into_iter().find(|name| is_keyword(name))
    }
}

impl FromStr for ObjectReference {
    type Err = ObjectReferenceError;

    fn from_str(reference: &str) -> Result<Self, ObjectReferenceError> {
        let (path, extras) = match reference.split_once('[') {
            Some((path, list)) => (path, extras(reference, list)?),
            None => (reference, Vec::new()),
        };
        let (module, object) = match path.split_once(':') {
            Some((module, object)) => (module.trim(), Some(object.trim())),
            None => (path.trim(), None),
        };
        if module.is_empty() {
            return Err(ObjectReferenceError::NoModule(reference.to_owned()));
        }
        if object.is_some_and(str::is_empty) {
            return Err(ObjectReferenceError::NoObject(reference.to_owned()));
        }
        let mut parts = module.split('.').chain(object.iter().flat_map(|object| object.split('.')));
        if let Some(part) = parts.find(|part| !is_identifier(part)) {
            return Err(ObjectReferenceError::Identifier { reference: reference.to_owned(), part: part.to_owned() });
        }
        Ok(Self { module: module.to_owned(), object: object.map(str::to_owned), extras })
    }
}

/// Reads what follows the `[`, up to the end.
fn extras(reference: &str, list: &str) -> Result<Vec<ExtraName>, ObjectReferenceError> {
    let unreadable = || ObjectReferenceError::Extras(reference.to_owned());
    let list = list.trim_end().strip_suffix(']').ok_or_else(unreadable)?;
    list.split(',').map(|name| name.trim().parse().map_err(|_| unreadable())).collect()
}

impl fmt::Display for ObjectReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.module)?;
        if let Some(object) = &self.object {
            write!(f, ":{object}")?;
        }
        if !self.extras.is_empty() {
            let extras: Vec<_> = self.extras.iter().map(ExtraName::as_written).collect();
            write!(f, " [{}]", extras.join(","))?;
        }
        Ok(())
    }
}

/// The groups whose entry points become executable files.
pub const CONSOLE_SCRIPTS: &str = "console_scripts";
pub const GUI_SCRIPTS: &str = "gui_scripts";

/// The entry points of a distribution: scripts first, other groups in the order they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryPoints {
    groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    entries: Vec<(String, ObjectReference)>,
}

impl EntryPoints {
    pub fn insert(&mut self, group: &str, name: &str, value: &str) -> Result<(), EntryPointError> {
        check_group(group)?;
        check_name(group, name)?;
        let value: ObjectReference =
            value.parse().map_err(|error| EntryPointError::Reference { name: name.to_owned(), error })?;
        if is_script_group(group) {
            check_script(name, &value)?;
            self.one_file(group, name)?;
        }
        let entries = self.group(group);
        if entries.iter().any(|(known, _)| known == name) {
            return Err(EntryPointError::Duplicate { group: group.to_owned(), name: name.to_owned() });
        }
        entries.push((name.to_owned(), value));
        Ok(())
    }

    /// Scripts of both kinds become files of one directory.
    fn one_file(&self, group: &str, name: &str) -> Result<(), EntryPointError> {
        let mut others = self.iter().filter(|(other, ..)| is_script_group(other) && *other != group);
        match others.find(|(_, known, _)| *known == name) {
            Some((other, ..)) => Err(EntryPointError::TwoFiles { name: name.to_owned(), group: other.to_owned() }),
            None => Ok(()),
        }
    }

    fn group(&mut self, name: &str) -> &mut Vec<(String, ObjectReference)> {
        let at = self.groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
            let at = self.groups.partition_point(|group| rank(&group.name) <= rank(name));
            self.groups.insert(at, Group { name: name.to_owned(), entries: Vec::new() });
            at
        });
        &mut self.groups[at].entries
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Every entry point: its group, its name, its reference.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &ObjectReference)> {
        self.groups.iter().flat_map(|group| {
            group.entries.iter().map(|(name, reference)| (group.name.as_str(), name.as_str(), reference))
        })
    }

    /// The text of `entry_points.txt`.
    pub fn to_text(&self) -> String {
        let sections: Vec<_> = self.groups.iter().map(Group::to_text).collect();
        sections.join("\n")
    }
}

impl Group {
    fn to_text(&self) -> String {
        let lines = self.entries.iter().map(|(name, reference)| format!("{name}={reference}\n"));
        format!("[{}]\n{}", self.name, lines.collect::<String>())
    }
}

fn rank(group: &str) -> usize {
    [CONSOLE_SCRIPTS, GUI_SCRIPTS].iter().position(|known| *known == group).unwrap_or(2)
}

fn is_script_group(group: &str) -> bool {
    rank(group) < 2
}

fn check_group(group: &str) -> Result<(), EntryPointError> {
    let is_word = |part: &str| !part.is_empty() && part.chars().all(is_word_character);
    if group.split('.').all(is_word) { Ok(()) } else { Err(EntryPointError::Group(group.to_owned())) }
}

fn check_name(group: &str, name: &str) -> Result<(), EntryPointError> {
    if name.is_empty() {
        return Err(EntryPointError::EmptyName(group.to_owned()));
    }
    let problem = match name {
        _ if has_line_break(name) => "holds a line break",
        _ if name.trim() != name => "has blanks before or after it",
        _ if name.contains('=') => "holds `=`",
        _ if name.starts_with('[') => "begins with `[`",
        _ if name.starts_with(['#', ';']) => "begins like a comment",
        _ if name.contains(char::is_control) => "holds a control character",
        _ => return Ok(()),
    };
    Err(EntryPointError::Name { name: name.to_owned(), problem })
}

/// A script's name is a file name, and its reference a function to call.
fn check_script(name: &str, value: &ObjectReference) -> Result<(), EntryPointError> {
    if matches!(name, "." | "..") || !name.chars().all(|c| is_word_character(c) || matches!(c, '-' | '.')) {
        return Err(EntryPointError::ScriptName(name.to_owned()));
    }
    if value.object.is_none() {
        return Err(EntryPointError::NoFunction { name: name.to_owned(), value: value.to_string() });
    }
    if let Some(keyword) = value.keyword() {
        let (value, keyword) = (value.to_string(), keyword.to_owned());
        return Err(EntryPointError::Keyword { name: name.to_owned(), value, keyword });
    }
    Ok(())
}

fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(group: &str, name: &str, value: &str) -> String {
        EntryPoints::default().insert(group, name, value).unwrap_err().to_string()
    }

    #[test]
    fn scripts_come_first_and_other_groups_in_their_order() {
        let mut points = EntryPoints::default();
        assert!(points.is_empty());
        for (group, name, value) in [
            ("z.plugins", "a b:c", "pkg.plugin"),
            ("gui_scripts", "win", "pkg:gui.main"),
            ("a", "x", "pkg:X [extra_1, two]"),
            ("console_scripts", "tool-2", "pkg.cli : main"),
            ("z.plugins", "é", "pkg:é"),
            ("console_scripts", "Tool", "pkg.cli:main"),
        ] {
            points.insert(group, name, value).unwrap();
        }
        assert!(!points.is_empty());
        let expected = "[console_scripts]\ntool-2=pkg.cli:main\nTool=pkg.cli:main\n\n[gui_scripts]\nwin=pkg:gui.main\n\n\
                        [z.plugins]\na b:c=pkg.plugin\né=pkg:é\n\n[a]\nx=pkg:X [extra_1,two]\n";
        assert_eq!(points.to_text(), expected);
        let first = points.iter().next().unwrap();
        assert_eq!((first.0, first.1), ("console_scripts", "tool-2"));
        assert_eq!((first.2.module(), first.2.object()), ("pkg.cli", Some("main")));
    }

    #[test]
    fn no_entry_points_are_no_text() {
        assert_eq!(EntryPoints::default().to_text(), "");
    }

    #[test]
    fn a_group_has_words_between_dots() {
        for group in ["", "a b", "a-b", ".a", "a.", "a..b", "a]\n[b"] {
            assert!(message(group, "x", "m:f").ends_with("in parts separated by `.`"), "{group:?}");
        }
        assert_eq!(
            message("a]\n[b", "x", "m:f"),
            "the entry point group `a]\\n[b` is not allowed: it must be letters, digits and `_`, in parts separated by `.`"
        );
        assert_eq!(EntryPoints::default().insert("pytest11.é_1", "x", "m"), Ok(()));
    }

    #[test]
    fn a_name_that_the_file_could_not_hold_is_refused() {
        assert_eq!(message("g", "", "m"), "an entry point of the group `g` has an empty name");
        assert_eq!(message("g", "a=b", "m"), "the entry point name `a=b` holds `=`");
        assert_eq!(message("g", "[a", "m"), "the entry point name `[a` begins with `[`");
        assert_eq!(message("g", " a", "m"), "the entry point name ` a` has blanks before or after it");
        assert_eq!(message("g", "a\nb", "m"), "the entry point name `a\\nb` holds a line break");
        assert_eq!(message("g", "#a", "m"), "the entry point name `#a` begins like a comment");
        assert_eq!(message("g", "a\0b", "m"), "the entry point name `a\\0b` holds a control character");
    }

    #[test]
    fn a_script_name_is_a_plain_file_name() {
        for name in ["a/b", "a\\b", ".", "..", "a b", "a:b", "../../bin/sh"] {
            let expected =
                format!("the script name `{name}` is not allowed: it must be letters, digits, `_`, `-` and `.`");
            assert_eq!(message("console_scripts", name, "m:f"), expected);
            assert_eq!(message("gui_scripts", name, "m:f"), expected);
            assert_eq!(EntryPoints::default().insert("plugins", name, "m:f"), Ok(()));
        }
    }

    #[test]
    fn a_script_needs_a_function_and_a_plugin_does_not() {
        assert_eq!(
            message("console_scripts", "tool", "pkg.cli"),
            "the script `tool` refers to the module `pkg.cli` and to no function in it, write `module:function`"
        );
        assert_eq!(EntryPoints::default().insert("plugins", "tool", "pkg.cli"), Ok(()));
    }

    #[test]
    fn a_script_is_imported_by_a_statement_and_a_plugin_by_its_name() {
        let expected = "the script `tool` refers to `pkg.class:main`, which holds the keyword `class`: no import statement \
                        can name it";
        assert_eq!(message("console_scripts", "tool", "pkg.class:main"), expected);
        assert!(message("gui_scripts", "tool", "pkg:None").contains("the keyword `None`"));
        assert_eq!(EntryPoints::default().insert("plugins", "tool", "pkg.class:main"), Ok(()));
    }

    #[test]
    fn a_script_of_one_kind_leaves_no_room_for_one_of_the_other() {
        let mut points = EntryPoints::default();
        points.insert("console_scripts", "x", "m:f").unwrap();
        let error = points.insert("gui_scripts", "x", "m:g").unwrap_err().to_string();
        assert_eq!(
            error,
            "the script `x` stands in `console_scripts` as well, and only one of the two files can be there"
        );
        points.insert("gui_scripts", "xw", "m:g").unwrap();
        points.insert("plugins", "x", "m:g").unwrap();
    }

    #[test]
    fn a_name_stands_once_in_a_group() {
        let mut points = EntryPoints::default();
        points.insert("a", "x", "m").unwrap();
        points.insert("b", "x", "m").unwrap();
        points.insert("a", "X", "m").unwrap();
        let error = points.insert("a", "x", "n").unwrap_err();
        assert_eq!(error.to_string(), "the entry point `x` stands in the group `a` already");
    }

    #[test]
    fn a_reference_that_python_could_not_follow_is_refused() {
        let error = |value: &str| message("g", "x", value);
        assert_eq!(error(""), "the entry point `x` cannot be used: the object reference `` names no module");
        assert_eq!(error(":f"), "the entry point `x` cannot be used: the object reference `:f` names no module");
        assert_eq!(
            error("m:"),
            "the entry point `x` cannot be used: the object reference `m:` has nothing after its `:`"
        );
        assert_eq!(
            error("my-pkg:f"),
            "the entry point `x` cannot be used: the object reference `my-pkg:f` holds `my-pkg`, which is no Python \
             identifier"
        );
        assert!(error("m:f()").contains("holds `f()`"));
        assert!(error("m:f:g").contains("holds `f:g`"));
        assert!(error("m..n:f").contains("holds ``"));
        assert!(error("m:f [a b]").ends_with("`m:f [a b]` has extras that cannot be read"));
        assert!(error("m:f [a").ends_with("has extras that cannot be read"));
    }

    #[test]
    fn line_breaks_in_a_reference_never_reach_the_file() {
        let mut points = EntryPoints::default();
        assert!(points.insert("g", "x", "m:f\nevil=m:f").is_err());
        points.insert("g", "x", "m :\n f").unwrap();
        assert_eq!(points.to_text(), "[g]\nx=m:f\n");
    }
}
