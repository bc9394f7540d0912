//! A page of the documentation, as the blocks of code that it holds.

use std::fs;

use crate::setup;

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The heading that it stands under.
    pub section: String,
    pub language: String,
    /// The file that the line above names, as in "`tox.ini`:".
    pub file: Option<String>,
    pub text: String,
}

/// The blocks of a page in `docs/`.
pub fn blocks(page: &str) -> Vec<Block> {
    let text = fs::read_to_string(setup::source_tree().join("docs").join(page)).unwrap();
    let (mut blocks, mut section, mut file) = (Vec::new(), String::new(), None);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            blocks.push(Block { section: section.clone(), language: language.to_owned(), file: file.take(), text });
        } else if let Some(title) = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')) {
            section = title.to_owned();
        } else if !line.is_empty() {
            file = line.strip_prefix('`').and_then(|line| line.strip_suffix("`:")).map(str::to_owned);
        }
    }
    blocks
}
