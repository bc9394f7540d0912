//! The last line of a build: what, for what, how large, in which time, with what proof.

use std::path::Path;
use std::time::Duration;

use crate::spec::byte_size::ByteSize;

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
    let mut line = format!("{}{subject}: {} in {seconds:.1} s", summary.path.display(), ByteSize(summary.size));
    if !summary.proofs.is_empty() {
        line.push_str(&format!("; {}", summary.proofs.join(", ")));
    }
    line
}

/// The line about a compile that goes on: how many crates are done, of how many where that is known, after which time.
pub fn progress(object: &str, done: usize, all: Option<usize>, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let time = if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) };
    let crates = all.map_or_else(|| done.to_string(), |all| format!("{} of {all}", done.min(all)));
    format!("{object}: {crates} crates after {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compile_that_goes_on_tells_how_far_it_is() {
        let line = |all, seconds| progress("demo for CPython 3.11 (release)", 3, all, Duration::from_secs(seconds));
        assert_eq!(line(Some(14), 20), "demo for CPython 3.11 (release): 3 of 14 crates after 20 s");
        assert_eq!(line(None, 150), "demo for CPython 3.11 (release): 3 crates after 2 min 30 s");
    }

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
}
