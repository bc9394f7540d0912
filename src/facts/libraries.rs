//! The libraries that compiled files need and that lie on this machine, as the loader would find them.

use std::path::PathBuf;

use crate::facts::binary::BinaryFacts;
use crate::spec::digest::Sha256;

/// A library of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// The file itself, behind all links.
    pub path: PathBuf,
    /// The directory that the loader takes for its own, where links stand for it.
    pub origin: PathBuf,
    pub sha256: Sha256,
    /// Several in a universal file of macOS.
    pub images: Vec<BinaryFacts>,
}

impl Library {
    /// The last part of the path.
    pub fn file_name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Who needs a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// A file of the wheel, by its path.
    Member(String),
    /// One of the libraries, by its index.
    Library(usize),
}

/// That a file needs a library by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub user: User,
    pub needed: String,
    pub library: usize,
}

/// The libraries that a wheel's files need, and those that these need, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closure {
    pub libraries: Vec<Library>,
    pub links: Vec<Link>,
}
