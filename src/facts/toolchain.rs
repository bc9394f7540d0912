//! What `rustc -vV` says: the release and the host.

/// The compiler that cargo will run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// `1.95.0`
    pub release: String,
    /// The host triple.
    pub host: String,
}

impl Toolchain {
    /// Reads the output of `rustc -vV`; `None` if a line is missing.
    pub fn parse(output: &str) -> Option<Self> {
        let value =
            |key: &str| output.lines().find_map(|line| line.strip_prefix(key)).map(|text| text.trim().to_owned());
        Some(Self { release: value("release:")?, host: value("host:")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_and_host_are_read_from_verbose_version_output() {
        let output = "rustc 1.95.0 (59807616e 2026-04-14)\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\n";
        let toolchain = Toolchain::parse(output).unwrap();
        assert_eq!((toolchain.release.as_str(), toolchain.host.as_str()), ("1.95.0", "x86_64-unknown-linux-gnu"));
        assert_eq!(Toolchain::parse("garbage"), None);
    }
}
