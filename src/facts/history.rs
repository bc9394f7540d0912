//! What the last build in a target directory was made from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The local files that one package was compiled from, by their paths relative to the package, with their digests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageInputs {
    pub files: BTreeMap<PathBuf, String>,
}
