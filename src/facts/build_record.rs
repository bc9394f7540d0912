//! What is kept of the last build: what was compiled and why, when, and the wheels that came of it.

use serde::{Deserialize, Serialize};

/// Why a crate was compiled again, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recompiled {
    #[serde(rename = "crate")]
    pub name: String,
    pub version: String,
    pub why: String,
}

/// What one run of cargo compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompileRecord {
    /// What was compiled for what, as it was shown.
    pub title: String,
    pub recompiled: Vec<Recompiled>,
    /// How many crates were found fresh.
    pub fresh: usize,
    #[serde(default)]
    pub time: TimeSpan,
    /// When each crate that was compiled was done, by name and version.
    #[serde(default)]
    pub done: Vec<(String, Moment)>,
}

/// Milliseconds since 1970 began, in UTC.
pub type Moment = u64;

/// From when to when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSpan {
    pub begin: Moment,
    pub end: Moment,
}

/// A wheel that was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WheelRecord {
    pub name: String,
    /// The digest of its RECORD, which tells it from all others: hexadecimal.
    pub record: String,
    /// How long it was looked over and put together.
    pub proven: TimeSpan,
    /// How long it was packed and read back.
    pub packed: TimeSpan,
}

/// The last build in a target directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRecord {
    /// Tells one run of wainwright from another.
    pub run: String,
    pub compiles: Vec<CompileRecord>,
    #[serde(default)]
    pub wheels: Vec<WheelRecord>,
}
