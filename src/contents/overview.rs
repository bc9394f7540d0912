//! What a wheel or sdist holds, at a glance: what it is for, its compiled files, and what takes the room.

use std::collections::BTreeMap;

use crate::checks::entry_symbol;
use crate::checks::modules::{self, ModuleFile};
use crate::facts::archive::{Archive, Member, MemberKind};
use crate::facts::binary::{BinaryFacts, Format};
use crate::facts::header_file::HeaderFile;
use crate::spec::filename::WheelName;
use crate::spec::tag::Tag;

/// What an archive is and holds.
#[derive(Debug)]
pub struct Overview<'a> {
    pub archive: &'a Archive,
    /// What its name says, if it is that of a wheel.
    pub name: Option<WheelName>,
    /// METADATA or PKG-INFO.
    pub metadata: HeaderFile,
    /// WHEEL; empty of an sdist.
    pub wheel: HeaderFile,
    /// The Pythons that it is for, in words.
    pub pythons: Vec<String>,
    /// The oldest systems that it runs on, as far as its compiled files tell.
    pub systems: Vec<String>,
    pub binaries: Vec<Binary<'a>>,
    pub tree: Node,
}

/// A compiled file.
#[derive(Debug)]
pub struct Binary<'a> {
    pub path: &'a str,
    /// In bytes, unpacked.
    pub size: u64,
    /// The name by which Python imports it, if it is a module.
    pub import: Option<String>,
    /// One for each architecture, or why it cannot be read.
    pub images: Result<&'a [BinaryFacts], &'a str>,
}

/// What kind of file takes the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Compiled,
    Python,
    /// Of what is compiled.
    Source,
    Metadata,
    Other,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Compiled, Kind::Python, Kind::Source, Kind::Metadata, Kind::Other];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Compiled => "compiled",
            Kind::Python => "Python",
            Kind::Source => "source",
            Kind::Metadata => "metadata",
            Kind::Other => "other",
        }
    }
}

/// How much room some files take, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    pub files: usize,
    pub size: u64,
    /// Packed; 0 where the archive does not tell it of single files.
    pub packed: u64,
}

impl Room {
    fn of(member: &Member) -> Self {
        Self { files: 1, size: member.size, packed: member.packing.size.unwrap_or_default() }
    }
}

impl std::ops::AddAssign for Room {
    fn add_assign(&mut self, other: Room) {
        self.files += other.files;
        self.size += other.size;
        self.packed += other.packed;
    }
}

/// A directory with what is below it, or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The last part of its path.
    pub name: String,
    /// As the archive has it.
    pub path: String,
    pub room: Room,
    pub leaf: Option<Leaf>,
    /// The largest first.
    pub below: Vec<Node>,
}

/// What is told of a file alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    pub kind: Kind,
    pub method: Option<String>,
    pub mode: Option<u32>,
    /// Where a link leads.
    pub link: Option<String>,
}

/// Looks an archive over.
pub fn of(archive: &Archive) -> Overview<'_> {
    let name: Option<WheelName> = archive.file_name.parse().ok();
    let header_file = |file: &str| {
        let is_it = |path: &&String| path.matches('/').count() == 1 && path.ends_with(file);
        let path = archive.texts.keys().find(is_it);
        path.and_then(|path| archive.text(path)).map(|text| HeaderFile::read(&text)).unwrap_or_default()
    };
    let is_wheel = archive.file_name.ends_with(".whl");
    let binaries = binaries(archive);
    Overview {
        pythons: name.as_ref().map(|name| pythons(&name.tag.tags())).unwrap_or_default(),
        systems: systems(&binaries),
        metadata: header_file(if is_wheel { ".dist-info/METADATA" } else { "/PKG-INFO" }),
        wheel: if is_wheel { header_file(".dist-info/WHEEL") } else { HeaderFile::default() },
        tree: tree(archive),
        archive,
        name,
        binaries,
    }
}

impl Overview<'_> {
    /// What each kind of file takes, without those that are not there.
    pub fn rooms(&self) -> Vec<(Kind, Room)> {
        let mut rooms: BTreeMap<Kind, Room> = BTreeMap::new();
        let mut waiting = vec![&self.tree];
        while let Some(node) = waiting.pop() {
            if let Some(leaf) = &node.leaf {
                *rooms.entry(leaf.kind).or_default() += node.room;
            }
            waiting.extend(&node.below);
        }
        rooms.into_iter().collect()
    }
}

impl Binary<'_> {
    pub fn facts(&self) -> &[BinaryFacts] {
        self.images.unwrap_or_default()
    }

    /// The symbols by which Python enters it, that of its own name first.
    pub fn entries(&self) -> Vec<&str> {
        let exports = self.facts().iter().flat_map(|facts| facts.exports.iter());
        let mut entries = unique(exports.filter(|symbol| entry_symbol::is_entry(symbol)));
        let own = self.import.as_deref().and_then(|import| import.rsplit('.').next());
        entries.sort_by_key(|symbol| {
            !own.is_some_and(|own| symbol.strip_suffix(own).is_some_and(|rest| rest.ends_with('_')))
        });
        entries
    }

    pub fn needed(&self) -> Vec<&str> {
        unique(self.facts().iter().flat_map(|facts| &facts.needed).map(String::as_str))
    }

    /// The machine of each image, with the oldest system: `x86_64 (glibc 2.17)`.
    pub fn machines(&self) -> Vec<String> {
        let machine = |facts: &BinaryFacts| match system(facts) {
            Some(oldest) => format!("{} ({})", facts.architecture, oldest.into_text()),
            None => facts.architecture.clone(),
        };
        self.facts().iter().map(machine).collect()
    }
}

/// Each once, in the order in which they come first.
fn unique<'s>(names: impl Iterator<Item = &'s str>) -> Vec<&'s str> {
    let mut unique: Vec<&str> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

fn binaries<'a>(archive: &'a Archive) -> Vec<Binary<'a>> {
    let modules: Vec<ModuleFile> = modules::modules(archive);
    let sizes: BTreeMap<&str, u64> = archive.files().map(|member| (member.path.as_str(), member.size)).collect();
    let import = |path: &str, facts: &[BinaryFacts]| {
        let module = modules.iter().find(|module| module.path == path)?;
        modules::is_module(module, facts).then(|| module.import.clone())
    };
    let binary = |(path, images): (&'a String, &'a Result<Vec<BinaryFacts>, String>)| Binary {
        path,
        size: sizes.get(path.as_str()).copied().unwrap_or_default(),
        import: import(path, images.as_deref().unwrap_or_default()),
        images: images.as_deref().map_err(String::as_str),
    };
    archive.images.iter().map(binary).collect()
}

/// The Pythons that tags stand for, each once.
fn pythons(tags: &[Tag]) -> Vec<String> {
    let mut pythons: Vec<String> = Vec::new();
    for tag in tags {
        let python = python(&tag.python, &tag.abi);
        if !pythons.contains(&python) {
            pythons.push(python);
        }
    }
    pythons
}

fn python(python: &str, abi: &str) -> String {
    let version = |digits: &str| match digits.split_at_checked(1) {
        Some((major, minor)) if !minor.is_empty() => format!("{major}.{minor}"),
        _ => digits.to_owned(),
    };
    let digits = python.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let version = version(digits);
    match (python.strip_suffix(digits).unwrap_or(python), abi) {
        ("py", "none") => format!("every Python {version}"),
        ("cp", "none") => format!("CPython {version} and later"),
        ("cp", "abi3") => format!("CPython {version} and later (stable ABI, abi3)"),
        ("cp", "abi3t") => format!("CPython {version} and later, with the GIL or without (stable ABI, abi3t)"),
        ("cp", abi) if abi.ends_with('t') => format!("CPython {version} without the GIL"),
        ("cp", _) => format!("CPython {version}"),
        ("pp", _) => format!("PyPy {version}"),
        ("graalpy", _) => format!("GraalPy, by the tag {python}-{abi}"),
        _ => format!("{python}-{abi}"),
    }
}

/// A system with the version from which on it will do; versions are compared as numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Oldest {
    system: &'static str,
    parts: Vec<u64>,
    version: String,
}

impl Oldest {
    fn new(system: &'static str, version: &str) -> Self {
        let parts = version.split('.').map(|part| part.parse().unwrap_or_default()).collect();
        Self { system, parts, version: version.to_owned() }
    }

    fn into_text(self) -> String {
        if self.version.is_empty() { self.system.to_owned() } else { format!("{} {}", self.system, self.version) }
    }
}

fn system(facts: &BinaryFacts) -> Option<Oldest> {
    let is_musl = |library: &String| library.starts_with("libc.musl-") || library == "libc.so";
    match facts.format {
        Format::Elf => match facts.glibc() {
            Some(version) => Some(Oldest::new("glibc", &version)),
            None if facts.needed.iter().any(is_musl) => Some(Oldest::new("musl", "")),
            None => None,
        },
        Format::MachO => Some(Oldest::new("macOS", facts.minimum_os.as_deref().unwrap_or_default())),
        Format::Pe => Some(Oldest::new("Windows", "")),
    }
}

/// For each architecture the newest of what its files ask for.
fn systems(binaries: &[Binary<'_>]) -> Vec<String> {
    let mut newest: BTreeMap<(&'static str, &str), Oldest> = BTreeMap::new();
    for facts in binaries.iter().flat_map(Binary::facts) {
        if let Some(oldest) = system(facts) {
            let known = newest.entry((oldest.system, &facts.architecture)).or_insert_with(|| oldest.clone());
            *known = known.clone().max(oldest);
        }
    }
    newest.into_iter().map(|((_, architecture), oldest)| format!("{} on {architecture}", oldest.into_text())).collect()
}

fn kind(path: &str, archive: &Archive) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_described = path.split('/').next().is_some_and(|top| top.ends_with(".dist-info")) || name == "PKG-INFO";
    match ending {
        _ if archive.images.contains_key(path) => Kind::Compiled,
        _ if is_described => Kind::Metadata,
        "py" | "pyi" | "typed" | "pyc" => Kind::Python,
        "rs" | "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "pyx" | "pxd" | "toml" | "lock" => Kind::Source,
        _ => Kind::Other,
    }
}

fn tree(archive: &Archive) -> Node {
    let directory = |path: &str| Node {
        name: path.rsplit('/').next().unwrap_or(path).to_owned(),
        path: path.to_owned(),
        room: Room::default(),
        leaf: None,
        below: Vec::new(),
    };
    let mut root = directory("");
    for member in archive.members.iter().filter(|member| member.kind != MemberKind::Directory) {
        let room = Room::of(member);
        root.room += room;
        let mut at = &mut root;
        for (end, _) in member.path.match_indices('/') {
            let path = &member.path[..end];
            let place = at.below.iter().position(|node| node.leaf.is_none() && node.path == path);
            let place = place.unwrap_or_else(|| {
                at.below.push(directory(path));
                at.below.len() - 1
            });
            at = &mut at.below[place];
            at.room += room;
        }
        let link = if let MemberKind::Link(target) = &member.kind { Some(target.clone()) } else { None };
        let leaf =
            Leaf { kind: kind(&member.path, archive), method: member.packing.method.clone(), mode: member.mode, link };
        at.below.push(Node { room, leaf: Some(leaf), ..directory(&member.path) });
    }
    sort(&mut root);
    root
}

fn sort(node: &mut Node) {
    node.below.sort_by(|one, other| other.room.size.cmp(&one.room.size).then_with(|| one.path.cmp(&other.path)));
    node.below.iter_mut().for_each(sort);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::{archive, elf};

    #[test]
    fn tags_are_told_in_words() {
        let told = |python_tag: &str, abi: &str| python(python_tag, abi);
        assert_eq!(told("py3", "none"), "every Python 3");
        assert_eq!(told("cp39", "abi3"), "CPython 3.9 and later (stable ABI, abi3)");
        assert_eq!(told("cp313", "cp313t"), "CPython 3.13 without the GIL");
        assert_eq!(told("cp311", "cp311"), "CPython 3.11");
        assert_eq!(told("pp311", "pypy311_pp73"), "PyPy 3.11");
        assert_eq!(told("", ""), "-");
    }

    #[test]
    fn the_newest_version_that_a_file_asks_for_is_the_oldest_system() {
        let versions = |numbers: &[&str]| {
            numbers.iter().map(|number| ("libc.so.6".to_owned(), format!("GLIBC_{number}"))).collect()
        };
        let mut wheel = archive("d-1-cp39-abi3-linux_x86_64.whl", &[("d/x.abi3.so", ""), ("d/lib.so", "")]);
        let module = BinaryFacts { symbol_versions: versions(&["2.9", "2.17"]), ..elf(&["PyInit_x", "y"], &[]) };
        let library = BinaryFacts { symbol_versions: versions(&["2.4", "2.28"]), ..elf(&["y"], &[]) };
        wheel.images.insert("d/x.abi3.so".to_owned(), Ok(vec![module]));
        wheel.images.insert("d/lib.so".to_owned(), Ok(vec![library]));
        let overview = of(&wheel);
        assert_eq!(overview.systems, ["glibc 2.28 on x86_64"]);
        let [library, module] = &overview.binaries[..] else { panic!("{:?}", overview.binaries) };
        assert_eq!(
            (module.import.as_deref(), module.entries(), module.machines()),
            (Some("d.x"), vec!["PyInit_x"], vec!["x86_64 (glibc 2.17)".to_owned()])
        );
        assert_eq!((library.import.as_deref(), library.entries()), (None, vec![]));
    }

    #[test]
    fn the_tree_sums_up_what_lies_below_and_has_the_largest_first() {
        let sdist = archive(
            "d-1.tar.gz",
            &[("d-1/a.rs", "1"), ("d-1/p/x.py", "22"), ("d-1/p/y", "333"), ("d-1/PKG-INFO", "Name: d\n")],
        );
        let overview = of(&sdist);
        let top = &overview.tree.below[0];
        assert_eq!((top.name.as_str(), top.room.files, top.room.size), ("d-1", 4, 14));
        let names: Vec<&str> = top.below.iter().map(|node| node.path.as_str()).collect();
        assert_eq!(names, ["d-1/PKG-INFO", "d-1/p", "d-1/a.rs"]);
        let kinds: Vec<(Kind, u64)> = overview.rooms().into_iter().map(|(kind, room)| (kind, room.size)).collect();
        assert_eq!(kinds, [(Kind::Python, 2), (Kind::Source, 1), (Kind::Metadata, 8), (Kind::Other, 3)]);
        assert_eq!(overview.metadata.first("Name"), Some("d"));
    }
}
