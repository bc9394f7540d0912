//! The law of the house, held by reading the sources: a room uses only rooms declared above it in `src/lib.rs`,
//! `system` and the inner wing never name each other, and the inner wing leaves the outer world alone.

// Tests read the tree they judge.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};

/// The inner wing: pure, facts in, actions and findings out.
const INNER_WING: [&str; 4] = ["plan", "contents", "checks", "render"];

/// What the inner wing never says, since it would touch the outer world.
const OUTER_WORLD: [&str; 5] = ["std::fs", "fs_err", "std::env::var", "std::process::Command", "println!"];

/// A room that a line of the sources names by `crate::room`.
#[derive(Debug)]
struct Mention {
    room: String,
    named: String,
    place: String,
}

#[test]
fn a_room_uses_only_rooms_declared_above_it() {
    let floors = floors();
    let floor = |room: &str| floors.iter().position(|known| known == room);
    let breaches: Vec<String> = mentions()
        .iter()
        .filter(|mention| match (floor(&mention.room), floor(&mention.named)) {
            (Some(own), Some(named)) => named > own,
            _ => false,
        })
        .map(|mention| {
            format!("{}: `{}` uses `{}`, which is declared below it", mention.place, mention.room, mention.named)
        })
        .collect();
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn system_and_the_inner_wing_never_name_each_other_and_commands_leave_it_to_ops() {
    let inner = |room: &str| INNER_WING.contains(&room);
    let breaches: Vec<String> = mentions()
        .iter()
        .filter(|mention| {
            let blind = inner(&mention.room) || mention.room == "commands";
            (mention.room == "system" && inner(&mention.named)) || (blind && mention.named == "system")
        })
        .map(|mention| {
            format!("{}: `{}` names `{}`; only `ops` sees both wings", mention.place, mention.room, mention.named)
        })
        .collect();
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_inner_wing_touches_no_file_no_process_no_variable_and_no_terminal() {
    let mut breaches = Vec::new();
    for room in INNER_WING {
        for (file, text) in sources_of(room) {
            for (number, line) in code_lines(&text) {
                for word in OUTER_WORLD.iter().filter(|word| line.contains(**word)) {
                    breaches.push(format!("{}:{number}: `{word}` in `{room}`", shown(&file)));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn every_room_is_declared_and_its_mentions_are_seen() {
    let floors = floors();
    let entries = fs::read_dir(source_root()).unwrap().map(|entry| entry.unwrap().path());
    let rooms = entries.filter(|path| path.file_name().is_some_and(|name| name != "lib.rs" && name != "main.rs"));
    for room in rooms {
        let name = room.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(floors.contains(&name), "`src/lib.rs` does not declare `{name}`");
    }
    for room in INNER_WING.iter().chain(&["system"]) {
        assert!(mentions().iter().any(|mention| mention.room == *room), "no mention is seen in `{room}`");
    }
    let grouped = named_in("use crate::{facts::cargo, system};\nlet x = crate::plan::build();");
    assert_eq!(grouped, [(1, "facts".to_owned()), (1, "system".to_owned()), (2, "plan".to_owned())]);
}

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms in the order of their declarations.
fn floors() -> Vec<String> {
    let text = fs::read_to_string(source_root().join("lib.rs")).unwrap();
    let declared = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    declared.map(str::to_owned).collect()
}

/// All mentions of rooms in all rooms.
fn mentions() -> Vec<Mention> {
    let mut mentions = Vec::new();
    for room in floors() {
        for (file, text) in sources_of(&room) {
            for (line, named) in named_in(&text) {
                mentions.push(Mention { room: room.clone(), named, place: format!("{}:{line}", shown(&file)) });
            }
        }
    }
    mentions
}

/// The sources of a room, which is a file or a directory.
fn sources_of(room: &str) -> Vec<(PathBuf, String)> {
    let mut waiting = vec![source_root().join(room), source_root().join(format!("{room}.rs"))];
    let mut sources = Vec::new();
    while let Some(path) = waiting.pop() {
        // Templates are others' sources.
        if path.ends_with("templates") {
            continue;
        }
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.is_file() {
            let text = fs::read_to_string(&path).unwrap();
            sources.push((path, text));
        }
    }
    sources.sort();
    sources
}

/// The rooms that a text names, with the line: `crate::room` and each of `crate::{room, room::word}`.
fn named_in(text: &str) -> Vec<(usize, String)> {
    let mut code = String::new();
    for (_, line) in code_lines(text) {
        code.push_str(line);
        code.push('\n');
    }
    let mut named = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + path.len()..];
        let rooms = match rest.strip_prefix('{') {
            Some(group) => grouped(group),
            None => vec![first_word(rest)],
        };
        named.extend(rooms.into_iter().filter(|room| !room.is_empty()).map(|room| (line, room)));
    }
    named
}

/// The first words of the paths in a group of imports, up to its closing brace.
fn grouped(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut rooms = vec![first_word(group)];
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => rooms.push(first_word(&group[at + 1..])),
            _ => {}
        }
    }
    rooms
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// The lines of a text with their numbers; comments are empty, for they may speak of anything.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display().to_string()
}
