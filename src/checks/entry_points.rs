//! `entry_points.txt` can be read, and what it names of this wheel is there.
//!
//! Source: "Entry points specification".

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::Archive;
use crate::spec::entry_points::{CONSOLE_SCRIPTS, GUI_SCRIPTS, ObjectReference};

pub fn check(archive: &Archive, directory: &str) -> Vec<Diagnostic> {
    let path = format!("{directory}/entry_points.txt");
    let Some(text) = archive.text(&path) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut group = None;
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let entry = line.trim();
        if entry.is_empty() || entry.starts_with(['#', ';']) || line.starts_with([' ', '\t']) && group.is_none() {
            continue;
        }
        if let Some(name) = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = Some(name.trim().to_owned());
            continue;
        }
        let Some(group) = &group else {
            findings.push(broken(number, entry, "stands in no group"));
            continue;
        };
        match entry.split_once(['=', ':']).map(|(name, value)| (name.trim(), value.trim())) {
            None => findings.push(broken(number, entry, "names nothing: it has no `=`")),
            Some((name, _)) if !known.insert((group.clone(), name.to_owned())) => {
                let message = format!("the entry point `{name}` stands in `{group}` more than once");
                findings.push(Diagnostic::warning(Code::EntryPoints, message).hint("keep one of them"));
            }
            Some((name, value)) => findings.extend(entry_point(archive, group, name, value)),
        }
    }
    findings
}

fn broken(number: usize, line: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(Code::EntryPoints, format!("line {number} of `entry_points.txt`, `{line}`, {reason}"))
}

fn entry_point(archive: &Archive, group: &str, name: &str, value: &str) -> Option<Diagnostic> {
    let is_script = group == CONSOLE_SCRIPTS || group == GUI_SCRIPTS;
    let reference = match value.parse::<ObjectReference>() {
        Ok(reference) => reference,
        Err(reason) => {
            let message = format!("the entry point `{name}` of `{group}` refers to `{value}`: {reason}");
            // Only scripts are made by installers; what others mean is theirs.
            return Some(if is_script {
                Diagnostic::error(Code::EntryPoints, message)
            } else {
                Diagnostic::warning(Code::EntryPoints, message)
            });
        }
    };
    if is_script && reference.object().is_none() {
        let message = format!("the script `{name}` refers to `{value}`, which names no function");
        return Some(Diagnostic::error(Code::EntryPoints, message).hint("write `module:function`"));
    }
    if is_script && let Some(keyword) = reference.keyword() {
        let message = format!("the script `{name}` refers to `{value}`, which holds the keyword `{keyword}`");
        return Some(Diagnostic::error(Code::EntryPoints, message).hint("no import statement can name it: rename it"));
    }
    let module = reference.module();
    let top = module.split('.').next().unwrap_or(module);
    // What another distribution brings cannot be looked at.
    let is_missing = brings(archive, top) && !brings(archive, module);
    is_missing.then(|| {
        let message = format!("the entry point `{name}` refers to the module `{module}`, which is not in the wheel");
        Diagnostic::warning(Code::EntryPoints, message)
    })
}

/// Whether the wheel holds a module or package of an import name.
pub fn brings(archive: &Archive, module: &str) -> bool {
    let path = module.replace('.', "/");
    let below = [String::new(), data_root(archive, "purelib"), data_root(archive, "platlib")];
    archive.files().any(|member| {
        below.iter().any(|root| {
            let Some(rest) = member.path.strip_prefix(root.as_str()).and_then(|rest| rest.strip_prefix(&path)) else {
                return false;
            };
            let is_file = rest.starts_with('.') && !rest.contains('/') && !rest.ends_with(".pyi");
            rest.starts_with('/') || is_file
        })
    })
}

fn data_root(archive: &Archive, scheme: &str) -> String {
    let data = archive.tops().into_iter().find(|top| top.ends_with(".data")).unwrap_or("\0");
    format!("{data}/{scheme}/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::archive;

    fn found(text: &str) -> Vec<String> {
        let files = [("pkg/cli.py", ""), ("pkg/_x.abi3.so", ""), ("d-1.dist-info/entry_points.txt", text)];
        check(&archive("", &files), "d-1.dist-info").into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn scripts_name_functions_of_modules_that_are_there() {
        let good = "# ours\n[console_scripts]\nx = pkg.cli:main\ny=pkg._x:run [extra]\nz = other.module:f\n\n[group.x]\na = pkg\n";
        assert_eq!(found(good), [""; 0]);
        assert!(found("[console_scripts]\nx = pkg.gone:main\n")[0].contains("`pkg.gone`, which is not in the wheel"));
        assert!(found("[console_scripts]\nx = pkg.cli\n")[0].contains("names no function"));
        assert!(found("[gui_scripts]\nx = pkg cli\n")[0].contains("refers to `pkg cli`"));
        assert!(found("[gui_scripts]\nx = pkg.cli:None\n")[0].contains("the keyword `None`"));
        assert_eq!(found("[a]\nx = pkg\nx = pkg.cli\n"), ["the entry point `x` stands in `a` more than once"]);
        assert_eq!(found("[a]\nx = pkg.class\n[b]\nx = pkg\n").len(), 1);
        assert!(found("x = pkg.cli:main\n")[0].contains("in no group"));
        assert!(found("[a]\nnothing\n")[0].contains("has no `=`"));
    }
}
