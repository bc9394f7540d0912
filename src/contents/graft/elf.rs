//! ELF: the libraries lie in `<distribution>.libs/`, and run paths lead there.
//!
//! Each has a name that holds its digest, so that a process can hold the libraries of several wheels at once, and each is
//! found by the files of its own wheel alone. Source: ld.so(8) on `$ORIGIN`.

use std::collections::BTreeMap;

use super::{Graft, Grafted, Wheel, digested_name, installed, led, member, needed, place, unreachable};
use crate::actions::edit::Edit;
use crate::diagnostic::Diagnostic;
use crate::facts::binary::BinaryFacts;
use crate::facts::libraries::{Closure, Library, User};

pub fn graft(wheel: Wheel<'_>, closure: &Closure) -> Result<Graft, Vec<Diagnostic>> {
    let Wheel { images, distribution, .. } = wheel;
    let names: Vec<String> = closure.libraries.iter().map(digested_name).collect();
    let mut faults = Vec::new();
    let mut members = BTreeMap::new();
    for (path, images) in images {
        let renamed = renamed(closure, &names, &User::Member(path.clone()));
        if renamed.is_empty() {
            continue;
        }
        match run_paths(&place(path, distribution), images, distribution) {
            Some(run_paths) => {
                let edit = Edit { run_paths: Some(run_paths), renamed, soname: None };
                members.insert(path.clone(), member(path, distribution, edit));
            }
            None => faults.push(unreachable(path, renamed.keys().next().map_or("", String::as_str))),
        }
    }
    let libraries = closure.libraries.iter().enumerate().map(|(index, library)| {
        let renamed = renamed(closure, &names, &User::Library(index));
        let path = format!("{distribution}.libs/{}", names[index]);
        Grafted { library: index, path, edit: library_edit(library, &names[index], renamed) }
    });
    let libraries = libraries.collect();
    if faults.is_empty() { Ok(Graft { members, libraries, ..Graft::default() }) } else { Err(faults) }
}

fn renamed(closure: &Closure, names: &[String], user: &User) -> BTreeMap<String, String> {
    needed(closure, user).into_iter().map(|(old, library)| (old.to_owned(), names[library].clone())).collect()
}

/// Libraries find each other beside themselves; where they were looked for on the building machine is nobody's business.
fn library_edit(library: &Library, name: &str, renamed: BTreeMap<String, String>) -> Edit {
    let has_paths = library.images.iter().any(|facts| !facts.run_paths.is_empty());
    let run_paths = match (renamed.is_empty(), has_paths) {
        (true, false) => None,
        (true, true) => Some(Vec::new()),
        (false, _) => Some(vec!["$ORIGIN".to_owned()]),
    };
    Edit { soname: Some(name.to_owned()), run_paths, renamed }
}

/// Where a file of the wheel finds the grafted libraries, then what it looked for within the wheel before. `None` if it
/// is installed at a place that does not tell where the libraries are.
fn run_paths(path: &str, images: &[BinaryFacts], distribution: &str) -> Option<Vec<String>> {
    let place = installed(path)?;
    let depth = place.matches('/').count();
    let mut paths = vec![format!("$ORIGIN/{}{distribution}.libs", "../".repeat(depth))];
    for known in images.iter().flat_map(|facts| &facts.run_paths).filter(|known| stays_inside(known, place)) {
        if !paths.contains(known) {
            paths.push(known.clone());
        }
    }
    Some(paths)
}

/// Whether a run path of an installed file leads to a place below `site-packages`.
fn stays_inside(run_path: &str, file: &str) -> bool {
    let rest = run_path.strip_prefix("$ORIGIN").or_else(|| run_path.strip_prefix("${ORIGIN}"));
    let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
    rest.is_some_and(|rest| led(file, rest).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{library as library_of, link, member_of, wheel};
    use super::*;
    use crate::facts::binary::Format;
    use crate::plan::portable::Images;
    use crate::spec::digest::Sha256;

    fn facts(run_paths: &[&str]) -> BinaryFacts {
        BinaryFacts {
            run_paths: run_paths.iter().map(|path| path.to_string()).collect(),
            ..BinaryFacts::bare(Format::Elf, "x86_64")
        }
    }

    fn library(name: &str, run_paths: &[&str]) -> Library {
        library_of(name, vec![facts(run_paths)])
    }

    fn graft_of(images: &Images, closure: &Closure) -> Result<Graft, Vec<Diagnostic>> {
        graft(wheel(Format::Elf, images, &[].into(), "d"), closure)
    }

    /// Two modules of which one is in `.data`, a library that both need, and one that this needs.
    fn closure() -> Closure {
        Closure {
            libraries: vec![library("liba.so.1.2", &["/opt/lib"]), library("libb.so", &["/opt/lib"])],
            links: vec![
                link(member_of("p/q/m.so"), "liba.so.1", 0),
                link(member_of("d-1.data/platlib/n.so"), "liba.so.1", 0),
                link(User::Library(0), "libb.so", 1),
            ],
        }
    }

    #[test]
    fn two_modules_share_a_library_and_find_it_from_where_they_are_installed() {
        let modules = [
            ("p/q/m.so", facts(&["/build", "$ORIGIN", "$ORIGIN/../../../x"])),
            ("d-1.data/platlib/n.so", facts(&[])),
            ("other.so", facts(&["/build"])),
        ];
        let images = modules.map(|(path, facts)| (path.to_owned(), vec![facts])).into();
        let graft = graft_of(&images, &closure()).unwrap();
        let paths: Vec<&str> = graft.libraries.iter().map(|library| library.path.as_str()).collect();
        let [a, b] = ["liba.so.1.2", "libb.so"].map(|name| Sha256::of(name.as_bytes()).hex()[..8].to_owned());
        assert_eq!(paths, [format!("d.libs/liba-{a}.so.1.2"), format!("d.libs/libb-{b}.so")]);
        let run_path = |path: &str| graft.members[path].edit.run_paths.clone().unwrap().join(":");
        assert_eq!(run_path("p/q/m.so"), "$ORIGIN/../../d.libs:$ORIGIN");
        assert_eq!(run_path("d-1.data/platlib/n.so"), "$ORIGIN/d.libs");
        assert_eq!(graft.members["p/q/m.so"].edit.renamed["liba.so.1"], format!("liba-{a}.so.1.2"));
        assert_eq!(graft.members.len(), 2);
        let edits: Vec<_> = graft.libraries.iter().map(|library| library.edit.run_paths.clone().unwrap()).collect();
        assert_eq!(edits, [vec!["$ORIGIN".to_owned()], vec![]]);
        assert_eq!(graft.libraries[0].edit.renamed["libb.so"], format!("libb-{b}.so"));
    }

    /// A graft of one file that needs one library.
    fn of_one(path: &str) -> Result<Graft, Vec<Diagnostic>> {
        let images = [(path.to_owned(), vec![facts(&[])])].into();
        let link = link(member_of(path), "liba.so", 0);
        graft_of(&images, &Closure { libraries: vec![library("liba.so", &[])], links: vec![link] })
    }

    #[test]
    fn a_program_moves_to_where_it_finds_the_libraries_and_a_script_starts_it() {
        let program = &of_one("d-1.data/scripts/run").unwrap().members["d-1.data/scripts/run"];
        assert_eq!(program.path, "d.scripts/run");
        assert_eq!(program.edit.run_paths, Some(vec!["$ORIGIN/../d.libs".to_owned()]));
        let launcher = program.launcher.as_deref().unwrap();
        assert!(launcher.starts_with("#!python\n\"\"\"Starts run, "), "{launcher}");
        assert!(launcher.contains("distribution(\"d\").locate_file(\"d.scripts/run\")"), "{launcher}");
    }

    #[test]
    fn what_is_installed_elsewhere_cannot_find_the_libraries() {
        let faults = of_one("d-1.data/data/lib/x.so").unwrap_err();
        assert!(faults[0].message.starts_with("`d-1.data/data/lib/x.so` needs the library `liba.so`"));
    }
}
