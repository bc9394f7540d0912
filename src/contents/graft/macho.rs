//! Mach-O: the libraries lie in `<package>/.dylibs/` under their own names, and each file names the way to them.
//!
//! dyld tells libraries apart by their paths, so that several wheels may have some of one name. What a library is asked
//! for by (its install name) begins with `/DLC/` and names its place in the wheel: nothing is found there, and nothing
//! else is called so. Sources: dyld(1) on `@loader_path` and `@rpath`; delocate 0.13 for the layout.

use std::collections::{BTreeMap, BTreeSet};

use super::{Graft, Grafted, Wheel, digested_name, installed, led, member, needed, place, unreachable, way};
use crate::actions::edit::Edit;
use crate::diagnostic::Diagnostic;
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::libraries::{Closure, Library, User};
use crate::plan::portable::{is_pythons, known_as, macos};

pub fn graft(wheel: Wheel<'_>, closure: &Closure) -> Result<Graft, Vec<Diagnostic>> {
    let directory = directory(wheel.paths, wheel.distribution);
    let paths: Vec<String> = names(closure).into_iter().map(|name| format!("{directory}/{name}")).collect();
    let mut faults = Vec::new();
    let mut members = BTreeMap::new();
    for (path, images) in wheel.images {
        let needed = needed(closure, &User::Member(path.clone()));
        let place = place(path, wheel.distribution);
        let Some(from) = installed(&place) else {
            faults.extend(needed.keys().next().map(|library| unreachable(path, library)));
            continue;
        };
        let mut renamed = renamed(needed, &paths, from);
        if !renamed.is_empty() || place == *path {
            renamed.extend(strays(wheel, from, images));
        }
        if !renamed.is_empty() {
            let edit = Edit { run_paths: Some(kept(images)), renamed, soname: None };
            members.insert(path.clone(), member(path, wheel.distribution, edit));
        }
    }
    let libraries = closure.libraries.iter().enumerate().map(|(index, library)| {
        let mut renamed = renamed(needed(closure, &User::Library(index)), &paths, &paths[index]);
        renamed.extend(strays(wheel, &paths[index], &library.images));
        let soname = Some(format!("/DLC/{}", paths[index]));
        let edit = Edit { soname, run_paths: Some(kept(&library.images)), renamed };
        Grafted { library: index, path: paths[index].clone(), edit }
    });
    let libraries = libraries.collect();
    if faults.is_empty() { Ok(Graft { members, libraries, ..Graft::default() }) } else { Err(faults) }
}

/// Where the libraries go: into the package that is called as the distribution, else into the first one; where there is
/// none, beside the modules.
fn directory(paths: &BTreeSet<&str>, distribution: &str) -> String {
    let package = |path: &&str| {
        let (package, file) = installed(path)?.split_once('/')?;
        (file == "__init__.py").then(|| package.to_owned())
    };
    let packages: BTreeSet<String> = paths.iter().filter_map(package).collect();
    let own = packages.get(distribution).or(packages.first());
    own.map_or_else(|| format!("{distribution}.dylibs"), |package| format!("{package}/.dylibs"))
}

/// The names of the libraries; those that would share one have their digests in theirs.
fn names(closure: &Closure) -> Vec<String> {
    let names: Vec<String> = closure.libraries.iter().map(Library::file_name).collect();
    let is_shared = |name: &String| names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count() > 1;
    let all = closure.libraries.iter().zip(&names);
    all.map(|(library, name)| if is_shared(name) { digested_name(library) } else { name.clone() }).collect()
}

fn renamed(needed: BTreeMap<&str, usize>, paths: &[String], from: &str) -> BTreeMap<String, String> {
    let renamed =
        |(old, library): (&str, usize)| (old.to_owned(), format!("@loader_path/{}", way(from, &paths[library])));
    needed.into_iter().map(renamed).collect()
}

/// The run paths that stay: those of the building machine do not.
fn kept(images: &[BinaryFacts]) -> Vec<String> {
    images.iter().flat_map(|facts| &facts.run_paths).filter(|path| path.starts_with('@')).cloned().collect()
}

/// The libraries of the wheel itself that a file, installed at `from`, would not find by the names it has for them, with
/// the ways to them. What might be any of several stays as it is.
fn strays(wheel: Wheel<'_>, from: &str, images: &[BinaryFacts]) -> BTreeMap<String, String> {
    let files: BTreeSet<&str> = wheel.images.keys().filter_map(|path| installed(path)).collect();
    let mut strays = BTreeMap::new();
    for facts in images {
        let needed = facts.needed.iter().chain(&facts.optional);
        let own = needed.filter(|library| !macos::is_of_system(library) && !is_pythons(Format::MachO, library));
        for library in own.filter(|library| !is_found(library, from, facts, &files)) {
            let name = known_as(Format::MachO, library);
            let same: Vec<&&str> = files.iter().filter(|file| known_as(Format::MachO, file) == name).collect();
            if let [only] = same[..] {
                strays.insert(library.clone(), format!("@loader_path/{}", way(from, only)));
            }
        }
    }
    strays
}

/// Whether dyld finds a library within the wheel, by the file's own word.
fn is_found(library: &str, from: &str, facts: &BinaryFacts, files: &BTreeSet<&str>) -> bool {
    let below = |path: &str| path.strip_prefix("@loader_path").and_then(|way| led(from, way));
    let is_file = |path: &str| below(path).is_some_and(|place| files.contains(place.as_str()));
    match library.strip_prefix("@rpath/") {
        Some(rest) => facts.run_paths.iter().any(|path| is_file(&format!("{path}/{rest}"))),
        None => is_file(library),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{library, link, member_of, wheel};
    use super::*;
    use crate::plan::portable::Images;
    use crate::spec::digest::Sha256;

    fn facts(needed: &[&str], run_paths: &[&str]) -> BinaryFacts {
        let owned = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect();
        BinaryFacts { needed: owned(needed), run_paths: owned(run_paths), ..BinaryFacts::bare(Format::MachO, "arm64") }
    }

    #[test]
    fn libraries_go_into_the_package_and_each_file_names_the_way() {
        let users = [
            ("pkg/m.so", "@rpath/liba.1.dylib", &["/build", "@loader_path/x"][..]),
            ("d-1.data/platlib/pkg/q/n.so", "/opt/lib/liba.1.dylib", &[]),
            ("d-1.data/scripts/run", "/opt/lib/liba.1.dylib", &[]),
        ];
        let images: Images = users.map(|(path, needed, paths)| (path.to_owned(), vec![facts(&[needed], paths)])).into();
        let mut links = users.map(|(path, needed, _)| link(member_of(path), needed, 0)).to_vec();
        links.push(link(User::Library(0), "@loader_path/libb.dylib", 1));
        let libraries = vec![
            library("liba.1.dylib", vec![facts(&[], &["/opt/lib"])]),
            library("libb.dylib", vec![facts(&[], &[])]),
        ];
        let paths = ["aaa/__init__.py", "pkg/__init__.py", "pkg/q/__init__.py"].into();
        let wheel = wheel(Format::MachO, &images, &paths, "pkg");
        let graft = graft(wheel, &Closure { libraries, links }).unwrap();
        let ways = |edit: &Edit| edit.renamed.values().cloned().collect::<Vec<_>>();
        assert_eq!(ways(&graft.members["pkg/m.so"].edit), ["@loader_path/.dylibs/liba.1.dylib"]);
        assert_eq!(graft.members["pkg/m.so"].edit.run_paths, Some(vec!["@loader_path/x".to_owned()]));
        let inner = &graft.members["d-1.data/platlib/pkg/q/n.so"];
        assert_eq!(ways(&inner.edit), ["@loader_path/../.dylibs/liba.1.dylib"]);
        let program = &graft.members["d-1.data/scripts/run"];
        assert_eq!(program.path, "pkg.scripts/run");
        assert_eq!(ways(&program.edit), ["@loader_path/../pkg/.dylibs/liba.1.dylib"]);
        let [a, b] = [&graft.libraries[0], &graft.libraries[1]];
        assert_eq!((a.path.as_str(), b.path.as_str()), ("pkg/.dylibs/liba.1.dylib", "pkg/.dylibs/libb.dylib"));
        assert_eq!(a.edit.soname.as_deref(), Some("/DLC/pkg/.dylibs/liba.1.dylib"));
        assert_eq!(ways(&a.edit), ["@loader_path/libb.dylib"]);
        assert_eq!(a.edit.run_paths, Some(vec![]));
    }

    #[test]
    fn the_first_package_takes_them_where_none_is_called_as_the_distribution() {
        let paths = ["b/__init__.py", "a/x/__init__.py", "d-1.data/purelib/c/__init__.py"].into();
        assert_eq!(directory(&paths, "d"), "b/.dylibs");
        assert_eq!(directory(&["m.so"].into(), "d"), "d.dylibs");
    }

    #[test]
    fn two_libraries_of_one_name_are_told_apart() {
        let other = |bytes: &[u8]| Library { sha256: Sha256::of(bytes), ..library("liba.dylib", vec![]) };
        let libraries = vec![other(b"1"), other(b"2"), library("b", vec![])];
        let names = names(&Closure { libraries, links: vec![] });
        assert!(names[0] != names[1] && names[0].starts_with("liba-") && names[2] == "b", "{names:?}");
    }

    #[test]
    fn what_the_wheel_has_itself_is_named_where_it_lies() {
        let needed = ["/build/libown.dylib", "@rpath/libin.dylib", "@rpath/libtwice.dylib", "/usr/lib/libz.1.dylib"];
        let images: Images = [
            ("pkg/m.so", facts(&needed, &["@loader_path/lib"])),
            ("pkg/lib/libin.dylib", facts(&[], &[])),
            ("pkg/other/libown.dylib", facts(&[], &[])),
            ("pkg/other/libtwice.dylib", facts(&[], &[])),
            ("pkg/libtwice.dylib", facts(&[], &[])),
        ]
        .map(|(path, facts)| (path.to_owned(), vec![facts]))
        .into();
        let paths = ["pkg/__init__.py"].into();
        let graft = graft(wheel(Format::MachO, &images, &paths, "pkg"), &Closure::default()).unwrap();
        let renamed: Vec<_> = graft.members["pkg/m.so"].edit.renamed.iter().collect();
        assert_eq!(renamed, [(&"/build/libown.dylib".to_owned(), &"@loader_path/other/libown.dylib".to_owned())]);
        assert_eq!(graft.members.len(), 1);
    }
}
