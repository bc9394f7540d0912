//! What the world told us, parsed, with nothing decided.

pub mod binary;
pub mod build_details;
pub mod cargo;
pub mod cargo_config;
pub mod cargo_manifest;
pub mod cargo_version;
pub mod crate_licenses;
pub mod crate_rules;
pub mod dep_info;
pub mod environment;
pub mod git_describe;
pub mod history;
pub mod interpreter;
pub mod loading;
pub mod lock_file;
pub mod pyo3_config_file;
pub mod pyproject;
pub mod request;
pub mod rust_source;
pub mod settings;
pub mod sources;
pub mod sysconfigdata;
pub mod toml_document;
pub mod toml_version;
pub mod tool_table;
pub mod uniffi;
