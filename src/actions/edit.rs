//! What shall be changed in a compiled file so that it finds libraries elsewhere, as a value.

use std::collections::BTreeMap;

/// The changes of one file. What is not named stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// The name that others ask for it by (DT_SONAME, LC_ID_DYLIB); that of a PE library is its file's.
    pub soname: Option<String>,
    /// Where the loader looks for what it needs: all of DT_RUNPATH (DT_RPATH where it has that), or those of LC_RPATH
    /// that stay. PE knows no such paths.
    pub run_paths: Option<Vec<String>>,
    /// The libraries that it needs by another name from now on: old to new.
    pub renamed: BTreeMap<String, String>,
}

impl Edit {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
