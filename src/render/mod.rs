//! Values as text for people.

pub mod diagnostic;
pub mod schema;
pub mod summary;
