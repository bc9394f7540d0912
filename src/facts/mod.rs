//! What the world told us, parsed, with nothing decided.

pub mod binary;
