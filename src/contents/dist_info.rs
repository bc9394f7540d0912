//! The `.dist-info` directory: the same bytes in prepared metadata and in the wheel.
//!
//! Source: "Recording installed projects" and "Binary distribution format" of the packaging guide; PEP 639.

use crate::actions::manifest::Entry;
use crate::plan::metadata::ProjectMetadata;
use crate::spec::filename;
use crate::spec::tag::WheelTag;

/// METADATA, entry_points.txt and the licence files, below the directory's own name.
pub fn files(metadata: &ProjectMetadata) -> Vec<Entry> {
    let directory = directory(metadata);
    let mut files = vec![Entry::text(format!("{directory}/METADATA"), metadata.core.to_text())];
    if !metadata.entry_points.is_empty() {
        files.push(Entry::text(format!("{directory}/entry_points.txt"), metadata.entry_points.to_text()));
    }
    let licenses = metadata.license_files.iter();
    files.extend(licenses.map(|file| Entry::text(format!("{directory}/licenses/{}", file.path), &file.text)));
    files
}

/// WHEEL, with every tag of the file name.
pub fn wheel(metadata: &ProjectMetadata, tag: &WheelTag) -> Entry {
    let is_pure = tag.platform() == ["any"];
    let mut text = format!(
        "Wheel-Version: 1.0\nGenerator: wainwright ({})\nRoot-Is-Purelib: {is_pure}\n",
        env!("CARGO_PKG_VERSION")
    );
    for tag in tag.expand() {
        text.push_str(&format!("Tag: {tag}\n"));
    }
    Entry::text(format!("{}/WHEEL", directory(metadata)), text)
}

/// `demo-1.0.dist-info`
pub fn directory(metadata: &ProjectMetadata) -> String {
    filename::dist_info(&metadata.core.name, &metadata.core.version)
}
