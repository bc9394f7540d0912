//! The last line of a build: what, for what, how large, in which time, with what proof.

use std::path::Path;
use std::time::Duration;

/// A path as somebody in `from` would write it: what lies below, or is reached from there, without the way to it.
pub fn shown<'p>(path: &'p Path, from: &Path) -> &'p Path {
    path.strip_prefix(from).unwrap_or(path)
}

/// What the line says.
#[derive(Debug, Clone, Copy)]
pub struct Summary<'s> {
    pub path: &'s Path,
    /// In bytes.
    pub size: u64,
    /// What it is for: `CPython 3.11`; empty for an sdist.
    pub subject: &'s str,
    pub elapsed: Duration,
    pub proofs: &'s [String],
}

/// The line, without a line break.
pub fn line(summary: Summary<'_>) -> String {
    let subject = if summary.subject.is_empty() { String::new() } else { format!(" for {}", summary.subject) };
    let seconds = summary.elapsed.as_secs_f64();
    let mut line = format!("{}{subject}: {} in {seconds:.1} s", summary.path.display(), size(summary.size));
    if !summary.proofs.is_empty() {
        line.push_str(&format!("; {}", summary.proofs.join(", ")));
    }
    line
}

/// A size for people: three digits that count.
pub fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_for_what_how_large_how_long_and_with_what_proof() {
        let proofs = ["read back and equal".to_owned()];
        let summary = Summary {
            path: Path::new("dist/a.whl"),
            size: 1536,
            subject: "CPython 3.11",
            elapsed: Duration::from_millis(2340),
            proofs: &proofs,
        };
        assert_eq!(line(summary), "dist/a.whl for CPython 3.11: 1.5 KiB in 2.3 s; read back and equal");
    }

    #[test]
    fn sizes_choose_their_unit() {
        assert_eq!([size(12), size(3 << 20), size(5 << 30)], ["12 bytes", "3.0 MiB", "5.0 GiB"]);
    }
}
