//! What an editable wheel holds: a path line for the live Python sources, and the module with a finder that leads to it.
//!
//! Sources: PEP 660; PEP 829, by which `.start` files take the place of `import` lines in `.pth` files from 3.15 on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::actions::manifest::Entry;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::layout::Layout;
use crate::spec::digest::Sha256;
use crate::spec::module_path::ModulePath;

/// A module that the finder leads to: its import name, and the path of its file in the wheel.
#[derive(Debug, Clone)]
pub struct EditableModule {
    pub import: ModulePath,
    pub path: String,
}

/// How what is compiled is made again: `wainwright rebuild` with these arguments, in the directory where wainwright was
/// called.
#[derive(Debug, Clone, Copy, Default)]
pub struct Call<'c> {
    pub program: Option<&'c Path>,
    pub directory: Option<&'c Path>,
    pub arguments: &'c [String],
}

/// A file that modules were compiled from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    pub sha256: Sha256,
}

/// What tells that modules are older than their sources.
#[derive(Debug, Clone, Copy)]
pub struct Freshness<'f> {
    pub project: &'f Path,
    /// Whether to compile again, rather than to warn.
    pub rebuild: bool,
    pub call: Call<'f>,
    pub inputs: &'f [Input],
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

fn freshness_name(distribution: &str) -> String {
    format!("__editable_{distribution}_freshness")
}

fn listing_name(distribution: &str) -> String {
    format!("__editable_{distribution}_inputs.txt")
}

/// Whether a file of an editable wheel is what a compile makes: neither metadata nor what leads Python there.
pub fn is_compiled(distribution: &str, path: &str) -> bool {
    let top = path.split('/').next().unwrap_or_default();
    let leads = path.starts_with(&format!("__editable_{distribution}_")) || path.ends_with(".pth");
    path == listing_name(distribution) || !(leads || top.ends_with(".dist-info") || top.ends_with(".data"))
}

/// Where Python is led to.
#[derive(Debug, Clone, Copy)]
pub struct Leads<'l> {
    /// The directory of live Python sources; `None` where there are none.
    pub python_root: Option<&'l Path>,
    /// Modules that lie where Python does not look.
    pub modules: &'l [EditableModule],
    /// The names that compiled modules are imported by.
    pub watched: &'l [ModulePath],
}

/// The files that lead to the sources and to the modules. `distribution` is the escaped name, `minor` that of the
/// Python version.
pub fn files(
    distribution: &str,
    leads: Leads<'_>,
    freshness: Freshness<'_>,
    minor: u64,
) -> Result<Vec<Entry>, Diagnostic> {
    let root = leads.python_root.map(|root| root.to_str().ok_or_else(|| not_unicode(root))).transpose()?;
    let as_line = root.is_none_or(|root| is_path_line(root, minor));
    let mut lines = root.filter(|_| as_line).map(|root| format!("{root}\n")).unwrap_or_default();
    let mut files = Vec::new();
    if !leads.watched.is_empty() {
        files.push(Entry::text(listing_name(distribution), listing(freshness.inputs)));
        let name = format!("{}.py", freshness_name(distribution));
        files.push(Entry::text(name, freshness_text(distribution, freshness)));
    }
    if !leads.watched.is_empty() || !as_line {
        let finder = finder_name(distribution);
        let paths = root.filter(|_| !as_line);
        files.push(Entry::text(format!("{finder}.py"), finder_text(distribution, leads, paths.as_slice())));
        if minor >= 15 {
            files.push(Entry::text(format!("{finder}.start"), format!("{finder}:install\n")));
        } else {
            lines.push_str(&format!("import {finder}; {finder}.install()\n"));
        }
    }
    if !lines.is_empty() {
        files.push(Entry::text(format!("__editable_{distribution}.pth"), lines));
    }
    Ok(files)
}

fn not_unicode(root: &Path) -> Diagnostic {
    let message = format!("an editable install cannot lead to `{}`, which is not Unicode", root.display());
    Diagnostic::error(Code::SourceKind, message).hint("move the project to another directory")
}

/// A line for each file; the rare path that no line can hold is not looked at.
fn listing(inputs: &[Input]) -> String {
    let line = |input: &Input| {
        let path = input.path.to_str().filter(|path| !path.contains(['\n', '\r']))?;
        Some(format!("{} {} {path}\n", input.sha256.hex(), input.size))
    };
    inputs.iter().filter_map(line).collect()
}

fn freshness_text(distribution: &str, freshness: Freshness<'_>) -> String {
    let text = |path: Option<&Path>| literal(json!(path.and_then(Path::to_str).unwrap_or_default()));
    let Freshness { project, rebuild, call, .. } = freshness;
    let values = [
        ("LISTING = \"\"", literal(json!(listing_name(distribution)))),
        ("PROJECT = \"\"", text(Some(project))),
        ("DIRECTORY = \"\"", text(call.directory)),
        ("PROGRAM = \"\"", text(call.program)),
        ("ARGUMENTS = []", literal(json!(call.arguments))),
        ("REBUILD = False", if rebuild { "True".to_owned() } else { "False".to_owned() }),
    ];
    values.into_iter().fold(include_str!("python/editable_freshness.py").to_owned(), |text, (place, value)| {
        let name = place.split(' ').next().unwrap_or_default();
        text.replacen(place, &format!("{name} = {value}"), 1)
    })
}

/// JSON's strings, lists and tables of strings are Python's too.
fn literal(value: Value) -> String {
    value.to_string()
}

/// Whether a path can stand as a line of a `.pth` file: the lines are trimmed, some have another meaning, and before
/// 3.13 they are read in the encoding of the locale.
fn is_path_line(path: &str, minor: u64) -> bool {
    let special = path.starts_with('#') || path.starts_with("import ") || path.starts_with("import\t");
    path == path.trim() && !path.contains(['\n', '\r']) && !special && (path.is_ascii() || minor >= 13)
}

fn finder_text(distribution: &str, leads: Leads<'_>, paths: &[&str]) -> String {
    let modules: BTreeMap<String, &str> =
        leads.modules.iter().map(|module| (module.import.to_string(), module.path.as_str())).collect();
    let watched: Vec<String> = leads.watched.iter().map(ModulePath::to_string).collect();
    include_str!("python/editable_finder.py")
        .replacen("MODULES = {}", &format!("MODULES = {}", literal(json!(modules))), 1)
        .replacen("WATCHED = []", &format!("WATCHED = {}", literal(json!(watched))), 1)
        .replacen("FRESHNESS = \"\"", &format!("FRESHNESS = {}", literal(json!(freshness_name(distribution)))), 1)
        .replacen("PATHS = []", &format!("PATHS = {}", literal(json!(paths))), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::manifest::Source;

    fn freshness() -> Freshness<'static> {
        Freshness { project: Path::new("/src"), rebuild: false, call: Call::default(), inputs: &[] }
    }

    fn text(entry: Entry) -> (String, String) {
        match entry.source {
            Source::Bytes(bytes) => (entry.path, String::from_utf8(bytes.to_vec()).unwrap()),
            Source::Disk { .. } => panic!("not generated"),
        }
    }

    fn texts(minor: u64) -> Vec<(String, String)> {
        let path = private_path("my_demo", "pkg/_core.abi3.so");
        let import: ModulePath = "pkg._core".parse().unwrap();
        let modules = [EditableModule { import: import.clone(), path }];
        let leads = Leads { python_root: Some(Path::new("/src/python")), modules: &modules, watched: &[import] };
        files("my_demo", leads, freshness(), minor).unwrap().into_iter().map(text).collect()
    }

    #[test]
    fn before_3_15_a_pth_file_starts_the_finder() {
        let files = texts(11);
        let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
        let expected = [
            "__editable_my_demo_inputs.txt",
            "__editable_my_demo_freshness.py",
            "__editable_my_demo_wainwright.py",
            "__editable_my_demo.pth",
        ];
        assert_eq!(names, expected);
        assert!(files[2].1.contains("MODULES = {\"pkg._core\":\"__editable_my_demo/pkg/_core.abi3.so\"}"));
        assert!(files[2].1.contains("WATCHED = [\"pkg._core\"]"));
        assert_eq!(
            files[3].1,
            "/src/python\nimport __editable_my_demo_wainwright; __editable_my_demo_wainwright.install()\n"
        );
    }

    #[test]
    fn from_3_15_on_a_start_file_does() {
        let files = texts(15);
        assert_eq!(
            files[3],
            ("__editable_my_demo_wainwright.start".into(), "__editable_my_demo_wainwright:install\n".into())
        );
        assert_eq!(files[4].1, "/src/python\n");
    }

    #[test]
    fn a_path_that_no_line_can_hold_is_given_to_the_finder() {
        for (path, minor, as_line) in
            [("/a b", 9, true), ("/a ", 13, false), ("/é", 12, false), ("/é", 13, true), ("/a\nb", 13, false)]
        {
            assert_eq!(is_path_line(path, minor), as_line, "{path:?}");
        }
        let leads = Leads { python_root: Some(Path::new("/é\n\"x")), modules: &[], watched: &[] };
        let (_, finder) = text(files("d", leads, freshness(), 12).unwrap().remove(0));
        assert!(finder.contains(r#"PATHS = ["/é\n\"x"]"#));
    }

    #[test]
    fn what_was_compiled_from_is_listed_with_what_makes_it_again() {
        let input = Input { path: "/src/lib.rs".into(), size: 3, sha256: Sha256::of(b"abc") };
        let unlisted = Input { path: "/src/a\nb.rs".into(), ..input.clone() };
        assert_eq!(listing(&[input.clone(), unlisted]), format!("{} 3 /src/lib.rs\n", input.sha256.hex()));
        let arguments = ["--features=a\"b".to_owned()];
        let call = Call { program: Some(Path::new("/bin/w")), directory: None, arguments: &arguments };
        let text = freshness_text("my_demo", Freshness { rebuild: true, call, ..freshness() });
        for line in [
            r#"LISTING = "__editable_my_demo_inputs.txt""#,
            r#"PROJECT = "/src""#,
            r#"DIRECTORY = """#,
            r#"PROGRAM = "/bin/w""#,
            r#"ARGUMENTS = ["--features=a\"b"]  # type: list[str]"#,
            "REBUILD = True",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_rebuild_replaces_what_is_compiled_and_its_listing_alone() {
        for (path, is) in [
            ("__editable_my_demo/pkg/_core.abi3.so", true),
            ("alone/alone.so", true),
            ("__editable_my_demo_inputs.txt", true),
            ("__editable_my_demo_freshness.py", false),
            ("__editable_my_demo_wainwright.start", false),
            ("__editable_my_demo.pth", false),
            ("my_demo-1.0.dist-info/RECORD", false),
            ("my_demo-1.0.data/scripts/tool", false),
        ] {
            assert_eq!(is_compiled("my_demo", path), is, "{path}");
        }
    }
}
