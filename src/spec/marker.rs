//! Environment markers: when a requirement applies (PyPA "Dependency specifiers", PEP 508, PEP 685).

use std::fmt;
use std::str::FromStr;

use super::name::normalize;
use super::text::{is_line_break, shown};

/// How many parentheses may be open at once.
const MAX_DEPTH: usize = 100;

/// Why a marker was refused. `rest` is what stands where the reader stopped, empty at the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkerError {
    #[error("the marker {} needs {expected} {}", shown(.marker), Where(.rest))]
    Expected { marker: String, expected: &'static str, rest: String },
    #[error("the marker {} names {}, which is no marker variable; texts stand in quotes", shown(.marker), shown(.name))]
    Variable { marker: String, name: String },
    #[error("the marker {} holds a text without closing quote", shown(.0))]
    OpenText(String),
    #[error("the marker {} holds {} in a text, which is not allowed", shown(.marker), shown(&.character.to_string()))]
    Character { marker: String, character: char },
    #[error("the marker {} nests more than {MAX_DEPTH} parentheses", shown(.0))]
    Depth(String),
}

struct Where<'a>(&'a str);

impl fmt::Display for Where<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("at its end") } else { write!(f, "before {}", shown(self.0)) }
    }
}

/// A condition on the environment, with the grouping its author gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker(Node);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Node {
    Comparison(Operand, Operator, Operand),
    All(Vec<Node>),
    Any(Vec<Node>),
    /// An `and` or `or` in parentheses.
    Group(Box<Node>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Operand {
    Variable(&'static str),
    /// Holds one kind of quote at most.
    Text(String),
}

type Operator = &'static str;

/// Every spelling of a variable and its name today.
const VARIABLES: [(&str, &str); 20] = [
    ("python_version", "python_version"),
    ("python_full_version", "python_full_version"),
    ("os_name", "os_name"),
    ("os.name", "os_name"),
    ("sys_platform", "sys_platform"),
    ("sys.platform", "sys_platform"),
    ("platform_release", "platform_release"),
    ("platform_system", "platform_system"),
    ("platform_version", "platform_version"),
    ("platform.version", "platform_version"),
    ("platform_machine", "platform_machine"),
    ("platform.machine", "platform_machine"),
    ("platform_python_implementation", "platform_python_implementation"),
    ("platform.python_implementation", "platform_python_implementation"),
    ("python_implementation", "platform_python_implementation"),
    ("implementation_name", "implementation_name"),
    ("implementation_version", "implementation_version"),
    ("extra", "extra"),
    ("extras", "extras"),
    ("dependency_groups", "dependency_groups"),
];

/// Longest first, so that none hides another.
const OPERATORS: [Operator; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

impl Marker {
    /// The marker that holds when both do.
    pub fn and(self, other: Marker) -> Marker {
        let mut nodes = Vec::new();
        for marker in [self, other] {
            match marker.0 {
                Node::All(inner) => nodes.extend(inner),
                any @ Node::Any(_) => nodes.push(Node::Group(Box::new(any))),
                node => nodes.push(node),
            }
        }
        Marker(Node::All(nodes))
    }

    /// `extra == "name"`, the name normalised.
    pub fn extra(name: &super::name::ExtraName) -> Marker {
        Marker(Node::Comparison(Operand::Variable("extra"), "==", Operand::Text(name.normalized())))
    }
}

impl FromStr for Marker {
    type Err = MarkerError;

    fn from_str(text: &str) -> Result<Self, MarkerError> {
        let mut parser = Parser { text, rest: text, depth: 0 };
        let node = parser.any()?;
        if !parser.rest.is_empty() {
            return Err(parser.expected("`and`, `or` or its end"));
        }
        Ok(Marker(match node {
            Node::Group(inner) => *inner,
            node => node,
        }))
    }
}

/// Reads a marker from left to right; `rest` is what is not read yet.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Markers joined by `or`, which binds weaker than `and`.
    fn any(&mut self) -> Result<Node, MarkerError> {
        let mut nodes = vec![self.all()?];
        while self.keyword("or") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, MarkerError> {
        let mut nodes = vec![self.atom()?];
        while self.keyword("and") {
            nodes.push(self.atom()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn atom(&mut self) -> Result<Node, MarkerError> {
        self.blanks();
        let node = if self.symbol("(") { self.group()? } else { self.comparison()? };
        self.blanks();
        Ok(node)
    }

    /// What follows an opening parenthesis. Parentheses around a comparison or other parentheses are dropped.
    fn group(&mut self) -> Result<Node, MarkerError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(MarkerError::Depth(self.text.to_owned()));
        }
        let inner = self.any()?;
        self.depth -= 1;
        if !self.symbol(")") {
            return Err(self.expected("`and`, `or` or `)`"));
        }
        Ok(match inner {
            Node::All(_) | Node::Any(_) => Node::Group(Box::new(inner)),
            node => node,
        })
    }

    fn comparison(&mut self) -> Result<Node, MarkerError> {
        let left = self.operand()?;
        self.blanks();
        let operator = self.operator()?;
        self.blanks();
        let right = self.operand()?;
        Ok(normalize_names(left, operator, right))
    }

    fn operator(&mut self) -> Result<Operator, MarkerError> {
        if self.keyword("in") {
            return Ok("in");
        }
        if self.keyword("not") {
            return if self.blanks() && self.keyword("in") {
                Ok("not in")
            } else {
                Err(self.expected("`in` after `not`"))
            };
        }
        let operator = OPERATORS.into_iter().find(|operator| self.symbol(operator));
        operator.ok_or_else(|| self.expected("one of `<=`, `<`, `!=`, `==`, `>=`, `>`, `~=`, `===`, `in` and `not in`"))
    }

    fn operand(&mut self) -> Result<Operand, MarkerError> {
        if let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            return self.quoted(quote);
        }
        let word = self.word();
        if word.is_empty() {
            return Err(self.expected("a variable or a text in quotes"));
        }
        let variable = VARIABLES.iter().find(|(spelling, _)| *spelling == word);
        let (_, name) =
            variable.ok_or_else(|| MarkerError::Variable { marker: self.text.to_owned(), name: word.to_owned() })?;
        self.rest = &self.rest[word.len()..];
        Ok(Operand::Variable(name))
    }

    /// A text in quotes. The grammar knows no escapes and no backslash.
    fn quoted(&mut self, quote: char) -> Result<Operand, MarkerError> {
        let (text, rest) =
            self.rest[1..].split_once(quote).ok_or_else(|| MarkerError::OpenText(self.text.to_owned()))?;
        let forbidden = |c: char| c == '\\' || is_line_break(c) || (c.is_control() && c != '\t');
        if let Some(character) = text.chars().find(|c| forbidden(*c)) {
            return Err(MarkerError::Character { marker: self.text.to_owned(), character });
        }
        self.rest = rest;
        Ok(Operand::Text(text.to_owned()))
    }

    /// The letters, digits, `_` and `.` that stand here; nothing is read.
    fn word(&self) -> &'a str {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(self.rest.len());
        &self.rest[..end]
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        self.word() == keyword && self.symbol(keyword)
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let stripped = self.rest.strip_prefix(symbol);
        self.rest = stripped.unwrap_or(self.rest);
        stripped.is_some()
    }

    fn blanks(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        self.rest.len() < before
    }

    fn expected(&self, expected: &'static str) -> MarkerError {
        MarkerError::Expected { marker: self.text.to_owned(), expected, rest: self.rest.to_owned() }
    }
}

/// Names of extras and groups are compared in their normal form, so they are kept in it (PEP 685).
fn normalize_names(left: Operand, operator: Operator, right: Operand) -> Node {
    use Operand::{Text, Variable};
    match (left, right) {
        (Variable("extra"), Text(name)) => Node::Comparison(Variable("extra"), operator, Text(normalize(&name))),
        (Text(name), Variable(variable @ ("extra" | "extras" | "dependency_groups"))) => {
            Node::Comparison(Text(normalize(&name)), operator, Variable(variable))
        }
        (left, right) => Node::Comparison(left, operator, right),
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Comparison(left, operator, right) => write!(f, "{left} {operator} {right}"),
            Node::All(nodes) => join(f, nodes, " and "),
            Node::Any(nodes) => join(f, nodes, " or "),
            Node::Group(inner) => write!(f, "({inner})"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, nodes: &[Node], separator: &str) -> fmt::Result {
    let written: Vec<_> = nodes.iter().map(Node::to_string).collect();
    f.write_str(&written.join(separator))
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Variable(name) => f.write_str(name),
            Operand::Text(text) if text.contains('"') => write!(f, "'{text}'"),
            Operand::Text(text) => write!(f, "\"{text}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(text: &str) -> Marker {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn normal(text: &str) -> String {
        marker(text).to_string()
    }

    fn message(text: &str) -> String {
        text.parse::<Marker>().unwrap_err().to_string()
    }

    #[test]
    fn a_marker_is_written_with_double_quotes_and_single_blanks() {
        assert_eq!(normal(" python_version>'3' "), r#"python_version > "3""#);
        assert_eq!(normal("'linux'in sys_platform"), r#""linux" in sys_platform"#);
        assert_eq!(normal("'win' not\t in sys_platform"), r#""win" not in sys_platform"#);
        assert_eq!(normal(r#"platform_version == 'a "b"'"#), r#"platform_version == 'a "b"'"#);
        assert_eq!(normal("os_name==''"), r#"os_name == """#);
        assert_eq!(normal(r#"python_full_version~="3.8.1"and"a"=== os_name"#), {
            r#"python_full_version ~= "3.8.1" and "a" === os_name"#
        });
    }

    #[test]
    fn old_spellings_of_variables_become_todays() {
        for (old, new) in [
            ("os.name", "os_name"),
            ("sys.platform", "sys_platform"),
            ("platform.version", "platform_version"),
            ("platform.machine", "platform_machine"),
            ("platform.python_implementation", "platform_python_implementation"),
            ("python_implementation", "platform_python_implementation"),
        ] {
            assert_eq!(normal(&format!("{old} == 'x'")), format!(r#"{new} == "x""#));
        }
    }

    #[test]
    fn parentheses_are_kept_where_they_group_and_dropped_where_they_do_not() {
        let (a, b, c) = (r#"os_name == "a""#, r#"os_name == "b""#, r#"os_name == "c""#);
        assert_eq!(normal(&format!("({a} or {b}) and {c}")), format!("({a} or {b}) and {c}"));
        assert_eq!(normal(&format!("{a} or {b} and {c}")), format!("{a} or {b} and {c}"));
        assert_eq!(normal(&format!("{a} or ({b} and {c})")), format!("{a} or ({b} and {c})"));
        assert_eq!(normal(&format!("(({a})) or ((({b} and {c})))")), format!("{a} or ({b} and {c})"));
        assert_eq!(normal(&format!("(({a} or {b}))")), format!("{a} or {b}"));
    }

    #[test]
    fn both_sides_of_an_and_are_grouped_where_they_are_an_or() {
        let (a, b) = (r#"os_name == "a""#, r#"os_name == "b""#);
        let extra = Marker::extra(&"Foo_Bar".parse().unwrap());
        let either = marker(&format!("{a} or {b}"));
        assert_eq!(either.clone().and(extra.clone()).to_string(), format!(r#"({a} or {b}) and extra == "foo-bar""#));
        assert_eq!(extra.clone().and(either).to_string(), format!(r#"extra == "foo-bar" and ({a} or {b})"#));
        let both = marker(&format!("{a} and {b}")).and(extra.clone());
        assert_eq!(both.to_string(), format!(r#"{a} and {b} and extra == "foo-bar""#));
        let grouped = marker(&format!("({a} or {b}) and {a} or {b}")).and(extra);
        assert_eq!(grouped.to_string(), format!(r#"(({a} or {b}) and {a} or {b}) and extra == "foo-bar""#));
    }

    #[test]
    fn names_of_extras_and_groups_are_normalised() {
        assert_eq!(normal("extra == 'Foo__Bar.baz'"), r#"extra == "foo-bar-baz""#);
        assert_eq!(normal("'A.B' == extra"), r#""a-b" == extra"#);
        assert_eq!(normal("'A_B' in extras or 'C.D' in dependency_groups"), {
            r#""a-b" in extras or "c-d" in dependency_groups"#
        });
        assert_eq!(normal("os_name == 'A_B'"), r#"os_name == "A_B""#);
    }

    #[test]
    fn a_marker_that_breaks_the_grammar_is_refused_with_its_reason() {
        assert_eq!(message(""), "the marker `` needs a variable or a text in quotes at its end");
        assert_eq!(
            message("python_verson > '3'"),
            "the marker `python_verson > '3'` names `python_verson`, which is no marker variable; texts stand in quotes"
        );
        assert_eq!(
            message("os_name = 'nt'"),
            "the marker `os_name = 'nt'` needs one of `<=`, `<`, `!=`, `==`, `>=`, `>`, `~=`, `===`, `in` and `not in` \
             before `= 'nt'`"
        );
        assert_eq!(message("os_name == 'nt"), "the marker `os_name == 'nt` holds a text without closing quote");
        assert_eq!(message("(os_name == 'nt'"), "the marker `(os_name == 'nt'` needs `and`, `or` or `)` at its end");
        assert_eq!(
            message("os_name == 'nt')"),
            "the marker `os_name == 'nt')` needs `and`, `or` or its end before `)`"
        );
        assert!(message("'a' notin os_name").contains("needs one of"));
        assert!(message("'a' not os_name").contains("needs `in` after `not` before `os_name`"));
        assert!(message("os_name == 'a' && os_name == 'b'").contains("before `&&"));
        assert!(message("os_name == 'a' OR os_name == 'b'").contains("before `OR"));
    }

    #[test]
    fn line_breaks_control_characters_and_backslashes_are_refused() {
        assert_eq!(
            message("os_name == 'a\nb'"),
            "the marker `os_name == 'a\\nb'` holds `\\n` in a text, which is not allowed"
        );
        assert!(message("os_name == 'a\u{2028}b'").contains("in a text, which is not allowed"));
        assert!(message(r"os_name == 'a\nb'").contains(r"holds `\` in a text"));
        assert!(message("os_name\n== 'a'").contains("needs one of"));
    }

    #[test]
    fn a_hundred_parentheses_may_be_open_and_no_more() {
        let nested = |depth| format!("{}os_name == 'a'{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(normal(&nested(100)), r#"os_name == "a""#);
        assert!(message(&nested(101)).ends_with("nests more than 100 parentheses"));
        assert!(message(&"(".repeat(1_000_000)).ends_with("nests more than 100 parentheses"));
    }
}
