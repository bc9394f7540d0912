//! Values as text for people.

pub mod diagnostic;
pub mod summary;
