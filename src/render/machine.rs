//! How a machine stands, as text and as JSON.

use serde_json::{Value, json};

use crate::checks::machine::{Line, Verdict};
use crate::render::diagnostic::Colour;

/// A paragraph for each group, a line for each thing, and under it what to do; at last a count.
pub fn text(lines: &[Line], colour: Colour) -> String {
    let width = lines.iter().map(|line| line.subject.chars().count()).max().unwrap_or_default().min(WIDEST);
    let mut text = String::new();
    let mut group = "";
    for line in lines {
        if line.group != group {
            group = line.group;
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(&format!("{group}\n"));
        }
        let mark = mark(&line.verdict, colour);
        text.push_str(&format!("  {mark}  {:<width$}  {}\n", line.subject, line.found));
        if let Verdict::Advice(what) | Verdict::Broken(what) = &line.verdict {
            text.push_str(&format!("        {:<width$}  -> {what}\n", ""));
        }
    }
    text + &format!("\n{}\n", count(lines))
}

/// Longer subjects push their line to the right, and not all lines.
const WIDEST: usize = 24;

fn mark(verdict: &Verdict, colour: Colour) -> String {
    let (word, number) = match verdict {
        Verdict::Good => ("good", 32),
        Verdict::Advice(_) => ("note", 33),
        Verdict::Broken(_) => ("FAIL", 31),
    };
    match colour {
        Colour::Plain => word.to_owned(),
        Colour::Ansi => format!("\x1b[1;{number}m{word}\x1b[0m"),
    }
}

fn count(lines: &[Line]) -> String {
    let broken = lines.iter().filter(|line| line.is_broken()).count();
    let advised = lines.iter().filter(|line| matches!(line.verdict, Verdict::Advice(_))).count();
    match (broken, advised) {
        (0, 0) => "all is good".to_owned(),
        (0, advised) => format!("builds should work; {advised} to look at"),
        (broken, 0) => format!("{broken} would make a build fail"),
        (broken, advised) => format!("{broken} would make a build fail; {advised} more to look at"),
    }
}

pub fn json(lines: &[Line]) -> Value {
    let line = |line: &Line| {
        let (level, hint) = match &line.verdict {
            Verdict::Good => ("good", None),
            Verdict::Advice(what) => ("warning", Some(what)),
            Verdict::Broken(what) => ("error", Some(what)),
        };
        json!({ "group": line.group, "subject": line.subject, "message": line.found, "level": level, "hint": hint })
    };
    Value::Array(lines.iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_says_good_or_what_to_do_and_the_last_one_counts() {
        let line = |group, subject: &str, verdict| Line { group, subject: subject.into(), found: "x".into(), verdict };
        let lines = [
            line("toolchain", "cargo", Verdict::Good),
            line("toolchain", "rustc", Verdict::Broken("install it".into())),
            line("caches", "build cache", Verdict::Advice("set it".into())),
        ];
        let expected = "\
toolchain
  good  cargo        x
  FAIL  rustc        x
                     -> install it

caches
  note  build cache  x
                     -> set it

1 would make a build fail; 1 more to look at
";
        assert_eq!(text(&lines, Colour::Plain), expected);
        assert!(text(&lines[..1], Colour::Plain).ends_with("\nall is good\n"));
        assert_eq!(
            json(&lines)[1],
            json!({ "group": "toolchain", "subject": "rustc", "message": "x", "level": "error", "hint": "install it" })
        );
    }
}
