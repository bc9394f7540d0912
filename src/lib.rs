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
//!  plan     toolchain, interpreter, cargo metadata plan::build: BuildPlan              (`list` ends here)
//!  compile  target directory locked                plan::cargo_calls: CargoCall        cargo, staged copies
//!  finish   staged binaries                        binary: BinaryFacts
//!  compose  -                                      contents::wheel: Manifest; checks   -
//!  deliver  the draft, read back                   equal to the manifest?              write, sync, rename
//! ```
//!
//! A room uses only rooms declared above it here, and `system` and the inner wing never name each
//! other: `tests/floors.rs` holds both.

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
