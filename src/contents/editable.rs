//! What an editable wheel holds: a path line for the live Python sources, and the module with a finder that leads to it.
//!
//! Sources: PEP 660; PEP 829, by which `.start` files take the place of `import` lines in `.pth` files from 3.15 on.

use std::collections::BTreeMap;
use std::path::Path;

use crate::actions::manifest::Entry;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::layout::Layout;
use crate::spec::module_path::ModulePath;

/// A module that the finder leads to: its import name, and the path of its file in the wheel.
#[derive(Debug, Clone)]
pub struct EditableModule {
    pub import: ModulePath,
    pub path: String,
}

/// Whether a project's Python lies in its tree, so that a wheel can lead to it.
pub fn has_live_sources(layout: &Layout) -> bool {
    !layout.packages.is_empty()
}

/// Where a file lies in an editable wheel that would lie at `path` in a regular one: in a directory that nothing else
/// looks into.
pub fn private_path(distribution: &str, path: &str) -> String {
    format!("{}/{path}", private_directory(distribution))
}

fn private_directory(distribution: &str) -> String {
    format!("__editable_{distribution}")
}

fn finder_name(distribution: &str) -> String {
    format!("__editable_{distribution}_wainwright")
}

/// The files that lead to the sources and to the modules. `distribution` is the escaped name, `minor` that of the
/// Python version.
pub fn files(
    distribution: &str,
    python_root: &Path,
    modules: &[EditableModule],
    minor: u64,
) -> Result<Vec<Entry>, Diagnostic> {
    let root = python_root.to_str().ok_or_else(|| {
        let message = format!("an editable install cannot lead to `{}`, which is not Unicode", python_root.display());
        Diagnostic::error(Code::SourceKind, message).hint("move the project to another directory")
    })?;
    let as_line = is_path_line(root, minor);
    let mut lines = if as_line { format!("{root}\n") } else { String::new() };
    let mut files = Vec::new();
    if !modules.is_empty() || !as_line {
        let finder = finder_name(distribution);
        let paths: &[&str] = if as_line { &[] } else { &[root] };
        files.push(Entry::text(format!("{finder}.py"), finder_text(modules, paths)));
        if minor >= 15 {
            files.push(Entry::text(format!("{finder}.start"), format!("{finder}:install\n")));
        } else {
            lines.push_str(&format!("import {finder}; {finder}.install()\n"));
        }
    }
    files.push(Entry::text(format!("__editable_{distribution}.pth"), lines));
    Ok(files)
}

/// Whether a path can stand as a line of a `.pth` file: the lines are trimmed, some have another meaning, and before
/// 3.13 they are read in the encoding of the locale.
fn is_path_line(path: &str, minor: u64) -> bool {
    let special = path.starts_with('#') || path.starts_with("import ") || path.starts_with("import\t");
    path == path.trim() && !path.contains(['\n', '\r']) && !special && (path.is_ascii() || minor >= 13)
}

fn finder_text(modules: &[EditableModule], paths: &[&str]) -> String {
    let modules: BTreeMap<String, &str> =
        modules.iter().map(|module| (module.import.to_string(), module.path.as_str())).collect();
    // JSON's strings, lists and tables of strings are Python's too.
    let literal = |value: serde_json::Value| value.to_string();
    include_str!("python/editable_finder.py")
        .replacen("MODULES = {}", &format!("MODULES = {}", literal(serde_json::json!(modules))), 1)
        .replacen("PATHS = []", &format!("PATHS = {}", literal(serde_json::json!(paths))), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::manifest::Source;

    fn texts(minor: u64) -> Vec<(String, String)> {
        let path = private_path("my_demo", "pkg/_core.abi3.so");
        let modules = [EditableModule { import: "pkg._core".parse().unwrap(), path }];
        let text = |entry: Entry| match entry.source {
            Source::Bytes(bytes) => (entry.path, String::from_utf8(bytes.to_vec()).unwrap()),
            Source::Disk { .. } => panic!("not generated"),
        };
        files("my_demo", Path::new("/src/python"), &modules, minor).unwrap().into_iter().map(text).collect()
    }

    #[test]
    fn before_3_15_a_pth_file_starts_the_finder() {
        let files = texts(11);
        assert_eq!(files[0].0, "__editable_my_demo_wainwright.py");
        assert!(files[0].1.contains("MODULES = {\"pkg._core\":\"__editable_my_demo/pkg/_core.abi3.so\"}"));
        assert_eq!(files[1].0, "__editable_my_demo.pth");
        assert_eq!(
            files[1].1,
            "/src/python\nimport __editable_my_demo_wainwright; __editable_my_demo_wainwright.install()\n"
        );
    }

    #[test]
    fn from_3_15_on_a_start_file_does() {
        let files = texts(15);
        assert_eq!(
            files[1],
            ("__editable_my_demo_wainwright.start".into(), "__editable_my_demo_wainwright:install\n".into())
        );
        assert_eq!(files[2].1, "/src/python\n");
    }

    #[test]
    fn a_path_that_no_line_can_hold_is_given_to_the_finder() {
        for (path, minor, as_line) in
            [("/a b", 9, true), ("/a ", 13, false), ("/é", 12, false), ("/é", 13, true), ("/a\nb", 13, false)]
        {
            assert_eq!(is_path_line(path, minor), as_line, "{path:?}");
        }
        let files = files("d", Path::new("/é\n\"x"), &[], 12).unwrap();
        let Source::Bytes(text) = &files[0].source else { panic!("not generated") };
        assert!(String::from_utf8_lossy(text).contains(r#"PATHS = ["/é\n\"x"]"#));
    }
}
