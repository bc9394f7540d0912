//! A container that a call runs in: it sees some places of this machine, under paths of its own.

use std::path::{Path, PathBuf};

use cargo_metadata::{Message, PackageId};

/// What is seen in a container, and what it is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// Directories by the container's path, and by this machine's.
    pub places: Vec<(PathBuf, PathBuf)>,
    /// The packages from disk. Their identities hold paths.
    pub packages: Vec<PackageId>,
}

impl Container {
    /// The path here of what the container names. One that is none of the container's stays: cross runs cargo on this
    /// machine where it has no image.
    pub fn path_here(&self, path: &Path) -> PathBuf {
        if self.places.iter().any(|(_, here)| path.starts_with(here)) {
            return path.to_owned();
        }
        let below = |(there, here): &(PathBuf, PathBuf)| Some(here.join(path.strip_prefix(there).ok()?));
        self.places.iter().find_map(below).unwrap_or_else(|| path.to_owned())
    }

    /// The identity here of a package: cargo has no two from disk of the same name and version.
    fn package_here(&self, id: PackageId) -> PackageId {
        let Some(said) = name_and_version(&id) else { return id };
        self.packages.iter().find(|own| name_and_version(own) == Some(said)).cloned().unwrap_or(id)
    }

    /// A message of cargo's, with the paths and identities that hold here.
    pub fn message_here(&self, mut message: Message) -> Message {
        match &mut message {
            Message::CompilerArtifact(artifact) => {
                artifact.package_id = self.package_here(artifact.package_id.clone());
                for file in artifact.filenames.iter_mut().chain(&mut artifact.executable) {
                    self.replace(file);
                }
            }
            Message::BuildScriptExecuted(script) => {
                script.package_id = self.package_here(script.package_id.clone());
                self.replace(&mut script.out_dir);
                for path in &mut script.linked_paths {
                    // The kind of library may stand before it: `native=DIRECTORY`.
                    let (kind, directory) = path.as_str().split_at(path.as_str().find('=').map_or(0, |at| at + 1));
                    *path = format!("{kind}{}", self.path_here(Path::new(directory)).display()).into();
                }
            }
            _ => {}
        }
        message
    }

    fn replace(&self, path: &mut cargo_metadata::camino::Utf8PathBuf) {
        if let Ok(here) = self.path_here(path.as_std_path()).try_into() {
            *path = here;
        }
    }
}

/// The name and the version that an identity of a package from disk tells. Source: The Cargo book, "Package ID
/// Specifications": the name is left out where the directory has the same.
fn name_and_version(id: &PackageId) -> Option<(&str, &str)> {
    let (path, rest) = id.repr.strip_prefix("path+file://")?.split_once('#')?;
    Some(rest.split_once('@').unwrap_or((path.rsplit('/').next().unwrap_or_default(), rest)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn id(repr: &str) -> PackageId {
        PackageId { repr: repr.to_owned() }
    }

    fn container() -> Container {
        let place = |there: &str, here: &str| (PathBuf::from(there), PathBuf::from(here));
        let packages = vec![id("path+file:///home/a/demo#0.1.0"), id("path+file:///home/a/demo/part#other@1.0.0")];
        Container {
            places: vec![place("/target", "/home/a/demo/target/u"), place("/project", "/home/a/demo")],
            packages,
        }
    }

    #[test]
    fn a_path_of_the_container_is_one_here_and_one_from_here_stays() {
        let here = |path: &str| container().path_here(Path::new(path));
        assert_eq!(here("/target/release/libdemo.so"), Path::new("/home/a/demo/target/u/release/libdemo.so"));
        assert_eq!(here("/project/src/lib.rs"), Path::new("/home/a/demo/src/lib.rs"));
        for other in ["/targets/x", "/cargo/registry/x.rs", "/home/a/demo/target/u/x.so", "src/lib.rs"] {
            assert_eq!(here(other), Path::new(other));
        }
        let at_the_same_place =
            Container { places: vec![("/target".into(), "/target/wainwright".into())], ..Container::default() };
        assert_eq!(at_the_same_place.path_here(Path::new("/target/wainwright/x")), Path::new("/target/wainwright/x"));
        assert_eq!(at_the_same_place.path_here(Path::new("/target/x")), Path::new("/target/wainwright/x"));
    }

    #[test]
    fn a_package_from_disk_is_known_by_name_and_version_wherever_it_is_seen() {
        let here = |repr: &str| container().package_here(id(repr)).repr;
        assert_eq!(here("path+file:///project#demo@0.1.0"), "path+file:///home/a/demo#0.1.0");
        assert_eq!(here("path+file:///project/part#other@1.0.0"), "path+file:///home/a/demo/part#other@1.0.0");
        assert_eq!(here("path+file:///elsewhere/other#1.0.0"), "path+file:///home/a/demo/part#other@1.0.0");
        for other in ["path+file:///project#demo@0.2.0", "registry+https://example.org/index#demo@0.1.0"] {
            assert_eq!(here(other), other);
        }
    }

    #[test]
    fn messages_name_what_is_here() {
        let target = json!({ "name": "demo", "kind": ["cdylib"], "crate_types": ["cdylib"], "src_path": "/project/src/lib.rs",
            "edition": "2021", "doc": true, "doctest": false, "test": true });
        let profile = json!({ "opt_level": "3", "debuginfo": 0, "debug_assertions": false, "overflow_checks": false, "test": false });
        let artifact = json!({ "reason": "compiler-artifact", "package_id": "path+file:///project#demo@0.1.0",
            "manifest_path": "/project/Cargo.toml", "target": target, "profile": profile, "features": [],
            "filenames": ["/target/release/libdemo.so"], "executable": "/target/release/demo", "fresh": false });
        let script = json!({ "reason": "build-script-executed", "package_id": "path+file:///project#demo@0.1.0",
            "linked_libs": [], "linked_paths": ["native=/target/release/build/x/out", "/usr/lib", "/project/lib"], "cfgs": [], "env": [],
            "out_dir": "/target/release/build/x/out" });
        let here = |message: Value| {
            let message = serde_json::from_value(message).unwrap();
            serde_json::to_value(container().message_here(message)).unwrap()
        };
        let artifact = here(artifact);
        assert_eq!(artifact["package_id"], "path+file:///home/a/demo#0.1.0");
        assert_eq!(artifact["filenames"], json!(["/home/a/demo/target/u/release/libdemo.so"]));
        assert_eq!(artifact["executable"], "/home/a/demo/target/u/release/demo");
        let script = here(script);
        let out = "/home/a/demo/target/u/release/build/x/out";
        assert_eq!(script["out_dir"], out);
        assert_eq!(script["linked_paths"], json!([format!("native={out}"), "/usr/lib", "/home/a/demo/lib"]));
    }
}
