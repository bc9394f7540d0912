//! The pages about diagnostics on a terminal, and the list of them.

use crate::diagnostic::{Code, Diagnostic};
use crate::render::diagnostic::Colour;

/// The page of a code, which is Markdown, as one reads it on a terminal: what is fenced there is indented here.
pub fn page(code: Code, colour: Colour) -> String {
    let mut text = String::new();
    let mut is_fenced = false;
    for line in code.page().lines() {
        let shown = match line.strip_prefix("```") {
            Some(_) if is_fenced => {
                is_fenced = false;
                continue;
            }
            Some(language_and_file) => {
                is_fenced = true;
                let Some((_, file)) = language_and_file.split_once(' ') else { continue };
                format!("{file}:\n")
            }
            None if is_fenced && !line.is_empty() => format!("    {line}"),
            None => heading(line, is_fenced).map_or_else(|| line.to_owned(), |title| title_line(title, colour)),
        };
        text.push_str(&shown);
        text.push('\n');
    }
    text
}

fn heading(line: &str, is_fenced: bool) -> Option<&str> {
    let title = line.trim_start_matches('#');
    (!is_fenced && title.len() < line.len()).then(|| title.trim_start())
}

fn title_line(title: &str, colour: Colour) -> String {
    match colour {
        Colour::Plain => title.to_owned(),
        Colour::Ansi => format!("\x1b[1m{title}\x1b[0m"),
    }
}

/// All codes, a line each.
pub fn list() -> String {
    let width = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or_default();
    let line = |code: &Code| format!("{:<width$}  {}\n", code.name(), code.summary().trim());
    Code::ALL.iter().map(line).collect()
}

/// Where more is to be read, for the end of what is shown; `None` where it would tell nothing new.
pub fn pointer(found: &[Diagnostic]) -> Option<String> {
    // Of a failure of cargo, cargo itself has told all.
    let mut codes: Vec<Code> = found
        .iter()
        .filter(|one| one.is_error())
        .map(|one| one.code)
        .filter(|code| *code != Code::CargoFailed)
        .collect();
    codes.sort();
    codes.dedup();
    let names: Vec<&str> = codes.iter().map(|code| code.name()).collect();
    match names.as_slice() {
        [] => None,
        [name] => Some(format!("`wainwright explain {name}` tells more\n")),
        names => Some(format!("`wainwright explain CODE` tells more, where CODE is one of: {}\n", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_begins_with_its_code_and_its_summary_and_says_what_to_do() {
        for code in Code::ALL {
            let head = format!("# {code}\n\n{}\n\n", code.summary().trim());
            assert!(code.page().starts_with(&head), "{code}");
            for part in ["\n## Example\n", "\n## What to do\n"] {
                assert_eq!(code.page().matches(part).count(), 1, "{code}: {part}");
            }
        }
    }

    #[test]
    fn the_index_names_every_code_in_the_order_of_the_list() {
        let index = include_str!("../../docs/errors/README.md");
        let line = |code: &Code| format!("| [`{code}`]({code}.md) | {} |\n", code.summary().trim());
        let table: String = Code::ALL.iter().map(line).collect();
        assert!(index.ends_with(&table), "the table must be:\n{table}");
    }

    #[test]
    fn what_is_fenced_is_indented_under_its_file_and_headings_lose_their_mark() {
        let text = page(Code::UnknownKey, Colour::Plain);
        assert!(text.starts_with("unknown-key\n\nA table holds"), "{text}");
        assert!(text.contains("\n\nExample\n\npyproject.toml:\n\n    [project]\n"), "{text}");
        assert!(text.contains("\n    $ wainwright metadata\n    error[unknown-key]"), "{text}");
        assert!(!text.contains("```") && !text.contains('#'), "{text}");
        assert!(page(Code::UnknownKey, Colour::Ansi).starts_with("\x1b[1munknown-key\x1b[0m\n"));
    }

    #[test]
    fn the_pointer_names_errors_once_and_leaves_what_cargo_said_to_cargo() {
        let of = |codes: &[Code]| pointer(&codes.iter().map(|code| Diagnostic::error(*code, "")).collect::<Vec<_>>());
        assert_eq!(of(&[Code::Disk, Code::Disk]).unwrap(), "`wainwright explain disk` tells more\n");
        assert!(of(&[Code::Disk, Code::Import]).unwrap().ends_with("one of: import, disk\n"));
        assert_eq!(of(&[Code::CargoFailed]), None);
        assert_eq!(pointer(&[Diagnostic::warning(Code::Disk, "")]), None);
    }
}
