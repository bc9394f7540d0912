//! What an archive holds, as text, as JSON and as a page.

pub mod html;
pub mod json;
pub mod text;
mod timeline;
pub mod treemap;

use crate::contents::overview::{Overview, Room};
use crate::spec::byte_size::ByteSize;

/// What of METADATA is shown first, in this order; the rest stands behind.
const FIRST: [&str; 9] = [
    "Name",
    "Version",
    "Summary",
    "Requires-Python",
    "License-Expression",
    "License",
    "Requires-Dist",
    "Provides-Extra",
    "Project-URL",
];

/// The fields of METADATA for people: those first that they look for, and each value in one line.
fn fields(overview: &Overview<'_>) -> Vec<(String, String)> {
    let place = |name: &str| FIRST.iter().position(|first| first.eq_ignore_ascii_case(name)).unwrap_or(FIRST.len());
    let one_line = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    let headers = overview.metadata.headers.iter();
    let mut fields: Vec<(String, String)> = headers.map(|(name, value)| (name.clone(), one_line(value))).collect();
    fields.sort_by_key(|(name, _)| place(name));
    fields
}

/// What it is for, each with a word before it.
fn purposes(overview: &Overview<'_>) -> Vec<(&'static str, String)> {
    let mut purposes = Vec::new();
    if !overview.pythons.is_empty() {
        purposes.push(("for", overview.pythons.join(", ")));
    }
    if let Some(name) = &overview.name {
        purposes.push(("platform", name.tag.platform().join(", ")));
    }
    if !overview.systems.is_empty() {
        purposes.push(("oldest system", overview.systems.join(", ")));
    }
    if let Some(generator) = overview.wheel.first("Generator") {
        purposes.push(("built by", generator.to_owned()));
    }
    purposes
}

/// `7.3 MiB in 12 files, packed 2.0 MiB (27 %)`
fn total(overview: &Overview<'_>) -> String {
    let (room, packed) = (overview.tree.room, overview.archive.size);
    let share = in_brackets(&share(packed, room.size));
    format!("{} in {}, packed {}{share}", ByteSize(room.size), files(room), ByteSize(packed))
}

fn files(room: Room) -> String {
    if room.files == 1 { "1 file".to_owned() } else { format!("{} files", room.files) }
}

fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

/// A part of a whole in per cent; empty where there is no whole.
fn share(part: u64, whole: u64) -> String {
    match whole {
        0 => String::new(),
        whole => match part as f64 * 100.0 / whole as f64 {
            small if part > 0 && small < 1.0 => format!("{small:.1} %"),
            percent => format!("{percent:.0} %"),
        },
    }
}
