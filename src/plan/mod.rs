//! What shall be built, decided from facts: nothing here reads, runs or writes anything.

pub mod abi;
pub mod build;
pub mod cache;
pub mod cargo_calls;
pub mod fresh;
pub mod layout;
pub mod metadata;
pub mod options;
pub mod platform;
pub mod pyo3_config;
pub mod wheel_set;
