//! What shall be changed in a compiled file of ELF so that it finds libraries elsewhere, as a value.

use std::collections::BTreeMap;

/// The changes of one file. What is not named stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ElfEdit {
    /// The name that others ask for it by (DT_SONAME).
    pub soname: Option<String>,
    /// Where the loader looks for what it needs (DT_RUNPATH, or DT_RPATH where it has that); empty takes it away.
    pub run_path: Option<String>,
    /// The libraries that it needs by another name from now on: old to new.
    pub renamed: BTreeMap<String, String>,
}

impl ElfEdit {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
