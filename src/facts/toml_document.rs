//! A TOML file as a tree of values that know their place, and the reading of typed values out of it.
//!
//! Reading never stops at the first fault: every value of a wrong type adds one to the list and reads as absent.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, Place};

/// One parsed TOML file.
#[derive(Debug, Clone)]
pub struct Document {
    file: PathBuf,
    source: Arc<str>,
    root: Vec<Pair>,
}

/// A key and its value.
#[derive(Debug, Clone)]
struct Pair {
    key: String,
    key_range: Range<usize>,
    value: Node,
}

#[derive(Debug, Clone)]
struct Node {
    range: Range<usize>,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    String(String),
    Integer(i64),
    Float,
    Boolean(bool),
    Datetime,
    Array(Vec<Node>),
    Table(Vec<Pair>),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Value::String(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float => "a float",
            Value::Boolean(_) => "a boolean",
            Value::Datetime => "a date or time",
            Value::Array(_) => "an array",
            Value::Table(_) => "a table",
        }
    }
}

/// A value together with the dotted key it stands under and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    /// The whole dotted key, e.g. `project.version`.
    pub key: String,
    pub place: Place,
}

impl<T> Located<T> {
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: f(self.value), key: self.key, place: self.place }
    }

    /// An error at this value.
    pub fn error(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.place.clone())
    }

    /// A warning at this value.
    pub fn warning(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, message).at(self.place.clone())
    }
}

impl Document {
    /// Parses the bytes of `file`; all syntax errors come back together.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let text = std::str::from_utf8(bytes).map_err(|error| vec![not_utf8(file, bytes, error.valid_up_to())])?;
        let source: Arc<str> = text.into();
        let (table, errors) = DeTable::parse_recoverable(&source);
        if !errors.is_empty() {
            return Err(errors.iter().map(|error| syntax_error(file, &source, error)).collect());
        }
        let root = pairs(table.get_ref());
        Ok(Self { file: file.to_owned(), source, root })
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    pub fn root(&self) -> Table<'_> {
        Table { document: self, path: String::new(), pairs: &self.root, range: 0..0 }
    }

    fn place(&self, range: Range<usize>) -> Place {
        Place::span(&self.file, &self.source, range)
    }
}

fn not_utf8(file: &Path, bytes: &[u8], at: usize) -> Diagnostic {
    let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
    Diagnostic::error(
        Code::TomlSyntax,
        format!("`{}` is not UTF-8: byte 0x{:02x} at offset {at}, in line {line}", file.display(), bytes[at]),
    )
    .at(Place::file(file))
    .hint("save the file as UTF-8, the only encoding that TOML allows")
}

fn syntax_error(file: &Path, source: &Arc<str>, error: &toml::de::Error) -> Diagnostic {
    let message = error.message().trim().lines().collect::<Vec<_>>().join("; ");
    let diagnostic = Diagnostic::error(Code::TomlSyntax, format!("`{}` is not valid TOML: {message}", file.display()));
    match error.span() {
        Some(range) => diagnostic.at(Place::span(file, source, range)),
        None => diagnostic.at(Place::file(file)),
    }
}

/// The pairs of a table in the order of the file.
fn pairs(table: &DeTable<'_>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = table.iter().map(|(key, value)| pair(key, value)).collect();
    pairs.sort_by_key(|pair| pair.key_range.start);
    pairs
}

fn pair(key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) -> Pair {
    Pair { key: key.get_ref().to_string(), key_range: key.span(), value: node(value) }
}

fn node(spanned: &Spanned<DeValue<'_>>) -> Node {
    let value = match spanned.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        // One that no key could take is none.
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(i64::MAX))
        }
        DeValue::Float(_) => Value::Float,
        DeValue::Boolean(boolean) => Value::Boolean(*boolean),
        DeValue::Datetime(_) => Value::Datetime,
        DeValue::Array(items) => Value::Array(items.iter().map(node).collect()),
        DeValue::Table(table) => Value::Table(pairs(table)),
    };
    Node { range: spanned.span(), value }
}

/// A table of a document.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    document: &'a Document,
    path: String,
    pairs: &'a [Pair],
    range: Range<usize>,
}

impl<'a> Table<'a> {
    /// The values of the table, each with its key, in the order of the file.
    pub fn items(&self) -> impl Iterator<Item = (&'a str, Item<'a>)> + '_ {
        self.pairs.iter().map(|pair| (pair.key.as_str(), self.item(pair)))
    }

    pub fn get(&self, key: &str) -> Option<Item<'a>> {
        self.pairs.iter().find(|pair| pair.key == key).map(|pair| self.item(pair))
    }

    /// The table under `key`, absent also where something else stands there.
    pub fn table(&self, key: &str, faults: &mut Vec<Diagnostic>) -> Option<Table<'a>> {
        self.get(key)?.table(faults)
    }

    pub fn string(&self, key: &str, faults: &mut Vec<Diagnostic>) -> Option<Located<String>> {
        self.get(key)?.string(faults)
    }

    pub fn strings(&self, key: &str, faults: &mut Vec<Diagnostic>) -> Option<Vec<Located<String>>> {
        self.get(key)?.strings(faults)
    }

    pub fn boolean(&self, key: &str, faults: &mut Vec<Diagnostic>) -> Option<Located<bool>> {
        self.get(key)?.boolean(faults)
    }

    pub fn number(&self, key: &str, least: u8, most: u8, faults: &mut Vec<Diagnostic>) -> Option<Located<u8>> {
        self.get(key)?.number(least, most, faults)
    }

    /// The place of the table itself.
    pub fn place(&self) -> Place {
        self.document.place(self.range.clone())
    }

    /// The dotted key of the table, e.g. `tool.wainwright`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A diagnostic for each key that is not in `known`, made by `report` from the key, its place and the near key.
    pub fn unknown_keys(&self, known: &[&str], severity: fn(Code, String) -> Diagnostic) -> Vec<Diagnostic> {
        let unknown = self.pairs.iter().filter(|pair| !known.contains(&pair.key.as_str()));
        unknown
            .map(|pair| {
                let message = format!("unknown key `{}` in `[{}]`", pair.key, self.path);
                let diagnostic = severity(Code::UnknownKey, message).at(self.document.place(pair.key_range.clone()));
                match nearest(&pair.key, known) {
                    Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
                    None => diagnostic.hint(format!("remove it; the keys of this table are {}", listed(known))),
                }
            })
            .collect()
    }

    fn item(&self, pair: &'a Pair) -> Item<'a> {
        let key = quoted_key(&pair.key);
        let path = if self.path.is_empty() { key } else { format!("{}.{key}", self.path) };
        Item { document: self.document, path, node: &pair.value, key_range: pair.key_range.clone() }
    }
}

/// How a value of the wanted type is written.
fn form_of(wanted: &str) -> Option<&'static str> {
    let forms = [
        ("an array of strings", "write it as `[\"...\", \"...\"]`"),
        ("an array", "write it in brackets: `[...]`"),
        ("a table", "write it in braces: `{ ... }`, or under a heading of its own"),
        ("a boolean", "write `true` or `false`, without quotation marks"),
        ("a string", "put it in quotation marks"),
    ];
    forms.into_iter().find(|(kind, _)| wanted.starts_with(kind)).map(|(_, form)| form)
}

/// The key as it stands in TOML: bare where that is possible.
fn quoted_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if bare { key.to_owned() } else { format!("{key:?}") }
}

/// The known word that is most like `word`, if one is near enough to be meant.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let fold = |text: &str| text.to_lowercase().replace('_', "-");
    let score = |candidate: &&str| strsim::jaro_winkler(&fold(word), &fold(candidate));
    let best = known.iter().copied().max_by(|a, b| score(a).total_cmp(&score(b)))?;
    (score(&best) > 0.82).then_some(best)
}

/// The words as a list in backticks.
pub fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// A value of a document, not yet asked for its type.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    document: &'a Document,
    path: String,
    node: &'a Node,
    key_range: Range<usize>,
}

impl<'a> Item<'a> {
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn place(&self) -> Place {
        self.document.place(self.node.range.clone())
    }

    /// The place of the key rather than of the value.
    pub fn key_place(&self) -> Place {
        self.document.place(self.key_range.clone())
    }

    pub fn is_table(&self) -> bool {
        matches!(self.node.value, Value::Table(_))
    }

    pub fn is_string(&self) -> bool {
        matches!(self.node.value, Value::String(_))
    }

    pub fn is_boolean(&self) -> bool {
        matches!(self.node.value, Value::Boolean(_))
    }

    pub fn string(&self, faults: &mut Vec<Diagnostic>) -> Option<Located<String>> {
        match &self.node.value {
            Value::String(text) => Some(self.located(text.clone())),
            _ => self.wrong_type("a string", faults),
        }
    }

    pub fn boolean(&self, faults: &mut Vec<Diagnostic>) -> Option<Located<bool>> {
        match &self.node.value {
            Value::Boolean(boolean) => Some(self.located(*boolean)),
            _ => self.wrong_type("a boolean (`true` or `false`)", faults),
        }
    }

    /// A whole number between two others.
    pub fn number(&self, least: u8, most: u8, faults: &mut Vec<Diagnostic>) -> Option<Located<u8>> {
        let Value::Integer(number) = self.node.value else { return self.wrong_type("a whole number", faults) };
        let found = u8::try_from(number).ok().filter(|number| (least..=most).contains(number));
        if found.is_none() {
            let message = format!("`{}` is {number}, which is not between {least} and {most}", self.path);
            faults.push(Diagnostic::error(Code::ToolValue, message).at(self.place()));
        }
        found.map(|number| self.located(number))
    }

    pub fn strings(&self, faults: &mut Vec<Diagnostic>) -> Option<Vec<Located<String>>> {
        let items = self.items("an array of strings", faults)?;
        Some(items.iter().filter_map(|item| item.string(faults)).collect())
    }

    /// The items of an array, each under the key `path[index]`.
    pub fn items(&self, wanted: &str, faults: &mut Vec<Diagnostic>) -> Option<Vec<Item<'a>>> {
        match &self.node.value {
            Value::Array(nodes) => {
                Some(nodes.iter().enumerate().map(|(index, node)| self.element(index, node)).collect())
            }
            _ => self.wrong_type(wanted, faults),
        }
    }

    pub fn table(&self, faults: &mut Vec<Diagnostic>) -> Option<Table<'a>> {
        match &self.node.value {
            Value::Table(pairs) => {
                Some(Table { document: self.document, path: self.path.clone(), pairs, range: self.node.range.clone() })
            }
            _ => self.wrong_type("a table", faults),
        }
    }

    /// Adds the fault that the value is none of `wanted`.
    pub fn wrong_type<T>(&self, wanted: &str, faults: &mut Vec<Diagnostic>) -> Option<T> {
        let message = format!("`{}` must be {wanted}, not {}", self.path, self.node.value.kind());
        let fault = Diagnostic::error(Code::ValueType, message).at(self.place());
        faults.push(match form_of(wanted) {
            Some(form) => fault.hint(form),
            None => fault,
        });
        None
    }

    fn element(&self, index: usize, node: &'a Node) -> Item<'a> {
        let path = format!("{}[{index}]", self.path);
        Item { document: self.document, path, node, key_range: node.range.clone() }
    }

    fn located<T>(&self, value: T) -> Located<T> {
        Located { value, key: self.path.clone(), place: self.place() }
    }
}

/// One of the values that a flag of the same name takes.
pub fn choice<T: clap::ValueEnum>(name: &Located<String>, faults: &mut Vec<Diagnostic>) -> Option<T> {
    let found = T::from_str(&name.value, false).ok();
    if found.is_none() {
        let names: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|value| value.to_possible_value().map(|value| value.get_name().to_owned()))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let message = format!("`{}` is `{}`, which is none of {}", name.key, name.value, listed(&names));
        faults.push(name.error(Code::ToolValue, message));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::parse(Path::new("x.toml"), text.as_bytes()).unwrap()
    }

    #[test]
    fn values_are_read_by_type_and_faults_carry_key_and_place() {
        let document = document("[a]\nname = \"x\"\nlist = [\"p\", 3]\n");
        let mut faults = Vec::new();
        let table = document.root().table("a", &mut faults).unwrap();
        assert_eq!(table.string("name", &mut faults).unwrap().value, "x");
        assert_eq!(table.string("absent", &mut faults), None);
        assert!(faults.is_empty());
        assert_eq!(table.strings("list", &mut faults).unwrap().len(), 1);
        assert_eq!(faults[0].message, "`a.list[1]` must be a string, not an integer");
        assert_eq!(faults[0].place.as_ref().unwrap().line_column(), Some((3, 14)));
    }

    #[test]
    fn pairs_keep_the_order_of_the_file() {
        let document = document("z = 1\na = 2\nm.b = 3\n");
        assert_eq!(document.root().items().map(|(key, _)| key).collect::<Vec<_>>(), ["z", "a", "m"]);
    }

    #[test]
    fn unknown_keys_name_the_near_one() {
        let document = document("[t]\nmodule_name = 'x'\n");
        let found =
            document.root().table("t", &mut Vec::new()).unwrap().unknown_keys(&["module-name"], Diagnostic::error);
        assert_eq!(found[0].message, "unknown key `module_name` in `[t]`");
        assert_eq!(found[0].hint.as_deref(), Some("did you mean `module-name`?"));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused_with_their_line() {
        let faults = Document::parse(Path::new("x.toml"), b"a = 1\nb = '\xe9'\n").unwrap_err();
        assert_eq!(faults[0].message, "`x.toml` is not UTF-8: byte 0xe9 at offset 11, in line 2");
    }

    #[test]
    fn a_duplicate_table_is_a_syntax_error_with_a_place() {
        let faults = Document::parse(Path::new("x.toml"), b"[a]\nx=1\n[a]\n").unwrap_err();
        assert!(faults[0].message.contains("duplicate"), "{}", faults[0].message);
        assert!(faults[0].place.as_ref().unwrap().span.is_some());
    }
}
