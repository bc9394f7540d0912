//! A wheel or sdist as it lies there, whoever made it: its members, and what the judgement needs to read of them.

use std::collections::BTreeMap;

use crate::facts::binary::BinaryFacts;
use crate::spec::digest::Sha256;

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// As the archive has it, with `/`.
    pub path: String,
    pub kind: MemberKind,
    /// In bytes, unpacked.
    pub size: u64,
    pub sha256: Sha256,
    /// The permission bits, where the archive tells them.
    pub mode: Option<u32>,
    pub packing: Packing,
}

/// How a member lies in its archive. Archives that are compressed as a whole tell less of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packing {
    /// How it is compressed: `stored`, `deflated` or another method of zip.
    pub method: Option<String>,
    /// In bytes, packed.
    pub size: Option<u64>,
    /// When it was changed, as the archive has it: `2026-01-31T12:00:00`, with a `Z` where that is universal time.
    pub time: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberKind {
    File,
    Directory,
    /// With where it leads.
    Link(String),
    /// What neither file, directory nor link is.
    Other,
}

/// An archive, read whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Archive {
    /// The last part of its path.
    pub file_name: String,
    /// In bytes, as it lies there.
    pub size: u64,
    /// In the archive's order, directories too.
    pub members: Vec<Member>,
    /// The small files that say something of the archive, by their paths.
    pub texts: BTreeMap<String, Vec<u8>>,
    /// The compiled files, by their paths; the reason where one cannot be read.
    pub images: BTreeMap<String, Result<Vec<BinaryFacts>, String>>,
    /// What is wrong with the container itself, a sentence each.
    pub container: Vec<String>,
}

impl Archive {
    pub fn files(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.kind == MemberKind::File)
    }

    pub fn has(&self, path: &str) -> bool {
        self.files().any(|member| member.path == path)
    }

    /// A small file as text.
    pub fn text(&self, path: &str) -> Option<String> {
        self.texts.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// The names at the top.
    pub fn tops(&self) -> Vec<&str> {
        let mut tops: Vec<&str> = self
            .members
            .iter()
            .filter_map(|member| member.path.split('/').next())
            .filter(|top| !top.is_empty())
            .collect();
        tops.sort_unstable();
        tops.dedup();
        tops
    }
}
