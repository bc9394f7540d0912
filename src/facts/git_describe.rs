//! What `git describe` says: the last tag, and how far the tree has gone since.

/// A line of `git describe --long --dirty`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitDescribe {
    pub tag: String,
    /// The commits since the tag.
    pub distance: u64,
    /// The commit's hash, in full.
    pub commit: String,
    /// Whether tracked files differ from the commit.
    pub is_dirty: bool,
}

impl GitDescribe {
    /// Reads `TAG-DISTANCE-gCOMMIT`, perhaps with `-dirty` behind.
    pub fn read(line: &str) -> Option<Self> {
        let (line, is_dirty) = match line.strip_suffix("-dirty") {
            Some(line) => (line, true),
            None => (line, false),
        };
        let (rest, commit) = line.rsplit_once("-g")?;
        let (tag, distance) = rest.rsplit_once('-')?;
        Some(Self { tag: tag.to_owned(), distance: distance.parse().ok()?, commit: commit.to_owned(), is_dirty })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_may_hold_dashes() {
        let read =
            |line: &str| GitDescribe::read(line).map(|read| (read.tag, read.distance, read.commit, read.is_dirty));
        assert_eq!(read("v1.5.0-0-g4060507"), Some(("v1.5.0".into(), 0, "4060507".into(), false)));
        assert_eq!(read("core-g1-v1.0-rc1-37-g9bd-dirty"), Some(("core-g1-v1.0-rc1".into(), 37, "9bd".into(), true)));
        assert_eq!(read("9bd1298"), None);
    }
}
