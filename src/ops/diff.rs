//! Comparing two wheels or sdists.

use std::path::Path;

use crate::contents::difference::{self, Aspect, Difference};
use crate::error::Error;
use crate::ops::examine;
use crate::system::disk;

/// What tells two archives apart; nothing only where they have the same bytes.
pub fn between(from: &Path, to: &Path) -> Result<Difference, Error> {
    let mut difference = difference::between(&examine::archive(from)?, &examine::archive(to)?);
    let ((size, one), (other_size, other)) = (disk::digest(from)?, disk::digest(to)?);
    if difference.is_empty() && one != other {
        let what = "bytes that no file is made of: headers, comments, how much is compressed; sha256".to_owned();
        difference.whole.push(Aspect::Value { what, from: one.hex(), to: other.hex() });
    }
    if size != other_size {
        let (from, to) = (size.to_string(), other_size.to_string());
        difference.whole.insert(0, Aspect::Value { what: "size".to_owned(), from, to });
    }
    Ok(difference)
}
