//! PE: the libraries lie beside the modules that need them, or in `<distribution>.libs/` where several directories share
//! them and packages can say so.
//!
//! Windows has no run paths. Pythons load an extension module so that Windows looks for what it needs in the module's own
//! directory first (`LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR`), and for what a program needs in the program's: what lies there
//! is found by every Python, whatever was imported before, without a line of code. Only where one copy shall serve
//! several directories, the outermost packages above these call `os.add_dll_directory` before all else.
//!
//! Each has a name that holds its digest, since a process holds one library of a name. Sources: Microsoft's "Dynamic-link
//! library search order"; CPython's `Python/dynload_win.c`; `os.add_dll_directory` of Python's library.

use std::collections::{BTreeMap, BTreeSet};

use super::{Graft, Grafted, Member, Wheel, digested_name, installed, needed, way};
use crate::actions::edit::Edit;
use crate::facts::libraries::{Closure, User};

pub fn graft(wheel: Wheel<'_>, closure: &Closure) -> Graft {
    let names: Vec<String> = closure.libraries.iter().map(digested_name).collect();
    let mut graft = Graft::default();
    let mut users: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for path in wheel.images.keys() {
        let needed = needed(closure, &User::Member(path.clone()));
        if !needed.is_empty() {
            users.entry(parent(path)).or_default().extend(needed.values());
            let edit = edit(needed, &names);
            graft.members.insert(path.clone(), Member { path: path.clone(), launcher: None, edit });
        }
    }
    let packages: BTreeMap<&str, &str> =
        users.keys().filter_map(|directory| Some((*directory, package(directory, wheel.paths)?))).collect();
    let mut places: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (directory, libraries) in &users {
        let place = match packages.get(directory).filter(|_| packages.len() > 1) {
            Some(package) => {
                let shared = format!("{}.libs", wheel.distribution);
                graft.statements.insert((*package).to_owned(), statement(package, &shared));
                shared
            }
            None => (*directory).to_owned(),
        };
        places.entry(place).or_default().extend(with_needed(closure, libraries));
    }
    for (library, name) in names.iter().enumerate() {
        for (directory, _) in places.iter().filter(|(_, libraries)| libraries.contains(&library)) {
            let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
            let edit = edit(needed(closure, &User::Library(library)), &names);
            graft.libraries.push(Grafted { library, path, edit });
        }
    }
    graft
}

fn edit(needed: BTreeMap<&str, usize>, names: &[String]) -> Edit {
    let renamed = needed.into_iter().map(|(old, library)| (old.to_owned(), names[library].clone()));
    Edit { renamed: renamed.collect(), ..Edit::default() }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The `__init__.py` that Python runs before all else, for modules in a directory.
fn package<'p>(directory: &str, paths: &BTreeSet<&'p str>) -> Option<&'p str> {
    let ends = directory.match_indices('/').map(|(end, _)| end).chain([directory.len()]);
    let mut known = ends.filter_map(|end| paths.get(format!("{}/__init__.py", &directory[..end]).as_str()).copied());
    known.find(|path| installed(path).is_some())
}

/// Libraries with all that these need in turn.
fn with_needed(closure: &Closure, libraries: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut all = BTreeSet::new();
    let mut waiting: Vec<usize> = libraries.iter().copied().collect();
    while let Some(library) = waiting.pop() {
        if all.insert(library) {
            waiting.extend(needed(closure, &User::Library(library)).values());
        }
    }
    all
}

/// One line that leaves no name behind.
fn statement(package: &str, directory: &str) -> String {
    let way = way(installed(package).unwrap_or(package), directory);
    format!(
        "(lambda os: os.add_dll_directory(os.path.abspath(os.path.join(os.path.dirname(__file__), {way:?}))))\
         (__import__(\"os\"))  # where the libraries are that the wheel brings along\n"
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::{library, link, member_of, wheel};
    use super::*;
    use crate::facts::binary::{BinaryFacts, Format};
    use crate::plan::portable::Images;

    /// Modules that need `A.dll`, which needs `b.dll`; the wheel has these Python files.
    fn of(modules: &[&str], python: &[&'static str]) -> Graft {
        let facts = || vec![BinaryFacts::bare(Format::Pe, "amd64")];
        let images: Images = modules.iter().map(|path| (path.to_string(), facts())).collect();
        let mut links: Vec<_> = modules.iter().map(|path| link(member_of(path), "A.dll", 0)).collect();
        links.push(link(User::Library(0), "b.dll", 1));
        let closure = Closure { libraries: vec![library("a.dll", facts()), library("b.c.dll", facts())], links };
        graft(wheel(Format::Pe, &images, &python.iter().copied().collect(), "d"), &closure)
    }

    fn directories(graft: &Graft) -> Vec<&str> {
        graft.libraries.iter().map(|library| parent(&library.path)).collect()
    }

    #[test]
    fn libraries_lie_beside_the_modules_of_one_directory() {
        let graft = of(&["p/m.pyd", "p/n.pyd"], &["p/__init__.py"]);
        assert_eq!(directories(&graft), ["p", "p"]);
        assert!(graft.statements.is_empty());
        let name = |index: usize| graft.libraries[index].path.strip_prefix("p/").unwrap().to_owned();
        assert!(name(0).starts_with("a-") && name(1).starts_with("b.c-") && name(1).ends_with(".dll"));
        assert_eq!(graft.members["p/m.pyd"].edit.renamed["A.dll"], name(0));
        assert_eq!(graft.libraries[0].edit.renamed["b.dll"], name(1));
        assert!(graft.libraries[1].edit.is_empty());
        assert_eq!(directories(&of(&["m.pyd"], &[])), ["", ""]);
    }

    #[test]
    fn several_directories_share_them_where_packages_can_say_so() {
        let python = ["p/__init__.py", "p/q/__init__.py", "d-1.data/platlib/r/__init__.py"];
        let graft = of(&["p/q/m.pyd", "p/n.pyd", "d-1.data/platlib/r/s.pyd"], &python);
        assert_eq!(directories(&graft), ["d.libs", "d.libs"]);
        let packages: Vec<_> = graft.statements.keys().collect();
        assert_eq!(packages, ["d-1.data/platlib/r/__init__.py", "p/__init__.py"]);
        assert!(graft.statements["p/__init__.py"].contains("\"../d.libs\""), "{:?}", graft.statements);
    }

    #[test]
    fn what_no_package_leads_to_and_programs_have_copies() {
        let modules = ["p/m.pyd", "q/n.pyd", "top.pyd", "d-1.data/scripts/run.exe"];
        let graft = of(&modules, &["p/__init__.py", "q/__init__.py"]);
        let each = ["", "d-1.data/scripts", "d.libs"];
        assert_eq!(directories(&graft), [each, each].concat());
        let alone = of(&["space/m.pyd", "p/m.pyd"], &["p/__init__.py"]);
        assert_eq!(directories(&alone), ["p", "space", "p", "space"]);
        assert!(alone.statements.is_empty());
    }
}
