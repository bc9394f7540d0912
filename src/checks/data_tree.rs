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
    let paths: Vec<&str> = paths.collect();
    for path in &paths {
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
    unknown.into_iter().map(finding).chain(other_data(paths.into_iter(), &own)).collect()
}

/// Directories that are named as the `.data` directory of some wheel is, but not as that of this one.
fn other_data<'p>(paths: impl Iterator<Item = &'p str>, own: &str) -> Vec<Diagnostic> {
    let tops = paths.filter_map(|path| path.split_once('/')).map(|(top, _)| top);
    let others: BTreeSet<&str> = tops.filter(|top| is_data(top) && !top.eq_ignore_ascii_case(own)).collect();
    let finding = |other: &str| {
        let message = format!("`{other}` is the `.data` directory of another wheel, and this one's is `{own}`");
        Diagnostic::warning(Code::DataTree, message).hint("installers put it into site-packages as it is")
    };
    others.into_iter().map(finding).collect()
}

/// `NAME-VERSION.data`
fn is_data(top: &str) -> bool {
    let version = top.strip_suffix(".data").and_then(|stem| stem.rsplit_once('-')).map(|(_, version)| version);
    version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_five_places_count() {
        let found = |path: &str| check([path].into_iter(), "d-1.dist-info").len();
        assert_eq!((found("e-1.data/scripts/x"), found("D-1.data/lib/x"), found("my-own.data/x")), (1, 1, 0));
        assert_eq!((found("d-1.data/scripts/x"), found("d-1.data/lib/x"), found("other.data/lib/x")), (0, 1, 0));
    }
}
