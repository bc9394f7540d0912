//! What cargo's configuration says of where crates come from.
//!
//! Source: The Cargo Book, "Configuration" and "Source Replacement".

use std::path::{Path, PathBuf};

use crate::facts::toml_document::{Document, Item};

/// Where cargo looks for its configuration when it runs in `directory`, the nearest first: there, in all directories
/// above, and in its `home`.
pub fn files(directory: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> = directory.ancestors().map(|above| above.join(".cargo")).collect();
    directories.extend(home.filter(|home| !directories.iter().any(|known| known == home)).map(Path::to_owned));
    directories.iter().flat_map(|directory| ["config.toml", "config"].map(|name| directory.join(name))).collect()
}

/// The `[source.NAME]` tables that name a directory with vendored crates: name and directory.
pub fn source_directories(document: &Document) -> Vec<(String, String)> {
    let mut ignored = Vec::new();
    let Some(sources) = document.root().get("source").filter(Item::is_table).and_then(|item| item.table(&mut ignored))
    else {
        return Vec::new();
    };
    let directory = |item: &Item<'_>| {
        let table = Some(item).filter(|item| item.is_table())?.table(&mut Vec::new())?;
        table.get("directory").filter(Item::is_string)?.string(&mut Vec::new()).map(|text| text.value)
    };
    sources.items().filter_map(|(name, item)| Some((name.to_owned(), directory(&item)?))).collect()
}

/// `build.target`, if it is one target.
pub fn build_target(document: &Document) -> Option<String> {
    let build = document.root().table("build", &mut Vec::new())?;
    build.get("target").filter(Item::is_string)?.string(&mut Vec::new()).map(|target| target.value)
}

/// `target.TRIPLE.linker`
pub fn linker(document: &Document, triple: &str) -> Option<String> {
    let mut ignored = Vec::new();
    let targets = document.root().get("target").filter(Item::is_table)?.table(&mut ignored)?;
    let target = targets.get(triple).filter(Item::is_table)?.table(&mut ignored)?;
    target.get("linker").filter(Item::is_string)?.string(&mut ignored).map(|linker| linker.value)
}

/// Whether cargo is told to compile the standard library (`unstable.build-std`).
pub fn builds_std(document: &Document) -> bool {
    let unstable = document.root().get("unstable").filter(Item::is_table);
    let table = unstable.as_ref().and_then(|item| item.table(&mut Vec::new()));
    table.is_some_and(|table| table.get("build-std").is_some())
}

/// Flags for rustc, as one file of the configuration gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RustFlags {
    /// `build.rustflags`
    pub build: Vec<String>,
    /// Whether a `[target.TRIPLE]` has flags: then those of `build` do not count.
    pub of_target: bool,
    /// Whether a `[target.'cfg(...)']` has some.
    pub of_cfg: bool,
}

pub fn rustflags(document: &Document, triple: &str) -> RustFlags {
    let mut ignored = Vec::new();
    let root = document.root();
    let build = root.get("build").filter(Item::is_table).and_then(|item| item.table(&mut ignored));
    let build = build.and_then(|build| build.get("rustflags")).map(|item| flags(&item)).unwrap_or_default();
    let mut found = RustFlags { build, ..RustFlags::default() };
    let targets = root.get("target").filter(Item::is_table).and_then(|item| item.table(&mut ignored));
    for (name, item) in targets.iter().flat_map(|targets| targets.items()) {
        let table = Some(&item).filter(|item| item.is_table()).and_then(|item| item.table(&mut Vec::new()));
        if table.is_some_and(|table| table.get("rustflags").is_some()) {
            found.of_target |= name == triple;
            found.of_cfg |= name.starts_with("cfg(");
        }
    }
    found
}

/// A list, or words parted by blanks.
fn flags(item: &Item<'_>) -> Vec<String> {
    if item.is_string() {
        let words = item.string(&mut Vec::new()).map(|text| text.value).unwrap_or_default();
        return words.split_whitespace().map(str::to_owned).collect();
    }
    item.strings(&mut Vec::new()).unwrap_or_default().into_iter().map(|flag| flag.value).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn directories_of_sources_are_read() {
        let text = "[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'\n";
        let document = Document::parse(Path::new("config.toml"), text.as_bytes()).unwrap();
        assert_eq!(source_directories(&document), [("v".to_owned(), "vendor".to_owned())]);
    }

    #[test]
    fn the_standard_library_is_compiled_where_the_configuration_says_so() {
        let says = |text: &str| builds_std(&Document::parse(Path::new("config.toml"), text.as_bytes()).unwrap());
        assert!(says("[unstable]\nbuild-std = ['std']\n") && says("unstable.build-std = true\n"));
        assert!(!says("[unstable]\nhost-config = true\n") && !says(""));
    }

    #[test]
    fn flags_are_lists_or_words() {
        let read = |text: &str| rustflags(&Document::parse(Path::new("config.toml"), text.as_bytes()).unwrap(), "t");
        assert_eq!(read("[build]\nrustflags = '-g -O'\n").build, ["-g", "-O"]);
        assert_eq!(read("[build]\nrustflags = ['-C', 'a b']\n").build, ["-C", "a b"]);
        let targets =
            read("[target.t]\nrustflags = '-g'\n[target.'cfg(unix)']\nrustflags = []\n[target.u]\nlinker = 'x'\n");
        assert!(targets.of_target && targets.of_cfg && targets.build.is_empty());
        assert_eq!(read(""), RustFlags::default());
    }
}
