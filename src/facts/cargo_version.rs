//! What `cargo -vV` says: the machine that it runs on.

/// The host triple in cargo's answer, if it is there.
pub fn host(answer: &str) -> Option<String> {
    answer.lines().find_map(|line| line.strip_prefix("host:")).map(|text| text.trim().to_owned())
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
}
