//! What a machine has of the tools that builds for other machines need, as far as it was asked.

use std::collections::BTreeSet;

/// The tools of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// The target triple of the machine itself.
    pub host: String,
    /// The version of the machine's own glibc.
    pub glibc: Option<(u64, u64)>,
    /// The programs that were found of those that were looked for; `zig` also where it is a package of a Python.
    pub programs: BTreeSet<String>,
    /// The targets that cargo is told a linker for.
    pub with_linker: BTreeSet<String>,
    pub standard_library: StandardLibrary,
    /// Whether cross compiles, which brings both for all its targets.
    pub has_cross: bool,
}

/// Where the standard library of a target comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandardLibrary {
    /// It is there for these targets.
    Installed(BTreeSet<String>),
    /// cargo compiles it (`-Z build-std`), from sources that are there or not.
    Compiled { has_sources: bool },
}

impl Default for StandardLibrary {
    fn default() -> Self {
        Self::Installed(BTreeSet::new())
    }
}
