//! What an operation tells while it runs; `cli` decides how it is shown.

use crate::diagnostic::Diagnostic;

/// One thing worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A step begins or ended: a verb and its object, e.g. (`Compiling`, `demo for CPython 3.11`).
    Step { verb: &'static str, object: String },
    /// A step goes on, and nothing was heard of it for a while.
    Progress { verb: &'static str, object: String },
    /// From here on only warnings and errors are wanted.
    Quiet,
    /// A warning or note.
    Diagnostic(Diagnostic),
}

/// Where events go.
pub type Report<'r> = &'r (dyn Fn(Event) + Sync);

/// Tells each of the diagnostics.
pub fn tell(report: Report<'_>, diagnostics: Vec<Diagnostic>) {
    for diagnostic in diagnostics {
        report(Event::Diagnostic(diagnostic));
    }
}
