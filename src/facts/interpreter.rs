//! What a Python interpreter says of itself: the answer of the probe, one JSON object.

use std::path::PathBuf;

use serde::Deserialize;

/// The facts of one interpreter that tags, file names and PyO3's configuration are made from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Interpreter {
    /// `sys.implementation.name`
    pub implementation: String,
    pub major: u64,
    pub minor: u64,
    pub micro: u64,
    /// `sys.abiflags`, empty on Windows.
    #[serde(default)]
    pub abiflags: String,
    /// What the file name of an extension module ends in, with its leading dot.
    pub ext_suffix: Option<String>,
    pub soabi: Option<String>,
    /// `sysconfig.get_platform()`
    pub platform: String,
    /// `sys.platform`
    pub system: String,
    /// In bits.
    pub pointer_width: u32,
    #[serde(default)]
    pub gil_disabled: bool,
    #[serde(default)]
    pub debug: bool,
    /// Whether the interpreter itself lives in a shared library.
    #[serde(default)]
    pub shared: bool,
    pub lib_name: Option<String>,
    pub lib_dir: Option<String>,
    pub soabi_platform: Option<String>,
    /// `sys.implementation.version`, as far as it has numbers.
    #[serde(default)]
    pub implementation_version: Vec<u64>,
    /// Whether its system has a say in which manylinux wheels are installed (PEP 600, `_manylinux`).
    #[serde(default)]
    pub has_manylinux_module: bool,
    /// Where it is; `None` for one that cannot run here. A path, so never part of the JSON.
    #[serde(skip)]
    pub executable: Option<PathBuf>,
}

impl Interpreter {
    /// `3.11`
    pub fn version(&self) -> String {
        format!("{}.{}", self.major, self.minor)
    }

    /// `3.11.7`
    pub fn full_version(&self) -> String {
        format!("{}.{}.{}", self.major, self.minor, self.micro)
    }

    /// As a person would call it: `CPython 3.13t`.
    pub fn title(&self) -> String {
        let name = match self.implementation.as_str() {
            "cpython" => "CPython",
            "pypy" => "PyPy",
            "graalpy" => "GraalPy",
            other => other,
        };
        format!("{name} {}{}", self.version(), if self.gil_disabled { "t" } else { "" })
    }

    pub fn is_cpython(&self) -> bool {
        self.implementation == "cpython"
    }
}

/// `sys.platform` for what `sysconfig.get_platform()` says: `win-amd64` is `win32`.
pub fn system_of(platform: &str) -> &str {
    match platform.split(['-', '_']).next().unwrap_or_default() {
        "macosx" => "darwin",
        "win" | "win32" | "mingw" => "win32",
        "solaris" => "sunos5",
        other => other,
    }
}

/// The width of pointers, in bits, that suffixes and platforms tell; the first of them that names a processor counts,
/// for a 32-bit Python on a 64-bit kernel calls its platform 64-bit.
pub fn pointer_width_in(names: &[&str]) -> u32 {
    const WIDE: [&str; 11] = [
        "x86_64",
        "amd64",
        "aarch64",
        "arm64",
        "ppc64",
        "powerpc64",
        "s390x",
        "riscv64",
        "loongarch64",
        "mips64",
        "sparc64",
    ];
    const NARROW: [&str; 9] = ["gnux32", "win32", "wasm32", "i386", "i686", "-arm", "_arm", "-x86", "mips"];
    let found = names.iter().find_map(|name| {
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&NARROW[..1]) {
            Some(32)
        } else if has(&WIDE) {
            Some(64)
        } else {
            has(&NARROW).then_some(32)
        }
    });
    found.unwrap_or(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_tells_the_width_before_the_platform_does() {
        assert_eq!(pointer_width_in(&[".cpython-313-i386-linux-gnu.so", "linux-x86_64"]), 32);
        assert_eq!(pointer_width_in(&[".cpython-313-darwin.so", "macosx-11.0-arm64"]), 64);
        assert_eq!(pointer_width_in(&[".cpython-313-arm-linux-gnueabihf.so", "linux-aarch64"]), 32);
        assert_eq!(pointer_width_in(&[".cp313-win32.pyd", "win32"]), 32);
        assert_eq!(pointer_width_in(&[".cpython-313-x86_64-linux-gnux32.so"]), 32);
        assert_eq!(pointer_width_in(&[".so", ""]), 64);
    }

    #[test]
    fn platforms_have_their_short_system_names() {
        let names =
            ["linux-x86_64", "macosx-11.0-arm64", "win-amd64", "win32", "mingw_x86_64_ucrt", "ios-13.0-arm64-iphoneos"];
        assert_eq!(names.map(system_of), ["linux", "darwin", "win32", "win32", "win32", "ios"]);
    }
}

#[cfg(test)]
pub mod samples {
    //! Interpreters for tests.

    use super::Interpreter;

    /// CPython of a minor version on x86_64 Linux.
    pub fn cpython(minor: u64) -> Interpreter {
        serde_json::from_value(serde_json::json!({
            "implementation": "cpython", "major": 3, "minor": minor, "micro": 1, "abiflags": "",
            "ext_suffix": format!(".cpython-3{minor}-x86_64-linux-gnu.so"),
            "soabi": format!("cpython-3{minor}-x86_64-linux-gnu"), "platform": "linux-x86_64", "system": "linux",
            "pointer_width": 64, "shared": true, "lib_name": format!("python3.{minor}"), "lib_dir": "/usr/lib",
            "soabi_platform": null, "implementation_version": [3, minor, 1],
        }))
        .unwrap()
    }
}
