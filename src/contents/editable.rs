//! What an editable wheel holds: a path line for the live Python sources, and the module with a finder that leads to it.
//!
//! Sources: PEP 660; PEP 829, by which `.start` files take the place of `import` lines in `.pth` files from 3.15 on.

use std::path::Path;

use crate::actions::manifest::Entry;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::layout::{Layout, ModuleLayout};
use crate::spec::module_path::ModulePath;

/// A module that stands beside live sources: its import name and its file.
#[derive(Debug, Clone)]
pub struct EditableModule<'m> {
    pub import: &'m ModulePath,
    pub file_name: &'m str,
}

/// Whether a project's Python lies in its tree, so that a wheel can lead to it.
pub fn has_live_sources(layout: &Layout) -> bool {
    !layout.packages.is_empty() && !matches!(layout.module, ModuleLayout::Generated { .. })
}

/// Where the module lies in an editable wheel: in a directory that nothing else looks into.
pub fn module_path(distribution: &str, module: &EditableModule<'_>) -> String {
    let directory = module.import.directory();
    let separator = if directory.is_empty() { "" } else { "/" };
    format!("{}/{directory}{separator}{}", private_directory(distribution), module.file_name)
}

fn private_directory(distribution: &str) -> String {
    format!("__editable_{distribution}")
}

fn finder_name(distribution: &str) -> String {
    format!("__editable_{distribution}_wainwright")
}

/// The files that lead to the sources and to the module. `distribution` is the escaped name, `minor` that of the
/// Python version.
pub fn files(
    distribution: &str,
    python_root: &Path,
    module: Option<EditableModule<'_>>,
    minor: u64,
) -> Result<Vec<Entry>, Diagnostic> {
    let root = python_root.to_str().filter(|root| !root.contains(['\n', '\r'])).ok_or_else(|| {
        let shown = python_root.to_string_lossy().escape_debug().to_string();
        let message = format!(
            "an editable install cannot lead to `{shown}`: `.pth` files hold only Unicode paths without line breaks"
        );
        Diagnostic::error(Code::SourceKind, message).hint("move the project to another directory")
    })?;
    let mut path_lines = format!("{root}\n");
    let mut files = Vec::new();
    if let Some(module) = module {
        let finder = finder_name(distribution);
        files.push(Entry::text(format!("{finder}.py"), finder_text(distribution, &module)));
        if minor >= 15 {
            files.push(Entry::text(format!("{finder}.start"), format!("{finder}:install\n")));
        } else {
            path_lines.push_str(&format!("import {finder}; {finder}.install()\n"));
        }
    }
    files.push(Entry::text(format!("__editable_{distribution}.pth"), path_lines));
    Ok(files)
}

fn finder_text(distribution: &str, module: &EditableModule<'_>) -> String {
    let mapping = format!("MODULES = {{{:?}: {:?}}}", module.import.to_string(), module_path(distribution, module));
    include_str!("python/editable_finder.py").replacen("MODULES = {}", &mapping, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::manifest::Source;

    fn texts(minor: u64) -> Vec<(String, String)> {
        let import = "pkg._core".parse().unwrap();
        let module = EditableModule { import: &import, file_name: "_core.abi3.so" };
        let text = |entry: Entry| match entry.source {
            Source::Bytes(bytes) => (entry.path, String::from_utf8(bytes.to_vec()).unwrap()),
            Source::Disk { .. } => panic!("not generated"),
        };
        files("my_demo", Path::new("/src/python"), Some(module), minor).unwrap().into_iter().map(text).collect()
    }

    #[test]
    fn before_3_15_a_pth_file_starts_the_finder() {
        let files = texts(11);
        assert_eq!(files[0].0, "__editable_my_demo_wainwright.py");
        assert!(files[0].1.contains("MODULES = {\"pkg._core\": \"__editable_my_demo/pkg/_core.abi3.so\"}"));
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
}
