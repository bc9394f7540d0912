//! What wheels and sdists hold, decided as manifests before anything is written.

pub mod adoption;
pub mod bindings;
pub mod cargo_lock;
pub mod companions;
pub mod crate_files;
pub mod difference;
pub mod dist_info;
pub mod editable;
pub mod graft;
pub mod line_difference;
pub mod migration;
pub mod moved_toml;
pub mod new_names;
pub mod overview;
pub mod patterns;
pub mod python_start;
pub mod rewheel;
pub mod sbom;
pub mod sdist;
pub mod secrets;
pub mod sources;
pub mod stubs;
pub mod template;
pub mod vendored;
pub mod wheel;
pub mod workflow;
