//! wainwright as a whole: real cargo, through the shim and the real frontends, into environments where what was built
//! is imported and called. One module a subject; `fixture` says what a project is, `setup` what all share.

// Tests run programs and look at files, which the library leaves to `system`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

mod fixture;
mod index;
mod page;
mod process;
mod setup;

mod agreement;
mod bindings;
mod build_cache;
mod building_itself;
mod command_line;
mod compared;
mod contents;
mod corpus;
mod cross;
mod damages;
mod doctor;
mod documents;
mod editable;
mod editors;
mod examples;
mod explained;
mod finding_itself;
mod freshness;
mod frontends;
mod inspected;
mod interpreters;
mod keys;
mod known_workspace;
mod layouts;
mod materials;
mod metadata;
mod new_projects;
mod parts;
mod project_tools;
mod rebuilding;
mod reference;
mod refusals;
#[cfg(target_os = "linux")]
mod repair;
#[cfg(target_os = "linux")]
mod repair_elsewhere;
mod reproducible;
mod sdists;
mod shared_target;
mod telling;
mod trust;
mod tutorial;
mod versions;
mod wheel_sets;
mod workflows;
