//! A module of the stable ABI uses nothing but the stable ABI of the oldest Python that it is for.
//!
//! Source: PEP 384, 652, 803; `stable_abi.txt` beside this file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::{BinaryFacts, Format};

/// The symbols, with the minor version of Python 3 that brought each.
static SYMBOLS: LazyLock<BTreeMap<&'static str, u64>> = LazyLock::new(|| {
    let lines = include_str!("stable_abi.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, minor)| Some((name, minor.parse().ok()?)))
        .collect()
});

/// Judges the file at `path`, which is for Python 3.`minor` and later.
pub fn check(path: &str, minor: u64, images: &[BinaryFacts]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for facts in images {
        let used: Vec<&str> = facts.imports.iter().filter(|name| is_pythons(name)).collect();
        let foreign: Vec<&str> = used.iter().copied().filter(|name| !SYMBOLS.contains_key(name)).collect();
        if !foreign.is_empty() {
            let message = format!("`{path}` uses `{}`, which is not in the stable ABI", foreign.join("`, `"));
            let hint = "turn on `abi3` in every crate that links Python, or build for one version of Python";
            findings.push(Diagnostic::error(Code::StableAbi, message).hint(hint));
        }
        let newer =
            used.iter().filter_map(|name| Some((*SYMBOLS.get(name)?, *name))).filter(|(since, _)| *since > minor);
        if let Some((since, name)) = newer.max() {
            let message = format!(
                "`{path}` uses `{name}`, which is in the stable ABI from Python 3.{since} on, but is for 3.{minor}"
            );
            let hint = format!("raise the minimum to `abi3-py3{since}`");
            findings.push(Diagnostic::error(Code::StableAbi, message).hint(hint));
        }
        let dll = facts.needed.iter().find(|library| facts.format == Format::Pe && is_versioned_dll(library));
        if let Some(dll) = dll {
            let message = format!("`{path}` links `{dll}`, which only one version of Python brings");
            findings.push(Diagnostic::error(Code::StableAbi, message).hint("link `python3.dll`"));
        }
    }
    findings
}

fn is_pythons(name: &str) -> bool {
    name.starts_with("Py") && name[2..].starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        || name.starts_with("_Py")
}

/// `python311.dll`, `python313t.dll`; but not `python3.dll` and `python3t.dll`.
fn is_versioned_dll(name: &str) -> bool {
    let name = name.to_lowercase();
    let version = name.strip_prefix("python").and_then(|rest| rest.strip_suffix(".dll"));
    version.is_some_and(|version| version.trim_end_matches(['t', 'd', '_']).len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::elf;

    fn found(imports: &[&str]) -> Vec<String> {
        check("m.abi3.so", 9, &[elf(&[], imports)]).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn only_what_the_oldest_python_has_is_used() {
        assert_eq!(
            found(&["PyArg_Parse", "_Py_Dealloc", "PyType_GetModule", "malloc", "Pyramid_new"]),
            ["`m.abi3.so` uses `PyType_GetModule`, which is in the stable ABI from Python 3.10 on, but is for 3.9"]
        );
        assert_eq!(
            found(&["PyUnicode_AsUTF8String", "_PyLong_Sign"]),
            ["`m.abi3.so` uses `_PyLong_Sign`, which is not in the stable ABI"]
        );
        assert!(SYMBOLS.len() > 900);
    }

    #[test]
    fn the_dll_of_one_version_is_told() {
        assert!(is_versioned_dll("python311.dll") && is_versioned_dll("PYTHON313t.dll"));
        assert!(
            !is_versioned_dll("python3.dll") && !is_versioned_dll("python3t.dll") && !is_versioned_dll("python3_d.dll")
        );
    }
}
