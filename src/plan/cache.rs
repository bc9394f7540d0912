//! Where the user's cache lies by the custom of each platform, what is compiled in it, and how much it may hold.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::environment::Environment;
use crate::spec::byte_size::ByteSize;
use crate::spec::digest::Sha256;

/// What the cache may hold unless `WAINWRIGHT_CACHE_SIZE` says otherwise, in bytes.
const LIMIT: u64 = 2 << 30;

/// `WAINWRIGHT_CACHE_DIR`, else the platform's cache directory; `None` where no home is known.
pub fn directory(environment: &Environment) -> Option<PathBuf> {
    if let Some(named) = environment.path("WAINWRIGHT_CACHE_DIR") {
        return Some(environment.directory().join(named));
    }
    of_platform(environment).map(|directory| directory.join("wainwright"))
}

/// The cache's directory, unless it is turned off: by an option, or by a variable.
pub fn wanted(is_turned_off: bool, environment: &Environment) -> Option<PathBuf> {
    if is_turned_off || turned_off_by(environment).is_some() { None } else { directory(environment) }
}

/// Where `HOME` is not set, nobody's home is meant, whatever the system's list of users says.
fn of_platform(environment: &Environment) -> Option<PathBuf> {
    let absolute = |name: &str| environment.path(name).filter(|path| path.is_absolute());
    let home = absolute("HOME");
    if cfg!(windows) {
        absolute("LOCALAPPDATA").map(Path::to_owned)
    } else if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Caches"))
    } else {
        absolute("XDG_CACHE_HOME").map(Path::to_owned).or_else(|| home.map(|home| home.join(".cache")))
    }
}

/// The variable that turns the cache off, if one does. Who asks installers to keep nothing means us as well.
pub fn turned_off_by(environment: &Environment) -> Option<&'static str> {
    ["WAINWRIGHT_NO_CACHE", "PIP_NO_CACHE_DIR", "UV_NO_CACHE"].into_iter().find(|name| environment.is_on(name))
}

/// How many bytes the cache may hold: `WAINWRIGHT_CACHE_SIZE`, such as `500M` or `4G`.
pub fn limit(environment: &Environment) -> Result<u64, Diagnostic> {
    let Some(said) = environment.get("WAINWRIGHT_CACHE_SIZE") else { return Ok(LIMIT) };
    said.to_str().and_then(|text| text.parse().ok()).map(|ByteSize(size)| size).ok_or_else(|| {
        let message = format!("`WAINWRIGHT_CACHE_SIZE` is `{}`, which is no size", said.to_string_lossy());
        Diagnostic::error(Code::Setting, message).hint("set it to a number of bytes, such as `500M` or `4G`")
    })
}

/// Whether a directory is one that frontends unpack into and throw away: below the system's directories for temporary
/// files, or in the cache of a user or an installer. `directory` must be a real path.
pub fn is_temporary(environment: &Environment, directory: &Path) -> bool {
    let variables = ["TMPDIR", "TEMP", "TMP", "UV_CACHE_DIR", "PIP_CACHE_DIR", "PIP_BUILD"];
    let named = variables.iter().filter_map(|name| environment.path(name)).map(Path::to_owned);
    let known = ["/tmp", "/var/tmp"].map(PathBuf::from);
    let all = named.chain(known).chain(of_platform(environment));
    // A path of one part, such as `/`, holds what is not thrown away.
    let is_narrow = |path: &PathBuf| path.is_absolute() && path.parent().is_some();
    let directory = without_private(directory);
    all.filter(is_narrow).any(|place| directory.starts_with(without_private(&place)))
}

/// macOS keeps what is named `/tmp` and `/var` below `/private`.
fn without_private(path: &Path) -> PathBuf {
    path.strip_prefix("/private").map_or_else(|_| path.to_owned(), |rest| Path::new("/").join(rest))
}

/// How a workspace lies to its project: the part of the one path that the other has not, the same for every copy.
pub fn way(project: &Path, workspace: &Path) -> PathBuf {
    match (workspace.strip_prefix(project), project.strip_prefix(workspace)) {
        (Ok(below), _) => below.to_owned(),
        (_, Ok(above)) => Path::new("..").join(above),
        _ => PathBuf::new(),
    }
}

/// The name of the directory in the cache where one workspace of a project is compiled. `toolchain` is what cargo says
/// of itself; `workspace` is the way to it from the project.
pub fn entry(project: &str, toolchain: &str, workspace: &Path) -> String {
    let words = [project, toolchain, &workspace.to_string_lossy()].join("\n");
    format!("{project}-{}", &Sha256::of(words.as_bytes()).hex()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let all = [("HOME", "/home/a")].into_iter().chain(variables.iter().copied());
        Environment::new(all.map(|(name, value)| (name.into(), value.into())), "/d".into(), Some("/home/b".into()))
    }

    #[test]
    fn the_named_directory_counts_first() {
        assert_eq!(directory(&environment(&[("WAINWRIGHT_CACHE_DIR", "c")])), Some("/d/c".into()));
        assert_eq!(directory(&Environment::default()), None);
    }

    #[test]
    fn a_tree_is_temporary_where_frontends_unpack() {
        let plain = environment(&[]);
        assert!(is_temporary(&plain, Path::new("/tmp/build-via-sdist-x/demo-1.0")));
        assert!(is_temporary(&plain, Path::new("/private/var/tmp/x")));
        assert!(!is_temporary(&plain, Path::new("/home/a/demo")) && !is_temporary(&plain, Path::new("/tmpfiles/demo")));
        let named = environment(&[("TMPDIR", "/scratch/a"), ("UV_CACHE_DIR", "/big/uv"), ("TMP", "/")]);
        assert!(
            is_temporary(&named, Path::new("/scratch/a/x")) && is_temporary(&named, Path::new("/big/uv/sdists-v9/x"))
        );
        assert!(!is_temporary(&named, Path::new("/srv/x")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_users_cache_is_temporary_too() {
        assert!(is_temporary(&environment(&[]), Path::new("/home/a/.cache/uv/git-v0/checkouts/x")));
        let moved = environment(&[("XDG_CACHE_HOME", "/caches")]);
        assert!(is_temporary(&moved, Path::new("/caches/pypoetry/x")));
        assert_eq!(directory(&moved), Some("/caches/wainwright".into()));
    }

    #[test]
    fn a_limit_is_a_size() {
        let limit = |variables: &[(&str, &str)]| limit(&environment(variables)).map_err(|fault| fault.message);
        assert_eq!(limit(&[]), Ok(LIMIT));
        assert_eq!(limit(&[("WAINWRIGHT_CACHE_SIZE", "0")]), Ok(0));
        assert!(limit(&[("WAINWRIGHT_CACHE_SIZE", "much")]).unwrap_err().contains("`much`, which is no size"));
    }

    #[test]
    fn each_project_toolchain_and_workspace_has_a_directory_of_its_own() {
        let names = [
            entry("demo", "cargo 1", Path::new("")),
            entry("demo", "cargo 2", Path::new("")),
            entry("demo", "cargo 1", Path::new("rust")),
            entry("other", "cargo 1", Path::new("")),
        ];
        assert!(names[0].starts_with("demo-") && names[0].len() == 5 + 16);
        assert!((0..4).all(|one| (0..one).all(|other| names[one] != names[other])));
    }

    #[test]
    fn every_copy_of_a_project_leads_the_same_way_to_its_workspace() {
        let way = |project: &str, workspace: &str| way(Path::new(project), Path::new(workspace));
        assert_eq!(way("/tmp/a/demo", "/tmp/a/demo/rust"), Path::new("rust"));
        assert_eq!(way("/tmp/a/demo/python", "/tmp/a/demo"), way("/tmp/b/demo/python", "/tmp/b/demo"));
        assert!(way("/tmp/a/python", "/tmp/a") != way("/tmp/python", "/tmp/python"));
    }

    #[test]
    fn whoever_wants_installers_to_keep_nothing_is_heard() {
        let off = |variables: &[(&str, &str)]| turned_off_by(&environment(variables));
        assert_eq!(off(&[("PIP_NO_CACHE_DIR", "1")]), Some("PIP_NO_CACHE_DIR"));
        assert_eq!(off(&[("UV_NO_CACHE", "true")]), Some("UV_NO_CACHE"));
        assert_eq!([off(&[("UV_NO_CACHE", "0")]), off(&[])], [None, None]);
    }
}
