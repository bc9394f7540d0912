//! A diagnostic as text, in the form that rustc has made familiar: message, place, the line itself, notes, hint.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Place, Severity};

/// Whether the text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Plain,
    Ansi,
}

/// The diagnostic as text, ending in an empty line.
pub fn diagnostic(diagnostic: &Diagnostic, colour: Colour) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.name()).elements(place(diagnostic));
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.with_name(Some("hint")).message(hint.as_str()));
    }
    let renderer = match colour {
        Colour::Plain => Renderer::plain(),
        Colour::Ansi => Renderer::styled(),
    };
    let report: [Group<'_>; 1] = [group];
    // Without line numbers the arrow would stand at the very edge.
    renderer.render(&report).replace("\n-->", "\n -->").replace("\n\x1b[1m\x1b[94m-->", "\n\x1b[1m\x1b[94m -->")
        + "\n\n"
}

fn place(diagnostic: &Diagnostic) -> Vec<Element<'_>> {
    match &diagnostic.place {
        None => Vec::new(),
        Some(Place { file, span: None }) => vec![Origin::path(file.to_string_lossy()).into()],
        Some(Place { file, span: Some(span) }) => {
            // A whole table would fill the screen: its first line is enough.
            let start = span.source.floor_char_boundary(span.range.start);
            let line_end = span.source[start..].find('\n').map_or(span.source.len(), |length| start + length);
            let end = span.source.floor_char_boundary(span.range.end.clamp(start, line_end));
            let snippet = Snippet::source(&*span.source)
                .path(file.to_string_lossy())
                .annotation(AnnotationKind::Primary.span(start..end));
            vec![snippet.into()]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn message_code_place_line_and_hint_are_all_there() {
        let source: Arc<str> = "[project]\nversion = \"x\"\n".into();
        let fault = Diagnostic::error(Code::ProjectValue, "`project.version` is bad")
            .at(Place::span("pyproject.toml", &source, 20..23))
            .with_note("a note")
            .hint("write a version");
        let text = diagnostic(&fault, Colour::Plain);
        assert_eq!(
            text,
            "error[project-value]: `project.version` is bad\n --> pyproject.toml:2:11\n  |\n2 | version = \"x\"\n  |           ^^^\n  |\n  = note: a note\n  = hint: write a version\n\n"
        );
    }

    #[test]
    fn a_diagnostic_without_a_place_is_its_message() {
        let text = diagnostic(&Diagnostic::warning(Code::Setting, "odd"), Colour::Plain);
        assert_eq!(text, "warning[setting]: odd\n\n");
    }
}
