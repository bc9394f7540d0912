//! What an archive holds, as text for a terminal.

use super::{fields, files, in_brackets, purposes, share, total};
use crate::contents::overview::{Binary, Kind, Node, Overview, Room};
use crate::render::table::{Align, table};
use crate::spec::byte_size::ByteSize;
use crate::spec::digest::Sha256;

/// With how many files all are shown. Of more, each directory shows its largest, and small directories are closed.
const ALL: usize = 60;
/// How many lines a directory takes then.
const MOST: usize = 12;
/// Below which part of the whole a directory is closed then.
const CLOSED: f64 = 0.02;
/// How often a field is shown.
const REPEATED: usize = 8;

/// How long a value of the metadata may be, in characters.
const VALUE: usize = 160;

/// How much of the tree is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Where there is much, the small files are counted together.
    Large,
    All,
}

pub fn text(overview: &Overview<'_>, digest: &Sha256, depth: Depth) -> String {
    let mut text = format!("{}\n", overview.archive.file_name);
    let mut head = vec![["holds".to_owned(), total(overview)], ["sha256".to_owned(), digest.hex()]];
    head.extend(purposes(overview).into_iter().map(|(word, value)| [word.to_owned(), value]));
    text.push_str(&table([Align::Left, Align::Left], &head));
    for fault in &overview.archive.container {
        text.push_str(&format!("  damaged: {fault}\n"));
    }
    section(&mut text, "Compiled", overview.binaries.iter().map(binary).collect());
    section(
        &mut text,
        "Room",
        table([Align::Left, Align::Right, Align::Right, Align::Right, Align::Left], &rooms(overview)),
    );
    let mut rows = Vec::new();
    let depth_of_tree = if overview.tree.room.files <= ALL { Depth::All } else { depth };
    tree(&overview.tree, 0, (depth_of_tree, overview.tree.room.size), &mut rows);
    section(&mut text, "Files", table([Align::Left, Align::Right, Align::Right, Align::Left], &rows));
    let fields = match depth {
        Depth::All => fields(overview).into_iter().map(|(name, value)| [name, value]).collect(),
        Depth::Large => shortened(fields(overview)),
    };
    section(&mut text, "Metadata", table([Align::Left, Align::Left], &fields));
    text
}

fn shortened(fields: Vec<(String, String)>) -> Vec<[String; 2]> {
    let count = |name: &str| fields.iter().filter(|(known, _)| known == name).count();
    let mut rows: Vec<[String; 2]> = Vec::new();
    for (name, value) in &fields {
        let shown = rows.iter().filter(|[known, _]| known == name).count();
        match (shown, count(name)) {
            (REPEATED, all) => rows.push([name.clone(), format!("and {} more (`--all` shows them)", all - REPEATED)]),
            (0..REPEATED, _) => rows.push([name.clone(), cut(value.clone())]),
            _ => {}
        }
    }
    rows
}

/// Some write whole licences into a field.
fn cut(value: String) -> String {
    match value.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{} ... (`--all` shows the rest)", value[..end].trim_end()),
        None => value,
    }
}

fn section(text: &mut String, title: &str, lines: String) {
    if !lines.is_empty() {
        text.push_str(&format!("\n{title}\n{lines}"));
    }
}

fn binary(binary: &Binary<'_>) -> String {
    let mut facts = vec![ByteSize(binary.size).to_string()];
    facts.extend(binary.machines());
    let mut text = format!("  {}\n    {}\n", binary.path, facts.join(", "));
    if let Some(import) = &binary.import {
        let by = match binary.entries().as_slice() {
            [] => "no symbol".to_owned(),
            [own] => (*own).to_owned(),
            [own, others @ ..] => format!("{own}; it exports {} more of the kind", others.len()),
        };
        text.push_str(&format!("    imported as {import}, by {by}\n"));
    }
    if !binary.needed().is_empty() {
        text.push_str(&format!("    needs {}\n", binary.needed().join(", ")));
    }
    if let Err(reason) = binary.images {
        text.push_str(&format!("    cannot be read: {reason}\n"));
    }
    text
}

fn rooms(overview: &Overview<'_>) -> Vec<[String; 5]> {
    let all = overview.tree.room.size;
    let row = |(kind, room): (Kind, Room)| {
        [
            kind.name().to_owned(),
            files(room),
            ByteSize(room.size).to_string(),
            share(room.size, all),
            packed(room, None),
        ]
    };
    overview.rooms().into_iter().map(row).collect()
}

/// `packed 2.0 MiB (27 %, deflated)`; empty where the archive does not tell.
fn packed(room: Room, method: Option<&str>) -> String {
    match room.packed {
        0 => String::new(),
        packed => {
            let share = Some(share(packed, room.size)).filter(|share| !share.is_empty());
            let told: Vec<String> = share.into_iter().chain(method.map(str::to_owned)).collect();
            format!("packed {}{}", ByteSize(packed), in_brackets(&told.join(", ")))
        }
    }
}

fn tree(node: &Node, level: usize, (depth, whole): (Depth, u64), rows: &mut Vec<[String; 4]>) {
    let all = node.below.len();
    let shown = if depth == Depth::All || all <= MOST { all } else { MOST - 1 };
    let indent = "  ".repeat(level);
    for one in &node.below[..shown] {
        let mut row = |name: String, mark: &str, method: Option<&str>| {
            let name = format!("{indent}{name}");
            rows.push([name, ByteSize(one.room.size).to_string(), mark.to_owned(), packed(one.room, method)]);
        };
        let is_closed = depth == Depth::Large && (one.room.size as f64) < whole as f64 * CLOSED;
        match &one.leaf {
            Some(leaf) => {
                let link = leaf.link.as_ref().map(|target| format!(" -> {target}")).unwrap_or_default();
                let is_program = leaf.mode.is_some_and(|mode| mode & 0o111 != 0);
                row(format!("{}{link}", one.name), if is_program { "x" } else { "" }, leaf.method.as_deref());
            }
            None if is_closed => row(format!("{}/ with {}", one.name, files(one.room)), "", None),
            None => {
                row(format!("{}/", one.name), "", None);
                tree(one, level + 1, (depth, whole), rows);
            }
        }
    }
    if shown < all {
        let mut rest = Room::default();
        node.below[shown..].iter().for_each(|one| rest += one.room);
        let name = format!("{indent}and {} more (`--all` shows them)", files(rest));
        rows.push([name, ByteSize(rest.size).to_string(), String::new(), packed(rest, None)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::{archive, elf};
    use crate::contents::overview;

    #[test]
    fn a_wheel_is_told_from_its_whole_to_its_files_and_metadata() {
        let files =
            [("d/x.abi3.so", "12345"), ("d/__init__.py", ""), ("d-1.dist-info/METADATA", "Name: d\nVersion: 1\n")];
        let mut wheel = archive("d-1-cp39-abi3-linux_x86_64.whl", &files);
        wheel.size = 13;
        for member in &mut wheel.members {
            member.packing.size = Some(member.size / 2);
            member.packing.method = Some("deflated".to_owned());
        }
        wheel.images.insert("d/x.abi3.so".to_owned(), Ok(vec![elf(&["PyInit_x"], &[])]));
        let text = text(&overview::of(&wheel), &Sha256::of(b""), Depth::Large);
        let expected = "\
d-1-cp39-abi3-linux_x86_64.whl
  holds     24 bytes in 3 files, packed 13 bytes (54 %)
  sha256    e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  for       CPython 3.9 and later (stable ABI, abi3)
  platform  linux_x86_64

Compiled
  d/x.abi3.so
    5 bytes, x86_64
    imported as d.x, by PyInit_x

Room
  compiled  1 file   5 bytes  21 %  packed 2 bytes (40 %)
  Python    1 file   0 bytes   0 %
  metadata  1 file  19 bytes  79 %  packed 9 bytes (47 %)

Files
  d-1.dist-info/  19 bytes    packed 9 bytes (47 %)
    METADATA      19 bytes    packed 9 bytes (47 %, deflated)
  d/               5 bytes    packed 2 bytes (40 %)
    x.abi3.so      5 bytes    packed 2 bytes (40 %, deflated)
    __init__.py    0 bytes

Metadata
  Name     d
  Version  1
";
        assert_eq!(text, expected);
    }

    #[test]
    fn where_there_is_much_the_small_is_counted_and_long_values_are_cut() {
        let paths: Vec<String> = (0..100).map(|number| format!("d-1/f{number}")).collect();
        let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "x")).collect();
        let licence = format!("License: {}\n", "word ".repeat(100));
        files.push(("d-1/PKG-INFO", &licence));
        let sdist = archive("d-1.tar.gz", &files);
        let told = |depth| text(&overview::of(&sdist), &Sha256::of(b""), depth);
        assert!(told(Depth::Large).contains("and 90 files more (`--all` shows them)"), "{}", told(Depth::Large));
        assert!(told(Depth::Large).contains("word ... (`--all` shows the rest)"));
        assert!(told(Depth::All).contains("f99") && !told(Depth::All).contains("--all"));
    }
}
