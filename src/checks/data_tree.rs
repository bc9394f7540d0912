//! The `.data` directory of a wheel holds only directories that installers know a place for.
//!
//! Source: "Binary distribution format", the `.data` directory.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic};

const KNOWN: [&str; 5] = ["data", "headers", "platlib", "purelib", "scripts"];

/// `directory` is the `.dist-info` directory.
pub fn check<'p>(paths: impl Iterator<Item = &'p str>, directory: &str) -> Vec<Diagnostic> {
    let own = format!("{}.data", directory.trim_end_matches(".dist-info"));
    let mut unknown: BTreeSet<(&str, &str)> = BTreeSet::new();
    for path in paths {
        let mut parts = path.split('/');
        let (Some(top), Some(scheme)) = (parts.next(), parts.next()) else { continue };
        let is_ours = top == own || (top.ends_with(".data") && top.eq_ignore_ascii_case(&own));
        if is_ours && !scheme.is_empty() && !KNOWN.contains(&scheme) {
            unknown.insert((top, scheme));
        }
    }
    let finding = |(top, scheme): (&str, &str)| {
        let message = format!("`{top}/{scheme}` is no place that installers know");
        Diagnostic::error(Code::DataTree, message).hint(format!("the places are `{}`", KNOWN.join("`, `")))
    };
    unknown.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_five_places_count() {
        let found = |path: &str| check([path].into_iter(), "d-1.dist-info").len();
        assert_eq!((found("d-1.data/scripts/x"), found("d-1.data/lib/x"), found("other.data/lib/x")), (0, 1, 0));
    }
}
