//! What an archive holds, as one page that needs nothing else: a map of the sizes, the compiled files, all files, the
//! metadata. It has no script, and everything that comes from the archive is escaped.

use super::timeline;
use super::treemap::{self, Rectangle};
use super::{fields, files, purposes, share, total};
use crate::contents::overview::{Binary, Kind, Node, Overview, Room};
use crate::facts::build_record::BuildRecord;
use crate::facts::names::Names;
use crate::spec::byte_size::ByteSize;
use crate::spec::digest::Sha256;

const TEMPLATE: &str = include_str!("page.html");
/// The plane of the map, wider than high; its units are those of the shares below.
const PLANE: Rectangle = Rectangle { x: 0.0, y: 0.0, width: 160.0, height: 100.0 };
/// Files that take less than this part of all are drawn together.
const SMALL: f64 = 0.0005;
/// From which part of the width and height on a label can be read.
const LABEL: (f64, f64) = (0.06, 0.03);
/// From which part of the width on it can be read on a phone.
const LABEL_ON_PHONE: f64 = 0.14;
/// The deepest directories that are open at first.
const OPEN: usize = 2;
/// How many symbols of a file are listed.
const SYMBOLS: usize = 1000;

/// The page of an archive, and of the build that made it, where that is known.
pub fn page(overview: &Overview<'_>, digest: &Sha256, build: Option<&BuildRecord>) -> String {
    fill(TEMPLATE, |name| match name {
        "title" => escaped(&overview.archive.file_name),
        "head" => head(overview, digest),
        "damages" => damages(&overview.archive.container),
        "maps" => maps(overview),
        "keys" => keys(overview),
        "course" => build.map(timeline::section).unwrap_or_default(),
        "compiled" => compiled(&overview.binaries),
        "files" => overview.tree.below.iter().map(|node| file(node, 1, overview.tree.room.size)).collect(),
        "metadata" => metadata(overview),
        "version" => env!("CARGO_PKG_VERSION").to_owned(),
        _ => String::new(),
    })
}

/// The template with what `of` gives for each `{{name}}`. What is filled in is not looked at again.
fn fill(template: &str, of: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, name, after)) = rest
        .split_once("{{")
        .and_then(|(before, more)| more.split_once("}}").map(|(name, after)| (before, name, after)))
    {
        text.push_str(before);
        text.push_str(&of(name));
        rest = after;
    }
    text + rest
}

/// As it may stand in text and in quoted attributes.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(character),
            // No control characters, which pages cannot hold, nor what turns the direction of writing.
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                escaped.push('\u{fffd}');
            }
            c => escaped.push(c),
        }
    }
    escaped
}

fn item(name: &str, value: &str) -> String {
    // A number stays beside its sign.
    format!("<dt>{}</dt><dd>{}</dd>\n", escaped(name), escaped(value).replace(" %", "&nbsp;%"))
}

fn head(overview: &Overview<'_>, digest: &Sha256) -> String {
    let purposes = purposes(overview).into_iter().map(|(name, value)| item(name, &value));
    let summary = overview.metadata.first("Summary").map(|summary| item("what", summary));
    summary
        .into_iter()
        .chain([item("holds", &total(overview))])
        .chain(purposes)
        .chain([format!("<dt>sha256</dt><dd><code>{}</code></dd>\n", digest.hex())])
        .collect()
}

fn damages(found: &[String]) -> String {
    found.iter().map(|reason| format!("<p class=\"card bad\">{}</p>\n", escaped(reason))).collect()
}

/// One map of the unpacked sizes, and one of the packed ones where they are known.
fn maps(overview: &Overview<'_>) -> String {
    let by_size = map(&overview.tree, |room| room.size);
    if overview.tree.room.packed == 0 {
        return format!("<div class=\"map\" role=\"img\" aria-label=\"Sizes of the files\">\n{by_size}</div>");
    }
    let by_packed = map(&overview.tree, |room| room.packed);
    format!(
        "<input class=\"choice\" type=\"radio\" name=\"map\" id=\"by-size\" checked><label for=\"by-size\">Unpacked</label>\
         <input class=\"choice\" type=\"radio\" name=\"map\" id=\"by-packed\"><label for=\"by-packed\">Packed</label>\n\
         <div class=\"map of-size\" role=\"img\" aria-label=\"Sizes of the files, unpacked\">\n{by_size}</div>\n\
         <div class=\"map of-packed\" role=\"img\" aria-label=\"Sizes of the files, packed\">\n{by_packed}</div>"
    )
}

fn map(root: &Node, of: fn(Room) -> u64) -> String {
    let mut boxes = String::new();
    let whole = of(root.room);
    if whole > 0 {
        place(root, PLANE, (of, whole), &mut boxes);
    }
    boxes
}

fn place(node: &Node, plane: Rectangle, (of, whole): (fn(Room) -> u64, u64), boxes: &mut String) {
    if let Some(leaf) = &node.leaf {
        boxes.push_str(&labelled(plane, &node.name, &node.path, of(node.room), leaf.kind));
        return;
    }
    let is_small = |one: &&Node| one.leaf.is_some() && (of(one.room) as f64) < whole as f64 * SMALL;
    let (small, mut large): (Vec<&Node>, Vec<&Node>) = node.below.iter().partition(is_small);
    large.retain(|one| of(one.room) > 0);
    large.sort_by_key(|one| std::cmp::Reverse(of(one.room)));
    let together: u64 = small.iter().map(|one| of(one.room)).sum();
    let sizes: Vec<f64> = large
        .iter()
        .map(|one| of(one.room))
        .chain((together > 0).then_some(together))
        .map(|size| size as f64)
        .collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|one, other| sizes[*other].total_cmp(&sizes[*one]));
    let sorted: Vec<f64> = order.iter().map(|at| sizes[*at]).collect();
    for (at, part) in order.into_iter().zip(treemap::divide(&sorted, plane)) {
        match large.get(at) {
            Some(one) => place(one, part, (of, whole), boxes),
            None => {
                let name = format!("{} small files", small.len());
                let kind = small[0].leaf.as_ref().map_or(Kind::Other, |leaf| leaf.kind);
                boxes.push_str(&labelled(part, &name, &format!("{}/: {name}", node.path), together, kind));
            }
        }
    }
}

fn labelled(part: Rectangle, name: &str, path: &str, bytes: u64, kind: Kind) -> String {
    let (width, height) = (part.width / PLANE.width, part.height / PLANE.height);
    let label = if width >= LABEL.0 && height >= LABEL.1 {
        format!("{}<br>{}", escaped(name), ByteSize(bytes))
    } else {
        String::new()
    };
    let narrow = if width < LABEL_ON_PHONE { " narrow" } else { "" };
    format!(
        "<div class=\"{}{narrow}\" title=\"{}, {}\" style=\"left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%\">{label}</div>\n",
        class(kind),
        escaped(path),
        ByteSize(bytes),
        part.x / PLANE.width * 100.0,
        part.y / PLANE.height * 100.0,
        width * 100.0,
        height * 100.0,
    )
}

fn class(kind: Kind) -> String {
    kind.name().to_lowercase()
}

fn keys(overview: &Overview<'_>) -> String {
    let key = |(kind, room): (Kind, Room)| {
        let packed = if room.packed > 0 { format!(", packed {}", ByteSize(room.packed)) } else { String::new() };
        let (class, name, size) = (class(kind), kind.name(), ByteSize(room.size));
        format!("<li><i class=\"{class}\"></i>{name}: {size} in {}{packed}</li>\n", files(room))
    };
    overview.rooms().into_iter().map(key).collect()
}

fn compiled(binaries: &[Binary<'_>]) -> String {
    if binaries.is_empty() {
        return String::new();
    }
    format!("<h2>Compiled</h2>\n{}", binaries.iter().map(binary).collect::<String>())
}

fn binary(binary: &Binary<'_>) -> String {
    let joined = |values: Vec<&str>| values.join(", ");
    let rows = [
        ("size", ByteSize(binary.size).to_string()),
        ("imported as", binary.import.clone().unwrap_or_default()),
        ("entry", joined(binary.entries())),
        ("machine", binary.machines().join(", ")),
        ("needs", joined(binary.needed())),
        ("unreadable", binary.images.err().unwrap_or_default().to_owned()),
    ];
    let rows: String =
        rows.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| item(name, value)).collect();
    let symbols = binary
        .facts()
        .iter()
        .flat_map(|facts| [symbols("exports", &facts.exports), symbols("imports", &facts.imports)].into_iter());
    let path = escaped(binary.path);
    format!("<section class=\"card\"><h3>{path}</h3>\n<dl>{rows}</dl>\n{}</section>\n", symbols.collect::<String>())
}

fn symbols(what: &str, names: &Names) -> String {
    let names: Vec<&str> = names.iter().collect();
    if names.is_empty() {
        return String::new();
    }
    let mut shown = names.iter().take(SYMBOLS).map(|name| escaped(name)).collect::<Vec<_>>().join("\n");
    if names.len() > SYMBOLS {
        shown.push_str(&format!("\nand {} more", names.len() - SYMBOLS));
    }
    format!("<details><summary>{what} {} symbols</summary><pre>{shown}</pre></details>\n", names.len())
}

fn file(node: &Node, level: usize, whole: u64) -> String {
    let packed = match node.room.packed {
        0 => String::new(),
        packed => format!("{} ({})", ByteSize(packed), share(packed, node.room.size)),
    };
    let part = if whole == 0 { 0.0 } else { node.room.size as f64 / whole as f64 * 100.0 };
    let slash = if node.leaf.is_some() { "" } else { "/" };
    let link = node.leaf.as_ref().and_then(|leaf| leaf.link.as_ref()).map(|target| format!(" -> {target}"));
    let cells = format!(
        "<span>{}{slash}{}</span><span>{}</span><span>{packed}</span>",
        escaped(&node.name),
        escaped(&link.unwrap_or_default()),
        ByteSize(node.room.size)
    );
    if node.leaf.is_some() {
        return format!("<div class=\"file\" style=\"--part:{part:.2}%\">{cells}</div>\n");
    }
    let open = if level <= OPEN { " open" } else { "" };
    let below: String = node.below.iter().map(|one| file(one, level + 1, whole)).collect();
    format!("<details{open}><summary style=\"--part:{part:.2}%\">{cells}</summary>\n{below}</details>\n")
}

fn metadata(overview: &Overview<'_>) -> String {
    let fields = fields(overview);
    if fields.is_empty() {
        return String::new();
    }
    let rows: String = fields.iter().map(|(name, value)| item(name, value)).collect();
    let body = overview.metadata.body.trim();
    let description = if body.is_empty() {
        String::new()
    } else {
        format!("<details class=\"card\"><summary>Description</summary><pre>{}</pre></details>\n", escaped(body))
    };
    format!("<h2>Metadata</h2>\n<dl>{rows}</dl>\n{description}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::{archive, elf};
    use crate::contents::overview;

    #[test]
    fn whatever_an_archive_says_is_escaped() {
        let evil = "<script>alert('{{files}}')</script>\" onload=\"x";
        let described = format!("Name: {evil}\nSummary: {evil}\n\n{evil}");
        let path = format!("d/{evil}.py");
        let so = format!("d/{evil}.abi3.so");
        let mut wheel =
            archive("d-1-cp39-abi3-any.whl", &[(&path, "x"), (&so, "y"), ("d-1.dist-info/METADATA", &described)]);
        wheel.file_name = format!("{evil}.whl");
        wheel.container.push(evil.to_owned());
        wheel.images.insert(so.clone(), Ok(vec![elf(&[evil], &[evil])]));
        let page = page(&overview::of(&wheel), &Sha256::of(b""), None);
        assert_eq!(page.matches("<script").count(), 0);
        assert_eq!(page.matches("onload=\"").count(), 0);
        assert!(page.matches("&lt;script&gt;alert(&#39;{{files}}&#39;)").count() >= 9, "{page}");
    }

    #[test]
    fn the_page_is_whole_and_asks_for_nothing_else() {
        let sdist = archive("d-1.tar.gz", &[("d-1/a.rs", "aaaa"), ("d-1/b", ""), ("d-1/PKG-INFO", "Name: d\n")]);
        let page = page(&overview::of(&sdist), &Sha256::of(b""), None);
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
        for word in ["http:", "https:", "url(", "<script", "{{", "}}", "src="] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("left:0.000%;top:0.000%") && page.contains("title=\"d-1/a.rs, 4 bytes\""), "{page}");
        assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    }

    #[test]
    fn an_archive_without_files_is_a_page_too() {
        let empty = archive("d-1.tar.gz", &[]);
        assert!(page(&overview::of(&empty), &Sha256::of(b""), None).contains("0 bytes in 0 files"));
    }

    #[test]
    fn control_characters_and_turns_of_writing_are_replaced() {
        assert_eq!(escaped("a\u{202e}b\u{1b}[0m\n"), "a\u{fffd}b\u{fffd}[0m\n");
    }
}
