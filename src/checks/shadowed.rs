//! Nothing in the wheel may stand in the way of the extension: Python looks for a package of the name first.

use crate::actions::manifest::Manifest;
use crate::diagnostic::{Code, Diagnostic};

/// `path` is where the extension lies in the wheel, `name` the last part of its import name.
pub fn check(manifest: &Manifest, path: &str, name: &str) -> Vec<Diagnostic> {
    let directory = path.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
    let package = format!("{directory}{name}/__init__.");
    let module = format!("{directory}{name}.py");
    let hides = |entry: &str| entry.starts_with(&package) && !entry.ends_with(".pyi");
    let mut found = Vec::new();
    for entry in &manifest.entries {
        if hides(&entry.path) {
            let message =
                format!("`{}` hides the module `{path}`: Python imports the package in its place", entry.path);
            found.push(Diagnostic::error(Code::Shadowed, message).hint("rename the package or the module"));
        } else if entry.path == module {
            let message = format!("`{module}` is hidden by the module `{path}`, which Python prefers");
            found.push(Diagnostic::warning(Code::Shadowed, message).hint("remove or rename the file"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::manifest::Entry;

    fn found(paths: &[&str]) -> Vec<(bool, String)> {
        let manifest = Manifest { entries: paths.iter().map(|path| Entry::text(*path, "")).collect() };
        let found = check(&manifest, "demo/_core.abi3.so", "_core");
        found.into_iter().map(|finding| (finding.is_error(), finding.message)).collect()
    }

    #[test]
    fn a_package_of_the_name_is_an_error_and_a_file_a_warning() {
        assert!(found(&["demo/_core/__init__.py"])[0].0);
        assert!(!found(&["demo/_core.py"])[0].0);
    }

    #[test]
    fn stubs_and_namesakes_elsewhere_are_no_matter() {
        assert_eq!(found(&["demo/_core.pyi", "demo/_core/__init__.pyi", "_core/__init__.py", "demo/_core/x.py"]), []);
    }
}
