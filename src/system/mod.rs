//! All input and output: reads facts from the world and carries out actions. It knows nothing of plans.

// The one place, besides `cli`, that touches files, processes and the network of paths between them.
#![allow(clippy::disallowed_methods)]

pub mod archive_time;
pub mod binary_file;
pub mod build_cache;
pub mod c_header;
pub mod cargo;
pub mod clock;
pub mod deflate_cache;
pub mod deflating;
pub mod disk;
pub mod draft;
pub mod git;
pub mod inspection;
pub mod interrupt;
pub mod libraries;
pub mod lock;
pub mod own_directory;
pub mod packed;
pub mod process;
pub mod python;
pub mod remembered;
pub mod rustc;
pub mod rustup;
pub mod stubs;
pub mod tar;
pub mod tree_link;
pub mod walk;
pub mod zig;
pub mod zip;
pub mod zip_reading;
mod zip_records;
