//! Reading what cargo and Rust write: manifests, configuration, lock files, sources.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use wainwright::contents::{cargo_lock, moved_toml, vendored};
use wainwright::facts::cargo_manifest::{self, CargoManifest};
use wainwright::facts::crate_rules::CrateRules;
use wainwright::facts::toml_document::Document;
use wainwright::facts::{cargo_config, lock_file, rust_source};

fuzz_target!(|text: &str| {
    rust_source::named_files(text);
    let kept = [("a".to_owned(), "1.0.0".to_owned())];
    let pruned = cargo_lock::pruned(text, &kept);
    assert_eq!(cargo_lock::pruned(&pruned, &kept), pruned);
    let _ = moved_toml::without_lost_targets(text, &|_| false);
    let _ = moved_toml::with_named_file(text, "readme", "R.md");
    let _ = moved_toml::with_workspace(text, &["b".to_owned()]);
    let _ = vendored::configuration(text, "[source.crates-io]\nreplace-with = \"v\"\n");
    let _ = vendored::checksum(text);
    let Ok(document) = Document::parse(Path::new("/p/Cargo.toml"), text.as_bytes()) else { return };
    CargoManifest::read(&document, Some(&document), &mut Vec::new());
    CrateRules::read(&document, Some(&document));
    cargo_manifest::workspace_list(&document, "members");
    cargo_config::rustflags(&document, "t");
    cargo_config::source_directories(&document);
    lock_file::reached(&document, "a");
});
