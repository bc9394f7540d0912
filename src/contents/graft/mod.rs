//! What is grafted into a wheel: which libraries, under which names, and what the files that need them are told.
//!
//! Sources: the layouts are those that auditwheel and delocate have made common; PEP 427 on where the `.data` tree is
//! installed. `pe` says why Windows has one of its own.

mod elf;
mod macho;
mod pe;

use std::collections::{BTreeMap, BTreeSet};

use crate::actions::edit::Edit;
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::binary::Format;
use crate::facts::libraries::{Closure, Library, User};
use crate::plan::portable::Images;

/// The wheel that is grafted into.
#[derive(Debug, Clone, Copy)]
pub struct Wheel<'w> {
    pub format: Format,
    /// Its own compiled files of that format.
    pub images: &'w Images,
    /// All its files.
    pub paths: &'w BTreeSet<&'w str>,
    /// Named as in the file's name.
    pub distribution: &'w str,
}

/// The changes of a wheel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graft {
    /// The wheel's own files, by their old paths.
    pub members: BTreeMap<String, Member>,
    /// In the order of the closure; one may lie at several places.
    pub libraries: Vec<Grafted>,
    /// A statement of Python that these files begin with from now on, by their paths.
    pub statements: BTreeMap<String, String>,
}

/// A file of the wheel that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it lies from now on: programs move to where they find the libraries.
    pub path: String,
    /// What stands where it was, if it moves: a script that starts it.
    pub launcher: Option<String>,
    pub edit: Edit,
}

/// A library on its way into the wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grafted {
    /// Its index in the closure.
    pub library: usize,
    pub path: String,
    pub edit: Edit,
}

/// Decides what is changed.
pub fn graft(wheel: Wheel<'_>, closure: &Closure) -> Result<Graft, Vec<Diagnostic>> {
    match wheel.format {
        Format::Elf => elf::graft(wheel, closure),
        Format::MachO => macho::graft(wheel, closure),
        Format::Pe => Ok(pe::graft(wheel, closure)),
    }
}

/// `libssl-0123abcd.so.3`; a name that has its digest already keeps it.
fn digested_name(library: &Library) -> String {
    let name = library.file_name();
    let digest = &library.sha256.hex()[..8];
    let end = match name.to_ascii_lowercase().ends_with(".dll") {
        true => name.len() - 4,
        false => name.find('.').unwrap_or(name.len()),
    };
    let (stem, rest) = name.split_at(end);
    if stem.ends_with(&format!("-{digest}")) { name } else { format!("{stem}-{digest}{rest}") }
}

/// The libraries that a file needs, by the names it has for them.
fn needed<'c>(closure: &'c Closure, user: &User) -> BTreeMap<&'c str, usize> {
    let own = closure.links.iter().filter(|link| link.user == *user);
    own.map(|link| (link.needed.as_str(), link.library)).collect()
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
    let template = include_str!("../python/grafted_program.py");
    template.replace("DISTRIBUTION", distribution).replace("PATH", path).replace("PROGRAM", name)
}

/// A file of the wheel with an edit, at its place.
fn member(path: &str, distribution: &str, edit: Edit) -> Member {
    let place = place(path, distribution);
    let launcher = (place != path).then(|| launcher(&place, distribution));
    Member { path: place, launcher, edit }
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

/// The way from the directory of one installed file to another: `../d.libs/liba.so`.
fn way(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let directories = from.len() - 1;
    let shared = from[..directories].iter().zip(&to[..to.len() - 1]).take_while(|(a, b)| a == b).count();
    [vec![".."; directories - shared], to[shared..].to_vec()].concat().join("/")
}

/// Where a way leads from the directory of an installed file; `None` beyond `site-packages`.
fn led(from: &str, way: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in way.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn unreachable(path: &str, library: &str) -> Diagnostic {
    let message = format!("`{path}` needs the library `{library}`, but is installed where it cannot find it");
    let hint = "put it into a package, or link that library statically";
    Diagnostic::error(Code::Library, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::binary::BinaryFacts;
    use crate::facts::libraries::Link;
    use crate::spec::digest::Sha256;

    pub fn library(name: &str, images: Vec<BinaryFacts>) -> Library {
        let path = std::path::Path::new("/opt/lib").join(name);
        Library { path, origin: "/opt/lib".into(), sha256: Sha256::of(name.as_bytes()), images }
    }

    pub fn link(user: User, needed: &str, library: usize) -> Link {
        Link { user, needed: needed.to_owned(), library }
    }

    pub fn member_of(path: &str) -> User {
        User::Member(path.to_owned())
    }

    pub fn wheel<'w>(
        format: Format,
        images: &'w Images,
        paths: &'w BTreeSet<&'w str>,
        distribution: &'w str,
    ) -> Wheel<'w> {
        Wheel { format, images, paths, distribution }
    }

    #[test]
    fn ways_lead_from_file_to_file() {
        assert_eq!(way("p/q/m.so", "p/.dylibs/a"), "../.dylibs/a");
        assert_eq!(way("m.so", "d.libs/a"), "d.libs/a");
        assert_eq!(way("p/m.so", "p/n.so"), "n.so");
        for (from, to) in [("p/q/m.so", "p/.dylibs/a"), ("a/b/c", "d/e"), ("a", "b")] {
            assert_eq!(led(from, &way(from, to)).as_deref(), Some(to));
        }
        assert_eq!(led("p/m.so", "../../x"), None);
    }
}
