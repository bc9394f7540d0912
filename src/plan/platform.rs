//! The platform tag of a wheel, decided from the target triple and the interpreter's own word.
//!
//! Source: the platform compatibility tags page of the packaging guide.

use crate::facts::interpreter::Interpreter;
use crate::spec::tag::platform_tag;

/// A target triple, as far as wheels care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triple {
    pub architecture: String,
    pub system: String,
    pub environment: String,
}

impl Triple {
    /// Takes a triple apart: `x86_64-unknown-linux-gnu`, `aarch64-apple-darwin`, `wasm32-wasip1`.
    pub fn parse(text: &str) -> Self {
        let parts: Vec<&str> = text.split('-').collect();
        let known = ["linux", "darwin", "windows", "freebsd", "netbsd", "openbsd", "android", "ios", "emscripten"];
        let at = parts.iter().position(|part| known.contains(part)).unwrap_or(parts.len() - 1);
        Self {
            architecture: parts[0].to_owned(),
            system: parts[at].to_owned(),
            environment: parts.get(at + 1).map(|part| part.to_string()).unwrap_or_default(),
        }
    }
}

/// The platform tag for `target`, where `interpreter` (if there is one) runs on that target.
///
/// `deployment_target` is the value of `MACOSX_DEPLOYMENT_TARGET`.
pub fn tag(target: &Triple, interpreter: Option<&Interpreter>, deployment_target: Option<&str>) -> String {
    match target.system.as_str() {
        "linux" => format!("linux_{}", linux_architecture(&target.architecture)),
        "windows" => windows(&target.architecture).to_owned(),
        "darwin" => macos(&target.architecture, deployment_target),
        system => match interpreter {
            Some(interpreter) => platform_tag(&interpreter.platform),
            None => platform_tag(&format!("{system}_{}", target.architecture)),
        },
    }
}

/// The architecture as `uname -m` has it.
fn linux_architecture(architecture: &str) -> &str {
    match architecture {
        "i386" | "i586" | "i686" => "i686",
        "armv7" | "thumbv7neon" => "armv7l",
        "arm" => "armv6l",
        "powerpc64le" => "ppc64le",
        "powerpc64" => "ppc64",
        "riscv64gc" => "riscv64",
        other => other,
    }
}

fn windows(architecture: &str) -> &'static str {
    match architecture {
        "x86_64" => "win_amd64",
        "aarch64" | "arm64ec" => "win_arm64",
        _ => "win32",
    }
}

/// The default deployment targets are rustc's own: 10.12 for x86_64, 11.0 for arm64.
fn macos(architecture: &str, deployment_target: Option<&str>) -> String {
    let (name, default) = if architecture == "aarch64" { ("arm64", (11, 0)) } else { (architecture, (10, 12)) };
    let asked = deployment_target.and_then(macos_version).filter(|asked| *asked > default);
    let (major, minor) = asked.unwrap_or(default);
    // From 11 on only the major version counts in tags.
    format!("macosx_{major}_{}_{name}", if major >= 11 { 0 } else { minor })
}

fn macos_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next().unwrap_or("0").parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table() {
        let rows = [
            ("x86_64-unknown-linux-gnu", None, "linux_x86_64"),
            ("x86_64-unknown-linux-musl", None, "linux_x86_64"),
            ("i686-unknown-linux-gnu", None, "linux_i686"),
            ("armv7-unknown-linux-gnueabihf", None, "linux_armv7l"),
            ("powerpc64le-unknown-linux-gnu", None, "linux_ppc64le"),
            ("riscv64gc-unknown-linux-gnu", None, "linux_riscv64"),
            ("x86_64-pc-windows-msvc", None, "win_amd64"),
            ("i686-pc-windows-gnu", None, "win32"),
            ("aarch64-pc-windows-msvc", None, "win_arm64"),
            ("aarch64-apple-darwin", None, "macosx_11_0_arm64"),
            ("x86_64-apple-darwin", None, "macosx_10_12_x86_64"),
            ("x86_64-apple-darwin", Some("10.15"), "macosx_10_15_x86_64"),
            ("aarch64-apple-darwin", Some("10.15"), "macosx_11_0_arm64"),
            ("aarch64-apple-darwin", Some("13.4"), "macosx_13_0_arm64"),
        ];
        for (triple, deployment_target, expected) in rows {
            assert_eq!(tag(&Triple::parse(triple), None, deployment_target), expected, "{triple}");
        }
    }

    #[test]
    fn triples_of_two_and_four_parts_are_taken_apart() {
        assert_eq!(Triple::parse("x86_64-pc-windows-gnu").environment, "gnu");
        assert_eq!(Triple::parse("aarch64-linux-android").system, "linux");
        assert_eq!(Triple::parse("wasm32-wasip1").system, "wasip1");
    }
}
