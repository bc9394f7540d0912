//! Signs a Mach-O image without an identity ("ad hoc"), which is what arm64 asks of everything it runs.
//!
//! The signature is a code directory alone, as linkers write it: the digests of the pages before it. Sources: xnu's
//! `osfmk/kern/cs_blobs.h`; Apple's TN3126.

use sha2::{Digest as _, Sha256};

/// What a signature says of an image.
#[derive(Debug, Clone, Copy)]
pub struct Signed {
    /// How many bytes are signed; the signature follows them.
    pub limit: u64,
    /// The segment of the code: offset and size in the file.
    pub text: (u64, u64),
    pub is_program: bool,
}

const EMBEDDED_SIGNATURE: u32 = 0xfade_0cc0;
const CODE_DIRECTORY: u32 = 0xfade_0c02;
/// The first version that tells of the segment of the code.
const VERSION: u32 = 0x2_0400;
/// Without an identity, and made by a linker, so that tools which change the file may make it anew.
const FLAGS: u32 = 0x2_0002;
const SHA256: u8 = 2;
const HASH: usize = 32;
/// The pages have 4 KiB.
const PAGE_BITS: u8 = 12;
const MAIN_BINARY: u64 = 1;

/// Before the code directory, and its fields.
const BLOBS: usize = 20;
const FIELDS: usize = 88;

/// The size of a signature of so many bytes, with what it is filled up with.
pub fn size(limit: u64, identifier: &str) -> u64 {
    let pages = limit.div_ceil(1 << PAGE_BITS);
    ((BLOBS + hashes(identifier)) as u64 + pages * HASH as u64).next_multiple_of(16)
}

/// Where the digests begin in the code directory.
fn hashes(identifier: &str) -> usize {
    FIELDS + identifier.len() + 1
}

/// The signature of `code`, which ends where it begins.
pub fn signature(code: &[u8], identifier: &str, signed: Signed) -> Vec<u8> {
    let pages: Vec<_> = code.chunks(1 << PAGE_BITS).map(Sha256::digest).collect();
    let directory = hashes(identifier) + pages.len() * HASH;
    let mut bytes = Vec::new();
    let word = |bytes: &mut Vec<u8>, word: u32| bytes.extend(word.to_be_bytes());
    for value in [EMBEDDED_SIGNATURE, (BLOBS + directory) as u32, 1, 0, BLOBS as u32] {
        word(&mut bytes, value);
    }
    let counts = [hashes(identifier), FIELDS, 0, pages.len(), code.len()].map(|count| count as u32);
    for value in [CODE_DIRECTORY, directory as u32, VERSION, FLAGS].into_iter().chain(counts) {
        word(&mut bytes, value);
    }
    bytes.extend([HASH as u8, SHA256, 0, PAGE_BITS]);
    // Nothing spare, no scatter, no team, nothing spare, no limit beyond 4 GiB.
    bytes.extend([0; 24]);
    let flags = if signed.is_program { MAIN_BINARY } else { 0 };
    bytes.extend([signed.text.0, signed.text.1, flags].into_iter().flat_map(u64::to_be_bytes));
    bytes.extend(identifier.as_bytes());
    bytes.push(0);
    for page in pages {
        bytes.extend(page);
    }
    bytes.resize(size(signed.limit, identifier) as usize, 0);
    bytes
}
