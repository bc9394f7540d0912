//! The reference pages are what the program says of itself: keys, commands, variables and exit codes. They are written
//! again by `WRITE_REFERENCE=1 cargo test --test whole reference`.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use wainwright::error::exit;

use crate::process::{command, run};
use crate::setup;

#[track_caller]
fn holds(page: &str, text: &str) {
    let file = setup::source_tree().join("docs/reference").join(page);
    if std::env::var_os("WRITE_REFERENCE").is_some() {
        fs::write(&file, text).unwrap();
    }
    let hint = "write it again: `WRITE_REFERENCE=1 cargo test --test whole reference`";
    assert!(fs::read_to_string(&file).unwrap_or_default() == text, "docs/reference/{page} is outdated: {hint}");
}

fn says(arguments: &[&str]) -> String {
    run(command(setup::program()).args(arguments)).well().stdout
}

#[test]
fn every_key_of_the_table_has_a_line() {
    let schema: Value = serde_json::from_str(&says(&["schema"])).unwrap();
    let mut text = String::from(
        "# Keys of `[tool.wainwright]`\n\nWhat `pyproject.toml` can say. An unknown key is an error that names the nearest \
         known one. Most keys have an option of the same name: see [the command line](command-line.md).\n",
    );
    let mut tables = Vec::new();
    section(&mut text, "[tool.wainwright]", &schema, &mut tables);
    while !tables.is_empty() {
        for (title, table) in std::mem::take(&mut tables) {
            section(&mut text, &title, &table, &mut tables);
        }
    }
    holds("settings.md", &text);
}

/// The keys of a table; what is itself a table goes to `tables`.
fn section(text: &mut String, title: &str, table: &Value, tables: &mut Vec<(String, Value)>) {
    let required: Vec<&Value> = table["required"].as_array().into_iter().flatten().collect();
    writeln!(text, "\n## `{title}`\n\n| key | takes | |\n|---|---|---|").unwrap();
    for (key, value) in table["properties"].as_object().unwrap() {
        let inner = format!("[{}.{key}]", title.trim_matches(['[', ']']));
        let takes = takes(value, &inner, tables);
        let about = value["description"].as_str().unwrap();
        let must = if required.iter().any(|name| *name == key) { " Required." } else { "" };
        writeln!(text, "| `{key}` | {takes} | {about}{must} |").unwrap();
    }
}

fn takes(value: &Value, key: &str, tables: &mut Vec<(String, Value)>) -> String {
    if let Some(words) = value["enum"].as_array() {
        return words.iter().map(|word| format!("`{}`", word.as_str().unwrap())).collect::<Vec<_>>().join(", ");
    }
    if let Some(ways) = value["anyOf"].as_array() {
        return ways.iter().map(|way| takes(way, key, tables)).collect::<Vec<_>>().join(", or ");
    }
    match value["type"].as_str().unwrap() {
        "string" => "a text".to_owned(),
        "integer" => format!("a number, {} to {}", value["minimum"], value["maximum"]),
        "boolean" => "`true`, `false`".to_owned(),
        "array" => format!("a list; each {}", takes(&value["items"], key, tables)),
        "object" if value["properties"].is_object() => {
            tables.push((key.to_owned(), value.clone()));
            "a table (below)".to_owned()
        }
        "object" => format!("a table by name: {}", takes(&value["additionalProperties"], key, tables)),
        other => panic!("{other}"),
    }
}

/// A command's help in parts, each with its heading as first line; the first part says what it does.
fn parts(help: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![String::new()];
    for line in help.lines().map(str::trim_end) {
        let is_heading = !line.starts_with(' ') && line.ends_with(':');
        if is_heading {
            parts.push(String::new());
        }
        let part = parts.last_mut().unwrap();
        part.push_str(line);
        part.push('\n');
    }
    parts
}

fn is_own(part: &str) -> bool {
    ["Arguments:", "Options:", "Commands:"].contains(&part.lines().next().unwrap())
}

#[test]
fn every_command_and_option_is_shown() {
    let overview = says(&["--help"]);
    let listed = parts(&overview).into_iter().find(|part| part.starts_with("Commands:")).unwrap();
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let mut text = String::from(
        "# The command line\n\nWhat each command says with `--help`. Options that choose how something is built are the \
         same for all commands, and stand at the end. Each of them is also a config setting of the hooks \
         (`pip wheel . -C profile=dev`) and a variable (`WAINWRIGHT_PROFILE=dev`).\n",
    );
    for name in names.filter(|name| *name != "help") {
        let help = parts(&says(&[name, "--help"]));
        let own: String =
            help.iter().enumerate().filter(|(at, part)| *at == 0 || is_own(part)).map(|(_, part)| &**part).collect();
        write!(text, "\n## `wainwright {name}`\n\n```text\n{}\n```\n", own.trim_end()).unwrap();
    }
    let shared = parts(&says(&["build", "--help"]));
    let shared: String = shared.iter().skip(1).filter(|part| !is_own(part)).map(|part| &**part).collect();
    write!(text, "\n## Options of a build\n\n```text\n{}\n```\n", shared.trim_end()).unwrap();
    holds("command-line.md", &text);
}

#[test]
fn every_exit_code_is_told() {
    let rows: String = exit::ALL.iter().map(|(code, meaning)| format!("| {code} | {meaning} |\n")).collect();
    let table = format!("| exit code | meaning |\n|---|---|\n{rows}");
    let readme = fs::read_to_string(setup::source_tree().join("README.md")).unwrap();
    assert!(readme.contains(&table), "the README shows other exit codes than\n{table}");
    holds(
        "exit-codes.md",
        &format!(
            "# Exit codes\n\nWhat the program ends with. A hook hands the code on to the frontend.\n\n{table}\nIt is \
             130 after Ctrl-C, and where the program is told to end (SIGTERM).\n"
        ),
    );
}
