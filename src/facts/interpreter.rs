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
