//! What `cargo -vV` and `rustc -vV` say: the machine that they run on, and what rustc was made of.

/// The host triple in cargo's answer, if it is there.
pub fn host(answer: &str) -> Option<String> {
    answer.lines().find_map(|line| line.strip_prefix("host:")).map(|text| text.trim().to_owned())
}

/// Where the standard library's source lay when it was compiled, as it stands in binaries: `/rustc/HASH`, by the commit in
/// rustc's answer, or by the release where that was made of no repository.
pub fn shown_source(answer: &str) -> Option<String> {
    let said = |key: &str| answer.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    let commit = said("commit-hash:").filter(|hash| *hash != "unknown");
    commit.or_else(|| said("release:")).map(|name| format!("/rustc/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_stands_in_a_line_of_its_own() {
        let answer =
            "cargo 1.95.0 (f2d3ce0bd 2026-03-21)\nrelease: 1.95.0\nhost: x86_64-unknown-linux-gnu\nos: Debian\n";
        assert_eq!(host(answer).as_deref(), Some("x86_64-unknown-linux-gnu"));
        assert_eq!(host("garbage"), None);
    }

    #[test]
    fn the_source_of_the_standard_library_is_shown_by_commit_or_release() {
        let shown = |commit: &str| shown_source(&format!("rustc 1.95.0\ncommit-hash: {commit}\nrelease: 1.95.0\n"));
        assert_eq!(shown("59807616e").as_deref(), Some("/rustc/59807616e"));
        assert_eq!(shown("unknown").as_deref(), Some("/rustc/1.95.0"));
        assert_eq!(shown_source("garbage"), None);
    }
}
