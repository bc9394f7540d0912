//! What wainwright asks of the world, as values: decided by the inner wing, carried out by `system`.

pub mod cargo_call;
pub mod container;
pub mod edit;
pub mod event;
pub mod manifest;
