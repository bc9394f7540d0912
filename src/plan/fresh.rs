//! What must be compiled again though cargo may think it fresh.
//!
//! cargo compares times, and takes two checkouts of one package that share a target directory for the same unit. A
//! source that is older than the last build, as those of an unpacked sdist are, would never be compiled. So what a
//! package was last compiled from is recorded by content; where that differs, its fingerprints are removed.

use std::path::{Path, PathBuf};

use crate::actions::cargo_call::CargoCall;
use crate::facts::history::PackageInputs;
use crate::spec::digest::Sha256;

/// A local package of the graph, as far as its inputs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPackage {
    pub name: String,
    pub directory: PathBuf,
    /// The names of its libraries and programs, as files bear them.
    pub targets: Vec<String>,
    /// A build script that says nothing of its inputs may read any file of the package.
    pub has_build_script: bool,
}

impl LocalPackage {
    /// Whether it lay elsewhere, in `former`, when it was compiled; an empty path is not known.
    pub fn has_moved(&self, former: &Path) -> bool {
        !former.as_os_str().is_empty() && former != self.directory
    }

    /// Whether a file of cargo's is compiled from the package: its target's name, behind `lib` and before a hash, as the
    /// target may have it.
    pub fn makes(&self, file_name: &str) -> bool {
        let stem = file_name.split('.').next().unwrap_or_default();
        [Some(stem), stem.strip_prefix("lib")]
            .into_iter()
            .flatten()
            .any(|stem| self.targets.iter().any(|target| stem == target || is_fingerprint_of(stem, target)))
    }
}

/// Whether a line of a build script's output or of rustc's dep-info holds the directory for more than to name inputs,
/// which cargo looks for in the new one.
pub fn names_place(line: &str, directory: &str) -> bool {
    let is_instruction = line.starts_with("cargo:") && !is_rerun_instruction(line);
    (is_instruction || line.starts_with("# env-dep:")) && line.contains(directory)
}

/// The recorded inputs that are not what lies there now; `None` where all are. `digest` gives that of a file, if it
/// exists. Where nothing is recorded, nothing is known.
pub fn changed(
    recorded: Option<&PackageInputs>,
    directory: &Path,
    digest: &dyn Fn(&Path) -> Option<String>,
) -> Option<Vec<PathBuf>> {
    let Some(recorded) = recorded else { return Some(Vec::new()) };
    let differs = |(path, content): &(&PathBuf, &String)| digest(&directory.join(path)).as_ref() != Some(content);
    let changed: Vec<PathBuf> = recorded.files.iter().filter(differs).map(|(path, _)| path.clone()).collect();
    (!changed.is_empty()).then_some(changed)
}

/// Gives each input to the package whose directory holds it most closely; what lies in none goes to all.
pub fn by_package(packages: &[LocalPackage], inputs: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let mut shared = vec![Vec::new(); packages.len()];
    for input in inputs {
        let holders = packages.iter().enumerate().filter(|(_, package)| input.starts_with(&package.directory));
        match holders.max_by_key(|(_, package)| package.directory.components().count()) {
            Some((index, _)) => shared[index].push(input.clone()),
            None => shared.iter_mut().for_each(|inputs| inputs.push(input.clone())),
        }
    }
    shared
}

/// The path of an input as it is recorded: relative to its package, so that another checkout compares.
pub fn recorded_path(package: &LocalPackage, input: &Path) -> PathBuf {
    input.strip_prefix(&package.directory).unwrap_or(input).to_owned()
}

/// The directory of a profile below a target directory.
pub fn profile_directory(profile: &str) -> &str {
    match profile {
        "dev" | "test" => "debug",
        "bench" => "release",
        other => other,
    }
}

/// Whether a directory of cargo's fingerprints belongs to a package: its name and a hash of 16 digits.
pub fn is_fingerprint_of(directory_name: &str, package: &str) -> bool {
    let hash = directory_name.strip_prefix(package).and_then(|rest| rest.strip_prefix('-'));
    hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What tells one compile of a package from another: the arguments, but for where the package and its target directory
/// lie.
///
/// cargo writes libraries for others than Rust under names without a hash: another package, or the same one with other
/// features, may have put its own file there since, while cargo takes ours for fresh.
pub fn call_key(call: &CargoCall) -> String {
    let mut words = call.arguments.iter();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word == "--manifest-path" || word == "--target-dir" {
            words.next();
        } else {
            kept.push(word.to_string_lossy());
        }
    }
    Sha256::of(kept.join("\n").as_bytes()).hex()
}

/// Whether a line of a build script's output tells cargo what the script depends on.
pub fn is_rerun_instruction(line: &str) -> bool {
    line.strip_prefix("cargo:").is_some_and(|rest| rest.trim_start_matches(':').starts_with("rerun-if-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, directory: &str) -> LocalPackage {
        let targets = vec![name.into()];
        LocalPackage { name: name.into(), directory: directory.into(), targets, has_build_script: false }
    }

    fn recorded(files: &[(&str, &str)]) -> PackageInputs {
        let files = files.iter().map(|(path, digest)| (path.into(), digest.to_string())).collect();
        PackageInputs { files, ..PackageInputs::default() }
    }

    #[test]
    fn a_package_is_stale_when_a_recorded_input_differs_or_is_gone() {
        let digest = |path: &Path| (path == Path::new("/p/src/lib.rs")).then(|| "d1".to_owned());
        let changed = |record: Option<&PackageInputs>| changed(record, Path::new("/p"), &digest);
        assert_eq!(changed(Some(&recorded(&[("src/lib.rs", "d1")]))), None);
        assert_eq!(changed(Some(&recorded(&[("src/lib.rs", "d2")]))), Some(vec!["src/lib.rs".into()]));
        assert_eq!(changed(Some(&recorded(&[("src/gone.rs", "d1")]))), Some(vec!["src/gone.rs".into()]));
        assert_eq!(changed(None), Some(Vec::new()));
    }

    #[test]
    fn inputs_belong_to_the_innermost_package_and_strays_to_all() {
        let packages = [package("root", "/p"), package("inner", "/p/inner")];
        let inputs = ["/p/src/lib.rs", "/p/inner/src/lib.rs", "/elsewhere/x.txt"].map(PathBuf::from);
        let shared = by_package(&packages, &inputs);
        assert_eq!(shared[0], ["/p/src/lib.rs", "/elsewhere/x.txt"].map(PathBuf::from));
        assert_eq!(shared[1], ["/p/inner/src/lib.rs", "/elsewhere/x.txt"].map(PathBuf::from));
    }

    #[test]
    fn fingerprints_of_a_package_are_told_from_those_of_its_namesakes() {
        assert!(is_fingerprint_of("demo-0123456789abcdef", "demo"));
        assert!(!is_fingerprint_of("demo-core-0123456789abcdef", "demo"));
        assert!(!is_fingerprint_of("demo", "demo"));
    }

    #[test]
    fn what_a_package_makes_is_told_by_its_name() {
        let demo = package("demo", "/p");
        let made = ["libdemo.so", "libdemo-0123456789abcdef.rlib", "demo-0123456789abcdef.d", "demo.exe", "demo.d"];
        assert!(made.iter().all(|name| demo.makes(name)));
        let others = ["libdemo_core-0123456789abcdef.rlib", "libdem.so", "demo-core", "libother.so"];
        assert!(!others.iter().any(|name| demo.makes(name)));
    }

    #[test]
    fn a_place_is_named_by_instructions_and_by_variables() {
        let place = "/tmp/x/demo";
        assert!(names_place("cargo:rustc-link-search=native=/tmp/x/demo/lib", place));
        assert!(names_place("# env-dep:CARGO_MANIFEST_DIR=/tmp/x/demo", place));
        assert!(!names_place("cargo::rerun-if-changed=/tmp/x/demo/src", place));
        assert!(!names_place("/target/demo.d: /tmp/x/demo/src/lib.rs", place));
    }

    #[test]
    fn both_forms_of_instructions_count() {
        assert!(
            is_rerun_instruction("cargo:rerun-if-changed=x") && is_rerun_instruction("cargo::rerun-if-env-changed=X")
        );
        assert!(!is_rerun_instruction("cargo:rustc-link-lib=z") && !is_rerun_instruction("rerun-if-changed=x"));
    }

    #[test]
    fn calls_are_the_same_wherever_the_package_lies() {
        let call =
            |words: &[&str]| CargoCall { arguments: words.iter().map(Into::into).collect(), ..CargoCall::default() };
        let here = call(&["rustc", "--manifest-path", "/a/Cargo.toml", "--features", "x"]);
        let there = call(&["rustc", "--manifest-path", "/b/Cargo.toml", "--features", "x"]);
        let other = call(&["rustc", "--manifest-path", "/a/Cargo.toml", "--features", "y"]);
        assert_eq!(call_key(&here), call_key(&there));
        assert_ne!(call_key(&here), call_key(&other));
    }
}
