//! What an archive shall hold, as a value: decided whole before the first byte is written.

use std::path::PathBuf;
use std::sync::Arc;

use crate::spec::digest::Sha256;

/// The files of one archive, in the order in which they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    pub entries: Vec<Entry>,
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative, with `/` between the parts, in UTF-8.
    pub path: String,
    pub source: Source,
    pub mode: Mode,
}

/// The two modes that archives carry, whatever the umask was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0644
    Regular,
    /// 0755
    Executable,
}

impl Mode {
    pub fn bits(self) -> u32 {
        match self {
            Mode::Regular => 0o644,
            Mode::Executable => 0o755,
        }
    }
}

/// Where a file's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Generated and small.
    Bytes(Arc<[u8]>),
    /// A file on disk. A size or digest other than this when it is packed is an error.
    Disk { path: PathBuf, size: u64, sha256: Option<Sha256> },
}

impl Entry {
    pub fn text(path: impl Into<String>, text: impl AsRef<str>) -> Self {
        Self { path: path.into(), source: Source::Bytes(text.as_ref().as_bytes().into()), mode: Mode::Regular }
    }
}
