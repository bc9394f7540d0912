//! What is grafted into a wheel: which libraries, under which names, and what the files that need them are told.
//!
//! A grafted library lies in `<distribution>.libs/` under a name that holds its digest, so that a process can hold the
//! libraries of several wheels at once, and each is found by the files of its own wheel alone. Sources: the layout is
//! the one that auditwheel has made common; ld.so(8) on `$ORIGIN`; PEP 427 on where the `.data` tree is installed.

use std::collections::BTreeMap;

use crate::actions::edit::ElfEdit;
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::BinaryFacts;
use crate::facts::libraries::{Closure, Library, User};

/// The changes of a wheel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graft {
    /// The wheel's own files, by their old paths.
    pub members: BTreeMap<String, Member>,
    /// In the order of the closure.
    pub libraries: Vec<Grafted>,
}

/// A file of the wheel that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it lies from now on: programs move to where they find the libraries.
    pub path: String,
    /// What stands where it was, if it moves: a script that starts it.
    pub launcher: Option<String>,
    pub edit: ElfEdit,
}

/// A library on its way into the wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grafted {
    pub path: String,
    pub edit: ElfEdit,
}

/// Decides what is changed. `images` are the wheel's own compiled files; `distribution` is named as in the file's name.
pub fn graft(
    images: &BTreeMap<String, BinaryFacts>,
    closure: &Closure,
    distribution: &str,
) -> Result<Graft, Vec<Diagnostic>> {
    let names: Vec<String> = closure.libraries.iter().map(grafted_name).collect();
    let mut faults = Vec::new();
    let mut members = BTreeMap::new();
    for (path, facts) in images {
        let user = User::Member(path.clone());
        let renamed = renamed(closure, &names, &user);
        if renamed.is_empty() {
            continue;
        }
        let place = place(path, distribution);
        match run_path(&place, facts, distribution) {
            Some(run_path) => {
                let edit = ElfEdit { run_path: Some(run_path), renamed, soname: None };
                let launcher = (place != *path).then(|| launcher(&place, distribution));
                members.insert(path.clone(), Member { path: place, launcher, edit });
            }
            None => faults.push(unreachable(path, renamed.keys().next().map_or("", String::as_str))),
        }
    }
    let libraries = closure.libraries.iter().enumerate().map(|(index, library)| {
        let renamed = renamed(closure, &names, &User::Library(index));
        let path = format!("{distribution}.libs/{}", names[index]);
        Grafted { path, edit: library_edit(library, &names[index], renamed) }
    });
    if faults.is_empty() { Ok(Graft { members, libraries: libraries.collect() }) } else { Err(faults) }
}

/// `libssl-0123abcd.so.3`; a name that has its digest already keeps it.
fn grafted_name(library: &Library) -> String {
    let name = library.file_name();
    let digest = &library.sha256.hex()[..8];
    let (stem, rest) = name.split_at(name.find('.').unwrap_or(name.len()));
    if stem.ends_with(&format!("-{digest}")) { name } else { format!("{stem}-{digest}{rest}") }
}

fn renamed(closure: &Closure, names: &[String], user: &User) -> BTreeMap<String, String> {
    let own = closure.links.iter().filter(|link| link.user == *user);
    own.map(|link| (link.needed.clone(), names[link.library].clone())).collect()
}

/// Libraries find each other beside themselves; where they were looked for on the building machine is nobody's business.
fn library_edit(library: &Library, name: &str, renamed: BTreeMap<String, String>) -> ElfEdit {
    let run_path = match (renamed.is_empty(), library.facts.run_paths.is_empty()) {
        (true, true) => None,
        (true, false) => Some(String::new()),
        (false, _) => Some("$ORIGIN".to_owned()),
    };
    ElfEdit { soname: Some(name.to_owned()), run_path, renamed }
}

/// Where a file that needs grafted libraries lies: programs are installed to where no path leads to these.
fn place(path: &str, distribution: &str) -> String {
    let program = path.split_once('/').filter(|(top, _)| top.ends_with(".data"));
    match program.and_then(|(_, below)| below.strip_prefix("scripts/")) {
        Some(name) => format!("{distribution}.scripts/{name}"),
        None => path.to_owned(),
    }
}

/// The script that starts a program that has moved.
fn launcher(path: &str, distribution: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let template = include_str!("python/grafted_program.py");
    template.replace("DISTRIBUTION", distribution).replace("PATH", path).replace("PROGRAM", name)
}

/// Where a file of the wheel finds the grafted libraries, then what it looked for within the wheel before. `None` if it
/// is installed at a place that does not tell where the libraries are.
fn run_path(path: &str, facts: &BinaryFacts, distribution: &str) -> Option<String> {
    let depth = installed(path)?.matches('/').count();
    let mut paths = vec![format!("$ORIGIN/{}{distribution}.libs", "../".repeat(depth))];
    for known in facts.run_paths.iter().filter(|known| stays_inside(known, depth)) {
        if !paths.contains(known) {
            paths.push(known.clone());
        }
    }
    Some(paths.join(":"))
}

/// Where a file of the wheel lies below `site-packages`, if it does.
pub fn installed(path: &str) -> Option<&str> {
    match path.split_once('/') {
        Some((top, below)) if top.ends_with(".data") => {
            below.strip_prefix("platlib/").or_else(|| below.strip_prefix("purelib/"))
        }
        _ => Some(path),
    }
}

/// Whether a run path leads from a directory `depth` levels below `site-packages` to a place below it.
fn stays_inside(run_path: &str, depth: usize) -> bool {
    let rest = run_path.strip_prefix("$ORIGIN").or_else(|| run_path.strip_prefix("${ORIGIN}"));
    let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) else { return false };
    let mut level = depth;
    for part in rest.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, level.checked_sub(1)) {
            ("..", Some(above)) => level = above,
            ("..", None) => return false,
            _ => level += 1,
        }
    }
    true
}

fn unreachable(path: &str, library: &str) -> Diagnostic {
    let message = format!("`{path}` needs the library `{library}`, but is installed where it cannot find it");
    let hint = "put it into a package, or link that library statically";
    Diagnostic::error(Code::Library, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::binary::Format;
    use crate::facts::libraries::Link;
    use crate::spec::digest::Sha256;

    fn facts(run_paths: &[&str]) -> BinaryFacts {
        BinaryFacts {
            run_paths: run_paths.iter().map(|path| path.to_string()).collect(),
            ..BinaryFacts::bare(Format::Elf, "x86_64")
        }
    }

    fn library(name: &str, run_paths: &[&str]) -> Library {
        let path = std::path::Path::new("/opt/lib").join(name);
        Library { path, origin: "/opt/lib".into(), sha256: Sha256::of(name.as_bytes()), facts: facts(run_paths) }
    }

    /// Two modules of which one is in `.data`, a library that both need, and one that this needs.
    fn closure() -> Closure {
        let member = |path: &str| User::Member(path.to_owned());
        let link = |user, needed: &str, library| Link { user, needed: needed.to_owned(), library };
        Closure {
            libraries: vec![library("liba.so.1.2", &["/opt/lib"]), library("libb.so", &["/opt/lib"])],
            links: vec![
                link(member("p/q/m.so"), "liba.so.1", 0),
                link(member("d-1.data/platlib/n.so"), "liba.so.1", 0),
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
        let images = modules.map(|(path, facts)| (path.to_owned(), facts)).into();
        let graft = graft(&images, &closure(), "d").unwrap();
        let paths: Vec<&str> = graft.libraries.iter().map(|library| library.path.as_str()).collect();
        let [a, b] = ["liba.so.1.2", "libb.so"].map(|name| Sha256::of(name.as_bytes()).hex()[..8].to_owned());
        assert_eq!(paths, [format!("d.libs/liba-{a}.so.1.2"), format!("d.libs/libb-{b}.so")]);
        let run_path = |path: &str| graft.members[path].edit.run_path.clone().unwrap();
        assert_eq!(run_path("p/q/m.so"), "$ORIGIN/../../d.libs:$ORIGIN");
        assert_eq!(run_path("d-1.data/platlib/n.so"), "$ORIGIN/d.libs");
        assert_eq!(graft.members["p/q/m.so"].edit.renamed["liba.so.1"], format!("liba-{a}.so.1.2"));
        assert_eq!(graft.members.len(), 2);
        let edits: Vec<_> = graft.libraries.iter().map(|library| library.edit.run_path.as_deref()).collect();
        assert_eq!(edits, [Some("$ORIGIN"), Some("")]);
        assert_eq!(graft.libraries[0].edit.renamed["libb.so"], format!("libb-{b}.so"));
    }

    /// A graft of one file that needs one library.
    fn of_one(path: &str) -> Result<Graft, Vec<Diagnostic>> {
        let images = [(path.to_owned(), facts(&[]))].into();
        let link = Link { user: User::Member(path.to_owned()), needed: "liba.so".into(), library: 0 };
        graft(&images, &Closure { libraries: vec![library("liba.so", &[])], links: vec![link] }, "d")
    }

    #[test]
    fn a_program_moves_to_where_it_finds_the_libraries_and_a_script_starts_it() {
        let program = &of_one("d-1.data/scripts/run").unwrap().members["d-1.data/scripts/run"];
        assert_eq!(program.path, "d.scripts/run");
        assert_eq!(program.edit.run_path.as_deref(), Some("$ORIGIN/../d.libs"));
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
