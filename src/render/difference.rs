//! What tells two archives apart, as text and as JSON.

use serde_json::{Value, json};

use crate::contents::difference::{Aspect, Difference, is_record};
use crate::contents::line_difference::Line;
use crate::spec::byte_size::ByteSize;

/// How many names of a list, and how many lines of a text, a terminal shows. JSON has all.
const MOST: usize = 24;

/// The text; empty where nothing differs.
pub fn text(difference: &Difference) -> String {
    let mut text: String = difference.whole.iter().map(|aspect| lines_of(aspect, "")).collect();
    for (mark, alone) in [("removed", &difference.removed), ("added", &difference.added)] {
        for (path, bytes) in alone {
            text.push_str(&format!("{mark} {path} ({})\n", ByteSize(*bytes)));
        }
    }
    for changed in &difference.changed {
        text.push_str(&format!("changed {}\n", changed.path));
        // A digest tells no more than that; what else differs does.
        let aspects = changed.aspects.iter().filter(|aspect| !is_digest(aspect));
        let shown: String = aspects.map(|aspect| lines_of(aspect, "  ")).collect();
        text.push_str(match shown.as_str() {
            "" if is_record(&changed.path) => "  as the other files did\n",
            "" => "  other bytes of the same size\n",
            shown => shown,
        });
    }
    text
}

/// The same in a few words, for a note.
pub fn summary(aspects: &[Aspect]) -> String {
    let word = |aspect: &Aspect| match aspect {
        Aspect::Value { what, from, to } => format!("{what} {from} and {to}"),
        Aspect::List { what, .. } => what.clone(),
        Aspect::Text(_) => "its text".to_owned(),
    };
    aspects.iter().filter(|aspect| !is_digest(aspect)).map(word).collect::<Vec<_>>().join(", ")
}

fn is_digest(aspect: &Aspect) -> bool {
    matches!(aspect, Aspect::Value { what, .. } if what == "sha256")
}

fn lines_of(aspect: &Aspect, indent: &str) -> String {
    match aspect {
        Aspect::Value { what, from, to } if what == "size" => {
            let shown =
                |bytes: &str| bytes.parse().map_or_else(|_| bytes.to_owned(), |size| ByteSize(size).to_string());
            format!("{indent}size: {} -> {}{}\n", shown(from), shown(to), change(from, to))
        }
        Aspect::Value { what, from, to } => format!("{indent}{what}: {from} -> {to}\n"),
        Aspect::List { what, removed, added } => {
            let marked = |mark: char| move |name: &String| format!("{indent}  {mark} {name}\n");
            let all: Vec<String> = removed.iter().map(marked('-')).chain(added.iter().map(marked('+'))).collect();
            format!("{indent}{what}:\n{}", capped(&all, indent))
        }
        Aspect::Text(lines) => {
            let line = |line: &Line| match line {
                Line::Removed(text) => format!("{indent}  - {text}\n"),
                Line::Added(text) => format!("{indent}  + {text}\n"),
                Line::Same(text) => format!("{indent}    {text}\n"),
                Line::Gap => format!("{indent}    ...\n"),
            };
            format!("{indent}text:\n{}", capped(&lines.iter().map(line).collect::<Vec<_>>(), indent))
        }
    }
}

/// How much it grew or shrank.
fn change(from: &str, to: &str) -> String {
    let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>()) else { return String::new() };
    let bytes = to - from;
    let share = if from == 0 { String::new() } else { format!(", {:+.1} %", bytes as f64 / from as f64 * 100.0) };
    format!(" ({bytes:+} bytes{share})")
}

fn capped(lines: &[String], indent: &str) -> String {
    let shown: String = lines.iter().take(MOST).map(String::as_str).collect();
    match lines.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown}{indent}  and {more} more, which `--format json` has\n"),
    }
}

/// The whole as JSON.
pub fn json(difference: &Difference) -> Value {
    let alone = |files: &[(String, u64)]| -> Vec<Value> {
        files.iter().map(|(path, size)| json!({ "path": path, "size": size })).collect()
    };
    let aspects = |aspects: &[Aspect]| -> Vec<Value> { aspects.iter().map(aspect).collect() };
    let changed = difference.changed.iter();
    json!({
        "equal": difference.is_empty(),
        "archive": aspects(&difference.whole),
        "removed": alone(&difference.removed),
        "added": alone(&difference.added),
        "changed": changed.map(|one| json!({ "path": one.path, "differs": aspects(&one.aspects) })).collect::<Vec<_>>(),
    })
}

fn aspect(aspect: &Aspect) -> Value {
    match aspect {
        Aspect::Value { what, from, to } if what == "size" => {
            json!({ "what": what, "from": from.parse::<u64>().ok(), "to": to.parse::<u64>().ok() })
        }
        Aspect::Value { what, from, to } => json!({ "what": what, "from": from, "to": to }),
        Aspect::List { what, removed, added } => json!({ "what": what, "removed": removed, "added": added }),
        Aspect::Text(lines) => {
            let only = |keep: fn(&Line) -> Option<&String>| lines.iter().filter_map(keep).collect::<Vec<_>>();
            let removed = only(|line| if let Line::Removed(text) = line { Some(text) } else { None });
            let added = only(|line| if let Line::Added(text) = line { Some(text) } else { None });
            json!({ "what": "text", "removed": removed, "added": added })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::difference::Changed;

    fn value(what: &str, from: &str, to: &str) -> Aspect {
        Aspect::Value { what: what.to_owned(), from: from.to_owned(), to: to.to_owned() }
    }

    fn sample() -> Difference {
        let names = |count: usize| (0..count).map(|number| format!("f{number:02}")).collect();
        let module = vec![
            value("size", "2048", "1024"),
            value("sha256", "ab", "cd"),
            Aspect::List { what: "exported symbols".to_owned(), removed: names(30), added: Vec::new() },
        ];
        let text = vec![Aspect::Text(vec![Line::Gap, Line::Same("a".into()), Line::Added("b".into())])];
        Difference {
            whole: vec![value("version", "1", "2")],
            removed: vec![("a.py".to_owned(), 12)],
            added: Vec::new(),
            changed: [("m.so", module), ("t", text), ("d.dist-info/RECORD", vec![value("sha256", "1", "2")])]
                .map(|(path, aspects)| Changed { path: path.to_owned(), aspects })
                .into(),
        }
    }

    #[test]
    fn the_text_tells_what_differs_and_leaves_out_what_is_too_much() {
        let text = text(&sample());
        let start = "version: 1 -> 2\nremoved a.py (12 bytes)\nchanged m.so\n  size: 2.0 KiB -> 1.0 KiB (-1024 bytes, -50.0 %)\n  exported symbols:\n    - f00\n";
        assert!(text.starts_with(start), "{text}");
        let end = "    - f23\n    and 6 more, which `--format json` has\nchanged t\n  text:\n      ...\n      a\n    + b\nchanged d.dist-info/RECORD\n  as the other files did\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn json_has_all_and_sizes_as_numbers() {
        let json = json(&sample());
        assert_eq!(json["changed"][0]["differs"][2]["removed"].as_array().unwrap().len(), 30);
        assert_eq!(json["changed"][0]["differs"][0], json!({ "what": "size", "from": 2048, "to": 1024 }));
        assert_eq!((&json["equal"], &json["removed"][0]["size"]), (&json!(false), &json!(12)));
    }

    #[test]
    fn the_summary_is_one_line_without_digests() {
        assert_eq!(summary(&sample().changed[0].aspects), "size 2048 and 1024, exported symbols");
    }
}
