//! Puts a statement into a Python file before all that does something.
//!
//! Before it stay only what must be first: a docstring and imports from `__future__`. Sources: the Python reference,
//! "Lexical analysis" and "Future statements".

/// The file with a statement, which ends in a line break, at its start.
pub fn with_statement(file: &[u8], statement: &str) -> Vec<u8> {
    let mut start = 0;
    let mut at = first_code(file, 0);
    while at < file.len() && must_be_first(&file[at..]) {
        start = end_of_statement(file, at);
        at = first_code(file, start);
    }
    if start == 0 {
        start = before_code(file);
    }
    let is_line = file[..start].is_empty() || file[..start] == *MARK || b"\r\n".contains(&file[start - 1]);
    let line_break: &[u8] = if is_line { b"" } else { b"\n" };
    [&file[..start], line_break, statement.as_bytes(), &file[start..]].concat()
}

/// The mark of UTF-8, which some editors write.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Behind the mark and the two lines that may name the encoding.
fn before_code(file: &[u8]) -> usize {
    let mut start = if file.starts_with(MARK) { MARK.len() } else { 0 };
    for _ in 0..2 {
        if file.get(start) == Some(&b'#') {
            start = end_of_line(file, start);
        }
    }
    start
}

/// Where the next line begins that is neither empty nor a comment.
fn first_code(file: &[u8], from: usize) -> usize {
    let mut at = if from == 0 && file.starts_with(MARK) { MARK.len() } else { from };
    loop {
        match file.get(at) {
            Some(b'#') => at = end_of_line(file, at),
            Some(b' ' | b'\t' | b'\r' | b'\n' | 0x0c) => at += 1,
            _ => return at,
        }
    }
}

fn end_of_line(file: &[u8], from: usize) -> usize {
    let rest = &file[from..];
    match rest.iter().position(|byte| [b'\n', b'\r'].contains(byte)) {
        Some(at) if rest[at..].starts_with(b"\r\n") => from + at + 2,
        Some(at) => from + at + 1,
        None => file.len(),
    }
}

/// Whether a statement is a text, or one on the language itself.
fn must_be_first(code: &[u8]) -> bool {
    let word: Vec<u8> = code.iter().copied().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').collect();
    if word == b"from" {
        let rest =
            code[word.len()..].iter().copied().skip_while(|byte| [b' ', b'\t', b'\\', b'\r', b'\n'].contains(byte));
        let named: Vec<u8> = rest.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').collect();
        return named == b"__future__";
    }
    let is_prefix = word.len() <= 2 && word.iter().all(|byte| b"rRuUbBfF".contains(byte));
    is_prefix && code.get(word.len()).is_some_and(|byte| [b'"', b'\''].contains(byte))
}

/// Where the line after a statement begins: its own line may go on in brackets, texts and behind backslashes.
fn end_of_statement(file: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0usize);
    while let Some(byte) = file.get(at) {
        match byte {
            b'#' => {
                at = end_of_line(file, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'\\' => {
                at = if file[at + 1..].starts_with(b"\r\n") { at + 3 } else { at + 2 };
                continue;
            }
            b'"' | b'\'' => {
                at = end_of_text(file, at);
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' | b'\r' if depth == 0 => return end_of_line(file, at),
            _ => {}
        }
        at += 1;
    }
    file.len()
}

/// Where a text ends that begins with a quote.
fn end_of_text(file: &[u8], from: usize) -> usize {
    let quote = file[from];
    let quotes = [quote; 3];
    let end: &[u8] = if file[from..].starts_with(&quotes) { &quotes } else { &quotes[..1] };
    let mut at = from + end.len();
    while at < file.len() {
        match file[at] {
            // A backslash takes the next byte with it, in raw texts too.
            b'\\' => at += 2,
            _ if file[at..].starts_with(end) => return at + end.len(),
            _ => at += 1,
        }
    }
    file.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_comes_before_all_that_does_something() {
        let cases = [
            ("", "S\n"),
            ("import a\n", "S\nimport a\n"),
            ("# one\n\nimport a\n", "# one\nS\n\nimport a\n"),
            ("\u{feff}import a\n", "\u{feff}S\nimport a\n"),
            (
                "#!/usr/bin/python\n# -*- coding: latin-1 -*-\n# more\nx\n",
                "#!/usr/bin/python\n# -*- coding: latin-1 -*-\nS\n# more\nx\n",
            ),
            ("\"\"\"Doc \\\"\"\"\nmore.\"\"\"\nimport a\n", "\"\"\"Doc \\\"\"\"\nmore.\"\"\"\nS\nimport a\n"),
            ("# x\nr'''a\nb'''  # y\r\n\r\nfrom a import b\r\n", "# x\nr'''a\nb'''  # y\r\nS\n\r\nfrom a import b\r\n"),
            (
                "'a' \\\n  'b'\nfrom __future__ import (\n  x,  # (\n  y)\nz\n",
                "'a' \\\n  'b'\nfrom __future__ import (\n  x,  # (\n  y)\nS\nz\n",
            ),
            ("from __future__ import x; import y\n", "from __future__ import x; import y\nS\n"),
            ("from   __future__ import x\n\n\"no docstring\"\n", "from   __future__ import x\n\n\"no docstring\"\nS\n"),
            ("\"Doc\"", "\"Doc\"\nS\n"),
            ("from __futures__ import x\nfrom a import b", "S\nfrom __futures__ import x\nfrom a import b"),
            ("# only", "# only\nS\n"),
        ];
        for (file, expected) in cases {
            assert_eq!(String::from_utf8(with_statement(file.as_bytes(), "S\n")).unwrap(), expected, "{file:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_answered() {
        let text = b"\xef\xbb\xbf# x\nr\"\"\"a\\\"\"\" 'b' \\\r\n(\"\n\")\nfrom __future__ import (x,\n y) # z\n";
        for end in 0..text.len() {
            let with = with_statement(&text[..end], "S\n");
            assert_eq!(with.len() - end - 2, usize::from(with.len() - end > 2));
        }
    }
}
