//! What an answer of `cargo metadata` hangs on. As long as all of it is the same, cargo need not be asked again: to
//! resolve a workspace takes it about as long as to find that nothing must be compiled.
//!
//! Source: The Cargo Book, "Configuration", "Workspaces" and "Package Layout".

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, Package};
use serde::{Deserialize, Serialize};

use crate::actions::cargo_call::CargoCall;
use crate::facts::cargo_config;
use crate::facts::environment::Environment;

/// Where cargo finds the targets of a package by their files' names.
const TARGET_ROOMS: [&str; 6] = ["", "src", "src/bin", "examples", "tests", "benches"];

/// What cargo has read, or would have read if it had been there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// Files whose contents count.
    pub files: BTreeSet<PathBuf>,
    /// Directories where names count.
    pub directories: BTreeSet<PathBuf>,
}

/// The question in words: who is asked, what, where, and what of the environment it heeds. `version` is what cargo says
/// of itself.
pub fn question(cargo: &Path, version: &str, call: &CargoCall, environment: &Environment) -> String {
    let arguments = call.arguments.iter().map(|word| word.to_string_lossy().into_owned());
    let variable = |name: &str| environment.get(name).map(|value| format!("{name}={}", value.to_string_lossy()));
    let is_heeded = |name: &&str| name.starts_with("CARGO") || name.starts_with("RUST") || *name == "HOME";
    let variables = environment.names().filter(is_heeded).filter_map(variable);
    let changed = call.set.iter().map(|(name, value)| format!("{name}={}", value.to_string_lossy()));
    let removed = call.removed.iter().map(|name| format!("-{name}"));
    let [cargo, directory] = [cargo, &call.directory].map(|path| path.display().to_string());
    let words = [cargo, version.to_owned(), directory].into_iter();
    words.chain(arguments).chain(variables).chain(changed).chain(removed).collect::<Vec<_>>().join("\n")
}

/// Where the answer for a crate may be kept: in the target directory that a variable names, else in that of a workspace,
/// which lies where the crate does or above.
pub fn places(manifest: &Path, environment: &Environment) -> Vec<PathBuf> {
    let target_dirs = match environment.path("CARGO_TARGET_DIR") {
        Some(named) => vec![environment.directory().join(named)],
        None => manifest.ancestors().skip(1).map(|directory| directory.join("target")).collect(),
    };
    target_dirs.into_iter().map(|directory| directory.join("wainwright")).collect()
}

/// What cargo read for an answer: its configuration, which lies in `directory` and all above, the lock file, and of each
/// package that is no immutable copy in cargo's `home` the manifest and the names of its targets. A manifest that turns
/// up above one would be that of another workspace.
pub fn sources(metadata: &Metadata, directory: &Path, home: Option<&Path>) -> Sources {
    let is_copy = |package: &&Package| {
        package.source.is_some() && home.is_some_and(|home| package.manifest_path.as_std_path().starts_with(home))
    };
    let manifests = metadata.packages.iter().filter(|package| !is_copy(package)).map(|package| &package.manifest_path);
    let packages: BTreeSet<&Path> = manifests.filter_map(|manifest| manifest.as_std_path().parent()).collect();
    let root = metadata.workspace_root.as_std_path();
    let above = packages.iter().flat_map(|package| package.ancestors()).map(|above| above.join("Cargo.toml"));
    let files =
        above.chain([root.join("Cargo.toml"), root.join("Cargo.lock")]).chain(cargo_config::files(directory, home));
    let rooms = packages.iter().flat_map(|package| TARGET_ROOMS.map(|room| package.join(room)));
    Sources { files: files.collect(), directories: rooms.collect() }
}

/// Whether a configuration takes in files that are not known here.
pub fn includes_others(file: &Path, content: &[u8]) -> bool {
    let is_configuration = !file.ends_with("Cargo.toml") && !file.ends_with("Cargo.lock");
    is_configuration && String::from_utf8_lossy(content).contains("include")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| (name.into(), value.into())), "/d".into(), None)
    }

    #[test]
    fn another_program_argument_or_variable_is_another_question() {
        let call = |word: &str| CargoCall { arguments: vec![word.into()], ..CargoCall::default() };
        let ask = |cargo: &str, version: &str, word: &str, variables: &[(&str, &str)]| {
            question(Path::new(cargo), version, &call(word), &environment(variables))
        };
        let asked = ask("/cargo", "1", "metadata", &[("CARGO_HOME", "/home")]);
        assert_eq!(ask("/cargo", "1", "metadata", &[("CARGO_HOME", "/home"), ("PATH", "/bin")]), asked);
        for other in [
            ask("/other", "1", "metadata", &[("CARGO_HOME", "/home")]),
            ask("/cargo", "2", "metadata", &[("CARGO_HOME", "/home")]),
            ask("/cargo", "1", "tree", &[("CARGO_HOME", "/home")]),
            ask("/cargo", "1", "metadata", &[("CARGO_HOME", "/other")]),
            ask("/cargo", "1", "metadata", &[("CARGO_HOME", "/home"), ("RUSTFLAGS", "-g")]),
        ] {
            assert_ne!(other, asked);
        }
    }

    #[test]
    fn an_answer_is_kept_where_the_workspace_is_compiled() {
        let below = |variables: &[(&str, &str)]| places(Path::new("/w/c/Cargo.toml"), &environment(variables));
        assert_eq!(below(&[]), ["/w/c/target/wainwright", "/w/target/wainwright", "/target/wainwright"].map(Path::new));
        assert_eq!(below(&[("CARGO_TARGET_DIR", "t")]), [Path::new("/d/t/wainwright")]);
    }

    #[test]
    fn an_answer_hangs_on_what_can_change() {
        let package = |name: &str, source: Option<&str>, manifest: &str| {
            json!({
                "name": name, "version": "1.0.0", "id": name, "source": source, "dependencies": [], "features": {},
                "manifest_path": manifest, "targets": [], "edition": "2024", "metadata": null,
            })
        };
        let registry = Some("registry+https://github.com/rust-lang/crates.io-index");
        let metadata = json!({
            "packages": [
                package("demo", None, "/w/demo/Cargo.toml"),
                package("kept", registry, "/home/.cargo/registry/src/kept-1.0.0/Cargo.toml"),
                package("vendored", registry, "/w/vendor/vendored/Cargo.toml"),
            ],
            "workspace_members": ["demo"], "workspace_default_members": ["demo"], "target_directory": "/w/target",
            "workspace_root": "/w", "version": 1, "metadata": null, "resolve": null,
        });
        let metadata = serde_json::from_value(metadata).unwrap();
        let read = sources(&metadata, Path::new("/w/demo"), Some(Path::new("/home/.cargo")));
        let files: Vec<_> = read.files.iter().map(|file| file.to_str().unwrap()).collect();
        let manifests: Vec<_> = files.iter().filter(|file| file.ends_with("Cargo.toml")).collect();
        let vendored = ["/w/vendor/Cargo.toml", "/w/vendor/vendored/Cargo.toml"];
        assert_eq!(
            manifests,
            [&["/Cargo.toml", "/w/Cargo.toml", "/w/demo/Cargo.toml"][..], &vendored]
                .concat()
                .iter()
                .collect::<Vec<_>>()
        );
        for file in ["/w/Cargo.lock", "/w/demo/.cargo/config.toml", "/.cargo/config", "/home/.cargo/config.toml"] {
            assert!(files.contains(&file), "{file}: {files:?}");
        }
        assert!(read.directories.contains(Path::new("/w/demo/src/bin")) && read.directories.len() == 12);
    }

    #[test]
    fn a_configuration_may_take_in_others() {
        let includes = |file: &str| includes_others(Path::new(file), b"include = ['other.toml']");
        assert!(includes("/w/.cargo/config.toml") && !includes("/w/Cargo.toml"));
    }
}
