//! `build-details.json`: what an interpreter says of itself without being run.
//!
//! Source: PEP 739, schema 1.0, and the files that CPython 3.14 and later install, which also list every suffix.

use serde::Deserialize;

use crate::facts::interpreter::{Interpreter, pointer_width_in, system_of};

/// Why a file told no interpreter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildDetailsError {
    #[error("it is no description of a Python: {0}")]
    Json(String),
    #[error("its `schema_version` is `{0}`, only 1.x is known")]
    Schema(String),
    #[error("its `language.version` is `{0}`, which is no version of Python 3")]
    Version(String),
    #[error("it names no suffix for extension modules: `abi.extension_suffix` is missing")]
    Suffix,
}

/// The keys of the file that tags, file names and PyO3's configuration need.
#[derive(Deserialize)]
struct Details {
    schema_version: String,
    platform: String,
    language: Language,
    implementation: Implementation,
    #[serde(default)]
    abi: Abi,
    #[serde(default)]
    suffixes: Suffixes,
    #[serde(default)]
    libpython: Libpython,
}

#[derive(Deserialize)]
struct Language {
    version: String,
    version_info: Option<Numbers>,
}

#[derive(Deserialize)]
struct Implementation {
    name: String,
    version: Option<Numbers>,
}

#[derive(Deserialize)]
struct Numbers {
    major: u64,
    minor: u64,
    #[serde(default)]
    micro: u64,
}

#[derive(Deserialize, Default)]
struct Abi {
    #[serde(default)]
    flags: Vec<String>,
    extension_suffix: Option<String>,
    stable_abi_suffix: Option<String>,
}

#[derive(Deserialize, Default)]
struct Suffixes {
    #[serde(default)]
    extensions: Vec<String>,
}

#[derive(Deserialize, Default)]
struct Libpython {
    dynamic: Option<String>,
    #[serde(rename = "static")]
    static_: Option<String>,
}

/// Reads the text of the file.
pub fn parse(text: &str) -> Result<Interpreter, BuildDetailsError> {
    let details: Details = serde_json::from_str(text).map_err(|reason| BuildDetailsError::Json(reason.to_string()))?;
    if details.schema_version.split('.').next() != Some("1") {
        return Err(BuildDetailsError::Schema(details.schema_version));
    }
    let (major, minor) = version(&details.language.version)
        .filter(|(major, _)| *major == 3)
        .ok_or_else(|| BuildDetailsError::Version(details.language.version.clone()))?;
    let listed = &details.suffixes.extensions;
    let suffix = details.abi.extension_suffix.clone().or_else(|| listed.first().cloned());
    let suffix = suffix.ok_or(BuildDetailsError::Suffix)?;
    let abiflags = details.abi.flags.concat();
    let stable = details.abi.stable_abi_suffix.iter().chain(listed).find_map(|suffix| stable_platform(suffix));
    let library = details.libpython.dynamic.as_deref().or(details.libpython.static_.as_deref());
    let (lib_dir, lib_name) = library.map(library_parts).unwrap_or_default();
    let is_windows = suffix.ends_with(".pyd");
    Ok(Interpreter {
        implementation: details.implementation.name,
        major,
        minor,
        micro: details.language.version_info.map_or(0, |numbers| numbers.micro),
        gil_disabled: details.abi.flags.iter().any(|flag| flag == "t"),
        debug: details.abi.flags.iter().any(|flag| flag == "d"),
        soabi: if is_windows { None } else { soabi(&suffix) },
        soabi_platform: stable,
        pointer_width: pointer_width_in(&[&suffix, &details.platform]),
        system: system_of(&details.platform).to_owned(),
        platform: details.platform,
        shared: details.libpython.dynamic.is_some(),
        lib_name: lib_name.or_else(|| Some(format!("python{major}.{minor}{abiflags}")).filter(|_| !is_windows)),
        lib_dir,
        implementation_version: details
            .implementation
            .version
            .map(|version| vec![version.major, version.minor, version.micro])
            .unwrap_or_default(),
        ext_suffix: Some(suffix),
        abiflags,
        has_manylinux_module: false,
        executable: None,
    })
}

fn version(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// `.cpython-314-x86_64-linux-gnu.so` without its ends.
fn soabi(suffix: &str) -> Option<String> {
    Some(suffix.strip_prefix('.')?.rsplit_once('.')?.0.to_owned())
}

/// The platform in `.abi3-x86_64-linux-gnu.so`.
fn stable_platform(suffix: &str) -> Option<String> {
    let platform = suffix.strip_prefix(".abi3-").or_else(|| suffix.strip_prefix(".abi3t-"))?;
    Some(platform.strip_suffix(".so")?.to_owned())
}

/// Directory and linker's name of `/usr/lib/libpython3.14.so.1.0`.
fn library_parts(path: &str) -> (Option<String>, Option<String>) {
    let (directory, file) = match path.rfind(['/', '\\']) {
        Some(at) => (Some(path[..at].to_owned()), &path[at + 1..]),
        None => (None, path),
    };
    let end = [".so", ".dylib", ".a", ".dll", ".lib"].iter().find_map(|end| file.find(end)).unwrap_or(file.len());
    let name = &file[..end];
    let name = if file.contains(".dll") { name } else { name.strip_prefix("lib").unwrap_or(name) };
    (directory, Some(name.to_owned()).filter(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shortened from what Debian installs with CPython 3.15.2.
    const DEBIAN: &str = r#"{"schema_version": "1.0", "base_prefix": "/usr", "platform": "linux-x86_64",
        "language": {"version": "3.15", "version_info": {"major": 3, "minor": 15, "micro": 2, "releaselevel": "final", "serial": 0}},
        "implementation": {"name": "cpython", "version": {"major": 3, "minor": 15, "micro": 2}, "_multiarch": "x86_64-linux-gnu"},
        "abi": {"flags": []},
        "suffixes": {"extensions": [".cpython-315-x86_64-linux-gnu.so", ".abi3-x86_64-linux-gnu.so", ".abi3.so", ".so"]},
        "libpython": {"static": "/usr/lib/x86_64-linux-gnu/libpython3.15.a"}}"#;

    #[test]
    fn a_file_with_a_list_of_suffixes_is_read() {
        let python = parse(DEBIAN).unwrap();
        assert_eq!(python.title(), "CPython 3.15");
        assert_eq!(python.full_version(), "3.15.2");
        assert_eq!(python.ext_suffix.as_deref(), Some(".cpython-315-x86_64-linux-gnu.so"));
        assert_eq!(python.soabi_platform.as_deref(), Some("x86_64-linux-gnu"));
        assert_eq!((python.pointer_width, python.system.as_str(), python.shared), (64, "linux", false));
        assert_eq!(python.lib_name.as_deref(), Some("python3.15"));
        assert_eq!(python.lib_dir.as_deref(), Some("/usr/lib/x86_64-linux-gnu"));
    }

    #[test]
    fn a_file_as_the_pep_shows_it_is_read() {
        let text = r#"{"schema_version": "1.0", "platform": "linux-aarch64", "language": {"version": "3.14"},
            "implementation": {"name": "cpython", "version": {"major": 3, "minor": 14, "micro": 0}},
            "abi": {"flags": ["t", "d"], "extension_suffix": ".cpython-314td-aarch64-linux-gnu.so"},
            "libpython": {"dynamic": "/opt/lib/libpython3.14td.so.1.0"}}"#;
        let python = parse(text).unwrap();
        assert_eq!((python.gil_disabled, python.debug, python.abiflags.as_str()), (true, true, "td"));
        assert_eq!((python.shared, python.lib_name.as_deref()), (true, Some("python3.14td")));
        assert_eq!(python.soabi.as_deref(), Some("cpython-314td-aarch64-linux-gnu"));
    }

    #[test]
    fn a_file_of_windows_keeps_the_names_of_its_dll() {
        let text = r#"{"schema_version": "1.0", "platform": "win-amd64", "language": {"version": "3.14"},
            "implementation": {"name": "cpython"}, "abi": {"flags": [], "extension_suffix": ".cp314-win_amd64.pyd"},
            "libpython": {"dynamic": "C:\\Python314\\python314.dll"}}"#;
        let python = parse(text).unwrap();
        assert_eq!((python.system.as_str(), python.lib_name.as_deref()), ("win32", Some("python314")));
        assert_eq!((python.soabi, python.pointer_width), (None, 64));
    }

    #[test]
    fn an_error_names_what_is_missing() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert!(error("{}").contains("missing field `schema_version`"), "{}", error("{}"));
        assert!(error("not json").starts_with("it is no description of a Python"));
        assert_eq!(error(&DEBIAN.replacen("1.0", "2.0", 1)), "its `schema_version` is `2.0`, only 1.x is known");
        assert_eq!(
            error(&DEBIAN.replacen("\"3.15\"", "\"2.7\"", 1)),
            "its `language.version` is `2.7`, which is no version of Python 3"
        );
        assert!(error(&DEBIAN.replacen("extensions", "x", 1)).contains("`abi.extension_suffix` is missing"));
    }
}
