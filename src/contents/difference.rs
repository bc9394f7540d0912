//! What tells two archives apart: what was added, removed and changed, and what of it.
//!
//! Wheels of two versions, or for two Pythons, call the same thing by other names. So the directories that bear the
//! version and the files of modules are paired by what they are, not by their names.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::modules;
use crate::contents::line_difference::{self, Line};
use crate::facts::archive::{Archive, Member, MemberKind};
use crate::facts::binary::BinaryFacts;
use crate::facts::header_file::HeaderFile;
use crate::spec::filename::WheelName;

/// What tells two archives apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What differs of the archives as a whole, or of many files alike.
    pub whole: Vec<Aspect>,
    /// What only the first has, with its size in bytes.
    pub removed: Vec<(String, u64)>,
    /// What only the second has.
    pub added: Vec<(String, u64)>,
    pub changed: Vec<Changed>,
}

/// A file that both have, and that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// As the second archive has it.
    pub path: String,
    pub aspects: Vec<Aspect>,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aspect {
    Value {
        what: String,
        from: String,
        to: String,
    },
    /// A list, or a set, which lost and gained.
    List {
        what: String,
        removed: Vec<String>,
        added: Vec<String>,
    },
    Text(Vec<Line>),
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Compares what two archives hold. That nothing is found does not say that they have the same bytes.
pub fn between(from: &Archive, to: &Archive) -> Difference {
    let mut difference = Difference { whole: names(from, to), ..Difference::default() };
    let pairs = pairs(from, to);
    difference.whole.extend(list("faults of the archive", &from.container, &to.container));
    difference.removed = alone(from, pairs.iter().map(|(one, _)| *one));
    difference.added = alone(to, pairs.iter().map(|(_, other)| *other));
    for (one, other) in &pairs {
        let aspects = aspects((from, one), (to, other));
        if !aspects.is_empty() {
            difference.changed.push(Changed { path: other.path.clone(), aspects });
        }
    }
    let others = difference.changed.iter().filter(|changed| !is_record(&changed.path)).count();
    if others + difference.removed.len() + difference.added.len() > 0 {
        // What it says of them follows from the other files.
        for record in difference.changed.iter_mut().filter(|changed| is_record(&changed.path)) {
            record.aspects.retain(|aspect| !matches!(aspect, Aspect::Text(_)));
        }
    }
    difference.whole.extend(alike(&pairs));
    difference.whole.extend(order(&pairs, to));
    difference
}

/// Whether the file lists the digests of all others.
pub fn is_record(path: &str) -> bool {
    path.ends_with(".dist-info/RECORD")
}

/// The files of an archive that are in no pair.
fn alone<'a>(archive: &Archive, paired: impl Iterator<Item = &'a Member>) -> Vec<(String, u64)> {
    let paired: BTreeSet<&str> = paired.map(|member| member.path.as_str()).collect();
    let files = archive.members.iter().filter(|member| member.kind != MemberKind::Directory);
    let alone = files.filter(|member| !paired.contains(member.path.as_str()));
    alone.map(|member| (member.path.clone(), member.size)).collect()
}

/// The names of wheels say what they are; those of other files are the user's.
fn names(from: &Archive, to: &Archive) -> Vec<Aspect> {
    let (Ok(one), Ok(other)) = (from.file_name.parse::<WheelName>(), to.file_name.parse::<WheelName>()) else {
        return Vec::new();
    };
    let build = |name: &WheelName| name.build.as_ref().map(ToString::to_string).unwrap_or_default();
    let tags = |name: &WheelName| name.tag.to_string();
    let pairs = [
        value("name", &one.name, &other.name),
        value("version", &one.version.to_string(), &other.version.to_string()),
        value("build number", &build(&one), &build(&other)),
        value("tag", &tags(&one), &tags(&other)),
    ];
    pairs.into_iter().flatten().collect()
}

fn value(what: &str, from: &str, to: &str) -> Option<Aspect> {
    (from != to).then(|| Aspect::Value { what: what.to_owned(), from: from.to_owned(), to: to.to_owned() })
}

fn list<'l>(
    what: &str,
    from: impl IntoIterator<Item = &'l (impl AsRef<str> + ?Sized + 'l)>,
    to: impl IntoIterator<Item = &'l (impl AsRef<str> + ?Sized + 'l)>,
) -> Option<Aspect> {
    let from: BTreeSet<&str> = from.into_iter().map(AsRef::as_ref).collect();
    let to: BTreeSet<&str> = to.into_iter().map(AsRef::as_ref).collect();
    let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
    (from != to).then(|| Aspect::List { what: what.to_owned(), removed: owned(&from - &to), added: owned(&to - &from) })
}

/// The members that are the same thing in both archives, in the order of the first.
fn pairs<'a>(from: &'a Archive, to: &'a Archive) -> Vec<(&'a Member, &'a Member)> {
    let keys = |archive: &'a Archive| -> BTreeMap<String, &'a Member> {
        let modules: BTreeMap<String, String> =
            modules::modules(archive).into_iter().map(|module| (module.path, module.import)).collect();
        let files = archive.members.iter().filter(|member| member.kind != MemberKind::Directory);
        let mut keys: BTreeMap<String, &Member> = BTreeMap::new();
        for member in files {
            let plain = unversioned(&member.path, &archive.file_name);
            // Two modules of one name, for two Pythons, are told apart by their paths.
            let key = modules.get(&member.path).map(|import| format!("{import} (module)"));
            let key = key.filter(|key| !keys.contains_key(key)).unwrap_or(plain);
            keys.insert(key, member);
        }
        keys
    };
    let others = keys(to);
    let mut own: Vec<(String, &Member)> = keys(from).into_iter().collect();
    let places = places(from);
    own.sort_by_key(|(_, member)| places.get(member.path.as_str()));
    own.into_iter().filter_map(|(key, member)| Some((member, *others.get(&key)?))).collect()
}

/// Where each path stands first.
fn places(archive: &Archive) -> BTreeMap<&str, usize> {
    archive.members.iter().enumerate().rev().map(|(place, member)| (member.path.as_str(), place)).collect()
}

/// The path without the version that the first directory of an sdist, and `.dist-info` and `.data` of a wheel bear.
fn unversioned(path: &str, archive: &str) -> String {
    let Some((top, rest)) = path.split_once('/') else { return path.to_owned() };
    match top.rsplit_once('.') {
        Some((_, ending @ ("dist-info" | "data"))) if archive.ends_with(".whl") => format!("*.{ending}/{rest}"),
        _ if !archive.ends_with(".whl") => format!("*/{rest}"),
        _ => path.to_owned(),
    }
}

fn aspects((from, one): (&Archive, &Member), (to, other): (&Archive, &Member)) -> Vec<Aspect> {
    let mode = |member: &Member| member.mode.map_or("none".to_owned(), |mode| format!("{mode:o}"));
    let is_renamed = unversioned(&one.path, &from.file_name) != unversioned(&other.path, &to.file_name);
    let mut found: Vec<Aspect> = Vec::new();
    found.extend(is_renamed.then(|| value("path", &one.path, &other.path)).flatten());
    found.extend(value("kind", &kind(one), &kind(other)));
    found.extend(value("mode", &mode(one), &mode(other)));
    if one.sha256 == other.sha256 {
        return found;
    }
    found.extend(value("size", &one.size.to_string(), &other.size.to_string()));
    found.extend(value("sha256", &one.sha256.hex(), &other.sha256.hex()));
    if let (Some(Ok(images)), Some(Ok(others))) = (from.images.get(&one.path), to.images.get(&other.path)) {
        found.extend(binaries(images, others));
    }
    if let (Some(text), Some(other_text)) = (from.text(&one.path), to.text(&other.path)) {
        found.extend(texts(&other.path, &text, &other_text));
    }
    found
}

fn kind(member: &Member) -> String {
    match &member.kind {
        MemberKind::File => "file".to_owned(),
        MemberKind::Directory => "directory".to_owned(),
        MemberKind::Link(target) => format!("link to {target}"),
        MemberKind::Other => "neither file nor link".to_owned(),
    }
}

fn binaries(from: &[BinaryFacts], to: &[BinaryFacts]) -> Vec<Aspect> {
    let architectures = |images: &[BinaryFacts]| -> Vec<String> {
        images.iter().map(|image| format!("{} {}", image.format.name(), image.architecture)).collect()
    };
    let mut found: Vec<Aspect> = list("architectures", &architectures(from), &architectures(to)).into_iter().collect();
    // A single image of each is the same thing for two machines.
    let is_pair = |one: &BinaryFacts, other: &BinaryFacts| {
        one.architecture == other.architecture || (from.len() == 1 && to.len() == 1)
    };
    for image in from {
        if let Some(other) = to.iter().find(|other| is_pair(image, other)) {
            found.extend(images(image, other));
        }
    }
    found
}

fn images(from: &BinaryFacts, to: &BinaryFacts) -> Vec<Aspect> {
    let versions = |facts: &BinaryFacts| -> Vec<String> {
        facts.symbol_versions.iter().map(|(library, version)| format!("{version} of {library}")).collect()
    };
    let shown = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    [
        list("exported symbols", from.exports.iter(), to.exports.iter()),
        list("imported symbols", from.imports.iter(), to.imports.iter()),
        list("needed libraries", &from.needed, &to.needed),
        list("symbol versions", &versions(from), &versions(to)),
        list("library search paths", &from.run_paths, &to.run_paths),
        value("oldest glibc", &shown(from.glibc()), &shown(to.glibc())),
        value("oldest system", &shown(from.minimum_os.clone()), &shown(to.minimum_os.clone())),
        value("library name", &shown(from.soname.clone()), &shown(to.soname.clone())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn texts(path: &str, from: &str, to: &str) -> Vec<Aspect> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "METADATA" | "PKG-INFO" | "WHEEL" => {
            let fields = header_files(&HeaderFile::read(from), &HeaderFile::read(to));
            // Fields that only changed their order say the same.
            if fields.is_empty() { text(from, to).into_iter().collect() } else { fields }
        }
        _ => text(from, to).into_iter().collect(),
    }
}

fn text(from: &str, to: &str) -> Option<Aspect> {
    Some(line_difference::lines(from, to)).filter(|lines| !lines.is_empty()).map(Aspect::Text)
}

fn header_files(from: &HeaderFile, to: &HeaderFile) -> Vec<Aspect> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in from.headers.iter().chain(&to.headers) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    let values =
        |file: &HeaderFile, name: &str| -> Vec<String> { file.all(name).map(str::to_owned).collect::<Vec<String>>() };
    let mut found: Vec<Aspect> =
        names.into_iter().filter_map(|name| field(name, &values(from, name), &values(to, name))).collect();
    found.extend(text(&from.body, &to.body));
    found
}

/// A field that stands there once in both has another value; else it lost or gained some.
fn field(name: &str, from: &[String], to: &[String]) -> Option<Aspect> {
    match (from, to) {
        ([one], [other]) => value(name, one, other),
        _ => list(name, from, to),
    }
}

/// What differs in many files alike: times, and how they are compressed.
fn alike(pairs: &[(&Member, &Member)]) -> Vec<Aspect> {
    type Told = fn(&Member) -> Option<String>;
    let told: [(&str, Told); 2] =
        [("time", |member| member.packing.time.clone()), ("compression", |member| member.packing.method.clone())];
    let mut found = Vec::new();
    for (what, told) in told {
        let mut groups: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        for (one, other) in pairs {
            if let (Some(from), Some(to)) = (told(one), told(other))
                && from != to
            {
                groups.entry((from, to)).or_default().push(&other.path);
            }
        }
        found.extend(groups.into_iter().map(|((from, to), paths)| Aspect::Value {
            what: format!("{what} of {}", counted(&paths)),
            from,
            to,
        }));
    }
    found
}

fn counted(paths: &[&str]) -> String {
    match paths {
        [path] => (*path).to_owned(),
        paths => format!("{} files", paths.len()),
    }
}

/// The first file that stands at another place among those that both have.
fn order(pairs: &[(&Member, &Member)], to: &Archive) -> Option<Aspect> {
    let mut sorted: Vec<&Member> = pairs.iter().map(|(_, other)| *other).collect();
    let places = places(to);
    sorted.sort_by_key(|member| places.get(member.path.as_str()));
    let (moved, instead) = pairs.iter().zip(sorted).find(|((_, own), other)| own.path != other.path)?;
    value("first file in another order", &moved.1.path, &instead.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::{archive, elf};

    fn shown(difference: &Difference) -> Vec<String> {
        let aspect = |aspect: &Aspect| match aspect {
            Aspect::Value { what, from, to } => format!("{what}: {from} -> {to}"),
            Aspect::List { what, removed, added } => format!("{what}: -{} +{}", removed.join(","), added.join(",")),
            Aspect::Text(lines) => format!("{} lines", lines.len()),
        };
        let alone = |mark: &'static str| move |(path, size): &(String, u64)| format!("{mark}{path} {size}");
        let mut lines: Vec<String> = difference.whole.iter().map(aspect).collect();
        lines.extend(difference.removed.iter().map(alone("-")));
        lines.extend(difference.added.iter().map(alone("+")));
        for changed in &difference.changed {
            let aspects = changed.aspects.iter().map(aspect).filter(|shown| !shown.starts_with("sha256"));
            lines.extend(aspects.map(|shown| format!("{} {shown}", changed.path)));
        }
        lines
    }

    fn wheel(version: &str, tag: &str, files: &[(&str, &str)]) -> Archive {
        let mut made = archive(&format!("d-{version}-{tag}.whl"), files);
        // Of other files only their digests are kept.
        made.texts.retain(|path, _| path.contains(".dist-info/"));
        made
    }

    #[test]
    fn an_archive_does_not_differ_from_itself() {
        let one = wheel("1.0", "py3-none-any", &[("d/__init__.py", ""), ("d-1.0.dist-info/METADATA", "Name: d\n")]);
        assert!(between(&one, &one).is_empty());
    }

    #[test]
    fn two_versions_are_compared_by_what_their_files_are() {
        let from = wheel(
            "1.0",
            "py3-none-any",
            &[
                ("a.py", "a"),
                ("b.py", ""),
                ("d-1.0.dist-info/METADATA", "Name: d\nVersion: 1.0\nRequires-Dist: x\n\nHi\n"),
            ],
        );
        let to = wheel(
            "1.1",
            "py3-none-any",
            &[
                ("a.py", "aa"),
                ("c.py", "c"),
                ("d-1.1.dist-info/METADATA", "Name: d\nVersion: 1.1\nRequires-Dist: y\nRequires-Dist: x\n\nHo\n"),
            ],
        );
        assert_eq!(
            shown(&between(&from, &to)),
            [
                "version: 1.0 -> 1.1",
                "-b.py 0",
                "+c.py 1",
                "a.py size: 1 -> 2",
                "d-1.1.dist-info/METADATA size: 42 -> 59",
                "d-1.1.dist-info/METADATA Version: 1.0 -> 1.1",
                "d-1.1.dist-info/METADATA Requires-Dist: - +y",
                "d-1.1.dist-info/METADATA 2 lines",
            ]
        );
    }

    #[test]
    fn modules_for_two_pythons_are_one_module_and_their_binary_facts_are_compared() {
        let with = |tag: &str, path: &str, facts: BinaryFacts| {
            let mut made = wheel("1.0", tag, &[(path, path)]);
            made.images.insert(path.to_owned(), Ok(vec![facts]));
            made
        };
        let versions = |number: &str| vec![("libc.so.6".to_owned(), format!("GLIBC_{number}"))];
        let one = BinaryFacts { symbol_versions: versions("2.17"), ..elf(&["PyInit_x"], &["a"]) };
        let other = BinaryFacts { symbol_versions: versions("2.9"), ..elf(&["PyInit_x", "more"], &["a"]) };
        let from = with("cp311-cp311-linux_x86_64", "d/x.cpython-311-x86_64-linux-gnu.so", one);
        let to = with("cp312-cp312-linux_x86_64", "d/x.cpython-312-x86_64-linux-gnu.so", other);
        let path = "d/x.cpython-312-x86_64-linux-gnu.so";
        assert_eq!(
            shown(&between(&from, &to)),
            [
                "tag: cp311-cp311-linux_x86_64 -> cp312-cp312-linux_x86_64".to_owned(),
                format!("{path} path: d/x.cpython-311-x86_64-linux-gnu.so -> {path}"),
                format!("{path} exported symbols: - +more"),
                format!("{path} symbol versions: -GLIBC_2.17 of libc.so.6 +GLIBC_2.9 of libc.so.6"),
                format!("{path} oldest glibc: 2.17 -> 2.9"),
            ]
        );
    }

    #[test]
    fn modes_times_methods_and_order_are_told_where_the_content_is_the_same() {
        let from = wheel("1.0", "py3-none-any", &[("a", ""), ("b", "")]);
        let mut to = from.clone();
        to.members.swap(0, 1);
        to.members[0].mode = Some(0o755);
        assert_eq!(shown(&between(&from, &to)), ["first file in another order: a -> b", "b mode: 644 -> 755"]);
        let timed = |time: &str| {
            let mut timed = from.clone();
            timed.members.iter_mut().for_each(|member| member.packing.time = Some(time.to_owned()));
            timed
        };
        assert_eq!(shown(&between(&timed("1"), &timed("2"))), ["time of 2 files: 1 -> 2"]);
    }

    #[test]
    fn the_directories_of_two_sdists_are_one() {
        let from = archive("d-1.0.tar.gz", &[("d-1.0/a", ""), ("d-1.0/b", "")]);
        let to = archive("d-1.1.tar.gz", &[("d-1.1/a", "")]);
        assert_eq!(shown(&between(&from, &to)), ["-d-1.0/b 0"]);
    }
}
