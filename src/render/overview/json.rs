//! What an archive holds, as JSON.

use serde_json::{Map, Value, json};

use crate::contents::overview::{Binary, Overview};
use crate::facts::archive::{Member, MemberKind};
use crate::facts::binary::BinaryFacts;
use crate::facts::header_file::HeaderFile;
use crate::spec::digest::Sha256;

pub fn json(overview: &Overview<'_>, digest: &Sha256) -> Value {
    let archive = overview.archive;
    let rooms = overview.rooms().into_iter().map(|(kind, room)| {
        json!({ "kind": kind.name(), "files": room.files, "size": room.size, "packed": (room.packed > 0).then_some(room.packed) })
    });
    json!({
        "file": archive.file_name,
        "sha256": digest.hex(),
        "size": archive.size,
        "unpacked": overview.tree.room.size,
        "damages": archive.container,
        "wheel": overview.name.as_ref().map(|name| json!({
            "name": name.name,
            "version": name.version.to_string(),
            "build": name.build.as_ref().map(ToString::to_string),
            "tags": name.tag.expand(),
            "fields": headers(&overview.wheel),
        })),
        "pythons": overview.pythons,
        "systems": overview.systems,
        "binaries": overview.binaries.iter().map(binary).collect::<Vec<_>>(),
        "rooms": rooms.collect::<Vec<_>>(),
        "files": archive.members.iter().map(member).collect::<Vec<_>>(),
        "metadata": headers(&overview.metadata),
    })
}

fn binary(binary: &Binary<'_>) -> Value {
    json!({
        "path": binary.path,
        "size": binary.size,
        "module": binary.import,
        "entry_symbols": binary.entries(),
        "fault": binary.images.err(),
        "images": binary.facts().iter().map(image).collect::<Vec<_>>(),
    })
}

fn image(facts: &BinaryFacts) -> Value {
    json!({
        "format": facts.format.name(),
        "architecture": facts.architecture,
        "glibc": facts.glibc(),
        "minimum_system": facts.minimum_os,
        "needed": facts.needed,
        "soname": facts.soname,
        "search_paths": facts.run_paths,
        "exports": facts.exports.iter().collect::<Vec<_>>(),
        "imports": facts.imports.iter().collect::<Vec<_>>(),
        "symbol_versions": facts.symbol_versions.iter().map(|(library, version)| json!({ "library": library, "version": version })).collect::<Vec<_>>(),
    })
}

fn member(member: &Member) -> Value {
    let (kind, link) = match &member.kind {
        MemberKind::File => ("file", None),
        MemberKind::Directory => ("directory", None),
        MemberKind::Link(target) => ("link", Some(target)),
        MemberKind::Other => ("other", None),
    };
    json!({
        "path": member.path,
        "kind": kind,
        "link": link,
        "size": member.size,
        "packed": member.packing.size,
        "method": member.packing.method,
        "time": member.packing.time,
        "mode": member.mode.map(|mode| format!("{mode:o}")),
        "sha256": member.sha256.hex(),
    })
}

/// Each field with all its values, in the order of the file.
fn headers(file: &HeaderFile) -> Value {
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in &file.headers {
        if let Value::Array(values) = fields.entry(name.clone()).or_insert_with(|| json!([])) {
            values.push(json!(value));
        }
    }
    Value::Object(fields)
}
