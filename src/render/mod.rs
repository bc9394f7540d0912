//! Values as text for people.

pub mod diagnostic;
pub mod explain;
pub mod schema;
pub mod summary;
