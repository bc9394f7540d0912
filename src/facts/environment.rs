//! The process's environment and working directory, read once by `cli`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A snapshot of the environment variables, the working directory and the home directory.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    directory: PathBuf,
    home: Option<PathBuf>,
}

impl Environment {
    pub fn new(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        directory: PathBuf,
        home: Option<PathBuf>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (folded(name), value)).collect();
        Self { variables, directory, home }
    }

    /// The variable's value, if it is set and not empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(&folded(name.into())).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The names of all variables that are set and not empty, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let set = self.variables.iter().filter(|(_, value)| !value.is_empty());
        set.filter_map(|(name, _)| name.to_str())
    }

    /// The variable's value as text; `None` also where it is not Unicode.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str()
    }

    pub fn path(&self, name: &str) -> Option<&Path> {
        self.get(name).map(Path::new)
    }

    /// Whether the variable is set to anything but the usual words for "no".
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !["0", "false", "no", "off"].iter().any(|no| value.eq_ignore_ascii_case(no)))
    }

    /// The directory that relative paths of the command line start from.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// The directories of `PATH`, in order.
    pub fn search_path(&self) -> Vec<PathBuf> {
        self.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default()
    }
}

/// Windows does not tell `Path` from `PATH`.
fn folded(name: OsString) -> OsString {
    if cfg!(windows) { name.to_ascii_uppercase() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_unset_and_zero_as_off() {
        let environment = Environment::new(
            [("EMPTY", ""), ("ZERO", "0"), ("ONE", "1")].map(|(name, value)| (name.into(), value.into())),
            PathBuf::new(),
            None,
        );
        assert_eq!(environment.get("EMPTY"), None);
        assert!(!environment.is_on("ZERO") && !environment.is_on("EMPTY") && environment.is_on("ONE"));
    }
}
