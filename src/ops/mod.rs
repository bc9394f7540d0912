//! The phases of a build. Only here do facts from `system` meet decisions of the inner wing.

pub mod c_headers;
pub mod compile;
pub mod compose;
pub mod contract;
pub mod crate_listing;
pub mod deliver;
pub mod develop;
pub mod fresh;
pub mod generate;
pub mod install;
pub mod interpreters;
pub mod materials;
pub mod metadata;
pub mod migrate;
pub mod out_dirs;
pub mod pgo;
pub mod project;
pub mod prove;
pub mod resolve;
pub mod sdist;
pub mod sdist_edits;
pub mod sdist_files;
pub mod stubs;
pub mod version;
pub mod wheel;
pub mod wheels;
