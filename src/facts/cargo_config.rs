//! What cargo's configuration says of where crates come from.
//!
//! Source: The Cargo Book, "Configuration" and "Source Replacement".

use crate::facts::toml_document::{Document, Item};

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
}
