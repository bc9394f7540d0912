//! A target of the compiler, taken apart as far as wheels care.
//!
//! Source: the rustc book, "Platform Support".

use crate::plan::compatibility::CLibrary;

/// A target triple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triple {
    /// As rustc spells it: `x86_64`, `aarch64`, `armv7`; `universal2` for both of macOS.
    pub architecture: String,
    pub system: String,
    /// What follows the system: `gnu`, `musl`, `msvc`, `sim`; `android` stands here, its system being `linux`.
    pub environment: String,
}

impl Triple {
    /// Takes a triple apart: `x86_64-unknown-linux-gnu`, `aarch64-apple-darwin`, `wasm32-wasip1`.
    pub fn parse(text: &str) -> Self {
        let parts: Vec<&str> = text.split('-').collect();
        let known = [
            "linux",
            "darwin",
            "windows",
            "freebsd",
            "netbsd",
            "openbsd",
            "android",
            "ios",
            "emscripten",
            "hurd",
            "wasi",
            "wasip1",
            "wasip2",
            "wasip3",
        ];
        let at = parts.iter().position(|part| known.contains(part)).unwrap_or(parts.len() - 1);
        Self { architecture: parts[0].to_owned(), system: parts[at].to_owned(), environment: parts[at + 1..].join("-") }
    }

    pub fn is_universal2(&self) -> bool {
        self.architecture == "universal2"
    }

    /// What cargo compiles for: two targets for a universal2 file of macOS, which cargo does not know, else `name`.
    pub fn targets(&self, name: &str) -> Vec<String> {
        match self.is_universal2() {
            true => ["x86_64-apple-darwin", "aarch64-apple-darwin"].map(str::to_owned).into(),
            false => vec![name.to_owned()],
        }
    }

    pub fn is_android(&self) -> bool {
        self.system == "android" || (self.system == "linux" && self.environment.starts_with("android"))
    }

    pub fn is_musl(&self) -> bool {
        self.system == "linux" && self.environment.contains("musl")
    }

    /// The file name of a shared library, as cargo makes it from the library's name.
    pub fn shared_library(&self, name: &str) -> String {
        match self.system.as_str() {
            "windows" => format!("{name}.dll"),
            "darwin" | "ios" => format!("lib{name}.dylib"),
            _ if self.architecture.starts_with("wasm") => format!("{name}.wasm"),
            _ => format!("lib{name}.so"),
        }
    }

    /// Whether compiled files of the target are ELF files.
    pub fn is_elf(&self) -> bool {
        self.shared_library("").ends_with(".so")
    }

    /// The file name of a program.
    pub fn program(&self, name: &str) -> String {
        match self.system.as_str() {
            "windows" => format!("{name}.exe"),
            _ if self.architecture.starts_with("wasm") => format!("{name}.wasm"),
            _ => name.to_owned(),
        }
    }

    /// The C library of a Linux target.
    pub fn c_library(&self) -> Option<CLibrary> {
        let is_linux = self.system == "linux" && !self.is_android();
        is_linux.then(|| if self.is_musl() { CLibrary::Musl } else { CLibrary::Glibc })
    }

    /// An iOS target that runs in the simulator: every one for x86_64 does.
    pub fn is_simulator(&self) -> bool {
        self.system == "ios" && (self.architecture == "x86_64" || self.environment == "sim")
    }
}

/// The target that `ARCHFLAGS` chooses on macOS: `-arch x86_64 -arch arm64` is universal2, one of them that one.
/// Elsewhere, and without a word that it knows, the target stays.
pub fn with_archflags(target: Triple, archflags: Option<&str>) -> Triple {
    let Some(flags) = archflags.filter(|_| target.system == "darwin") else { return target };
    let words: Vec<&str> = flags.split_whitespace().collect();
    let named = |name: &str| words.windows(2).any(|pair| pair == ["-arch", name]);
    let architecture = match (named("x86_64"), named("arm64")) {
        (true, true) => "universal2",
        (true, false) => "x86_64",
        (false, true) => "aarch64",
        (false, false) => return target,
    };
    Triple { architecture: architecture.to_owned(), ..target }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triples_of_two_and_four_parts_are_taken_apart() {
        assert_eq!(Triple::parse("x86_64-pc-windows-gnu").environment, "gnu");
        assert_eq!(Triple::parse("aarch64-linux-android").system, "linux");
        assert_eq!(Triple::parse("wasm32-wasip1").system, "wasip1");
        assert!(Triple::parse("aarch64-linux-android").is_android());
        assert!(Triple::parse("aarch64-apple-ios-sim").is_simulator());
        assert!(!Triple::parse("aarch64-apple-ios").is_simulator());
    }

    #[test]
    fn archflags_choose_among_the_processors_of_macos_alone() {
        let chosen = |flags| with_archflags(Triple::parse("x86_64-apple-darwin"), Some(flags)).architecture;
        assert_eq!(chosen("-arch x86_64  -arch arm64"), "universal2");
        assert_eq!((chosen("-arch arm64"), chosen("-g")), ("aarch64".to_owned(), "x86_64".to_owned()));
        let linux = Triple::parse("x86_64-unknown-linux-gnu");
        assert_eq!(with_archflags(linux.clone(), Some("-arch arm64")), linux);
    }
}
