//! All input and output: reads facts from the world and carries out actions.

// Only `system` touches files.
#![allow(clippy::disallowed_methods)]

pub mod archive_time;
pub mod draft;
pub mod packed;
pub mod tar;
pub mod zip;
