//! What the last build in a target directory was made from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The local files that one package was compiled from, by their paths relative to the package, with their digests;
/// and what was made of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageInputs {
    pub files: BTreeMap<PathBuf, String>,
    /// Where the package lay.
    #[serde(default)]
    pub directory: PathBuf,
    /// The digests of what was made of it, by `plan::fresh::call_key` of the calls that made it.
    #[serde(default)]
    pub artifacts: BTreeMap<String, String>,
}
