//! The module must load: what only the loader can tell, such as a symbol that nothing provides.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::loading::Loading;

/// Judges how loading the extension at `path` of the wheel went.
pub fn check(path: &str, loading: &Loading) -> Option<Diagnostic> {
    let error = |message: String| Some(Diagnostic::error(Code::Import, message));
    match loading {
        Loading::Loaded => None,
        Loading::Refused(reason) => error(format!("`{path}` cannot be loaded")).map(|fault| {
            fault.with_note(reason).hint("a symbol or library that the crate links to is missing at run time: see its build script and `#[link]`s")
        }),
        Loading::Died(status) => error(format!("Python died while it loaded `{path}` ({status})"))
            .map(|fault| fault.hint("look for undefined behaviour in the module's initialiser")),
        Loading::TimedOut => error(format!("loading `{path}` did not come to an end"))
            .map(|fault| fault.hint("the module's initialiser hangs; `--import-check=false` skips this proof")),
        Loading::Raised(reason) => {
            let message = format!("`{path}` loads, but its initialiser raised an exception here");
            let note = Diagnostic::note(Code::Import, message).with_note(reason);
            Some(note.hint("this is fine if it needs a package that is installed only where the wheel is"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;

    #[test]
    fn the_loaders_refusal_and_death_are_errors_and_an_exception_is_a_note() {
        let severity = |loading| check("m.so", &loading).map(|found| found.severity);
        assert_eq!(severity(Loading::Loaded), None);
        assert_eq!(severity(Loading::Refused("undefined symbol: x".into())), Some(Severity::Error));
        assert_eq!(severity(Loading::Died("signal: 11".into())), Some(Severity::Error));
        assert_eq!(severity(Loading::TimedOut), Some(Severity::Error));
        assert_eq!(severity(Loading::Raised("ImportError: numpy".into())), Some(Severity::Note));
    }
}
