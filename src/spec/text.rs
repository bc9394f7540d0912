//! What all the words share: which characters break a line, and how a wrong value is shown in a message.

use std::fmt::{self, Write as _};

/// Whether some reader of metadata would see more than one line.
///
/// These are the line boundaries of Python's `str.splitlines`: more than `email.parser` splits at, so that no reader
/// finds a header that was not written.
pub fn has_line_break(text: &str) -> bool {
    text.contains(is_line_break)
}

pub(crate) fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What Python's `\s` and `str.split` take for a blank, as the standards' own regular expressions do: the four
/// separators U+001C to U+001F too.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// A value as messages show it: in backticks, with everything escaped that a terminal would not print.
pub(crate) fn shown(value: &str) -> Shown<'_> {
    Shown(value)
}

pub(crate) struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('`')?;
        for c in self.0.chars() {
            match c {
                '\'' | '"' | '\\' => f.write_char(c)?,
                _ => write!(f, "{}", c.escape_debug())?,
            }
        }
        f.write_char('`')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_boundary_of_python_is_a_line_break() {
        for c in "\n\r\x0b\x0c\x1c\x1d\x1e\u{85}\u{2028}\u{2029}".chars() {
            assert!(has_line_break(&format!("a{c}b")), "{c:?}");
        }
        assert!(!has_line_break("tab\tand \x1f and \u{a0} and é"));
    }

    #[test]
    fn a_shown_value_has_its_control_characters_escaped_and_its_quotes_kept() {
        assert_eq!(shown("it's \"é\" \\ ok").to_string(), "`it's \"é\" \\ ok`");
        assert_eq!(shown("a\nb\u{1b}[31m\u{202e}").to_string(), "`a\\nb\\u{1b}[31m\\u{202e}`");
    }
}
