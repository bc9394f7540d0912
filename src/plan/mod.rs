//! What shall be built, decided from facts: nothing here reads, runs or writes anything.

pub mod abi;
pub mod bindings;
pub mod build;
pub mod cache;
pub mod cargo_calls;
pub mod compatibility;
pub mod cross;
pub mod features;
pub mod fresh;
pub mod generator;
pub mod git_version;
pub mod guesses;
pub mod known_pythons;
pub mod known_workspace;
pub mod layout;
pub mod metadata;
pub mod options;
pub mod parts;
pub mod platform;
pub mod platform_set;
pub mod portable;
pub mod profiling;
pub mod pyo3;
pub mod pyo3_config;
pub mod remap;
pub mod sdist;
pub mod stable_tree;
pub mod supported_pythons;
pub mod triple;
pub mod wheel_platform;
pub mod wheel_set;
pub mod why;
pub mod zig;

#[cfg(test)]
mod tables_test;
