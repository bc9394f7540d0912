//! wainwright puts cargo on wheels: a PEP 517/660 build backend that compiles Rust with cargo and
//! hands Python a wheel that is proven to import.
//!
//! A backend is a pipe with two wings. The outer wing ([`system`]) turns the world into [`facts`] and
//! carries out [`actions`]. The inner wing ([`plan`], [`contents`], [`checks`], [`render`]) is pure:
//! facts in, actions and findings out. The wings never name each other; only [`ops`] sees both.
//!
//! ```text
//!  phase    facts from the world                   the inner wing decides              carried out
//!  read     pyproject.toml, files it names         plan::metadata: CoreMetadata        (metadata hooks end here)
//!  plan     toolchain, Pythons, cargo metadata     plan::parts, plan::build, wheel_set (`plan`, `list` end here)
//!  compile  last build's record, directory locked  plan::fresh, plan::cargo_calls      cargo, staged copies
//!  generate headers, generators, introspection     contents::bindings, contents::stubs Python beside the staged files
//!  prove    staged binaries; a child loads them    binary: BinaryFacts; checks         -
//!  compose  the tree's files                       contents::wheel: Manifest; checks   -
//!  deliver  the draft, read back                   equal to the manifest?              write, sync, rename
//! ```
//!
//! A room uses only rooms declared above it here, `system` and the inner wing never name each other, and `commands` leave
//! `system` to `ops`: `tests/floors.rs` holds it.

pub mod diagnostic;
pub mod spec;

pub mod actions;
pub mod facts;

pub mod binary;
pub mod system;

pub mod plan;

pub mod checks;
pub mod contents;
pub mod render;

pub mod error;
pub mod ops;

pub mod commands;

pub mod cli;
