//! Where the user's cache lies, by the custom of each platform.

use std::path::{Path, PathBuf};

use crate::facts::environment::Environment;
use crate::spec::digest::Sha256;

/// `WAINWRIGHT_CACHE_DIR`, else the platform's cache directory; `None` where no home is known.
pub fn directory(environment: &Environment) -> Option<PathBuf> {
    let absolute = |name: &str| environment.path(name).filter(|path| path.is_absolute());
    if let Some(named) = environment.path("WAINWRIGHT_CACHE_DIR") {
        return Some(environment.directory().join(named));
    }
    let of_platform = if cfg!(windows) {
        absolute("LOCALAPPDATA").map(Path::to_owned)
    } else if cfg!(target_os = "macos") {
        environment.home().map(|home| home.join("Library/Caches"))
    } else {
        absolute("XDG_CACHE_HOME").map(Path::to_owned).or_else(|| environment.home().map(|home| home.join(".cache")))
    };
    of_platform.map(|directory| directory.join("wainwright"))
}

/// The target directory of a project whose own cannot be written.
pub fn target_dir(environment: &Environment, project: &Path) -> Option<PathBuf> {
    let digest = Sha256::of(project.as_os_str().as_encoded_bytes()).hex();
    Some(directory(environment)?.join("target").join(&digest[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_directory_counts_first() {
        let environment = Environment::new([("WAINWRIGHT_CACHE_DIR".into(), "c".into())], "/d".into(), None);
        assert_eq!(directory(&environment), Some("/d/c".into()));
        assert_eq!(directory(&Environment::default()), None);
    }

    #[test]
    fn each_project_has_a_target_directory_of_its_own() {
        let environment = Environment::new([("WAINWRIGHT_CACHE_DIR".into(), "/c".into())], "/d".into(), None);
        let of = |project: &str| target_dir(&environment, Path::new(project)).unwrap();
        assert!(of("/a") != of("/b") && of("/a").starts_with("/c/target"));
    }
}
