//! What lies in a directory tree: files, links and things that no archive can hold.

use std::path::PathBuf;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    File,
    Directory,
    Other,
    Missing,
}

/// One thing found below a directory that was walked. Directories themselves are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it lies, absolute.
    pub path: PathBuf,
    /// Relative to the directory that was walked; may be outside Unicode.
    pub relative: PathBuf,
    pub kind: FoundKind,
}

/// Links that stay inside the tree are followed and count as what they lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundKind {
    File {
        /// In bytes.
        size: u64,
        executable: bool,
    },
    /// A link that leads out of the tree, to `target`.
    LinkOutside { target: PathBuf },
    /// A link that leads nowhere, or to itself.
    LinkBroken { target: PathBuf },
    /// A FIFO, socket or device.
    Special(&'static str),
}
