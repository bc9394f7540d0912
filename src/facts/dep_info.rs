//! The dep-info file that cargo writes beside an artefact: every local file that went into it.
//!
//! Source: "Build cache" in the Cargo book. The syntax is that of a Makefile rule; blanks in names are escaped.

use std::path::PathBuf;

/// The files behind the colon of the first rule.
pub fn inputs(text: &str) -> Vec<PathBuf> {
    let Some((_, rule)) = text.lines().next().and_then(|line| line.split_once(": ")) else { return Vec::new() };
    let mut inputs = Vec::new();
    let mut name = String::new();
    let mut characters = rule.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&' ') => name.extend(characters.next()),
            ' ' => inputs.push(std::mem::take(&mut name)),
            other => name.push(other),
        }
    }
    inputs.push(name);
    inputs.into_iter().filter(|name| !name.is_empty()).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parted_at_blanks_that_are_not_escaped() {
        let text = "/t/release/libdemo.so: /p/src/lib.rs /p/a\\ b/c.rs C:\\x\\y.rs\n\n/p/src/lib.rs:\n";
        assert_eq!(inputs(text), ["/p/src/lib.rs", "/p/a b/c.rs", "C:\\x\\y.rs"].map(PathBuf::from));
        assert_eq!(inputs("garbage"), [""; 0].map(PathBuf::from));
    }
}
