//! The files that a Rust source names: what its macros include, and its modules. Read as text, not parsed: a name too many
//! does no harm where no such file exists.
//!
//! Source: The Rust Reference, "Modules"; the documentation of `include!`, `include_str!` and `include_bytes!`.

/// A file that a source names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedFile {
    /// Relative to the directory of the source.
    Beside(String),
    /// Relative to the crate's directory: `concat!(env!("CARGO_MANIFEST_DIR"), "/...")`.
    InCrate(String),
    /// `mod name;`
    Module(String),
}

/// The files that `source` names. Modules that only tests have are left out.
pub fn named_files(source: &str) -> Vec<NamedFile> {
    let lines: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = lines.join("\n");
    let mut named = modules(&lines);
    for (at, _) in code.match_indices("include") {
        let rest = &code[at + "include".len()..];
        let after = ["_str!", "_bytes!", "!"].iter().find_map(|kind| rest.strip_prefix(kind));
        named.extend(after.and_then(argument));
    }
    named
}

fn modules(lines: &[&str]) -> Vec<NamedFile> {
    let mut named = Vec::new();
    let mut is_of_tests = false;
    for line in lines.iter().map(|line| line.trim()) {
        is_of_tests |= line.contains("#[cfg(test)]");
        if let Some((_, path)) = line.split_once("#[path").filter(|(before, _)| before.is_empty()) {
            named.extend(path.split_once('"').and_then(|(_, path)| literal(path)).map(NamedFile::Beside));
        }
        let code = line.split("//").next().unwrap_or(line);
        let declaration = code.rsplit(']').next().unwrap_or(code).trim();
        if let Some(name) = module(declaration).filter(|_| !is_of_tests) {
            named.push(NamedFile::Module(name.to_owned()));
        }
        is_of_tests &= line.starts_with("#[") && line.ends_with(']');
    }
    named
}

/// The name in `mod name;`, perhaps with `pub` or `pub(...)` before it. A file is called without the `r#` of a name that
/// is a keyword.
fn module(declaration: &str) -> Option<&str> {
    let rest = match declaration.strip_prefix("pub") {
        Some(public) if public.starts_with('(') => public.split_once(')')?.1,
        Some(public) => public,
        None => declaration,
    };
    let name = rest.trim_start().strip_prefix("mod ")?.strip_suffix(';')?.trim();
    let name = name.strip_prefix("r#").unwrap_or(name);
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

/// The argument of a macro, if it is a literal, or one behind the crate's directory.
fn argument(text: &str) -> Option<NamedFile> {
    let text = text.trim_start().strip_prefix(['(', '[', '{'])?.trim_start();
    if let Some(parts) = text.strip_prefix("concat!") {
        let parts = parts.trim_start().strip_prefix(['(', '[', '{'])?.trim_start();
        let parts = parts.strip_prefix("env!")?.trim_start().strip_prefix(['(', '[', '{'])?.trim_start();
        let rest = parts.strip_prefix("\"CARGO_MANIFEST_DIR\"")?.trim_start().strip_prefix([')', ']', '}'])?;
        let path = literal(rest.trim_start().strip_prefix(',')?.trim_start().strip_prefix('"')?)?;
        return Some(NamedFile::InCrate(path.trim_start_matches('/').to_owned()));
    }
    let raw = text.strip_prefix('r').map(|raw| raw.trim_start_matches('#'));
    literal(raw.unwrap_or(text).strip_prefix('"')?).map(NamedFile::Beside)
}

/// A literal up to its closing quote; one with escapes is none that names a file.
fn literal(text: &str) -> Option<String> {
    let (literal, _) = text.split_once('"')?;
    (!literal.contains('\\') && !literal.is_empty()).then(|| literal.to_owned())
}

#[cfg(test)]
mod tests {
    use super::NamedFile::{Beside, InCrate, Module};
    use super::*;

    #[test]
    fn included_files_are_named() {
        let text = "#![doc = include_str!(\"../README.md\")]\nconst A: &[u8] = include_bytes!(\n    r#\"data/a.bin\"#\n);\n\
                    include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\n// include_str!(\"no.txt\")\n\
                    const B: &str = include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/b.txt\"));\n";
        let named = [Beside("../README.md".into()), Beside("data/a.bin".into()), InCrate("b.txt".into())];
        assert_eq!(named_files(text), named);
    }

    #[test]
    fn modules_are_named_but_for_those_of_tests() {
        let text = "pub mod a;\npub(crate) mod b;\n#[cfg(feature = \"c\")] mod c;\nmod inline {\n}\n\
                    #[cfg(test)]\n#[allow(dead_code)]\nmod tests;\n#[cfg(test)] mod more;\nmod d;\n\
                    #[path = \"other/e.rs\"]\nmod e;\n";
        let module = |name: &str| Module(name.to_owned());
        let named = [module("a"), module("b"), module("c"), module("d"), Beside("other/e.rs".into()), module("e")];
        assert_eq!(named_files(text), named);
    }

    #[test]
    fn keywords_and_comments_hide_no_module() {
        let text = "mod r#match;\npub mod a; // the first [of many]\n// mod gone;\n";
        assert_eq!(named_files(text), [Module("match".to_owned()), Module("a".to_owned())]);
    }
}
