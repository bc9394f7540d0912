//! Import names of modules, and the symbols that a module's library exports
//! (The Python Language Reference "Identifiers"; PEP 489; PEP 793).

use std::fmt;
use std::str::FromStr;

use super::text::shown;

/// Why an import name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModulePathError {
    #[error("a module name cannot be empty")]
    Empty,
    #[error("the module name {} has nothing before, after or between a `.`", shown(.0))]
    EmptyPart(String),
    #[error("the module name {} holds `-`, which Python cannot import; use `_`, as in {}", shown(.0), shown(&.0.replace('-', "_")))]
    Hyphen(String),
    #[error("the part {} of the module name {} begins with a digit", shown(.part), shown(.path))]
    Digit { path: String, part: String },
    #[error(
        "the part {} of the module name {} is no Python identifier: it holds {}",
        shown(.part),
        shown(.path),
        shown(&.character.to_string())
    )]
    Character { path: String, part: String, character: char },
}

/// A dotted import name, such as `package.sub._core`. Its parts are Python identifiers, but may be keywords.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulePath(Vec<String>);

/// The words that no module can bear if it is to be imported by an `import` statement.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether a word is one of Python's own, which no statement can use as a name.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

impl ModulePath {
    /// The names between the dots, at least one.
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    pub fn last(&self) -> &str {
        &self.0[self.0.len() - 1]
    }

    /// The package that is imported first: the part before the first dot.
    pub fn top(&self) -> &str {
        &self.0[0]
    }

    /// The module of the same name inside this one: `demo` gives `demo.demo`.
    pub fn inner_namesake(&self) -> ModulePath {
        ModulePath(self.0.iter().chain(self.0.last()).cloned().collect())
    }

    /// The package that the module lies in.
    pub fn package(&self) -> Option<ModulePath> {
        let (_, package) = self.0.split_last()?;
        (!package.is_empty()).then(|| ModulePath(package.to_vec()))
    }

    /// The directory of the package that the module lies in, with `/`, empty for a module at the top.
    pub fn directory(&self) -> String {
        self.0[..self.0.len() - 1].join("/")
    }

    /// The names of the function by which Python enters the module's library: it must export one of them.
    pub fn entry_symbols(&self) -> [String; 2] {
        let last = self.last();
        if last.is_ascii() {
            return [format!("PyInit_{last}"), format!("PyModExport_{last}")];
        }
        let encoded = punycode(last).replace('-', "_");
        [format!("PyInitU_{encoded}"), format!("PyModExportU_{encoded}")]
    }

    /// The first part that is a keyword of Python.
    pub fn keyword(&self) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|part| is_keyword(part))
    }
}

impl FromStr for ModulePath {
    type Err = ModulePathError;

    fn from_str(path: &str) -> Result<Self, ModulePathError> {
        if path.is_empty() {
            return Err(ModulePathError::Empty);
        }
        for part in path.split('.') {
            check(path, part)?;
        }
        Ok(Self(path.split('.').map(str::to_owned).collect()))
    }
}

fn check(path: &str, part: &str) -> Result<(), ModulePathError> {
    let Some(first) = part.chars().next() else {
        return Err(ModulePathError::EmptyPart(path.to_owned()));
    };
    if part.contains('-') {
        return Err(ModulePathError::Hyphen(path.to_owned()));
    }
    if let Some(character) = part.chars().find(|c| !unicode_ident::is_xid_continue(*c)) {
        return Err(ModulePathError::Character { path: path.to_owned(), part: part.to_owned(), character });
    }
    if first == '_' || unicode_ident::is_xid_start(first) {
        return Ok(());
    }
    Err(if first.is_numeric() {
        ModulePathError::Digit { path: path.to_owned(), part: part.to_owned() }
    } else {
        ModulePathError::Character { path: path.to_owned(), part: part.to_owned(), character: first }
    })
}

/// Whether Python would read the text as one identifier.
pub(crate) fn is_identifier(text: &str) -> bool {
    check(text, text).is_ok()
}

/// Encodes a text as RFC 3492 says: its ASCII characters, a hyphen, and where the others belong.
fn punycode(text: &str) -> String {
    let mut encoded: String = text.chars().filter(char::is_ascii).collect();
    let ascii = encoded.len() as u64;
    if ascii > 0 {
        encoded.push('-');
    }
    let characters: Vec<u64> = text.chars().map(|c| u64::from(u32::from(c))).collect();
    let (mut handled, mut next, mut delta, mut bias) = (ascii, 128, 0, 72);
    while let Some(lowest) = characters.iter().copied().filter(|c| *c >= next).min() {
        delta += (lowest - next) * (handled + 1);
        for c in &characters {
            delta += u64::from(*c < lowest);
            if *c == lowest {
                push_delta(&mut encoded, delta, bias);
                bias = adapt(delta, handled + 1, handled == ascii);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        next = lowest + 1;
    }
    encoded
}

/// Writes a number in digits `a` to `z` and `0` to `9`, whose weights depend on the bias.
fn push_delta(encoded: &mut String, mut delta: u64, bias: u64) {
    let mut position = 36;
    loop {
        let threshold = position.clamp(bias + 1, bias + 26) - bias;
        if delta < threshold {
            return encoded.push(digit(delta));
        }
        encoded.push(digit(threshold + (delta - threshold) % (36 - threshold)));
        delta = (delta - threshold) / (36 - threshold);
        position += 36;
    }
}

/// The digit of a value below 36.
fn digit(value: u64) -> char {
    char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[value as usize])
}

fn adapt(delta: u64, handled: u64, first: bool) -> u64 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / handled;
    let mut bias = 0;
    while delta > 35 * 26 / 2 {
        delta /= 35;
        bias += 36;
    }
    bias + 36 * delta / (delta + 38)
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ModulePath {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn message(text: &str) -> String {
        text.parse::<ModulePath>().unwrap_err().to_string()
    }

    #[test]
    fn a_path_can_be_taken_apart() {
        let core = path("pkg.sub._core");
        assert_eq!(core.parts(), ["pkg", "sub", "_core"]);
        assert_eq!((core.top(), core.last()), ("pkg", "_core"));
        assert_eq!(core.package(), Some(path("pkg.sub")));
        assert_eq!(core.directory(), "pkg/sub");
        assert_eq!(core.to_string(), "pkg.sub._core");
        let top = path("module2");
        assert_eq!((top.top(), top.last(), top.package()), ("module2", "module2", None));
        assert_eq!(top.directory(), "");
    }

    #[test]
    fn an_ascii_module_is_entered_by_its_own_name() {
        assert_eq!(path("pkg._core").entry_symbols(), ["PyInit__core", "PyModExport__core"]);
    }

    #[test]
    fn another_module_is_entered_by_its_punycode_as_python_encodes_it() {
        for (name, encoded) in [
            ("café", "caf_dma"),
            ("ünïcödé", "ncd_dma1a7bzb"),
            ("日本語", "wgv71a119e"),
            ("naïve_x", "nave_x_jwa"),
            ("é", "9ca"),
            ("módulo", "mdulo_0ta"),
            ("Ελλάδα", "twa0cpl7aa"),
            ("a_é_b", "a__b_cpa"),
        ] {
            let symbols = path(&format!("pkg.{name}")).entry_symbols();
            assert_eq!(symbols, [format!("PyInitU_{encoded}"), format!("PyModExportU_{encoded}")]);
        }
    }

    #[test]
    fn a_keyword_among_the_parts_is_found() {
        assert_eq!(path("pkg.class.def").keyword(), Some("class"));
        assert_eq!(path("async").keyword(), Some("async"));
        assert_eq!(path("pkg.match.type._").keyword(), None);
        assert_eq!(path("none.true").keyword(), None);
    }

    #[test]
    fn what_python_cannot_import_is_refused_with_the_part() {
        assert_eq!(message(""), "a module name cannot be empty");
        for text in [".", "a.", ".a", "a..b"] {
            assert_eq!(message(text), format!("the module name `{text}` has nothing before, after or between a `.`"));
        }
        assert_eq!(
            message("my-pkg.core"),
            "the module name `my-pkg.core` holds `-`, which Python cannot import; use `_`, as in `my_pkg.core`"
        );
        assert_eq!(message("pkg.2core"), "the part `2core` of the module name `pkg.2core` begins with a digit");
        assert_eq!(
            message("pkg.a b"),
            "the part `a b` of the module name `pkg.a b` is no Python identifier: it holds ` `"
        );
        assert!(message("a/b").ends_with("holds `/`"));
        assert!(message("a\n").ends_with("holds `\\n`"));
        assert!(message("\u{301}a").contains("is no Python identifier"));
    }
}
